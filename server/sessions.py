"""Collection `sessions`: where people are signed in. A session can be ended from here at any moment.

The cookie carries a random id, the collection its hash: who reads the database cannot take a session over.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sync.store.connect import Db

IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
HALF_WAY = timedelta(minutes=5)
"""How long there is between password and code."""
SHORT_ID = 16


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in, or half-way."""

    user: str
    waits_for: str
    """`code`: only the password was right so far, and nothing is open yet."""
    enrol_by: datetime | None
    """From then on nothing is open but setting up the second step; None: it is set up, or not needed."""


def begin(
    db: Db,
    user: str,
    *,
    at: datetime,
    browser: str,
    waits_for: str = "",
    enrol_by: datetime | None = None,
) -> str:
    """The id of a new session, for the cookie. `browser` is what the browser calls itself, cut short."""
    session_id = secrets.token_urlsafe(32)
    db.sessions.insert_one(
        {
            "_id": _hash(session_id),
            "user": user,
            "begun_at": at,
            "seen_at": at,
            "ends_at": at + (HALF_WAY if waits_for else IDLE),
            "browser": browser[:120],
            "waits_for": waits_for,
            "enrol_by": enrol_by,
        }
    )
    return session_id


def find(db: Db, session_id: str, *, at: datetime) -> Session | None:
    """The session with this cookie, or None if it has ended. Being used keeps it open, up to twelve hours."""
    found = db.sessions.find_one({"_id": _hash(session_id)})
    if not found or at >= min(found["ends_at"], found["begun_at"] + LONGEST):
        return None
    waits_for = str(found.get("waits_for", ""))
    if not waits_for and at - found["seen_at"] > timedelta(minutes=1):
        seen = {"seen_at": at, "ends_at": min(at + IDLE, found["begun_at"] + LONGEST)}
        db.sessions.update_one({"_id": found["_id"]}, {"$set": seen})
    return Session(str(found["user"]), waits_for, found.get("enrol_by"))


def seconds_left(db: Db, session_id: str, *, at: datetime) -> int:
    """For how long this session is open if it is not used; 0 for one that has ended."""
    found = db.sessions.find_one({"_id": _hash(session_id)}, {"ends_at": 1, "begun_at": 1})
    if not found:
        return 0
    ends_at = min(found["ends_at"], found["begun_at"] + LONGEST)
    return max(0, int((ends_at - at).total_seconds()))


def of(db: Db, user: str, *, at: datetime) -> list[dict[str, Any]]:
    """The open sessions of this account, the last used first; `id` names one to `end_one`."""
    wanted = {"user": user, "ends_at": {"$gt": at}, "waits_for": {"$in": ["", None]}}
    found = db.sessions.find(wanted).sort("seen_at", -1)
    return [{**one, "id": one["_id"][:SHORT_ID]} for one in found]


def short_id(session_id: str) -> str:
    """How `of` names the session with this cookie."""
    return _hash(session_id)[:SHORT_ID]


def enrolled(db: Db, session_id: str) -> None:
    """The second step is set up: this session is open without an end to that."""
    db.sessions.update_one({"_id": _hash(session_id)}, {"$set": {"enrol_by": None}})


def end(db: Db, session_id: str) -> None:
    """End the session with this cookie."""
    db.sessions.delete_one({"_id": _hash(session_id)})


def end_one(db: Db, user: str, named: str) -> bool:
    """End one session of this account by the name that `of` gives; whether there was one."""
    for found in db.sessions.find({"user": user}, {"_id": 1}):
        if secrets.compare_digest(found["_id"][:SHORT_ID].encode(), named.encode()):
            return db.sessions.delete_one({"_id": found["_id"]}).deleted_count == 1
    return False


def end_all(db: Db, user: str) -> int:
    """End every session of this account; how many were ended."""
    return db.sessions.delete_many({"user": user}).deleted_count


def end_others(db: Db, user: str, session_id: str) -> int:
    """End every session of this account but the one with this cookie; how many were ended."""
    return db.sessions.delete_many({"user": user, "_id": {"$ne": _hash(session_id)}}).deleted_count


def _hash(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()
