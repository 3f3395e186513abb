"""What records ask, and the answers: on the page for people and over the API for programs."""

import re
import uuid
from datetime import timedelta

import pytest

from server import tokens
from server.app import create_app
from sync.store import returnees
from sync.store.sealed import as_stored
from tests.desk import SCREENING, SCREENING_AT, Desk
from tests.server.signed_in import client_as, csrf_token
from tests.test_entities import NEXT_DAY, Pocket, arrive, crossed, problem_of  # noqa: F401 - a fixture

pytestmark = pytest.mark.java
NOW = NEXT_DAY + timedelta(hours=8)


@pytest.fixture
def desk(published, java) -> Desk:
    return Desk(published, java)


@pytest.fixture
def app(config, db):
    return create_app(config, db, now=lambda: NOW)


@pytest.fixture
def program(app, db):
    """Asks the API with a token that may decide."""
    token = tokens.add(db, name="test", made_by="test", made_at=SCREENING_AT, scopes=("read", "decide"))
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    return lambda method, path, **more: client.open(path, method=method, headers=headers, **more)


def test_a_coordinator_reads_both_values_and_says_which_counts(app, db, desk, crossed):  # noqa: F811
    pocket, later = crossed
    client = client_as(app, db, "coordinator", worker_id="", teams=())
    listed = client.get("/questions").get_data(as_text=True)
    assert f"/questions/records/{later}" in listed
    assert "Sokha" not in client.get(f"/questions/records/{later}").text, "hidden until asked for"
    client.post("/names", data={"csrf_token": csrf_token(client, "/questions"), "show": "yes"})
    page = client.get(f"/questions/records/{later}").get_data(as_text=True)
    assert "Sokha" in page
    assert "Dara" in page

    number = re.search(r'name="decision_id" value="([^"]+)"', page)[1]
    form = {
        "csrf_token": csrf_token(client, "/questions"), "decision_id": number, "answer": "as_it_is",
        "value.call_name": "Sokha", "reason": "She says Sokha.",
    }  # fmt: skip
    answer = client.post(f"/questions/records/{later}", data=form)
    assert answer.status_code == 303
    assert returnees.find(db, pocket.only)["person"]["call_name"] == "Sokha"
    assert problem_of(desk, later) is None
    assert later not in client.get("/questions").get_data(as_text=True)
    assert "asks nothing any more" in client.get(f"/questions/records/{later}").get_data(as_text=True)


def test_what_was_typed_stays_when_it_cannot_be_kept(app, db, desk, crossed):  # noqa: F811
    _, later = crossed
    client = client_as(app, db, "coordinator", worker_id="", teams=())
    form = {
        "csrf_token": csrf_token(client, "/questions"), "decision_id": str(uuid.uuid4()),
        "answer": "as_it_is", "value.call_name": "x" * 300, "reason": "typed before",
    }  # fmt: skip

    answer = client.post(f"/questions/records/{later}", data=form)
    assert answer.status_code == 400
    assert "typed before" in answer.get_data(as_text=True)
    assert problem_of(desk, later) == "entity.conflict"


def test_a_program_reads_what_is_asked_without_any_value_and_answers(program, db, desk, crossed):  # noqa: F811
    pocket, later = crossed
    answer = program("GET", "/api/v1/questions")
    (asked,) = answer.json["items"]
    assert (asked["instance_id"], asked["code"], asked["answers"]) == (later, "entity.conflict", ["as_it_is"])
    assert asked["properties"] == ["call_name"]
    assert "Dara" not in answer.get_data(as_text=True)

    body = {"decision_id": str(uuid.uuid4()), "answer": "as_it_is", "values": {"call_name": "Sokha"}}
    assert program("POST", f"/api/v1/questions/{later}", json={**body, "answer": "hers"}).status_code == 409
    settled = program("POST", f"/api/v1/questions/{later}", json=body)
    assert (settled.status_code, settled.json["case_code"]) == (
        200,
        returnees.find(db, pocket.only)["case_code"],
    )
    assert program("POST", f"/api/v1/questions/{later}", json=body).status_code == 200, "the same once more"
    assert program("GET", "/api/v1/questions").json == {"items": [], "next": None}


def test_a_program_merges_two_and_takes_it_back(program, db, desk, crossed):  # noqa: F811
    pocket, _ = crossed
    xml = desk.filled("screening", {**SCREENING, "call_name": "Sokha"}, NEXT_DAY)
    arrive(desk, xml, NEXT_DAY + timedelta(hours=6))
    stays = returnees.find(db, pocket.only)
    gone = next(file for file in returnees.every(db) if file["_id"] != stays["_id"])
    path = f"/api/v1/returnees/{stays['case_code']}"

    bare = {"decision_id": str(uuid.uuid4()), "gone": gone["case_code"]}
    assert program("POST", f"{path}/merge", json=bare).json["code"] == "decision.reason_missing"
    merged = program("POST", f"{path}/merge", json={**bare, "reason": "the same woman"})
    assert (merged.status_code, len(merged.json["instances"])) == (200, 4)
    assert program("GET", f"/api/v1/returnees/{gone['case_code']}").json["case_code"] == stays["case_code"]

    back = {"decision_id": str(uuid.uuid4()), "merge_id": bare["decision_id"], "reason": "two women"}
    both = program("POST", f"{path}/unmerge", json=back)
    assert [one["case_code"] for one in both.json] == [stays["case_code"], gone["case_code"]]
    assert (
        program("POST", f"{path}/unmerge", json={**back, "decision_id": str(uuid.uuid4())}).status_code == 409
    )


def test_of_two_managers_the_second_sees_that_it_was_done_and_nobody_merges_without_a_reason(app, db, desk):
    for hours, name in enumerate(("Sok", "Sokha")):
        at = SCREENING_AT + timedelta(hours=hours)
        arrive(desk, desk.filled("screening", {**SCREENING, "call_name": name}, at), at)
    one, other = sorted(returnees.every(db), key=lambda file: file["case_code"])
    path = f"/caseload/{one['case_code']}/same/{other['case_code']}"
    first, second = (client_as(app, db, role, worker_id="") for role in ("coordinator", "case_manager"))
    seen = re.search(r'name="seen" value="([^"]+)"', first.get(path).text)[1]

    def send(client, **more):
        number = {"decision_id": str(uuid.uuid4()), "csrf_token": csrf_token(client, "/questions")}
        form = {"do": "merge", "stays": "one", "choose.call_name": "one", "seen": seen}
        return client.post(path, data=form | number | more)

    bare = send(first, reason=" ")
    assert (bare.status_code, "Please say why" in bare.text) == (400, True)
    looked = send(first, do="look", reason="I met her.")
    assert "So it would be" in looked.text
    assert db.decisions.count_documents({}) == 0
    assert send(first, reason="I met her.").status_code == 303
    late = send(second, reason="I met her, too.")
    assert (late.status_code, "Two codes, one person" in late.text) == (400, True)
    assert returnees.find(db, other["case_code"])["person"]["call_name"] == "Sok"
    alias = returnees.find(db, one["_id"])["aliases"][0]["decision_id"]
    again = send(second, do="unmerge", merge_id=alias, reason="Two women.", seen="somewhat older")
    assert (again.status_code, db.returnees.count_documents({})) == (400, 1), "it changed since it was shown"


def test_whom_somebody_is_compared_with_is_found_by_case_code_and_kept_from_others(app, db, desk):
    arrive(desk, desk.filled("screening", SCREENING, SCREENING_AT), SCREENING_AT)
    (her,) = returnees.every(db)
    client = client_as(app, db, "case_manager", worker_id="")
    path = f"/caseload/{her['case_code']}/same"
    assert "Nobody is registered" in client.get(path, query_string={"other": "KH-01-2026-9999X"}).text
    assert "same file" in client.get(path, query_string={"other": her["case_code"].lower()}).text
    assert client.get(f"{path}/{her['case_code']}").status_code in (400, 409)
    assert client.get(f"{path}/<script>").status_code == 404


@pytest.mark.parametrize("written", ["012 345 678", "+855 12 345 678", "85512345678", "០១២៣៤៥៦៧៨"])
def test_she_is_found_by_the_telephone_number_she_gave_however_it_is_written(app, db, desk, written):
    pocket = Pocket(desk)
    arrive(desk, pocket.fill("screening", SCREENING, SCREENING_AT), SCREENING_AT)
    pocket.refresh()
    answers = {
        "private": "yes", "consents": ["interview", "store", "phone"], "person": pocket.only,
        "phone_number": "+855 (0)12-345 678", "safe_call": "no",
    }  # fmt: skip
    arrive(desk, pocket.fill("intake", answers, NEXT_DAY), NEXT_DAY)
    file = returnees.find(db, pocket.only)
    client = client_as(app, db, "case_manager", worker_id="")

    def found(text: str) -> str:
        return client.post("/search", data={"csrf_token": csrf_token(client, "/"), "text": text}).text

    assert file["case_code"] in found(written)
    assert file["case_code"] not in found("012 345 679")
    # The whole number: three digits in a row stand in a code now and then by chance.
    assert "12345678" not in str(as_stored(db).returnees.find_one({"_id": file["_id"]})["search_codes"])
