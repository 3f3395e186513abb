"""What people decide on a person's page, from the form they send to the file it makes.

The person was registered by JavaRosa's engine with our own workbooks.
"""

import itertools
import re
import uuid
from datetime import UTC, datetime, timedelta

import lxml.html
import pytest

from server import tokens
from server.app import create_app
from sync import worker
from sync.store import decisions, returnees
from tests.server.files import NOW, TODAY, change_file
from tests.server.signed_in import add_account, client_as, csrf_token, sign_in
from tests.server.test_pages import text_of
from tests.test_pipeline import SCREENING, Desk

SCREENING_AT = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def app(config, published):
    """The application on 23 November, a second later each time it asks."""
    seconds = itertools.count()
    return create_app(config, published, now=lambda: NOW + timedelta(seconds=next(seconds)))


@pytest.fixture
def code(published, java) -> str:
    """The case code of somebody whose first talk on 1 November told of a threat: level high, one alert."""
    Desk(published, java).fill("screening", SCREENING, SCREENING_AT)
    worker.run_once(published, "test", lambda: NOW)
    return published.returnees.find_one()["case_code"]


@pytest.fixture
def manager(app, published):
    return client_as(app, published, "case_manager")


@pytest.fixture
def coordinator(app, published):
    return client_as(app, published, "coordinator")


def decide(client, code, kind, /, **fields):
    """Send one of the forms of a person's page."""
    path = "signature" if kind == "sign" else "decisions"
    form = {"csrf_token": csrf_token(client, "/account"), "kind": kind, "decision_id": str(uuid.uuid4())}
    return client.post(f"/caseload/{code}/{path}", data=form | fields)


def page(client, code, **query) -> str:
    return text_of(client.get(f"/caseload/{code}", query_string=query).text)


def kept(db):
    return db.decisions.count_documents({})


def test_a_level_that_is_not_below_the_rules_counts_at_once_and_the_rules_go_on_underneath(
    manager, published, code
):
    answer = decide(manager, code, "override", level="high", reason="Her uncle is back.", until="2026-12-01")

    assert answer.headers["Location"] == f"/caseload/{code}?done=override"
    risk = returnees.find(published, code)["risk"]
    assert (risk["level"], risk["override"]["by"], risk["unsigned"]) == ("high", "case-manager", None)
    shown = page(manager, code, done="override")
    assert "The level is set." in shown
    assert (
        "Set by a person, not by the rules: A case-manager, 23 November 2026. It counts until 1 December"
        in shown
    )
    assert "Her uncle is back." in shown


def test_a_lower_level_counts_only_when_another_coordinator_has_signed_it(
    manager, coordinator, published, code
):
    answer = decide(manager, code, "override", level="low", reason="The whole village looks after her.")

    assert answer.headers["Location"].endswith("done=waits")
    file = returnees.find(published, code)
    assert file["risk"]["level"] == "high"
    assert "somebody else must sign" in page(manager, code)
    assert "Sign: the lower level is right" in page(coordinator, code)
    asked = file["risk"]["unsigned"]["id"]
    assert decide(manager, code, "sign", about=asked).status_code == 403
    assert returnees.find(published, code)["risk"]["level"] == "high"

    decide(coordinator, code, "sign", about=asked)

    risk = returnees.find(published, code)["risk"]
    assert (risk["level"], risk["by_rules"]) == ("low", "high")
    assert "By the rules alone the level would be: High" in page(manager, code)


def test_nobody_signs_their_own_lower_level(coordinator, published, code):
    decide(coordinator, code, "override", level="low", reason="The whole village looks after her.")
    asked = returnees.find(published, code)["risk"]["unsigned"]["id"]

    answer = decide(coordinator, code, "sign", about=asked)

    assert answer.status_code == 403
    assert "decision.own_signature" in answer.text
    assert returnees.find(published, code)["risk"]["level"] == "high"
    assert "Sign: the lower" not in page(coordinator, code)


def test_a_signature_cannot_come_in_through_the_other_form(coordinator, published, code):
    answer = decide(coordinator, code, "override", level="low", reason="Looked after.")
    asked = returnees.find(published, code)["risk"]["unsigned"]["id"]
    token = csrf_token(coordinator, "/account")

    answer = coordinator.post(
        f"/caseload/{code}/decisions",
        data={"csrf_token": token, "kind": "sign", "about": asked, "decision_id": str(uuid.uuid4())},
    )

    assert (answer.status_code, kept(published)) == (400, 1)


def test_what_was_set_is_taken_back(manager, published, code):
    decide(manager, code, "override", level="low", reason="Looked after.")
    asked = returnees.find(published, code)["risk"]["unsigned"]["id"]

    decide(manager, code, "take_back", about=asked)

    assert returnees.find(published, code)["risk"]["unsigned"] is None


def test_an_alert_is_taken_on_once_and_says_by_whom(manager, coordinator, published, code):
    alert = returnees.find(published, code)["alerts"][0]
    assert "1 alert Contact or threat" in page(manager, code)

    decide(manager, code, "acknowledge", about=alert["id"])
    late = decide(coordinator, code, "acknowledge", about=alert["id"])

    assert late.status_code == 409
    assert returnees.find(published, code)["alerts"][0]["acknowledged_by"] == "case-manager"
    shown = page(coordinator, code)
    assert "I am on it" not in shown
    assert "1 alert somebody took on" in shown


def test_a_form_that_is_sent_twice_is_one_decision(manager, published, code):
    visit = returnees.find(published, code)["follow_ups"][0]
    form = {"about": visit["id"], "reason": "She is in hospital.", "decision_id": str(uuid.uuid4())}

    first, second = (decide(manager, code, "excuse", **form) for _ in range(2))
    other = decide(manager, code, "excuse", **form | {"reason": "Something else."})

    assert (first.status_code, second.status_code, other.status_code) == (303, 303, 409)
    assert kept(published) == 1
    after = next(item for item in returnees.find(published, code)["follow_ups"] if item["id"] == visit["id"])
    assert (after["ended"], after["why"]) == ("excused", "She is in hospital.")
    assert "Excused She is in hospital." in re.sub(r"(?<=Excused)(?=She)", " ", page(manager, code))


def test_a_visit_is_moved_to_an_agreed_day_and_is_not_late_until_then(manager, published, code):
    visit = returnees.find(published, code)["follow_ups"][0]
    assert "days overdue" in page(manager, code)

    decide(manager, code, "move", about=visit["id"], until="2026-11-30")

    file = returnees.find(published, code)
    assert file["follow_ups"][0]["retry_on"] == "2026-11-30"
    assert "agreed for 30 Nov 2026" in page(manager, code)


def test_somebody_who_looked_is_written_down_with_what_was_found(manager, published, code):
    assert decide(manager, code, "review", reason="All is well.").status_code == 303

    assert [one.kind for one in decisions.about(published, [_id(published)])[_id(published)]] == ["review"]
    assert "A case-manager · looked at this case" in page(manager, code)


def test_a_case_is_closed_only_with_its_code_typed_and_can_be_opened_again(manager, published, code):
    refused = decide(manager, code, "close", reason="She moved on.", code="KH-00")
    assert refused.status_code == 400
    assert "Nothing was closed" in refused.text
    assert "She moved on." in refused.text

    decide(manager, code, "close", reason="She moved on.", code=code.lower(), aftercare="yes")

    file = returnees.find(published, code)
    assert file["status"] == "closed"
    waiting = [item for item in file["follow_ups"] if not item["done_on"] and not item["ended"]]
    assert [item["reason"]["en"] for item in waiting] == ["One look after closing"]
    assert "This case is closed" in page(manager, code)

    decide(manager, code, "reopen", reason="She called.")

    assert returnees.find(published, code)["status"] != "closed"


def test_that_it_happened_again_is_said_with_a_reason_begins_a_new_plan_and_can_be_taken_back(
    manager, published, code
):
    refused = decide(manager, code, "again")
    assert refused.status_code == 400
    before = returnees.find(published, code)

    decide(manager, code, "again", reason="The police found her there.")

    shown = page(manager, code, done="again")
    assert "Kept. The plan of visits begins anew today." in shown
    assert "It happened again: A case-manager said so on 23 November 2026. The plan of visits began" in shown
    assert "The police found her there." in shown
    assert "Said by a person on this page." in shown
    (again,) = returnees.find(published, code)["clock"]["again"]

    decide(manager, code, "take_back", about=again["id"])

    assert returnees.find(published, code)["clock"] == before["clock"]
    assert "It happened again:" not in page(manager, code)


def test_a_case_that_no_decision_closed_is_not_opened_by_one(manager, published, code):
    change_file(published, status="closed")  # as after a death

    assert "Open this case again" not in page(manager, code)
    assert decide(manager, code, "reopen", reason="A mistake.").status_code == 409
    assert kept(published) == 0


def test_closing_shows_what_holds_what_does_not_yet_and_what_people_must_say(manager, code):
    shown = page(manager, code)

    assert "Months since the return: 12 Not yet" in shown
    assert "No threat stands Not yet" in shown
    assert "The person agrees and knows how to come back For you to say" in shown
    assert "for a child or somebody to whom it happened before: 24 Yes" in shown


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        pytest.param(("override", {"level": "low"}), "Please say why", id="no reason"),
        pytest.param(("override", {"level": "x", "reason": "y"}), "no such level", id="no such level"),
        pytest.param(
            ("override", {"level": "low", "reason": "y", "until": "2569-01-01"}),
            "choose a day",
            id="Buddhist era",
        ),
        pytest.param(
            ("override", {"level": "low", "reason": "y", "until": "soon"}), "no day", id="not a day"
        ),
        pytest.param(("review", {"reason": "x" * 2001}), "longer than", id="a whole story"),
    ],
)
def test_what_was_typed_stays_when_something_is_missing(manager, published, code, sent, sentence):
    kind, fields = sent
    answer = decide(manager, code, kind, **fields)

    assert (answer.status_code, kept(published)) == (400, 0)
    assert sentence in lxml.html.fromstring(answer.text).xpath("//*[@role='alert']")[0].text_content()
    assert "<details open>" in answer.text
    assert fields.get("reason", "") in answer.text


@pytest.mark.parametrize("change", [{"decision_id": "x"}, {"kind": "promote"}, {"decision_id": ""}])
def test_a_form_nobody_was_given_decides_nothing(manager, published, code, change):
    assert decide(manager, code, "review", **change).status_code == 400
    assert kept(published) == 0


def test_script_in_a_reason_is_shown_and_never_run(manager, published, code):
    decide(manager, code, "override", level="high", reason="<script>alert(1)</script>{{ 7*7 }} {reason}")

    shown = manager.get(f"/caseload/{code}").text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }} {reason}" in shown


def test_an_administrator_signs_but_does_not_decide(app, manager, published, code):
    administrator = client_as(app, published, "administrator")
    assert decide(administrator, code, "review").status_code == 403
    decide(manager, code, "override", level="low", reason="Looked after.")
    asked = returnees.find(published, code)["risk"]["unsigned"]["id"]

    decide(administrator, code, "sign", about=asked)

    assert returnees.find(published, code)["risk"]["level"] == "low"


def test_an_outreach_worker_decides_nothing_even_about_her_own_people(app, published, code):
    worker = client_as(app, published, "outreach_worker", worker_id="worker-1")
    alert = returnees.find(published, code)["alerts"][0]

    for kind in ("acknowledge", "override", "sign", "close"):
        answer = decide(worker, code, kind, about=alert["id"], level="low", reason="x", code=code)
        assert answer.status_code == 403

    assert kept(published) == 0


def test_the_caseload_counts_and_shows_what_waits_for_a_person(app, manager, published, code):
    decide(manager, code, "override", level="low", reason="Looked after.")

    today = text_of(manager.get("/").text)
    assert "1 alert" in today
    assert "Alerts to take on 1" in today
    assert "Waiting for a signature 1" in today
    shown = text_of(manager.get("/caseload").text)
    assert "Alert: 20 days past" in shown
    assert code in manager.get("/caseload?mark=alert").text
    assert code in manager.get("/caseload?mark=unsigned").text
    worker = client_as(app, published, "outreach_worker", worker_id="worker-1")
    assert "Alert" not in worker.get("/caseload?mark=alert").text

    decide(manager, code, "acknowledge", about=returnees.find(published, code)["alerts"][0]["id"])

    assert "Nobody here fits" in manager.get("/caseload?mark=alert").text


# --- programs


@pytest.fixture
def program(app, published):
    """Asks the API with a token that may decide."""
    token = tokens.add(published, name="Desk", made_by="test", made_at=NOW, scopes=tokens.SCOPES)
    client = app.test_client()

    def ask(path, body=None, **query):
        send = client.get if body is None else client.post
        return send(
            f"/api/v1/{path}",
            headers={"Authorization": f"Bearer {token}"},
            query_string=query,
            **({} if body is None else {"json": body}),
        )

    return ask


def test_a_program_decides_and_is_told_the_file_as_it_is_then(program, published, code):
    body = {"decision_id": str(uuid.uuid4()), "kind": "override", "level": "low", "reason": "Looked after."}

    first = program(f"returnees/{code}/decisions", body)
    again = program(f"returnees/{code}/decisions", body)

    assert (first.status_code, again.status_code, kept(published)) == (201, 200, 1)
    for told in (first.json, again.json, program(f"returnees/{code}").json):
        assert (told["risk"]["level"], told["risk"]["by_rules"]) == ("high", "high")
        assert told["risk"]["unsigned"]["by"] == "program:Desk"
        assert told["alerts"][0]["code"] == "H2"
        assert told["alerts"][0]["acknowledged_at"] is None
        (look, *_) = told["risk"]["look"]
        assert look["code"] == "overdue"
        assert look["text"] == f"The visit of {look['on']} is {look['days']} days late, or more."


def test_a_program_excuses_moves_and_takes_on(program, published, code):
    file = returnees.find(published, code)
    visit, alert = file["follow_ups"][0]["id"], file["alerts"][0]["id"]

    def decide_so(kind, about, **more):
        body = {"decision_id": str(uuid.uuid4()), "kind": kind, "about": about, **more}
        return program(f"returnees/{code}/decisions", body).json

    day = (TODAY + timedelta(days=5)).isoformat()
    assert decide_so("move", visit, until=day)["follow_ups"][0]["retry_on"] == day
    assert decide_so("excuse", visit, reason="In hospital.")["follow_ups"][0]["state"] == "excused"
    assert decide_so("acknowledge", alert)["alerts"][0]["acknowledged_by"] == "program:Desk"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        pytest.param({"kind": "sign", "about": "x"}, (403, "decision.signed_by_people"), id="a signature"),
        pytest.param({"kind": "override", "level": "low"}, (400, "decision.reason_missing"), id="no reason"),
        pytest.param(
            {"kind": "reopen", "reason": "x"}, (409, "decision.nothing_to_decide"), id="an open case"
        ),
        pytest.param({"kind": "promote"}, (422, "http.422"), id="no such kind"),
        pytest.param({"kind": "review", "decision_id": "1"}, (422, "http.422"), id="an ID that is none"),
        pytest.param({"kind": "review", "by": "somebody"}, (422, "http.422"), id="in another's name"),
        pytest.param({"kind": "review", "reason": 7}, (422, "http.422"), id="a reason that is a number"),
    ],
)
def test_what_a_program_may_not_decide_is_refused_with_a_code(program, published, code, body, refusal):
    answer = program(f"returnees/{code}/decisions", {"decision_id": str(uuid.uuid4()), **body})

    assert (answer.status_code, answer.json["code"]) == refusal
    assert kept(published) == 0


def test_a_program_tries_a_forms_rules_and_nothing_is_stored(program, published):
    answers = {"phq1": 2, "phq2": 1, "selfharm": "yes", "no_such_question": "x", "debts": [{"debt_who": "x"}]}

    told = program("forms/followup/try", {"answers": answers, "on": "2026-11-02"})

    assert told.status_code == 200
    assert told.json["scores"]["phq2"] == {"value": 3, "band": told.json["scores"]["phq2"]["band"]}
    assert told.json["level"] == "high"
    assert told.json["indicators"][0]["name"] == "H1"
    assert set(told.json["indicators"][0]["label"]) == {"en", "km"}
    assert told.json["next_steps"][0]["en"].startswith("Please call")
    assert all(item["due_on"] >= "2026-11-02" for item in told.json["follow_ups"])
    assert "no_such_question" in told.json["unknown"]
    assert published.returnees.count_documents({}) == published.records.count_documents({}) == 0


@pytest.mark.parametrize(
    ("form", "body", "status"),
    [
        pytest.param("nothing", {"answers": {}}, 404, id="no such form"),
        pytest.param("followup", {}, 422, id="no answers"),
        pytest.param("followup", {"answers": {"phq1": "\x00"}}, 422, id="a character no form can send"),
        pytest.param("followup", {"answers": {}, "on": "9999-12-31"}, 422, id="the end of time"),
        pytest.param("followup", {"answers": {"a": {"b": {"c": {"d": {}}}}}}, 422, id="too deep"),
    ],
)
def test_what_cannot_be_tried_is_refused(program, form, body, status):
    assert program(f"forms/{form}/try", body).status_code == status


def _id(db) -> str:
    return db.returnees.find_one()["_id"]


def test_two_people_of_one_name_are_told_apart_by_their_accounts(app, coordinator, published, code):
    """The second signature is another account's, not another browser's of the same one."""
    elsewhere = app.test_client()
    sign_in(elsewhere, "coordinator")
    decide(coordinator, code, "override", level="low", reason="Looked after.")
    asked = returnees.find(published, code)["risk"]["unsigned"]["id"]

    assert decide(elsewhere, code, "sign", about=asked).status_code == 403
    other = app.test_client()
    sign_in(other, add_account(published, "administrator"))
    assert decide(other, code, "sign", about=asked).status_code == 303
