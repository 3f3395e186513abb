"""The JSON API: shapes, pages, languages, errors."""

from datetime import timedelta

import pytest

from server import tokens
from server.app import create_app
from sync.core.visits import state_on
from sync.store import forms
from tests.server.files import NOW, TODAY, a_file, a_follow_up, a_submission


@pytest.fixture
def app(config, db):
    return create_app(config, db, now=lambda: NOW)


@pytest.fixture
def ask(app, db):
    """Ask the API as a program with a token."""
    token = tokens.add(db, name="test", made_by="test", made_at=NOW)
    client = app.test_client()

    def get(path: str, **query):
        headers = {"Authorization": f"Bearer {token}"}
        return client.get(f"/api/v1/{path}", query_string=query, headers=headers)

    return get


def test_a_returnee_is_told_with_reasons_scores_and_schedule(ask, published):
    file = a_file(1, due_on=TODAY - timedelta(days=10))
    for item in file["risk"]["indicators"]:
        item["form_version"] = forms.current_version(published, item["form_id"])
    published.returnees.insert_one(file)

    told = ask("returnees/KH-20-2026-0001X").json

    assert told["entity_id"] == "00000000-0000-4000-8000-000000000001"
    assert {key: told["risk"][key] for key in ("level", "on", "rules_version")} == {
        "level": "high",
        "on": "2026-11-03",
        "rules_version": "rules-1",
    }
    indicator = told["risk"]["indicators"][0]
    expected = {
        "name": "H2",
        "label": "Contact or threat",
        "level": "high",
        "dimension": "security",
        "form_id": "intake",
        "instance_id": "uuid:00000000-0000-4000-8000-000000000001",
        "since": "2026-11-03",
        "until": None,
    }
    assert {key: indicator[key] for key in expected} == expected
    assert indicator["answers"] == [
        {
            "name": "contact_recruiter",
            "label": "Has anyone who took you there been in touch?",
            "value": "yes",
            "value_label": "Yes",
        }
    ]
    assert (told["scores"]["phq9"]["value"], told["scores"]["phq9"]["band"]) == (14.0, "moderate")
    follow_up = told["follow_ups"][0]
    expected = {
        "due_on": "2026-11-13",
        "opens_on": "2026-11-10",
        "closes_on": "2026-11-16",
        "form_id": "followup",
        "state": state_on(a_follow_up(due_on=TODAY - timedelta(days=10)), TODAY),
        "overdue_days": 10,
        "reason": "Visit 1 of the plan",
    }
    assert {key: follow_up[key] for key in expected} == expected


def test_a_returnee_is_found_by_entity_id_too(ask, db):
    file = a_file(1)
    db.returnees.insert_one(file)

    assert ask(f"returnees/{file['_id']}").json["case_code"] == "KH-20-2026-0001X"


def test_words_come_in_khmer_when_asked_and_in_the_other_language_where_one_is_missing(ask, db):
    file = a_file(1, follow_ups=[a_follow_up(1, due_on=TODAY, reason={"en": "Only in English"})])
    db.returnees.insert_one(file)

    told = ask("returnees/KH-20-2026-0001X", lang="km").json

    assert told["risk"]["indicators"][0]["label"] == "ការទាក់ទង ឬការគំរាម"
    assert told["follow_ups"][0]["reason"] == "Only in English"


def test_no_name_and_no_place_leaves_through_the_api(ask, db):
    db.returnees.insert_one(a_file(1))

    for path in ("returnees", "returnees/KH-20-2026-0001X"):
        body = ask(path).text
        assert "Sothea" not in body
        assert "010501" not in body


def test_the_caseload_comes_in_pages_without_gaps_or_repeats(ask, db):
    for number in range(1, 8):
        level = ("high", "medium", "low")[number % 3]
        db.returnees.insert_one(a_file(number, level=level, due_on=TODAY + timedelta(days=number)))

    seen, after = [], ""
    while after is not None:
        page = ask("returnees", limit=2, **({"after": after} if after else {})).json
        seen += [(item["level"], item["next_due_on"]) for item in page["items"]]
        after = page["next"]

    danger = {"high": 0, "medium": 1, "low": 2}
    assert len(set(seen)) == 7
    assert seen == sorted(seen, key=lambda item: (danger[item[0]], item[1]))


def test_the_caseload_says_who_is_overdue_and_by_how_much(ask, db):
    db.returnees.insert_one(a_file(1, due_on=TODAY - timedelta(days=10)))
    db.returnees.insert_one(a_file(2, due_on=TODAY + timedelta(days=30)))

    items = ask("returnees", due="overdue").json["items"]

    assert [(item["case_code"], item["overdue_days"]) for item in items] == [("KH-20-2026-0001X", 10)]


@pytest.mark.parametrize("state", ["received", "processed", "set_aside"])
def test_a_submission_says_how_far_it_is(ask, db, state):
    db.submissions.insert_one(a_submission(1, state=state))

    told = ask("submissions/uuid:00000000-0000-4000-8000-000000000001").json

    assert (told["state"], told["problem"]) == (state, None)


def test_a_submission_that_was_set_aside_says_why(ask, db):
    problem = {"code": "submission.processing_failed", "message": "After 5 tries."}
    db.submissions.insert_many([a_submission(1), a_submission(2, state="set_aside", problem=problem)])

    items = ask("submissions", state="set_aside").json["items"]

    assert [(item["instance_id"], item["problem"]) for item in items] == [
        ("uuid:00000000-0000-4000-8000-000000000002", problem)
    ]


def test_submissions_come_in_pages_in_the_order_of_arrival(ask, db):
    db.submissions.insert_many([a_submission(number) for number in range(1, 6)])

    seen, after = [], ""
    while after is not None:
        page = ask("submissions", limit=2, **({"after": after} if after else {})).json
        seen += [item["received_at"] for item in page["items"]]
        after = page["next"]

    assert len(seen) == 5
    assert seen == sorted(seen)


def test_forms_in_use_are_listed(ask, published):
    items = ask("forms").json["items"]

    assert {"screening", "intake", "followup"} <= {item["form_id"] for item in items}
    assert all(item["version"] and item["title"] and item["published_at"] for item in items)


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        pytest.param("returnees/KH-99", {}, 404, "returnee.unknown", id="nobody has this code"),
        pytest.param("submissions/uuid:x", {}, 404, "submission.unknown", id="nothing came under this id"),
        pytest.param(
            "submissions", {"after": "uuid:x"}, 404, "submission.unknown", id="unknown place to go on"
        ),
        pytest.param("nowhere", {}, 404, "http.404", id="no such address"),
        pytest.param("returnees", {"limit": "many"}, 422, "http.422", id="a limit that is no number"),
        pytest.param("returnees", {"limit": "100000"}, 422, "http.422", id="a limit that is too large"),
        pytest.param("returnees", {"level": "worst"}, 422, "http.422", id="a level there is not"),
        pytest.param("returnees", {"after": "x"}, 400, "page.position_unknown", id="a page there is not"),
        pytest.param("returnees/x", {"lang": "fr"}, 422, "http.422", id="a language there is not"),
    ],
)
def test_whatever_goes_wrong_is_problem_json_with_a_code(ask, path, query, status, code):
    answer = ask(path, **query)

    assert answer.content_type == "application/problem+json"
    assert (answer.status_code, answer.json["status"], answer.json["code"]) == (status, status, code)
    assert answer.json["detail"]


def test_a_wrong_method_is_problem_json_that_names_the_right_ones(app):
    answer = app.test_client().post("/api/v1/returnees")

    assert (answer.status_code, answer.json["code"]) == (405, "http.405")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "header",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}],
)
def test_without_a_valid_token_nothing_is_told(app, header):
    answer = app.test_client().get("/api/v1/returnees", headers=header)

    assert (answer.status_code, answer.json["code"]) == (401, "token.unknown")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_token_opens_nothing_any_more(app, db):
    token = tokens.add(db, name="test", made_by="test", made_at=NOW)
    tokens.revoke(db, tokens.all_of(db)[0].id, at=NOW)

    answer = app.test_client().get("/api/v1/forms", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401


def test_the_database_holds_no_token_that_could_be_used(db):
    token = tokens.add(db, name="test", made_by="test", made_at=NOW)

    assert token not in str(list(db.api_tokens.find()))


def test_a_bug_is_answered_with_a_number_and_nothing_else(app, db, ask):
    file = a_file(1)
    del file["risk"]
    file["level_order"] = 3
    db.returnees.insert_one(file)

    answer = ask("returnees")

    assert (answer.status_code, answer.json["code"]) == (500, "server.unexpected")
    assert "risk" not in answer.json["detail"]


def test_the_description_names_every_route_and_says_a_token_is_needed(app):
    told = app.test_client().get("/api/v1/openapi.json").json

    assert set(told["paths"]) == {
        "/api/v1/returnees",
        "/api/v1/returnees/{code}",
        "/api/v1/returnees/{code}/decisions",
        "/api/v1/submissions",
        "/api/v1/submissions/{instance_id}",
        "/api/v1/forms",
        "/api/v1/numbers",
        "/api/v1/exports/{what}",
        "/api/v1/devices",
        "/api/v1/devices/{device_id}/revoke",
        "/api/v1/workers",
        "/api/v1/workers/{worker_id}/leave",
        "/api/v1/forms/{form_id}/try",
        "/api/v1/questions",
        "/api/v1/questions/{instance_id}",
        "/api/v1/duplicates",
        "/api/v1/duplicates/apart",
        "/api/v1/returnees/{code}/merge",
        "/api/v1/returnees/{code}/unmerge",
        "/api/v1/returnees/{code}/disclosures",
    }
    assert told["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
