"""What people decide about a case, from the forms of its page: hand over, put right, call, refer, note.

The person was registered by JavaRosa's engine with our own workbooks.
"""

import itertools
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import lxml.html
import pytest

from server.app import create_app
from sync import worker
from sync.core.worker import Worker
from sync.store import returnees, workers
from tests.desk import SCREENING, Desk
from tests.server.files import NOW
from tests.server.signed_in import client_as, csrf_token
from tests.server.test_decisions import decide, page
from tests.server.test_pages import text_of

SCREENING_AT = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def app(config, published):
    seconds = itertools.count()
    return create_app(config, published, now=lambda: NOW + timedelta(seconds=next(seconds)))


@pytest.fixture
def first(published, java):
    """The first talk of somebody who told of a threat."""
    found = Desk(published, java).fill("screening", SCREENING, SCREENING_AT)
    worker.run_once(published, "test", lambda: NOW)
    for name in ("worker-1", "worker-2"):
        workers.meet(published, Worker(id=name, name=f"Name of {name}"))
    return found


@pytest.fixture
def code(published, first) -> str:
    return published.returnees.find_one()["case_code"]


@pytest.fixture
def manager(app, published):
    return client_as(app, published, "case_manager")


def read_in(client, language) -> None:
    client.post("/language", data={"csrf_token": csrf_token(client, "/account"), "language": language})


def record_page(client, code, first, **query) -> str:
    return client.get(f"/caseload/{code}/records/{quote(first.instance_id)}", query_string=query).text


def path_of(html: str, question: str) -> str:
    """The address part that the link of this question carries."""
    for row in lxml.html.fromstring(html).xpath("//tbody/tr"):
        if question in row.text_content():
            return row.xpath(".//a/@href")[0].partition("path=")[2].partition("#")[0].replace("%2F", "/")
    raise AssertionError(question)


def test_a_record_shows_every_answer_in_words_and_puts_one_right_after_a_second_signature(
    app, published, manager, code, first
):
    shown = record_page(manager, code, first)
    path = path_of(shown, "Has anyone from that time contacted")
    form = record_page(manager, code, first, path=path)
    assert 'type="radio" name="value" value="no"' in form
    read_in(manager, "km")
    assert "៣១" in text_of(record_page(manager, code, first)), "her age, in the reader's digits"
    read_in(manager, "en")

    put_right = {"about": first.instance_id, "path": path, "value": "no", "reason": "She meant her cousin."}
    answer = decide(manager, code, "correct", **put_right)
    assert answer.headers["Location"].endswith("?done=waits")
    assert returnees.find(published, code)["risk"]["level"] == "high"
    assert "put an answer right, and the level would come down" in page(manager, code)

    (correction,) = returnees.find(published, code)["corrections"]
    decide(client_as(app, published, "coordinator"), code, "sign", about=correction["id"])
    assert returnees.find(published, code)["risk"]["by_rules"] != "high"
    assert "sent as: Yes" in text_of(record_page(manager, code, first))


def test_what_a_phone_would_not_take_cannot_be_the_right_answer(published, manager, code, first):
    shown = record_page(manager, code, first)
    age, recruiter = (
        path_of(shown, "How old were you when this began"),
        path_of(shown, "Has anyone from that time contacted"),
    )
    about = {"about": first.instance_id, "reason": "She said so."}

    for path, value in ((age, "40"), (age, "-1"), (age, "about thirty"), (recruiter, "perhaps")):
        answer = decide(manager, code, "correct", path=path, value=value, **about)
        assert answer.status_code == 400, value
        assert "A phone would not take this answer" in text_of(answer.text), value
    assert returnees.find(published, code)["corrections"] == []
    assert decide(manager, code, "correct", path=age, value="30", **about).status_code == 303


def test_after_a_correction_people_are_told_what_a_phone_would_have_asked_then(manager, code, first):
    shown = record_page(manager, code, first)
    path = path_of(shown, "What was the person made to do there")
    assert "would also have asked" not in shown

    about = {"about": first.instance_id, "path": path, "reason": "She said so."}
    decide(manager, code, "correct", value="sexual", **about)
    page = text_of(record_page(manager, code, first))
    told = page.partition("a phone would not have asked this")[2]
    assert "What was different from the promise?" in told.partition("Questions and answers")[0]
    decide(manager, code, "correct", value="labour", **about)
    assert "a phone would not have asked this" not in record_page(manager, code, first)


def test_a_correction_without_a_reason_stays_in_its_form(manager, code, first):
    path = path_of(record_page(manager, code, first), "Has anyone from that time contacted")
    answer = decide(manager, code, "correct", about=first.instance_id, path=path, value="no", reason=" ")
    assert answer.status_code == 400
    assert "Put an answer right" in answer.text


def test_nobody_looks_at_a_record_of_somebody_else_through_this_person(manager, code, first):
    assert manager.get(f"/caseload/{code}/records/uuid:of-another").status_code == 404
    answer = decide(manager, code, "correct", about="uuid:of-another", path="/data/x", value="1", reason="x")
    assert answer.status_code == 409


def test_a_case_is_handed_over_with_a_note_and_the_page_says_to_whom(published, manager, code):
    decide(manager, code, "assign", about="worker-2", reason="Likes to talk in the evening.")
    assert returnees.find(published, code)["worker_id"] == "worker-2"
    assert "Name of worker-2" in page(manager, code)


def test_many_people_are_handed_over_at_once_and_back(published, manager, code):
    form = {
        "csrf_token": csrf_token(manager, "/account"),
        "from": "worker-1",
        "to": "worker-2",
        "code": [code],
    }
    assert code in manager.get("/handover?from=worker-1").text
    answer = manager.post("/handover", data=form | {"handover_id": "one"})
    assert "1 person is handed over to Name of worker-2." in answer.text
    assert returnees.find(published, code)["worker_id"] == "worker-2"

    again = manager.post("/handover", data=form | {"handover_id": "one"})
    assert "Not handed over, since something changed in the meantime" in again.text
    back = form | {"from": "worker-2", "to": "worker-1", "handover_id": "two"}
    manager.post("/handover", data=back)
    assert returnees.find(published, code)["worker_id"] == "worker-1"
    assert published.decisions.count_documents({"kind": "assign"}) == 2


@pytest.mark.parametrize("missing", ["code", "to"])
def test_handing_over_nobody_or_to_nobody_says_what_is_missing(manager, code, missing):
    form = {
        "csrf_token": csrf_token(manager, "/account"),
        "from": "worker-1",
        "to": "worker-2",
        "code": [code],
    }
    answer = manager.post("/handover", data={name: value for name, value in form.items() if name != missing})
    assert answer.status_code == 400
    assert "Choose at least one person" in answer.text


def test_a_visit_by_phone_a_note_and_tracing_are_kept_and_shown(published, manager, code):
    assert decide(manager, code, "call", until="2026-11-20", reason="She is well.").status_code == 303
    assert decide(manager, code, "note", reason="Her aunt called.").status_code == 303
    assert decide(manager, code, "trace", about="started").status_code == 303
    shown = page(manager, code)
    assert "Somebody is looking for the family" in shown
    assert "Her aunt called." in shown
    assert "entered a visit by phone" in shown


def test_nobody_is_passed_on_without_having_agreed(published, manager, code):
    assert "the person has not agreed to this" in page(manager, code)
    answer = decide(manager, code, "refer", about="hagar")
    assert answer.status_code == 400
    assert "has not agreed to this being passed on" in answer.text
    assert published.decisions.count_documents({}) == 0


def test_the_states_decision_waits_for_the_end_of_the_time_to_rest(published, manager, code):
    decision = {"about": "identified", "authority": "Police", "until": "2026-11-20"}
    refused = decide(manager, code, "identify", **decision)
    assert refused.status_code == 400
    assert "The time to rest and to think lasts until 1 December 2026" in refused.text
    read_in(manager, "km")
    assert "មានរហូតដល់ថ្ងៃ ១ ធ្នូ ២០២៦" in decide(manager, code, "identify", **decision).text
    read_in(manager, "en")
    decide(manager, code, "identify", **decision, asked_in_writing="yes")
    assert returnees.find(published, code)["identification"]["outcome"] == "identified"
    assert "Identified as a victim of trafficking" in page(manager, code)
