"""Collection `typed`: what somebody had typed when their session ended, sealed, until they are back."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from pymongo.operations import IndexModel

from sync.core.times import cut_to_ms
from sync.store.connect import Db

KEPT_FOR = timedelta(hours=12)

INDEXES: dict[str, list[IndexModel]] = {
    "typed": [
        # keep: one account, one page of typing.
        IndexModel([("user", 1)], name="user", unique=True),
        IndexModel([("forget_at", 1)], name="forget_at", expireAfterSeconds=0),
    ]
}


def keep(db: Db, user: str, sealed: bytes, *, at: datetime) -> str:
    """Keep this in place of whatever this account had typed before; the number under which it is found."""
    number = uuid4().hex
    forget_at = cut_to_ms(at + KEPT_FOR)
    db.typed.delete_many({"user": user})
    db.typed.insert_one({"_id": number, "user": user, "sealed": sealed, "forget_at": forget_at})
    return number


def find(db: Db, user: str, number: str, *, at: datetime) -> bytes | None:
    """What this account had typed, or None: somebody else's, too old, or sent already."""
    found: dict[str, Any] | None = db.typed.find_one({"_id": number, "user": user, "forget_at": {"$gt": at}})
    return bytes(found["sealed"]) if found else None


def forget(db: Db, user: str) -> None:
    """Forget what this account had typed."""
    db.typed.delete_many({"user": user})
