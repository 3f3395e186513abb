"""What a person may ask of us, on a page: consent, who saw her data, a copy, erasure by two."""

import io
import json
import zipfile

import pytest
from click.testing import CliRunner

from server import accounts, cli
from server.app import create_app
from sync import pipeline
from sync.core.decision import Decision
from sync.store import audit, erasures, returnees
from sync.store.rules import current_rules
from tests.desk import NOW, SCREENING, SCREENING_AT, TODAY, Desk
from tests.server.signed_in import PASSWORD, client_as, csrf_token, sign_in


@pytest.fixture
def app(config, published):
    return create_app(config, published, now=lambda: NOW)


@pytest.fixture
def file(published, java):
    desk = Desk(published, java)
    desk.fill("screening", {**SCREENING, "call_name": "Sreymarker"}, SCREENING_AT)
    desk.work()
    (found,) = returnees.every(published)
    return found


@pytest.fixture
def address(file):
    return f"/caseload/{file['case_code']}/privacy"


@pytest.fixture
def administrator(app, db):
    return client_as(app, db, "administrator")


def test_a_look_is_on_the_page_of_her_disclosures_the_next_time_and_every_time(
    administrator, address, db, file
):
    administrator.get(f"/caseload/{file['case_code']}")
    page = administrator.get(address).text
    assert page.count("A administrator") >= 2
    assert {row["kind"] for row in audit.about(db, file["_id"])} == {"look"}


def test_consent_is_shown_by_purpose_and_taken_back_on_the_page(app, db, address, file):
    manager = client_as(app, db, "case_manager")
    assert "Further visits" in manager.get(address).text
    answer = manager.post(
        f"/caseload/{file['case_code']}/decisions",
        data={
            "csrf_token": csrf_token(manager, address), "kind": "consent", "about": "visit", "given": "no",
            "reason": "She called.", "decision_id": "6f1c9a72-be44-4000-8000-000000000001",
        },
    )  # fmt: skip
    assert answer.status_code == 303
    after = returnees.find(db, file["_id"])
    assert next(one for one in after["consent"] if one["purpose"] == "visit")["given"] is False
    assert after["next_due_on"] is None


def test_the_copy_holds_what_she_said_in_words_and_is_itself_on_the_list(administrator, address, db, file):
    sent = administrator.post(f"{address}/copy", data={"csrf_token": csrf_token(administrator, address)})
    content = sent.data
    sent.close()
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        copy = json.loads(packed.read("person.json"))
        page = packed.read("person.html").decode()
    assert copy["file"]["person"]["call_name"] == "Sreymarker"
    assert "Sreymarker" in page
    assert any(answer["name"] == "call_name" for record in copy["records"] for answer in record["answers"])
    assert "export" in {row["kind"] for row in audit.about(db, file["_id"])}


def post(client, address, **form):
    return client.post(f"{address}/erasure", data={"csrf_token": csrf_token(client, address), **form})


def test_two_administrators_erase_and_only_with_the_case_code_typed(app, administrator, address, db, file):
    assert post(administrator, address, what="ask", why="She asked for it.").status_code == 303
    assert post(administrator, address, what="confirm", code=file["case_code"]).status_code == 409
    accounts.add(db, user="other", name="Other", role="administrator", password=PASSWORD, made_at=NOW)
    other = app.test_client()
    assert sign_in(other, "other").status_code == 303
    assert post(other, address, what="confirm", code="KH-1").status_code == 409
    assert returnees.find(db, file["_id"]) is not None
    done = post(other, address, what="confirm", code=file["case_code"].lower())
    assert done.status_code == 200
    assert file["case_code"] in done.text
    assert returnees.find(db, file["_id"]) is None
    assert administrator.get(address).status_code == 404


@pytest.fixture
def pteah(monkeypatch, config, db):
    monkeypatch.setenv("PTEAH_MONGODB_URI", config.mongodb_uri)
    monkeypatch.setenv("PTEAH_DATABASE", db.name)
    monkeypatch.setenv("PTEAH_DATA", str(config.data))
    return lambda *words: CliRunner().invoke(cli.main, words)


def test_the_same_on_the_command_line(pteah, db, file, tmp_path):
    for user in ("one", "two"):
        accounts.add(db, user=user, name=user, role="administrator", password=PASSWORD, made_at=NOW)
    code = file["case_code"]
    assert pteah("export", "person", code, str(tmp_path / "copy.zip")).exit_code == 0
    assert pteah("erase", code, "--by", "one", "--why", "She asked for it.").exit_code == 0
    refused = pteah("erase", code, "--by", "one", "--confirm")
    assert refused.exit_code == 1
    assert "somebody else" in refused.output
    done = pteah("erase", code, "--by", "two", "--confirm", "--json")
    assert json.loads(done.stdout)["case_code"] == code
    shown = pteah("audit", "show", "--about", file["_id"], "--json")
    assert {json.loads(line)["kind"] for line in shown.stdout.splitlines()} == {"export", "erasure"}
    whole = pteah("audit", "verify")
    assert whole.exit_code == 0, whole.output
    db.get_collection("audit").delete_one({"kind": "export"})
    broken = pteah("audit", "verify")
    assert broken.exit_code == 1
    assert "missing" in broken.output


def test_whose_data_was_kept_long_enough_is_shown_and_asked_for_but_nobody_is_erased_by_a_clock(
    pteah, db, file
):
    accounts.add(db, user="one", name="one", role="administrator", password=PASSWORD, made_at=NOW)
    closing = Decision(
        decision_id="1", entity_id=file["_id"], kind="close", at=NOW, on=TODAY, by="d", reason="Done."
    )
    pipeline.decide(db, closing, current_rules(db))
    assert "0 due" in pteah("retention", "--dry-run", "--on", "2031-03-20").output
    shown = pteah("retention", "--dry-run", "--on", "2031-03-21")
    assert shown.exit_code == 0, shown.output
    assert f"{file['case_code']}  since 2031-03-20  closed long enough" in shown.output
    assert erasures.every(db) == []
    erasures.hold(db, file["_id"], at=NOW, by="one", why="A court needs it.")
    assert "0 due" in pteah("retention", "--dry-run", "--on", "2031-03-21").output
    erasures.release(db, file["_id"])
    assert pteah("retention", "--by", "one", "--on", "2031-03-21").exit_code == 0
    assert [one["state"] for one in erasures.every(db)] == ["asked"]
    assert returnees.find(db, file["_id"]) is not None
    assert "0 asked for" in pteah("retention", "--by", "one", "--on", "2031-03-21").output
