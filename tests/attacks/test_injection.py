"""Operator injection, mass assignment and what else is smuggled into forms, queries and JSON."""

import pytest

from server import accounts
from tests.attacks.house import COLLEAGUES, FOREIGN, NAMES, OWN, PASSWORD

OPERATORS = [
    '{"$ne":null}',
    '{"$gt":""}',
    '{"$regex":".*"}',
    '{"$where":"1"}',
    "$ne",
    "[$ne]",
    "' || '1'=='1",
    "*",
]
NAMES_OF_OPERATORS = ["[$ne]", "[$gt]", "[$regex]", "[$in][]", "[$where]", ".$ne", "%5B%24ne%5D", "[]"]


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_operator_signs_anybody_in(house, operator):
    for user, password in ((operator, operator), ("case-manager", operator), (operator, PASSWORD)):
        visitor = house.stranger()
        said = visitor.sign_in(user, password)
        assert said.status in (401, 429)
        assert visitor.get("/caseload").status == 303


@pytest.mark.parametrize("name", NAMES_OF_OPERATORS)
def test_no_field_with_an_operator_in_its_name_signs_anybody_in(house, name):
    visitor = house.stranger()
    form = {"csrf_token": visitor.csrf("/sign-in"), f"user{name}": "x", f"password{name}": "x"}

    assert visitor.open("POST", "/sign-in", form=form).status in (401, 429)


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_operator_is_a_token(house, operator):
    visitor = house.stranger()
    for header in (f"Bearer {operator}", f"Bearer pteah_{operator}", f"bearer  {operator}", operator):
        said = visitor.open("GET", "/api/v1/returnees", headers={"Authorization": header})
        assert said.status in (401, 429)


QUERIES = ["level", "due", "after", "limit", "mark", "which", "state", "done", "lang", "by", "since", "q"]


@pytest.mark.parametrize("name", NAMES_OF_OPERATORS)
@pytest.mark.parametrize("path", ["/caseload", "/questions", "/api/v1/returnees", "/api/v1/submissions"])
def test_no_query_with_an_operator_in_its_name_widens_a_list(house, path, name):
    query = "&".join(f"{one}{name}=x" for one in QUERIES)
    visitor = house.program() if path.startswith("/api") else house.visitors["case_manager"]

    said = visitor.get(f"{path}?{query}".replace("[", "%5B").replace("]", "%5D").replace("$", "%24"))

    assert said.status in (200, 400, 403, 422)
    assert not [one for one in (COLLEAGUES, FOREIGN) if one in said.text or NAMES[one] in said.text]


@pytest.mark.parametrize(
    "value",
    [
        "%7B%22%24ne%22%3A1%7D",
        "%5B%22%24ne%22%5D",
        "%24where",
        "0;sleep(9)",
        "-1",
        "1e9",
        "%00",
        "%ff",
        "NaN",
    ],
)
@pytest.mark.parametrize("name", QUERIES)
def test_no_value_of_a_query_breaks_a_list(house, name, value):
    for visitor, path in (
        (house.visitors["case_manager"], "/caseload"),
        (house.program(), "/api/v1/returnees"),
    ):
        said = visitor.get(f"{path}?{name}={value}")
        assert said.status in (200, 303, 400, 404, 422), said.text[:200]
        assert not [one for one in (COLLEAGUES, FOREIGN) if one in said.text]


BAD_VALUES = [
    {"$ne": None},
    {"$gt": ""},
    ["x"],
    [],
    {},
    None,
    1,
    True,
    {"a": {"b": {"c": 1}}},
    "x" * 10_000,
    "\u0000",
]
FIELDS = ["decision_id", "kind", "reason", "level", "until", "about"]


@pytest.mark.parametrize("value", BAD_VALUES, ids=lambda value: str(value)[:20])
@pytest.mark.parametrize("name", FIELDS)
def test_no_field_of_a_decision_takes_what_it_is_not(house, unchanged, name, value):
    body = {
        "decision_id": "00000000-0000-4000-8000-0000000000ab",
        "kind": "take_back",
        "reason": "",
        "about": "nothing",
        name: value,
    }

    said = house.program("decide").json("POST", f"/api/v1/returnees/{OWN}/decisions", body)

    assert 400 <= said.status < 500, said.text


@pytest.mark.parametrize(
    "code", ['{"$ne":1}', "$where", "KH-.*", "KH-20-2026-000%25", ".", "..", "%00", "a" * 2000, "ក"]
)
def test_no_code_is_a_pattern(house, code):
    from urllib.parse import quote  # noqa: PLC0415

    for visitor, path in (
        (house.program(), "/api/v1/returnees/"),
        (house.visitors["case_manager"], "/caseload/"),
    ):
        said = visitor.get(path + quote(code, safe="%"))
        assert said.status in (303, 404)
        assert NAMES[OWN] not in said.text


SMUGGLED = {
    "password": "x" * 20,
    "disabled_at": "",
    "made_at": "2020-01-01",
    "_id": "administrator",
    "user_id": "administrator",
    "second_step": "off",
    "needs_second_step": "false",
    "may": "see_returnee",
    "language": "xx",
    "first_signed_in_at": "2099-01-01",
    "sight": "people",
    "is_admin": "true",
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_a_changed_account_takes_no_field_that_its_form_does_not_have(house, name):
    before = house.db.accounts.find_one({"_id": "analyst"})
    form = {"name": before["name"], "role": before["role"], "teams": "north", name: SMUGGLED[name]}

    assert house.visitors["administrator"].post("/accounts/analyst", form).status == 303
    assert house.db.accounts.find_one({"_id": "analyst"}) == before


@pytest.mark.parametrize(
    "name", ["role", "user", "teams", "places", "organisation", "worker_id", "disabled_at"]
)
@pytest.mark.parametrize(
    "path", ["/account/password", "/language", "/account/second-step", "/account/messages"]
)
def test_nobody_gives_their_own_account_more(house, path, name):
    visitor = house.visitors["outreach_worker"]
    before = accounts.find(house.db, "outreach-worker")
    form = {name: "administrator", "present": "wrong", "new": "wrong", "language": "en", "code": "000000"}

    assert visitor.post(path, form).status < 500
    assert accounts.find(house.db, "outreach-worker").role == before.role
    assert accounts.find(house.db, "outreach-worker").reader == before.reader


@pytest.mark.parametrize(
    "name", ["by", "at", "on", "entity_id", "_id", "to_be_signed", "decided_by", "signed"]
)
def test_a_decision_takes_no_field_that_the_description_does_not_have(house, unchanged, name):
    body = {"decision_id": "00000000-0000-4000-8000-0000000000ac", "kind": "review", name: "administrator"}

    assert house.program("decide").json("POST", f"/api/v1/returnees/{OWN}/decisions", body).status == 422


@pytest.mark.parametrize("role", ["coordinator", "case_manager", "outreach_worker", "auditor", "analyst"])
def test_nobody_but_an_administrator_makes_or_changes_accounts(house, unchanged, role):
    visitor = house.visitors[role]
    form = {"user": "intruder", "role": "administrator", "name": "x", "again": role}

    for path in (
        "/accounts", f"/accounts/{role.replace('_', '-')}", "/accounts/administrator/close",
        "/accounts/administrator/invitation", "/accounts/administrator/second-step/end",
        "/accounts/administrator/sessions/end",
    ):  # fmt: skip
        assert visitor.post(path, form).status == 403, path


@pytest.mark.parametrize("depth", [10, 1_000, 50_000])
def test_json_that_is_nested_deeper_than_any_answer_is_refused(house, depth):
    body = b'{"answers":{"a":' + b"[" * depth + b"]" * depth + b"}}"
    headers = {"Content-Type": "application/json"}

    said = house.program().open("POST", "/api/v1/forms/intake/try", body=body, headers=headers)

    assert 400 <= said.status < 500


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""]
)
def test_json_under_another_name_is_refused(house, unchanged, content_type):
    said = house.program("decide").open(
        "POST", f"/api/v1/returnees/{OWN}/decisions", body=b'{"kind":"review"}',
        headers={"Content-Type": content_type},
    )  # fmt: skip

    assert 400 <= said.status < 500
