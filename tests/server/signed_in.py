"""Signing in, for tests of pages."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from server import accounts
from sync.store.connect import Db
from tests.server.files import NOW

PASSWORD = "one two three four"


def csrf_token(client: FlaskClient, path: str = "/sign-in") -> str:
    """The token in the forms of this page."""
    page = client.get(path).get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, f"no form on {path}"
    return found[1]


def add_account(db: Db, role: str, *, worker_id: str = "", user: str = "", **more: Any) -> str:
    """The user name of a new account of this role."""
    keep_sessions(db)
    user = user or role.replace("_", "-")
    accounts.add(
        db,
        user=user,
        name=f"A {user}",
        role=role,
        password=PASSWORD,
        made_at=NOW,
        worker_id=worker_id,
        **more,
    )
    return user


def keep_sessions(db: Db) -> None:
    """Keep MongoDB from ending sessions and the like by its own clock: a test lives on a day of its own."""
    for collection in ("sessions", "browsers", "invitations", "sign_in_failures", "typed"):
        for name, index in db[collection].index_information().items():
            if "expireAfterSeconds" in index:
                db[collection].drop_index(name)


def sign_in(client: FlaskClient, user: str, password: str = PASSWORD, **more: str):
    """Send the sign-in form as a person would."""
    form = {"csrf_token": csrf_token(client), "user": user, "password": password, **more}
    return client.post("/sign-in", data=form)


def client_as(app: Flask, db: Db, role: str, *, worker_id: str = "", **more: Any) -> FlaskClient:
    """A browser in which a new account of this role is signed in; `nobody` for none."""
    client = app.test_client()
    if role != "nobody":
        answer = sign_in(client, add_account(db, role, worker_id=worker_id, **more))
        assert answer.status_code == 303
    return client
