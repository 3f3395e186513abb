"""Collection `notices`: what somebody must be told, one document for each person, kept until it was sent.

A notice has a kind and a case code: never a name, a place, an answer or a level. Its `_id` follows from what
it is about, so that telling twice is telling once, whoever works on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pymongo.operations import IndexModel

from sync.core.times import cut_to_ms
from sync.store import outbox
from sync.store.connect import Db

Kind = Literal["alert", "digest", "missing", "test"]

WAIT_MINUTES = (1, 5, 30, 120, 600)
"""Before each further try; after the last one the notice is given up and shown as not sent."""
KEPT_DAYS = 90
TOLD_WITHIN = timedelta(days=KEPT_DAYS - 1)
"""What came up longer ago is told no more: its notice may be gone, and would be sent over and over."""
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Below every instant: null, which waits for nothing, is below it."""

INDEXES: dict[str, list[IndexModel]] = {
    "notices": [
        # claim: what waits to be sent?
        IndexModel(
            [("next_try_at", 1)], name="waiting", partialFilterExpression={"next_try_at": {"$gt": _EVER}}
        ),
        # of: what was this account told?
        IndexModel([("to", 1), ("at", -1)], name="to"),
        # MongoDB takes away what is long past.
        IndexModel([("at", 1)], name="at", expireAfterSeconds=KEPT_DAYS * 86_400),
    ]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to tell one account."""

    id: str
    to: str
    kind: Kind
    case_code: str = ""
    entity_id: str = ""
    step: str = ""
    at: datetime
    send_at: datetime
    count: int = 0
    """digest: how many cases wait for this person; missing: how many files and records did not arrive."""
    items: tuple[str, ...] = ()
    """missing: what names each of them, so that the same is not told again."""


def put(db: Db, notices: Iterable[Notice]) -> int:
    """Keep those that are not kept yet, to be sent; how many are new."""
    return outbox.put(
        db.notices,
        (
            {
                "_id": one.id,
                "to": one.to,
                "kind": one.kind,
                "case_code": one.case_code,
                "entity_id": one.entity_id,
                "step": one.step,
                "count": one.count,
                "items": list(one.items),
                "at": cut_to_ms(one.at),
                "next_try_at": cut_to_ms(one.send_at),
                "tries": 0,
                "sent_at": None,
                "fault": "",
            }
            for one in notices
        ),
    )


def known(db: Db, ids: Iterable[str]) -> set[str]:
    """Those of these that are kept already."""
    return {found["_id"] for found in db.notices.find({"_id": {"$in": list(ids)}}, {"_id": 1})}


def last_of(db: Db, user: str, kind: Kind) -> set[str]:
    """What the last notice of this kind to this account was about."""
    found = db.notices.find_one({"to": user, "kind": kind}, {"items": 1}, sort=[("at", -1)])
    return set(found["items"]) if found else set()


def claim(db: Db, now: datetime) -> dict[str, Any] | None:
    """One notice that is to be sent now, taken by the caller for two minutes; None when nothing waits."""
    return outbox.claim(db.notices, {"next_try_at": {"$lte": cut_to_ms(now), "$gt": _EVER}}, now)


def mark_sent(db: Db, notice: dict[str, Any], at: datetime) -> None:
    """This notice went out (or there is nowhere to send it, and it is only shown in Pteah)."""
    outbox.change(db.notices, notice, {"sent_at": cut_to_ms(at), "next_try_at": None, "fault": ""})


def mark_failed(db: Db, notice: dict[str, Any], at: datetime, fault: str) -> None:
    """This notice did not go out; `fault` is what kind of failure. Tried again, and given up in the end."""
    again = outbox.again_at(notice, at, WAIT_MINUTES)
    outbox.change(db.notices, notice, {"next_try_at": again, "fault": fault})


def of(db: Db, user: str, limit: int = 50) -> list[dict[str, Any]]:
    """What this account was told, newest first."""
    return list(db.notices.find({"to": user}, {"items": 0}).sort("at", -1).limit(limit))


def given_up(db: Db) -> int:
    """How many notices could not be sent at all; for the doctor and the figures."""
    return db.notices.count_documents({"next_try_at": None, "sent_at": None})
