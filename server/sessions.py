"""Collection `sessions`: where people are signed in. A session can be ended from here at any moment.

The cookie carries a random id, the collection its hash: who reads the database cannot take a session
over. `sign_in_failures` counts wrong passwords per account and address.
"""

import hashlib
import ipaddress
import secrets
from datetime import datetime, timedelta
from typing import Any

from sync.store.connect import Db

IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
FREE_TRIES = 5
LONGEST_WAIT = timedelta(minutes=15)


def begin(db: Db, user: str, *, at: datetime, browser: str) -> str:
    """The id of a new session, for the cookie. `browser` is what the browser calls itself, cut short."""
    session_id = secrets.token_urlsafe(32)
    db.sessions.insert_one(
        {
            "_id": _hash(session_id),
            "user": user,
            "begun_at": at,
            "seen_at": at,
            "ends_at": at + IDLE,
            "browser": browser[:120],
        }
    )
    return session_id


def user_of(db: Db, session_id: str, *, at: datetime) -> str | None:
    """Whose session this is, or None if it has ended. Being used keeps it open, up to twelve hours."""
    found = db.sessions.find_one({"_id": _hash(session_id)})
    if not found or at >= min(found["ends_at"], found["begun_at"] + LONGEST):
        return None
    if at - found["seen_at"] > timedelta(minutes=1):
        seen = {"seen_at": at, "ends_at": min(at + IDLE, found["begun_at"] + LONGEST)}
        db.sessions.update_one({"_id": found["_id"]}, {"$set": seen})
    return str(found["user"])


def of(db: Db, user: str, *, at: datetime) -> list[dict[str, Any]]:
    """The open sessions of this account, the last used first."""
    return list(db.sessions.find({"user": user, "ends_at": {"$gt": at}}).sort("seen_at", -1))


def end(db: Db, session_id: str) -> None:
    """End the session with this cookie."""
    db.sessions.delete_one({"_id": _hash(session_id)})


def end_others(db: Db, user: str, session_id: str) -> int:
    """End every session of this account but the one with this cookie; how many were ended."""
    return db.sessions.delete_many({"user": user, "_id": {"$ne": _hash(session_id)}}).deleted_count


def wait_before_next_try(db: Db, user: str, address: str, *, at: datetime) -> timedelta:
    """How long this address must wait before it may try this account again; zero when it may try now.

    Counted per account and address together: who guesses at an account from elsewhere never locks its
    owner out.
    """
    found = db.sign_in_failures.find_one({"_id": _failure_key(user, address)})
    if not found or found["times"] < FREE_TRIES:
        return timedelta()
    wait = min(timedelta(seconds=2 ** min(found["times"] - FREE_TRIES + 1, 12)), LONGEST_WAIT)
    left: timedelta = found["last_at"] + wait - at
    return max(left, timedelta())


def count_failure(db: Db, user: str, address: str, *, at: datetime) -> None:
    """Remember a wrong password, for a day."""
    db.sign_in_failures.update_one(
        {"_id": _failure_key(user, address)},
        {"$inc": {"times": 1}, "$set": {"last_at": at, "forget_at": at + timedelta(days=1)}},
        upsert=True,
    )


def forget_failures(db: Db, user: str, address: str) -> None:
    """The right password was given: begin counting anew."""
    db.sign_in_failures.delete_one({"_id": _failure_key(user, address)})


def _hash(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()


def _failure_key(user: str, address: str) -> str:
    # Whoever has one IPv6 address has the whole /64.
    try:
        known = ipaddress.ip_address(address)
        net = str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else address
    except ValueError:
        net = address
    return hashlib.sha256(f"{user.strip().lower()}|{net}".encode()).hexdigest()
