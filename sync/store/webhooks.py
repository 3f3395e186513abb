"""Collections `webhooks`: programs that want to hear of something; `webhook_calls`: what they must be told.

What a program is told has a kind, a case code and an instant, nothing else; it asks /api/v1 for the rest with
a token of its own. A call's `_id` follows from what it is about: told twice is told once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo.operations import IndexModel

from sync.core.problem import Problem
from sync.core.times import cut_to_ms
from sync.store import outbox
from sync.store.connect import Db, Document

EVENTS = ("alert.raised", "case.assessed")
WAIT_MINUTES = (1, 5, 30, 120, 600, 1440)
"""Before each further try; after the last one the call is given up and shown as not delivered."""
KEPT_DAYS = 30
TOLD_WITHIN = timedelta(days=KEPT_DAYS - 1)
"""What happened longer ago is told no more: its call may be gone, and would be made over and over."""

INDEXES: dict[str, list[IndexModel]] = {
    "webhook_calls": [
        # claim: what waits to be delivered?
        IndexModel([("state", 1), ("next_try_at", 1)], name="waiting"),
        # calls_of: how did this hook fare?
        IndexModel([("hook", 1), ("at", -1)], name="hook"),
        # MongoDB takes away what is long past.
        IndexModel([("at", 1)], name="at", expireAfterSeconds=KEPT_DAYS * 86_400),
    ]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, as programs hear of it."""

    id: str
    event: str
    case_code: str
    at: datetime


def add(db: Db, *, url: str, events: Iterable[str], made_by: str, made_at: datetime) -> str:
    """A program that wants to hear of these events from now on; the ID of its hook."""
    hook = str(ObjectId())
    db.webhooks.insert_one(
        {
            "_id": hook,
            "url": url,
            "events": sorted(set(events)),
            "made_by": made_by,
            "made_at": cut_to_ms(made_at),
            "since": cut_to_ms(made_at),
            "looked_at": cut_to_ms(made_at),
        }
    )
    return hook


def every(db: Db) -> list[Document]:
    """All hooks, oldest first."""
    return list(db.webhooks.find().sort("made_at", 1))


def mark_looked(db: Db, until: datetime) -> None:
    """What happened up to this instant was looked through for every hook."""
    db.webhooks.update_many({}, {"$max": {"looked_at": cut_to_ms(until)}})


def remove(db: Db, hook: str) -> None:
    """This program is told nothing more, also not what waits. Raises Problem webhook.unknown."""
    if not db.webhooks.delete_one({"_id": hook}).deleted_count:
        raise Problem("webhook.unknown")
    db.webhook_calls.delete_many({"hook": hook})


def put(db: Db, hook: Mapping[str, Any], events: Iterable[Event], now: datetime) -> int:
    """Keep a call for each of these events that this hook was not told of; how many are new."""
    since = max(hook["since"], cut_to_ms(now - TOLD_WITHIN))
    return outbox.put(
        db.webhook_calls,
        (
            {
                "_id": f"{hook['_id']}:{one.id}",
                "hook": hook["_id"],
                "event": one.event,
                "case_code": one.case_code,
                "at": cut_to_ms(one.at),
                "state": "waiting",
                "next_try_at": cut_to_ms(one.at),
                "tries": 0,
                "last": "",
            }
            for one in events
            if one.event in hook["events"] and cut_to_ms(one.at) >= since
        ),
    )


def claim(db: Db, now: datetime) -> Document | None:
    """One call that is to be made now, taken by the caller for two minutes; None when nothing waits."""
    waiting = {"state": "waiting", "next_try_at": {"$lte": cut_to_ms(now)}}
    return outbox.claim(db.webhook_calls, waiting, now)


def mark(db: Db, call: Mapping[str, Any], at: datetime, *, delivered: bool, last: str) -> None:
    """How this call went: `last` is the status that came back, or what kind of failure."""
    again = None if delivered else outbox.again_at(call, at, WAIT_MINUTES)
    state = "delivered" if delivered else "waiting" if again else "given_up"
    next_try = {"next_try_at": again} if again else {}
    outbox.change(db.webhook_calls, call, {"state": state, "last": last, **next_try})


def calls_of(db: Db, hook: str, limit: int = 50) -> list[Document]:
    """The latest calls of this hook, newest first."""
    return list(db.webhook_calls.find({"hook": hook}).sort("at", -1).limit(limit))
