"""`pteah device`, and the code that a phone scans."""

import base64
import json
import zlib
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from server.commands.device import command
from server.phones.settings_qr import settings_for
from sync.store import devices

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def pteah_device(tmp_path, mongodb_uri, db):
    """Run `pteah device …` against this test's database."""

    def run(*words: str) -> Result:
        environ = {"PTEAH_MONGODB_URI": mongodb_uri, "PTEAH_DATABASE": db.name, "PTEAH_DATA": str(tmp_path)}
        return CliRunner().invoke(command, list(words), env=environ)

    return run


def add(db, name: str) -> str:
    return devices.add(db, name=name, worker_id="outreach-1", worker_name="One", made_at=NOW)


def unpacked(qr: str) -> dict:
    return json.loads(zlib.decompress(base64.b64decode(qr, validate=True)))


def test_the_code_sets_what_collect_must_be_set_to():
    settings = unpacked(settings_for("https://example.org/key/abc", "Pteah"))

    assert settings["general"]["server_url"] == "https://example.org/key/abc"
    assert settings["general"]["form_update_mode"] == "match_exactly"
    assert settings["general"]["autosend"] == "wifi_and_cellular"
    # Collect refuses the whole code without `admin`, or if a switch is written as text.
    assert settings["general"]["delete_send"] is True
    assert settings["admin"] == {}


def test_a_new_phone_gets_an_address_that_works(db, pteah_device):
    result = pteah_device(
        "add", "Phone 7", "--worker", "outreach-3", "--url", "https://example.org/", "--json"
    )

    added = json.loads(result.stdout)
    before, token = added["server_url"].split("/key/")
    assert before == "https://example.org"
    assert devices.find_by_token(db, token).worker_id == "outreach-3"
    assert unpacked(added["qr"])["general"]["server_url"] == added["server_url"]


def test_for_people_the_address_and_the_code_are_shown(pteah_device):
    result = pteah_device("add", "Phone 7")

    assert result.exit_code == 0, result.output
    assert "http://127.0.0.1:8080/key/" in result.stdout
    assert "▄" in result.stdout


def test_phones_are_listed_without_their_tokens(db, pteah_device):
    token = add(db, "Phone 7")

    for words in (["list"], ["list", "--json"]):
        result = pteah_device(*words)
        assert "Phone 7" in result.stdout
        assert token not in result.stdout


@pytest.mark.parametrize("by", ["name", "number", "short number"])
def test_a_phone_is_revoked_by_name_or_number(db, pteah_device, by):
    token = add(db, "Phone 7")
    number = devices.id_of(token)

    result = pteah_device("revoke", {"name": "Phone 7", "number": number, "short number": number[:12]}[by])

    assert result.exit_code == 0, result.output
    assert [device.revoked_at is not None for device in devices.all(db)] == [True]


def test_a_name_that_several_phones_have_is_not_enough(db, pteah_device):
    add(db, "Phone 7")
    add(db, "Phone 7")

    result = pteah_device("revoke", "Phone 7")

    assert result.exit_code == 1
    assert "Several phones" in result.stderr
    assert not any(device.revoked_at for device in devices.all(db))


def test_a_phone_nobody_registered_cannot_be_revoked(pteah_device):
    result = pteah_device("revoke", "Phone 8")
    assert (result.exit_code, "No phone in use" in result.stderr) == (1, True)
