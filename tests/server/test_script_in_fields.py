"""Script in every text field of every form of the pages: found in the pages themselves, none is left out."""

import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import lxml.html
import pytest

from server.app import create_app
from tests.server.files import NOW, a_file, an_alert
from tests.server.signed_in import client_as
from tests.server.test_routes import EXPECTED, asked, things

TEMPLATES = Path(__file__).parents[2] / "server" / "people" / "templates"
__all__ = ["things"]
TYPED = ("text", "search", "tel", "email", "url", "password", None)
LEAVES = ("/sign-out", "/leave", "/session/end", "/language", "/names")
"""Forms that end the visit, or have nothing to type into."""
SCRIPT = "\"'><script>hostile()</script><img src=x onerror=hostile()>{{7*7}}\u202e"


def run(page: str) -> bool:
    """Whether any of it would be taken for more than text."""
    tree = lxml.html.fromstring(page)
    return bool(
        [one for one in tree.iter("script") if "hostile" in (one.text or "")]
        or tree.xpath("//*[@onerror]")
        or "49\u202e" in page
    )


def values_of(form) -> dict[str, str]:
    """What a browser would send of this form."""
    filled = {name: value for name, value in form.fields.items() if name and value}
    for choice in form.xpath(".//select[@name]"):
        if not filled.get(choice.get("name")):
            offered = [one.get("value") for one in choice.xpath(".//option") if one.get("value")]
            filled |= {choice.get("name"): offered[0]} if offered else {}
    return filled


def fields_of(form) -> list[str]:
    """The fields of this form that somebody can type anything into."""
    inputs = [one for one in form.xpath(".//input[@name]") if one.get("type") in TYPED]
    return [one.get("name") for one in (*inputs, *form.xpath(".//textarea[@name]"))]


@pytest.mark.parametrize("role", ["coordinator", "administrator"])
def test_script_in_every_field_of_every_form_is_text(config, published, things, role):
    db = published
    more = {"alerts": [an_alert()], "questions": [{"instance_id": "uuid:1", "code": "entity.exists"}]}
    db.returnees.insert_one(a_file(9, worker_id="worker-1", **more))
    client = client_as(create_app(config, db, now=lambda: NOW), db, role)
    pages = [
        path
        for method, route, whose, path in asked(things)
        if method == "GET" and whose == "own" and role in EXPECTED[method, route]
    ]
    pages = [path for path in pages if not path.startswith("/static")]
    pages += ["/caseload/KH-20-2026-0009X", "/handover?from=worker-1", "/caseload?place=01&worker=worker-1"]
    tried: set[tuple[str, str]] = set()
    for path in pages:
        answer = client.get(path)
        if answer.status_code != 200 or answer.mimetype != "text/html" or not answer.data:
            continue
        page = lxml.html.fromstring(answer.text, base_url="http://localhost" + path)
        for form in page.forms:
            to = urlsplit(urljoin(path, form.get("action") or path)).path
            kept = re.sub(r"[0-9a-f-]{12,}|KH-[0-9A-Z-]+", "*", to)
            for name in fields_of(form):
                place = (kept, f"{form.fields.get('kind', '')}:{name}")
                if to in LEAVES or place in tried:
                    continue
                tried.add(place)
                sent = {**values_of(form), name: f"{SCRIPT}{len(tried)}"}
                ask = client.post if form.method == "POST" else client.get
                given = {"data": sent} if form.method == "POST" else {"query_string": sent}
                said = ask(to, **given)
                assert said.status_code < 500, place
                if said.mimetype == "text/html" and said.data:
                    assert not run(said.text), place
    assert len(tried) > 25, sorted(tried)
    for path in pages:
        answer = client.get(path)
        if answer.mimetype == "text/html" and answer.data:
            assert not run(answer.text), path


def test_no_template_lets_anything_through_as_it_is():
    for template in TEMPLATES.iterdir():
        words = template.read_text("utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape\s+false|onclick=|<script>", words), template.name
