"""Every address, as nobody and as every role, with one's own, a colleague's, another's and nothing's.

A route without a row in EXPECTED fails a test. Whoever adds one writes one row: who may use it. What its
address names says the rest: a `<code>` is a person, an `<instance_id>` a submission, and the rules of
`answer_for` say what becomes of those outside the reader's scope. Everything else an address can name
(`<device_id>`, `<user>` …) belongs to whoever may use the route: give `things` one of it, and MISSING one
that does not exist. A new row needs nothing else; a route whose answer has a reason of its own (it asks
for a password once more) goes into OWN_WORD with that reason.
"""

import re

import pytest
from flask import Flask

from server import accounts, invitations, sessions, tokens
from server.app import create_app
from sync.core.worker import Worker
from sync.store import addresses, devices, forms, logins, proposals, refused, webhooks, workers
from tests.server.files import NOW, a_file, a_submission
from tests.server.signed_in import PASSWORD, client_as, csrf_token

WHO = ("nobody", *accounts.ROLES)
EVERYONE = set(WHO)
SIGNED_IN = set(accounts.ROLES)
SEES_LIST = {"administrator", "coordinator", "case_manager", "outreach_worker"}
SEES_NUMBERS = {"administrator", "coordinator", "case_manager", "analyst"}
SEES_PEOPLE = {"administrator", "coordinator", "case_manager"}
DECIDES = {"coordinator", "case_manager"}
SIGNS = {"administrator", "coordinator"}
SETTLES = {"administrator", "coordinator"}
MANAGES_FORMS = {"administrator", "coordinator"}
ADMINISTRATOR = {"administrator"}
MAKES_TOKENS = {"administrator", "coordinator", "analyst"}
MAKES_LOGINS = {"administrator", "coordinator"}
EXPORTS = {"coordinator", "analyst"}
SEES_AUDIT = {"administrator", "auditor"}
WITH_TOKEN = "token"

ASKS_PASSWORD = ("/sign-in", "/account/password", "/sign-in/organisation/back")

SUBMISSION = a_submission(7, state="set_aside")["_id"]

# (method, route) -> who may; `token`: nobody in a browser, whatever the role, but a program's token.
EXPECTED = {
    ("GET", "/"): SIGNED_IN,
    ("GET", "/sign-in"): EVERYONE,
    ("POST", "/sign-in"): EVERYONE,
    ("GET", "/sign-in/code"): EVERYONE,
    ("POST", "/sign-in/code"): EVERYONE,
    ("GET", "/sign-in/organisation"): EVERYONE,  # see test_organisation
    ("GET", "/sign-in/organisation/back"): EVERYONE,
    ("POST", "/account/organisation"): SIGNED_IN,
    ("POST", "/account/organisation/end"): SIGNED_IN,
    ("GET", "/invitation/<invitation>"): EVERYONE,
    ("POST", "/invitation/<invitation>"): EVERYONE,
    ("POST", "/sign-out"): EVERYONE,
    ("POST", "/language"): EVERYONE,
    ("GET", "/static/<path:name>"): EVERYONE,
    ("GET", "/account"): SIGNED_IN,
    ("POST", "/account/password"): SIGNED_IN,
    ("POST", "/account/sessions/<session_id>/end"): SIGNED_IN,
    ("POST", "/account/sessions/end"): SIGNED_IN,
    ("GET", "/account/second-step"): SIGNED_IN,
    ("POST", "/account/second-step"): SIGNED_IN,
    ("POST", "/account/recovery-codes"): SIGNED_IN,
    ("GET", "/accounts"): ADMINISTRATOR,
    ("POST", "/accounts"): ADMINISTRATOR,
    ("GET", "/accounts/<user>"): ADMINISTRATOR,
    ("POST", "/accounts/<user>"): ADMINISTRATOR,
    ("POST", "/accounts/<user>/invitation"): ADMINISTRATOR,
    ("POST", "/accounts/<user>/sessions/end"): ADMINISTRATOR,
    ("POST", "/accounts/<user>/second-step/end"): ADMINISTRATOR,
    ("POST", "/accounts/<user>/close"): ADMINISTRATOR,
    ("POST", "/accounts/<user>/open"): ADMINISTRATOR,
    ("GET", "/caseload"): SEES_LIST,
    ("POST", "/search"): SEES_PEOPLE,
    ("POST", "/narrow"): SEES_LIST,
    ("POST", "/names"): SEES_LIST,
    ("POST", "/leave"): EVERYONE,
    ("GET", "/month"): EVERYONE,
    ("GET", "/session"): EVERYONE,
    ("POST", "/session/end"): EVERYONE,
    ("GET", "/typed/<number>"): SIGNED_IN,
    ("POST", "/views"): SEES_LIST,
    ("POST", "/views/forget"): SEES_LIST,
    ("GET", "/caseload/<code>"): SEES_PEOPLE,
    ("GET", "/caseload/<code>/reason"): SEES_PEOPLE,
    ("POST", "/caseload/<code>/reason"): SEES_PEOPLE,
    ("GET", "/caseload/<code>/timeline"): SEES_PEOPLE,
    ("GET", "/caseload/<code>/files"): SEES_PEOPLE,
    ("GET", "/caseload/<code>/files/<sha256>"): SEES_PEOPLE,
    ("GET", "/caseload/<code>/print"): SEES_PEOPLE,
    ("GET", "/caseload/<code>/print/<paper>"): SEES_PEOPLE,
    ("GET", "/referred"): SEES_PEOPLE,
    ("GET", "/referred/<code>"): SEES_PEOPLE,  # see test_referred
    ("GET", "/notices"): SEES_LIST,
    ("GET", "/numbers"): SEES_NUMBERS,
    ("POST", "/caseload/<code>/decisions"): DECIDES,
    ("POST", "/caseload/<code>/signature"): SIGNS,
    ("GET", "/duplicates"): SEES_PEOPLE,
    ("GET", "/caseload/<code>/same"): SEES_PEOPLE,
    ("GET", "/caseload/<code>/same/<other>"): SEES_PEOPLE,
    ("POST", "/caseload/<code>/same/<other>"): DECIDES,
    ("GET", "/caseload/<code>/privacy"): SEES_PEOPLE,
    ("POST", "/caseload/<code>/privacy/copy"): SIGNS,
    ("POST", "/caseload/<code>/privacy/erasure"): ADMINISTRATOR,
    ("GET", "/account/messages"): SEES_LIST,
    ("POST", "/account/messages"): SEES_LIST,
    ("POST", "/account/messages/test"): SEES_LIST,
    ("POST", "/account/calendar"): SEES_LIST,
    ("POST", "/account/calendar/end"): SEES_LIST,
    ("GET", "/calendar/<token>"): EVERYONE,
    ("GET", "/audit"): SEES_AUDIT,
    ("GET", "/exports"): EXPORTS,
    ("POST", "/exports"): EXPORTS,
    ("GET", "/tokens"): MAKES_TOKENS,
    ("POST", "/tokens"): MAKES_TOKENS,
    ("POST", "/tokens/<token_id>/revoke"): MAKES_TOKENS,  # another's: see test_token_pages
    ("GET", "/logins"): MAKES_LOGINS,
    ("POST", "/logins/phone"): ADMINISTRATOR,
    ("POST", "/logins/tool"): MAKES_LOGINS,
    ("POST", "/logins/<login>/end"): MAKES_LOGINS,  # another's: see test_logins
    ("GET", "/webhooks"): ADMINISTRATOR,
    ("POST", "/webhooks"): ADMINISTRATOR,
    ("POST", "/webhooks/<hook>/remove"): ADMINISTRATOR,
    ("GET", "/caseload/<code>/records/<path:instance_id>"): SEES_PEOPLE,
    ("GET", "/handover"): DECIDES,
    ("POST", "/handover"): DECIDES,
    ("GET", "/fill"): SEES_LIST,
    ("POST", "/fill"): SEES_LIST,
    ("GET", "/fill/token"): SEES_LIST,
    ("GET", "/fill/<form_id>"): SEES_LIST,
    ("GET", "/fill/<form_id>/<version>/form.xml"): SEES_LIST,
    ("GET", "/fill/<form_id>/<version>/<about>/files/<name>"): SEES_LIST,
    ("GET", "/questions"): SETTLES,
    ("POST", "/questions/<path:instance_id>/replay"): SETTLES,
    ("GET", "/questions/records/<path:instance_id>"): SETTLES,
    ("POST", "/questions/records/<path:instance_id>"): SETTLES,
    ("GET", "/forms"): MANAGES_FORMS,
    ("POST", "/forms"): MANAGES_FORMS,
    ("GET", "/forms/recompute"): MANAGES_FORMS,
    ("GET", "/forms/files"): MANAGES_FORMS,
    ("POST", "/forms/files"): MANAGES_FORMS,
    ("GET", "/forms/files/<name>/<sha256>"): MANAGES_FORMS,
    ("POST", "/forms/files/<name>/return"): MANAGES_FORMS,
    ("POST", "/forms/proposals/<number>/files"): MANAGES_FORMS,
    ("GET", "/forms/templates/<name>.xlsx"): MANAGES_FORMS,
    ("GET", "/forms/<form_id>"): MANAGES_FORMS,
    ("GET", "/forms/<form_id>/versions/<version>.xlsx"): MANAGES_FORMS,
    ("POST", "/forms/<form_id>/return"): MANAGES_FORMS,
    ("POST", "/forms/<form_id>/state"): MANAGES_FORMS,
    ("GET", "/forms/<form_id>/untranslated.xlsx"): MANAGES_FORMS,
    ("POST", "/forms/<form_id>/translations"): MANAGES_FORMS,
    ("GET", "/forms/<form_id>/preview"): MANAGES_FORMS,
    ("GET", "/forms/preview/<kind>/<key>"): MANAGES_FORMS,
    ("GET", "/forms/preview/<kind>/<key>/form.xml"): MANAGES_FORMS,
    ("GET", "/forms/preview/<kind>/<key>/files/<name>"): MANAGES_FORMS,
    ("POST", "/forms/preview/<kind>/<key>/try"): MANAGES_FORMS,
    ("GET", "/forms/proposals/<number>"): MANAGES_FORMS,
    ("GET", "/forms/proposals/<number>/part"): MANAGES_FORMS,
    ("GET", "/forms/proposals/<number>/annotated.xlsx"): MANAGES_FORMS,
    ("GET", "/forms/proposals/<number>/preview"): MANAGES_FORMS,
    ("GET", "/forms/proposals/<number>/people"): MANAGES_FORMS,
    ("GET", "/forms/proposals/<number>/rehearsal"): MANAGES_FORMS,
    ("POST", "/forms/proposals/<number>/rehearsal"): MANAGES_FORMS,
    ("POST", "/forms/proposals/<number>/rehearsal/end"): MANAGES_FORMS,
    ("POST", "/forms/proposals/<number>/renames"): MANAGES_FORMS,
    ("POST", "/forms/proposals/<number>/dry-run"): MANAGES_FORMS,
    ("POST", "/forms/proposals/<number>/sign"): MANAGES_FORMS,
    ("POST", "/forms/proposals/<number>/publish"): MANAGES_FORMS,
    ("POST", "/forms/proposals/<number>/discard"): MANAGES_FORMS,
    ("GET", "/questions/conflicts/<path:conflict>"): SETTLES,
    ("POST", "/questions/conflicts/<path:conflict>"): SETTLES,
    ("POST", "/questions/refused/<refused>"): SETTLES,
    ("POST", "/questions/hours"): SETTLES,
    ("POST", "/questions/phones/<device_id>"): SETTLES,
    ("GET", "/phones"): ADMINISTRATOR,
    ("POST", "/phones"): ADMINISTRATOR,
    ("POST", "/phones/csv"): ADMINISTRATOR,
    ("GET", "/phones/settings"): ADMINISTRATOR,
    ("POST", "/phones/settings"): ADMINISTRATOR,
    ("GET", "/phones/preview/<worker_id>"): ADMINISTRATOR,
    ("GET", "/phones/<device_id>"): ADMINISTRATOR,
    ("POST", "/phones/<device_id>/settle"): ADMINISTRATOR,
    ("GET", "/phones/<device_id>/lost"): ADMINISTRATOR,
    ("POST", "/phones/<device_id>/lost"): ADMINISTRATOR,
    ("GET", "/workers"): ADMINISTRATOR,
    ("POST", "/workers"): ADMINISTRATOR,
    ("GET", "/workers/<worker_id>"): ADMINISTRATOR,
    ("POST", "/workers/<worker_id>"): ADMINISTRATOR,
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
    ("GET", "/api/v1/returnees/<string:code>/disclosures"): WITH_TOKEN,
    ("GET", "/api/v1/questions"): WITH_TOKEN,
    ("GET", "/api/v1/duplicates"): WITH_TOKEN,
    ("POST", "/api/v1/duplicates/apart"): WITH_TOKEN,
    ("POST", "/api/v1/questions/<path:instance_id>"): WITH_TOKEN,
    ("POST", "/api/v1/returnees/<string:code>/merge"): WITH_TOKEN,
    ("POST", "/api/v1/returnees/<string:code>/unmerge"): WITH_TOKEN,
    ("GET", "/api/v1/numbers"): WITH_TOKEN,
    ("GET", "/api/v1/exports/<string:what>"): WITH_TOKEN,
    ("GET", "/api/v1/devices"): WITH_TOKEN,
    ("POST", "/api/v1/devices"): WITH_TOKEN,
    ("POST", "/api/v1/devices/<string:device_id>/revoke"): WITH_TOKEN,
    ("GET", "/api/v1/workers"): WITH_TOKEN,
    ("POST", "/api/v1/workers"): WITH_TOKEN,
    ("POST", "/api/v1/workers/<string:worker_id>/leave"): WITH_TOKEN,
    ("GET", "/api/v1/forms"): WITH_TOKEN,
    ("POST", "/api/v1/forms/<string:form_id>/try"): WITH_TOKEN,
}


# Pages whose content policy also allows the form engine to run.
WITH_FORM_ENGINE = {"/fill/<form_id>", "/forms/preview/<kind>/<key>"}
# Made to stand inside another page of ours.
FRAMED = {"/forms/preview/<kind>/<key>"}


def routes(app: Flask) -> set[tuple[str, str]]:
    """Every method and route the application answers, but HEAD and OPTIONS, which follow GET."""
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


# Routes that answer by a rule of their own: (method, route, whose) -> (answer, why).
OWN_WORD = {
    ("GET", "/caseload/<code>/reason", "colleague's"): ("open", "this is where the reason is given"),
    ("POST", "/caseload/<code>/reason", "colleague's"): ("open", "this is where the reason is given"),
    ("GET", "/caseload/<code>/records/<path:instance_id>", "own"): ("missing", "no record of hers here"),
    ("GET", "/caseload/<code>/files/<sha256>", "own"): ("missing", "no file came with a record of hers"),
    ("GET", "/referred/<code>", "own"): ("missing", "nobody was referred to this organisation"),
    ("GET", "/referred/<code>", "colleague's"): ("missing", "nobody was referred to this organisation"),
    ("GET", "/sign-in/organisation", "own"): ("missing", "no organisation is configured here"),
    ("GET", "/fill/<form_id>/<version>/<about>/files/<name>", "own"): ("missing", "no file of this name"),
    ("GET", "/typed/<number>", "own"): ("missing", "nothing was typed"),
    ("POST", "/phones/<device_id>/revoke", "own"): ("missing", "the phone was lost a moment before"),
    ("GET", "/forms/templates/<name>.xlsx", "own"): ("missing", "no workbook of this name"),
    ("GET", "/forms/preview/<kind>/<key>/files/<name>", "own"): ("missing", "no file of this name"),
    ("GET", "/forms/files/<name>/<sha256>", "own"): ("missing", "no file of this name"),
    ("POST", "/forms/files/<name>/return", "own"): ("missing", "no file of this name"),
}
WHOSE = ("own", "colleague's", "another's", "nothing's")
"""Of one's team; of another team of the organisation; of another organisation; of nobody at all."""
WORKERS = {"own": "worker-1", "colleague's": "worker-2", "another's": "worker-3"}
MISSING = {
    "code": "KH-99-2026-0000X",
    "other": "KH-99-2026-0000X",
    "instance_id": "uuid:ffffffff-0000-4000-8000-000000000000",
    "device_id": "0" * 64,
    "name": "nothing.css",
    "form_id": "nothing",
    "version": "0",
    "about": "KH-99-2026-0000X",
    "token": "nobody-has-this-one",
    "hook": "0" * 24,
    "worker_id": "nobody",
    "number": "0" * 16,
    "kind": "form",
    "what": "nothing",
    "key": "nothing",
    "conflict": "uuid:0:0",
    "refused": "0:0:0",
    "invitation": "nothing",
    "user": "nobody-here",
    "token_id": "0" * 12,
    "login": "pull-nobody",
    "session_id": "0" * 16,
    "sha256": "0" * 64,
    "paper": "nothing",
}


def answer_for(who: str, may: set[str] | str, names: set[str], whose: str) -> str:
    """What `who` is told: the one place where the rules stand."""
    if may is WITH_TOKEN:
        return "refused"
    if who not in may:
        return "sign in" if who == "nobody" else "refused"  # whatever the address names: no hint
    if whose == "own" or not names:
        return "open"
    if whose in ("nothing's", "another's"):
        return "missing"
    return "reason" if "code" in names and who != "outreach_worker" else "missing"


def told(answer) -> str:
    """What an answer says, in the words of `answer_for`."""
    to = answer.headers.get("Location", "")
    if answer.status_code == 303 and to.startswith("/sign-in?"):
        return "sign in"
    text = answer.get_data().decode(errors="replace")
    if (answer.status_code == 303 and to.endswith("/reason")) or "returnee.reason_needed" in text:
        return "reason"
    return {401: "refused", 403: "refused", 404: "missing"}.get(answer.status_code, "open")


def names_in(route: str) -> set[str]:
    """What this address names."""
    return set(re.findall(r"<(?:\w+:)?(\w+)>", route))


def address(route: str, things: dict[str, str]) -> str:
    """The route with its parts filled in."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: things[part[1]], route)


@pytest.fixture
def app(config, db):
    return create_app(config, db, now=lambda: NOW)


def a_proposal(db) -> str:
    """A workbook that was handed in and looked through."""
    intake = next(form for form in forms.current(db) if form["form_id"] == "intake")
    about = {"filename": "a.xlsx", "workbook_sha256": intake["workbook_sha256"], "renames": {}, "media": []}
    number = proposals.add(db, about=about, by="coordinator", at=NOW)
    found = {
        **{name: intake[name] for name in ("form_id", "version", "title", "privacy")},
        "is_protocol": False,
        "findings": [],
        "languages": {},
        "coverage": [],
        "impact": {},
        "xform": forms.xform_of(db, "intake", intake["version"]),
    }
    proposals.finish(db, number, {"state": "ready", "found": found})
    return number


@pytest.fixture
def things(published) -> dict[str, str]:
    """One of everything an address can name, the reader's own; and three workers with a person each."""
    db = published
    for number, (whose, worker_id) in enumerate(WORKERS.items(), start=1):
        db.returnees.insert_one(a_file(number, worker_id=worker_id))
        db.submissions.insert_one(a_submission(number + 6, state="set_aside", worker_id=worker_id))
        workers.meet(db, worker_of(worker_id, whose))
    db.returnees.insert_one(a_file(4, worker_id="worker-1"))
    token = devices.add(db, name="Phone", worker_id="worker-1", worker_name="Worker", made_at=NOW)
    reader = accounts.add(
        db, user="reader", name="A reader", role="coordinator", password=PASSWORD, made_at=NOW
    ).user
    return {
        "code": "KH-20-2026-0001X",
        "other": "KH-20-2026-0004X",
        "sha256": "1" * 64,
        "paper": "sheet",
        "instance_id": SUBMISSION,
        "device_id": devices.id_of(token),
        "name": "house.svg",
        "form_id": "intake",
        "version": next(form["version"] for form in forms.current(db) if form["form_id"] == "intake"),
        "about": "-",
        "token": addresses.new_feed(db, reader, NOW),
        "hook": webhooks.add(db, url="https://example.org/", events=[], made_by="admin", made_at=NOW),
        "worker_id": "worker-1",
        "number": a_proposal(db),
        "kind": "form",
        "what": "people",
        "key": "intake",
        "invitation": an_invitation(db),
        "user": "colleague",
        "token_id": "none",
        "login": "none",
        "session_id": "none",
        **kept_aside(db, devices.id_of(token)),
    }


def kept_aside(db, device_id: str) -> dict[str, str]:
    """The keys of another content of the submission, and of a sending that was refused."""
    kept = db.submissions.find_one({"_id": SUBMISSION})
    other = {**kept, "_id": f"{SUBMISSION}:other", "instance_id": SUBMISSION, "sha256": "other"}
    db.conflicting.insert_one(other)
    known = {"device_id": device_id, "worker_id": "worker-1"}
    refused.put(db, **known, code="submission.unreadable", xml=b"<", file_names=[], at=NOW)
    return {"conflict": other["_id"], "refused": db.refused.find_one({})["_id"]}


def an_invitation(db) -> str:
    """For a colleague, whom every address that names an account is about."""
    accounts.add(db, user="colleague", name="", role="case_manager", password="", made_at=NOW)
    return invitations.invite(db, "colleague", by="test", at=NOW)


def worker_of(worker_id: str, whose: str) -> Worker:
    """The worker of one's own team, of a colleague's, or of another organisation."""
    return Worker(
        id=worker_id,
        name=f"A worker of {whose}",
        team="north" if whose == "own" else "south",
        organisation="Partner" if whose == "another's" else "",
    )


def things_of(whose: str, things: dict[str, str]) -> dict[str, str]:
    """What addresses name, for one of WHOSE; what has no owner stays."""
    if whose in ("own", "nothing's"):
        return things if whose == "own" else MISSING
    number = list(WORKERS).index(whose) + 1
    code = f"KH-20-2026-{number:04d}X"
    return {"code": code, "other": code, "instance_id": a_submission(number + 6)["_id"]}


def _ends_something(asked: tuple[str, str]) -> tuple[bool, bool]:
    """What lets the phone go comes late, what ends the session last."""
    method, route = asked
    ends = route in ("/sign-out", "/leave", "/session/end")
    return ends, method == "POST" and route.endswith(("/revoke", "/lost"))


def asked(things: dict[str, str]) -> list[tuple[str, str, str, str]]:
    """Method, route, whose and address of everything that is tried."""
    return [
        (method, route, whose, address(route, things_of(whose, things)))
        for method, route in sorted(EXPECTED, key=_ends_something)
        for whose in WHOSE
        if whose == "own" or (names_in(route) <= things_of(whose, things).keys() and names_in(route))
    ]


def test_every_route_has_an_expectation(app):
    assert routes(app) == set(EXPECTED)


@pytest.mark.parametrize("who", WHO)
def test_who_may_open_what(app, db, things, who):
    client = client_as(app, db, who, worker_id="worker-1", teams=("north",))
    form = {"csrf_token": csrf_token(client, "/nowhere"), "name": "x", "kind": "review", "again": "colleague"}
    elsewhere = sessions.begin(db, who.replace("_", "-"), at=NOW, browser="Another")
    tokens.add(db, name="own", made_by=who.replace("_", "-"), made_at=NOW)
    (own,) = tokens.all_of(db)
    login, _ = logins.add(db, bytes(32), made_at=NOW, made_by=who.replace("_", "-"), may="pull", name="x")
    things = {**things, "session_id": sessions.short_id(elsewhere), "token_id": own.id, "login": login}
    wrong = []
    for method, route, whose, path in asked(things):
        answer = client.open(path, method=method, data=form if method == "POST" else None, buffered=True)
        rule = answer_for(who, EXPECTED[method, route], names_in(route), whose)
        expected = OWN_WORD.get((method, route, whose), (rule,))[0] if rule in ("open", "reason") else rule
        # A refusal of the password itself is not a refusal of the page.
        given = "open" if route in ASKS_PASSWORD and rule == "open" else told(answer)
        if given != expected or answer.status_code >= 500:
            wrong.append((method, route, whose, answer.status_code, given, f"expected: {expected}"))

    assert not wrong, "\n".join(map(str, wrong))


OPENS = {
    "read": r"^(?!.*/exports)",
    "export": r"/exports",
    "forms": r"/forms",
    "numbers": r"/numbers",
    "phones": r"/devices|/workers",
    "decide": r"^$",
}


@pytest.mark.parametrize("scope", tokens.SCOPES)
def test_a_program_with_a_token_may_read_its_part_of_the_api_and_nothing_else(app, db, things, scope):
    token = tokens.add(db, name="test", made_by="test", made_at=NOW, scopes=(scope,), teams=("north",))
    client = app.test_client()
    wrong = []
    for method, route, whose, path in asked(things):
        if method != "GET":
            continue
        answer = client.get(path, headers={"Authorization": f"Bearer {token}"}, buffered=True)
        if EXPECTED[method, route] is WITH_TOKEN:
            opens = OPENS[scope]
            expected = 403 if not re.search(opens, route) else 200 if whose == "own" else 404
        else:  # as if there were no token
            expected = app.test_client().get(path, buffered=True).status_code
        if answer.status_code != expected:
            wrong.append((route, whose, answer.status_code, f"expected: {expected}"))

    assert not wrong, "\n".join(map(str, wrong))


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
        within = "'self'" if route in FRAMED and answer.status_code == 200 else "'none'"
        assert f"frame-ancestors {within}" in policy, route
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
