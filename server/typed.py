"""Nothing typed is lost when a session ended while typing: it waits, sealed, until its writer is back.

Only for whoever was signed in in this browser: the signed cookie says so. In the database it is sealed with
this server's key, and it is given to nobody else.
"""

import base64
import hashlib
import json

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app, request, session

from server.here import here
from sync.store import typed

NOT_KEPT = frozenset({"csrf_token", "password", "present", "new"})
MOST_CHARACTERS = 50_000


def keep(path: str) -> str:
    """Keep the form of this request, which nobody is signed in to send; its number, or "" for none."""
    user = str(session.get("user", ""))
    fields = [[name, value] for name, value in request.form.items(multi=True) if name not in NOT_KEPT]
    if not user or not fields or sum(len(value) for _, value in fields) > MOST_CHARACTERS:
        return ""
    sealed = _seal().encrypt(json.dumps({"path": path, "fields": fields}).encode())
    return typed.keep(here().db, user, sealed, at=here().now())


def found(user: str, number: str) -> tuple[str, list[tuple[str, str]]] | None:
    """Where this account was about to send what it had typed, and the fields; None if there is nothing."""
    sealed = typed.find(here().db, user, number, at=here().now())
    if sealed is None:
        return None
    try:
        told = json.loads(_seal().decrypt(sealed))
    except InvalidToken:  # sealed by a server with another key
        return None
    return str(told["path"]), [(str(name), str(value)) for name, value in told["fields"]]


def forget(user: str) -> None:
    """It is sent, or not wanted any more."""
    typed.forget(here().db, user)


def _seal() -> Fernet:
    key = current_app.config["SECRET_KEY"]
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"typed:" + key).digest()))
