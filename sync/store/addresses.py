"""Collection `addresses`: where an account wants to be told, and the addresses of calendar feeds."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pymongo.operations import IndexModel

from sync.core.times import cut_to_ms
from sync.store.connect import Db

Channel = Literal["mail", "sms", "telegram"]

INDEXES: dict[str, list[IndexModel]] = {
    "addresses": [
        # feed_of: whose calendar is this?
        IndexModel(
            [("feed", 1)], name="feed", unique=True, partialFilterExpression={"feed": {"$type": "string"}}
        ),
    ]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where one account is told."""

    user: str
    channel: Channel | None
    """None: nowhere; what there is to know is shown in Pteah only."""
    to: str
    digest: bool
    has_feed: bool


def find(db: Db, user: str) -> Address:
    """Where this account is told."""
    found = db.addresses.find_one({"_id": user}) or {}
    return Address(
        user=user,
        channel=found.get("channel"),
        to=found.get("to", ""),
        digest=found.get("digest", True),
        has_feed=bool(found.get("feed")),
    )


def put(db: Db, user: str, *, channel: Channel | None, to: str, digest: bool) -> None:
    """Tell this account here from now on."""
    change = {"channel": channel, "to": to, "digest": digest}
    db.addresses.update_one({"_id": user}, {"$set": change}, upsert=True)


def new_feed(db: Db, user: str, at: datetime) -> str:
    """A new secret address for this account's calendar, shown once and kept as a hash.

    The one before it is dead.
    """
    token = secrets.token_urlsafe(32)
    change = {"feed": _hash(token), "feed_made_at": cut_to_ms(at)}
    db.addresses.update_one({"_id": user}, {"$set": change}, upsert=True)
    return token


def end_feed(db: Db, user: str) -> None:
    """This account's calendar address is dead from now on."""
    db.addresses.update_one({"_id": user}, {"$unset": {"feed": "", "feed_made_at": ""}})


def feed_of(db: Db, token: str) -> str | None:
    """Whose calendar address this is, or None."""
    found = db.addresses.find_one({"feed": _hash(token)}, {"_id": 1})
    return str(found["_id"]) if found else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
