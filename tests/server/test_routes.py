"""Every address, tried as nobody and as every role: who may, and what the others are told.

A route without an expectation here fails the test: whoever adds one says who may use it.
"""

import re

import pytest
from flask import Flask

from server import accounts, tokens
from server.app import create_app
from sync.store import devices
from tests.server.files import NOW, a_file, a_submission
from tests.server.signed_in import client_as, csrf_token

WHO = ("nobody", *accounts.ROLES)
EVERYONE = set(WHO)
SIGNED_IN = set(accounts.ROLES)
SEES_PEOPLE = {"administrator", "coordinator", "case_manager"}
DECIDES = {"coordinator", "case_manager"}
SIGNS = {"administrator", "coordinator"}
SETTLES = {"administrator", "coordinator"}
ADMINISTRATOR = {"administrator"}
WITH_TOKEN = "token"

SUBMISSION = a_submission(7, state="set_aside")["_id"]

# (method, route) -> who may; `token`: nobody in a browser, whatever the role, but a program's token.
EXPECTED = {
    ("GET", "/"): SIGNED_IN,
    ("GET", "/sign-in"): EVERYONE,
    ("POST", "/sign-in"): EVERYONE,
    ("POST", "/sign-out"): EVERYONE,
    ("POST", "/language"): EVERYONE,
    ("GET", "/static/<path:name>"): EVERYONE,
    ("GET", "/account"): SIGNED_IN,
    ("POST", "/account/password"): SIGNED_IN,
    ("POST", "/account/sessions/end"): SIGNED_IN,
    ("GET", "/caseload"): SIGNED_IN,
    ("GET", "/caseload/find"): SEES_PEOPLE,
    ("GET", "/caseload/<code>"): SEES_PEOPLE,
    ("POST", "/caseload/<code>/decisions"): DECIDES,
    ("POST", "/caseload/<code>/signature"): SIGNS,
    ("GET", "/fill"): SIGNED_IN,
    ("POST", "/fill"): SIGNED_IN,
    ("GET", "/fill/token"): SIGNED_IN,
    ("GET", "/fill/<form_id>"): SIGNED_IN,
    ("GET", "/fill/<form_id>/<version>/form.xml"): SIGNED_IN,
    ("GET", "/fill/<form_id>/<version>/<about>/files/<name>"): SIGNED_IN,
    ("GET", "/questions"): SETTLES,
    ("POST", "/questions/<path:instance_id>/replay"): SETTLES,
    ("GET", "/phones"): ADMINISTRATOR,
    ("POST", "/phones"): ADMINISTRATOR,
    ("GET", "/phones/<device_id>/revoke"): ADMINISTRATOR,
    ("POST", "/phones/<device_id>/revoke"): ADMINISTRATOR,
    ("GET", "/healthz"): EVERYONE,
    ("GET", "/readyz"): EVERYONE,
    ("GET", "/metrics"): EVERYONE,  # from this machine; see test_health
    ("GET", "/api/v1/openapi.json"): EVERYONE,
    ("GET", "/api/v1/returnees"): WITH_TOKEN,
    ("GET", "/api/v1/returnees/<string:code>"): WITH_TOKEN,
    ("GET", "/api/v1/submissions"): WITH_TOKEN,
    ("GET", "/api/v1/submissions/<path:instance_id>"): WITH_TOKEN,
    ("POST", "/api/v1/returnees/<string:code>/decisions"): WITH_TOKEN,
    ("GET", "/api/v1/forms"): WITH_TOKEN,
    ("POST", "/api/v1/forms/<string:form_id>/try"): WITH_TOKEN,
}


# Pages whose content policy also allows the form engine to run.
WITH_FORM_ENGINE = {"/fill/<form_id>"}


def routes(app: Flask) -> set[tuple[str, str]]:
    """Every method and route the application answers, but HEAD and OPTIONS, which follow GET."""
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


@pytest.fixture
def app(config, db):
    return create_app(config, db, now=lambda: NOW)


@pytest.fixture
def things(db) -> dict[str, str]:
    """One of everything an address can name."""
    db.returnees.insert_one(a_file(1))
    db.submissions.insert_one(a_submission(7, state="set_aside"))
    token = devices.add(db, name="Phone", worker_id="worker-1", worker_name="Worker", made_at=NOW)
    return {
        "code": "KH-20-2026-0001X",
        "instance_id": SUBMISSION,
        "device_id": devices.id_of(token),
        "name": "house.svg",
        "form_id": "intake",
        "version": "1",
        "about": "-",
    }


def address(route: str, things: dict[str, str]) -> str:
    """The route with its parts filled in."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: things[part[1]], route)


def test_every_route_has_an_expectation(app):
    assert routes(app) == set(EXPECTED)


@pytest.mark.parametrize("who", WHO)
def test_who_may_open_what(app, db, things, who):
    client = client_as(app, db, who, worker_id="worker-1")
    given: dict[tuple[str, str], bool] = {}
    # What ends the session comes last.
    for method, route in sorted(EXPECTED, key=lambda item: "sign-out" in item[1]):
        form = {"csrf_token": csrf_token(client, "/nowhere"), "name": "x"} if method == "POST" else None
        answer = client.open(address(route, things), method=method, data=form, buffered=True)
        asked_to_sign_in = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in?")
        assert answer.status_code < 500, route
        # A refusal of the password itself is not a refusal of the page.
        refused = answer.status_code in (401, 403) and route not in ("/sign-in", "/account/password")
        given[method, route] = not (asked_to_sign_in or refused)

    assert given == {key: may is not WITH_TOKEN and who in may for key, may in EXPECTED.items()}


def test_a_program_with_a_token_may_read_the_api_and_nothing_else(app, db, things):
    token = tokens.add(db, name="test", made_by="test", made_at=NOW)
    client = app.test_client()

    given = {
        key: client.open(
            address(key[1], things),
            method=key[0],
            headers={"Authorization": f"Bearer {token}"},
            buffered=True,  # closes the file that a static answer reads
        ).status_code
        for key in EXPECTED
        if key[0] == "GET"
    }

    for key, status in given.items():
        if EXPECTED[key] is WITH_TOKEN or "nobody" in EXPECTED[key]:
            assert status == 200, key
        else:
            assert status == 303, key


@pytest.mark.parametrize(
    "route",
    [route for (method, route), may in EXPECTED.items() if method == "POST" and may is not WITH_TOKEN],
)
def test_nothing_is_changed_without_a_csrf_token(app, db, things, route):
    client = client_as(app, db, "administrator")

    answer = client.post(address(route, things), data={"name": "x", "worker_name": "x", "worker_id": "x"})

    assert answer.status_code == 400
    assert db.devices.count_documents({"revoked_at": None}) == 1
    assert db.submissions.find_one({"_id": SUBMISSION})["state"] == "set_aside"


def test_a_token_that_may_only_read_decides_nothing(app, db, things):
    token = tokens.add(db, name="test", made_by="test", made_at=NOW)

    answer = app.test_client().post(
        "/api/v1/returnees/KH-20-2026-0001X/decisions", headers={"Authorization": f"Bearer {token}"}
    )

    assert (answer.status_code, answer.json["code"]) == (403, "token.reads_only")


@pytest.mark.parametrize("who", WHO)
def test_every_answer_carries_the_headers_that_protect_it(app, db, things, who):
    client = client_as(app, db, who, worker_id="worker-1")

    for method, route in EXPECTED:
        answer = client.open(address(route, things), method=method, buffered=True)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'"), route
        is_form = route in WITH_FORM_ENGINE and answer.status_code == 200
        assert "unsafe" not in policy.replace("'wasm-unsafe-eval'", "" if is_form else "unsafe"), route
        assert "frame-ancestors 'none'" in policy, route
        assert answer.headers["X-Content-Type-Options"] == "nosniff", route
        assert answer.headers["Referrer-Policy"] == "no-referrer", route
        if not route.startswith("/static/"):
            assert answer.headers["Cache-Control"] == "no-store", route


@pytest.mark.parametrize("path", ["/caseload/KH-99-2026-0000X", "/nowhere", "/api/v1/nowhere"])
def test_what_does_not_exist_is_a_404_with_a_way_on(app, db, path):
    client = client_as(app, db, "coordinator")

    answer = client.get(path)

    assert answer.status_code == 404
    if path.startswith("/api"):
        assert answer.json["code"] == "http.404"
    else:
        assert 'class="button" href="/"' in answer.text
