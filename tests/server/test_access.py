"""Need to know: every read goes through one scope, and a look beyond it has a reason that others hear of."""

import ast
from pathlib import Path

import pytest

from server import tokens
from server.app import create_app
from sync.core.worker import Worker
from sync.store import workers
from tests.server.files import NOW, a_file, a_submission
from tests.server.signed_in import client_as, csrf_token

SERVER = Path(__file__).resolve().parents[2] / "server"
MINE, THEIRS, FOREIGN = "KH-20-2026-0001X", "KH-20-2026-0002X", "KH-20-2026-0003X"
# Reads of people's data by an edge go through the first; `demo` reads invented people that it wrote itself,
# whoever types commands has the database itself, and a rehearsal of rules says numbers only.
GATE = (
    "server/people/access.py",
    "server/people/passing_on.py",
    "server/people/auditing.py",
    "server/demo/",
    "server/commands/",
    "server/rehearsal.py",
)
READS_PEOPLE = {
    "returnees": {"find", "caseload", "counts", "every", "stored", "with_accepted_referral", "codes"},
}
NEEDS_WITHIN = {
    "submission_lists": {"in_state", "needing_a_person"},
    "records": {"differing"},
}


@pytest.fixture
def app(config, db):
    return create_app(config, db, now=lambda: NOW)


@pytest.fixture(autouse=True)
def three_people(db):
    """One of team north, one of team south, one of another organisation."""
    teams = (("north", ""), ("south", ""), ("west", "Partner"))
    for number, (team, organisation) in enumerate(teams, start=1):
        worker_id = f"worker-{number}"
        workers.meet(db, Worker(id=worker_id, name=worker_id, team=team, organisation=organisation))
        db.returnees.insert_one(a_file(number, worker_id=worker_id, places=["01", f"010{number}"]))
        db.submissions.insert_one(
            a_submission(
                number,
                state="set_aside",
                worker_id=worker_id,
                problem={"code": "entity.unknown", "message": ""},
            )
        )


def codes_on(page) -> set[str]:
    return {code for code in (MINE, THEIRS, FOREIGN) if code in page.text}


def give_reason(client, code, reason="I stand in for a colleague"):
    form = {"csrf_token": csrf_token(client, f"/caseload/{code}/reason"), "reason": reason}
    return client.post(f"/caseload/{code}/reason", data=form)


def calls() -> list[tuple[str, str, str, set[str]]]:
    """Module, what is called of which module, and with which named arguments, everywhere in server."""
    return [
        (
            path.relative_to(SERVER.parent).as_posix(),
            node.func.value.id,
            node.func.attr,
            {keyword.arg for keyword in node.keywords} | {f"#{len(node.args)}"},
        )
        for path in sorted(SERVER.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
    ]


def test_no_edge_reads_people_past_the_gate():
    past = [
        f"{path}: {module}.{name}"
        for path, module, name, _ in calls()
        if name in READS_PEOPLE.get(module, ()) and not path.startswith(GATE)
    ]
    past += [
        f"{path}: {module}.{name} without a scope"
        for path, module, name, given in calls()
        if name in NEEDS_WITHIN.get(module, ()) and not given & {"within", "#3"}
    ]
    assert past == []


@pytest.mark.parametrize(
    ("narrowed", "seen"),
    [
        ({}, {MINE, THEIRS}),
        ({"teams": ("north",)}, {MINE}),
        ({"places": ("0102",)}, {THEIRS}),
        ({"places": ("01",)}, {MINE, THEIRS}),
        ({"teams": ("north",), "places": ("0102",)}, {MINE, THEIRS}),
        ({"teams": ("west",)}, set()),
        ({"organisation": "Partner"}, {FOREIGN}),
        ({"organisation": "Nobody's"}, set()),
    ],
)
@pytest.mark.parametrize("role", ["case_manager", "coordinator", "administrator"])
def test_the_caseload_holds_those_of_ones_team_place_and_organisation(app, db, role, narrowed, seen):
    client = client_as(app, db, role, **narrowed)

    assert codes_on(client.get("/caseload")) == seen


def test_an_outreach_worker_sees_her_own_whatever_else_the_account_says(app, db):
    client = client_as(app, db, "outreach_worker", worker_id="worker-2", teams=("north",), places=("01",))

    assert codes_on(client.get("/caseload")) == {THEIRS}


def test_what_waits_for_a_person_is_that_of_ones_own_workers(app, db):
    page = client_as(app, db, "coordinator", teams=("south",)).get("/questions").text

    assert a_submission(2)["_id"] in page
    assert a_submission(1)["_id"] not in page
    assert a_submission(3)["_id"] not in page


def test_a_submission_of_others_is_not_worked_through_again(app, db):
    client = client_as(app, db, "coordinator", teams=("south",))

    answer = client.post(
        f"/questions/{a_submission(1)['_id']}/replay", data={"csrf_token": csrf_token(client, "/questions")}
    )

    assert answer.status_code == 404
    assert db.submissions.find_one({"_id": a_submission(1)["_id"]})["state"] == "set_aside"


def test_the_page_that_asks_why_shows_nothing_of_the_person_and_names_who_is_told(app, db):
    client_as(app, db, "outreach_worker", worker_id="worker-2")
    client = client_as(app, db, "case_manager", teams=("north",))

    to_reason = client.get(f"/caseload/{THEIRS}")
    page = client.get(to_reason.headers["Location"])

    assert to_reason.status_code == 303
    assert "Sothea" not in page.text
    assert "High" not in page.text
    assert "A outreach-worker" in page.text


def test_a_reason_opens_the_file_for_the_day_and_tells_those_who_answer_for_her(app, db):
    worker = client_as(app, db, "outreach_worker", worker_id="worker-2")
    client = client_as(app, db, "case_manager", teams=("north",))
    assert "Notices" not in worker.get("/caseload").text

    assert give_reason(client, THEIRS).headers["Location"] == f"/caseload/{THEIRS}"

    assert client.get(f"/caseload/{THEIRS}").status_code == 200
    assert codes_on(client.get("/caseload")) == {MINE}, "it is no wider list"
    assert "Notices" in worker.get("/caseload").text
    notices = worker.get("/notices").text
    assert THEIRS in notices
    assert "A case-manager" in notices
    assert "I stand in for a colleague" in notices
    assert "Notices" not in worker.get("/caseload").text, "it was read"
    kept = db.looks.find_one()
    assert (kept["by"], kept["told"], kept["reason"]) == (
        "case-manager",
        ["outreach-worker"],
        "I stand in for a colleague",
    )


def test_the_next_day_the_reason_is_asked_for_again(config, db):
    now = [NOW]
    client = client_as(create_app(config, db, now=lambda: now[0]), db, "case_manager", teams=("north",))
    give_reason(client, THEIRS)
    db.looks.update_one({}, {"$set": {"until": NOW}})

    assert client.get(f"/caseload/{THEIRS}").headers["Location"].endswith("/reason")


def test_where_nobody_else_answers_for_her_the_coordinators_are_told(app, db):
    client_as(app, db, "coordinator", organisation="")
    client = client_as(app, db, "case_manager", teams=("north",))

    give_reason(client, THEIRS)

    assert db.looks.find_one()["told"] == ["coordinator"]


@pytest.mark.parametrize("reason", ["", "   ", "because", " " * 400 + "x"])
def test_a_reason_that_says_nothing_opens_nothing(app, db, reason):
    client = client_as(app, db, "case_manager", teams=("north",))

    assert give_reason(client, THEIRS, reason).status_code == 400
    assert db.looks.count_documents({}) == 0
    assert client.get(f"/caseload/{THEIRS}").headers["Location"].endswith("/reason")


@pytest.mark.parametrize("code", [FOREIGN, "KH-99-2026-0009X"])
def test_no_reason_opens_another_organisation_and_it_is_answered_as_if_it_were_not_there(app, db, code):
    client = client_as(app, db, "coordinator", teams=("north",))
    token = csrf_token(client, f"/caseload/{THEIRS}/reason")

    pages = [
        client.get(f"/caseload/{code}"),
        client.get(f"/caseload/{code}/reason"),
        client.post("/search", data={"csrf_token": token, "text": code}),
        client.post(f"/caseload/{code}/reason", data={"csrf_token": token, "reason": "I want to know this"}),
    ]

    assert {page.status_code for page in pages} == {404}
    assert len({page.text.count("returnee.unknown") for page in pages}) == 1


def test_an_analyst_and_an_auditor_see_no_person(app, db):
    for role in ("analyst", "auditor"):
        client = client_as(app, db, role)
        for path in ("/caseload", f"/caseload/{MINE}", f"/caseload/{MINE}/reason", "/questions", "/notices"):
            assert client.get(path).status_code == 403, path


def test_an_analyst_comes_to_numbers_in_which_nobody_is_recognised(app, db):
    for number in range(4, 24):
        db.returnees.insert_one(a_file(number, level="low" if number % 3 else "medium"))
    client = client_as(app, db, "analyst")

    assert client.get("/").headers["Location"] == "/numbers"
    page = client.get("/numbers").text

    # 2 high, 6 medium, 14 low: the two are hidden, and the six with them.
    assert page.count("too few to show") >= 2
    assert ">14<" in page
    assert "Sothea" not in page
    assert "KH-" not in page


def test_a_token_sees_the_teams_it_was_made_for(app, db):
    token = tokens.add(db, name="south", made_by="test", made_at=NOW, teams=("south",))
    client, bearer = app.test_client(), {"Authorization": f"Bearer {token}"}

    listed = client.get("/api/v1/returnees", headers=bearer).json["items"]
    sent = client.get("/api/v1/submissions", headers=bearer).json["items"]
    outside = client.get(f"/api/v1/returnees/{MINE}", headers=bearer)

    assert [item["case_code"] for item in listed] == [THEIRS]
    assert [item["instance_id"] for item in sent] == [a_submission(2)["_id"]]
    assert (outside.status_code, outside.json["code"]) == (404, "returnee.unknown")
