"""What browsers load besides pages is small, named by its content, and missing without harm."""

import gzip

import pytest

from server.people import built
from tests.server.signed_in import client_as


@pytest.fixture
def not_built(tmp_path, monkeypatch):
    """A server whose styles and scripts nobody built."""
    monkeypatch.setattr(built, "FOLDER", tmp_path)
    built._manifest.cache_clear()
    yield
    built._manifest.cache_clear()


def addresses(app) -> list[str]:
    with app.test_request_context():
        return [*built.styles("pages"), *built.scripts("pages")]


def test_every_page_names_the_built_style_sheet_and_script(app, client):
    page = client.get("/sign-in").text

    assert len(addresses(app)) == 2
    assert all(address in page for address in addresses(app))


def test_a_built_file_is_kept_for_a_year_and_comes_as_small_as_the_browser_can_read(app, client):
    for address in addresses(app):
        plain = client.get(address, buffered=True)
        small = client.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True)
        smallest = client.get(address, headers={"Accept-Encoding": "gzip, br"}, buffered=True)

        assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert gzip.decompress(small.data) == plain.data
        assert smallest.headers["Content-Encoding"] == "br"
        assert len(smallest.data) <= len(small.data) < len(plain.data)
        assert {answer.headers["Content-Type"] for answer in (plain, small, smallest)} == {
            plain.headers["Content-Type"]
        }
        assert plain.headers["Vary"] == "Accept-Encoding"


def test_an_address_leads_to_no_file_outside_the_folder(client):
    for name in ("built/../house.svg", "built/%2e%2e/house.svg", "built//etc/passwd", "built/nothing.js"):
        assert client.get(f"/static/{name}").status_code == 404, name


def test_pages_that_were_not_built_work_and_say_so(app, db, not_built):
    client = client_as(app, db, "case_manager")

    page = client.get("/caseload")

    assert page.status_code == 200
    assert "deploy/assets" in page.text
    assert "<script" not in page.text
