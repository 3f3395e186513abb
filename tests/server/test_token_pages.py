"""Tokens of programs on the pages: made once, never more than their maker, ended by their maker or above."""

import re

from server import accounts, tokens
from server.app import create_app
from sync.core.worker import Worker
from sync.store import audit, workers
from tests.server.files import NOW, a_file
from tests.server.signed_in import client_as, csrf_token


def make(client, **form):
    asked = {"csrf_token": csrf_token(client, "/tokens"), "name": "Report", "days": "30", **form}
    return client.post("/tokens", data=asked)


def asks(app, token, path) -> int:
    return app.test_client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_made_on_the_page_is_shown_once_and_opens_what_its_maker_sees(config, db):
    app = create_app(config, db, now=lambda: NOW)
    for number, team in enumerate(("north", "south"), start=1):
        workers.meet(db, Worker(id=f"worker-{number}", name="w", team=team))
        db.returnees.insert_one(a_file(number, worker_id=f"worker-{number}"))
    coordinator = client_as(app, db, "coordinator", teams=("north",))
    page = make(coordinator, scope=["read", "phones", "forged"]).text
    (token,) = re.findall("pteah_[A-Za-z0-9_-]{43}", page)
    assert token not in coordinator.get("/tokens").text

    assert asks(app, token, "returnees/KH-20-2026-0001X") == 200
    assert asks(app, token, "returnees/KH-20-2026-0002X") == 404
    (known,) = tokens.all_of(db)
    assert (known.scopes, known.teams, (known.expires_at - NOW).days) == (("read",), ("north",), 30)
    assert audit.recent(db, kind="configuration")[0]["more"]["what"] == "token added"

    for wrong in ({"scope": []}, {"scope": ["read"], "name": " "}, {"scope": ["read"], "days": "9999"}):
        assert make(coordinator, **wrong).status_code == 400
    assert make(coordinator, scope=["decide"]).status_code == 400
    assert make(client_as(app, db, "analyst"), scope=["read"]).status_code == 400
    assert len(tokens.all_of(db)) == 1


def test_ones_own_token_is_ended_by_oneself_another_s_by_administrators_alone(config, db):
    app = create_app(config, db, now=lambda: NOW)
    coordinator, analyst = client_as(app, db, "coordinator"), client_as(app, db, "analyst")
    make(coordinator, scope=["numbers"])
    (known,) = tokens.all_of(db)
    form = {"csrf_token": csrf_token(analyst, "/tokens")}

    assert known.id not in analyst.get("/tokens").text
    assert analyst.post(f"/tokens/{known.id}/revoke", data=form).status_code == 404
    administrator = client_as(app, db, "administrator")
    assert known.id in administrator.get("/tokens").text
    form = {"csrf_token": csrf_token(administrator, "/tokens")}
    assert administrator.post(f"/tokens/{known.id}/revoke", data=form).status_code == 200
    assert tokens.all_of(db)[0].revoked_at == NOW


def test_a_closed_or_narrowed_account_s_tokens_open_nothing(config, db):
    app = create_app(config, db, now=lambda: NOW)
    coordinator = client_as(app, db, "coordinator")
    first = re.findall("pteah_[A-Za-z0-9_-]{43}", make(coordinator, scope=["numbers"]).text)[0]
    accounts.change(db, "coordinator", name="Another name")
    assert asks(app, first, "numbers") == 200
    accounts.change(db, "coordinator", teams=("north",))
    assert asks(app, first, "numbers") == 401
    second = re.findall("pteah_[A-Za-z0-9_-]{43}", make(coordinator, scope=["numbers"]).text)[0]
    accounts.close(db, "coordinator", at=NOW)
    assert asks(app, second, "numbers") == 401
