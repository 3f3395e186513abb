"""Collection `looks`: looks beyond a reader's own people, each with its reason and whom it was told to."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo.operations import IndexModel

from sync.core.times import cut_to_ms
from sync.store.connect import Db, Document

INDEXES: dict[str, list[IndexModel]] = {
    "looks": [
        # open_reason: has this reader said why?
        IndexModel([("by", 1), ("entity_id", 1), ("until", -1)], name="by_about"),
        # told_to: what has this account to know?
        IndexModel([("told", 1), ("at", -1)], name="told"),
        # unread: how much of it is new?
        IndexModel([("unread", 1)], name="unread"),
    ]
}

OPEN_FOR = timedelta(hours=12)
"""A reason opens a file for a working day; the next day it is asked for again."""


def begin(
    db: Db, *, by: str, entity_id: str, case_code: str, reason: str, told: Iterable[str], at: datetime
) -> None:
    """Open this person's file to `by` for a while, and tell those who answer for her."""
    owners = sorted(set(told) - {by})
    db.looks.insert_one(
        {
            "by": by,
            "entity_id": entity_id,
            "case_code": case_code,
            "reason": reason,
            "at": cut_to_ms(at),
            "until": cut_to_ms(at + OPEN_FOR),
            "told": owners,
            "unread": owners,
        }
    )


def open_reason(db: Db, by: str, entity_id: str, *, at: datetime) -> str:
    """The reason this reader gave that still holds; empty for none."""
    question = {"by": by, "entity_id": entity_id, "until": {"$gt": at}}
    found = db.looks.find_one(question, {"reason": 1}, sort=[("until", -1)])
    return str(found.get("reason", "")) if found else ""


def told_to(db: Db, user: str, *, limit: int = 100) -> list[Document]:
    """The looks this account was told of, newest first; `is_new` for those not read yet."""
    found = db.looks.find({"told": user}).sort("at", -1).limit(limit)
    return [{**look, "is_new": user in look["unread"]} for look in found]


def unread(db: Db, user: str) -> int:
    """How many looks this account was told of and has not read about."""
    return db.looks.count_documents({"unread": user}, limit=100)


def mark_read(db: Db, user: str, look_ids: Iterable[ObjectId]) -> None:
    """This account has read of these looks."""
    db.looks.update_many({"_id": {"$in": list(look_ids)}}, {"$pull": {"unread": user}})
