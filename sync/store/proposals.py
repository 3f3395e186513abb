"""Collection `proposals`: workbooks that somebody handed in and has not published yet, each with what was
found out about it and the one thing that is being done with it.

Nothing here is what phones get. What is done takes seconds, so it is asked for here and done by whichever
process takes it up; a process that dies is followed by another. A dry run names people by their entity ID
and nothing else.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from pymongo.operations import IndexModel

from sync.store.connect import Db, Document

Doing = Literal["check", "dry_run", "publish", "rehearse"]

INDEXES: dict[str, list[IndexModel]] = {
    "proposals": [
        # claim: what is to be done?
        IndexModel([("job.state", 1), ("job.asked_at", 1)], name="job"),
        # MongoDB takes away what nobody came back to.
        IndexModel([("forget_at", 1)], name="forget_at", expireAfterSeconds=0),
    ]
}

KEPT_DAYS = 30
CLAIM_SECONDS = 60
"""Without a sign of life for so long, another process takes the work up."""
MOST_TRIES = 2
_SLIM = {"found.xform": 0, "found.rules": 0, "found.protocol": 0, "dry.people": 0}


def add(db: Db, *, about: Mapping[str, Any], by: str, at: datetime) -> str:
    """Keep a handed-in workbook, to be checked; its number. `about` has filename, workbook_sha256 and
    renames; the workbook itself must be kept already."""
    number = secrets.token_hex(8)
    db.proposals.insert_one(
        {
            "_id": number,
            **about,
            "by": by,
            "at": at,
            "forget_at": at + timedelta(days=KEPT_DAYS),
            "state": "checking",
            "found": None,
            "dry": None,
            "signed": None,
            "job": _job("check", by, at, {}),
        }
    )
    return number


def _job(doing: Doing, by: str, at: datetime, wants: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "doing": doing,
        "state": "waiting",
        "by": by,
        "asked_at": at,
        "wants": dict(wants),
        "step": "",
        "done": 0,
        "total": 0,
        "tries": 0,
        "problem": None,
    }


def find(db: Db, number: str, *, everything: bool = False) -> Document | None:
    """One proposal, or None; its form and the people of its dry run only with `everything`."""
    return db.proposals.find_one({"_id": number}, None if everything else _SLIM)


def open_ones(db: Db) -> list[Document]:
    """Those that were neither published nor discarded, newest first."""
    return list(db.proposals.find({"state": {"$ne": "published"}}, _SLIM).sort("at", -1).limit(50))


def ask(
    db: Db, number: str, doing: Doing, *, by: str, at: datetime, wants: Mapping[str, Any] | None = None
) -> bool:
    """Have this done; False when something is being done with it already, or it is published."""
    question = {"_id": number, "state": {"$ne": "published"}, "job.state": {"$nin": ["waiting", "running"]}}
    changed = db.proposals.update_one(question, {"$set": {"job": _job(doing, by, at, wants or {})}})
    return changed.modified_count == 1


def waits(db: Db, now: datetime) -> bool:
    """Is there anything to be done?"""
    return db.proposals.find_one(_waiting(now), {"_id": 1}) is not None


def _waiting(now: datetime) -> dict[str, Any]:
    left = {"job.state": "running", "job.alive_at": {"$lt": now - timedelta(seconds=CLAIM_SECONDS)}}
    return {"$or": [{"job.state": "waiting"}, left]}


def claim(db: Db, now: datetime) -> Document | None:
    """The oldest thing to be done, for this process alone as long as it gives signs of life."""
    change = {"$set": {"job.state": "running", "job.alive_at": now}, "$inc": {"job.tries": 1}}
    return db.proposals.find_one_and_update(
        _waiting(now), change, sort=[("job.asked_at", 1)], return_document=True
    )


def tell(db: Db, number: str, *, now: datetime, step: str, done: int = 0, total: int = 0) -> None:
    """How far it is."""
    told = {"job.alive_at": now, "job.step": step, "job.done": done, "job.total": total}
    db.proposals.update_one({"_id": number}, {"$set": told})


def finish(db: Db, number: str, changes: Mapping[str, Any], problem: Mapping[str, Any] | None = None) -> None:
    """It is done, with these fields as the outcome, or with a problem: `code` and `details`."""
    outcome = {"job.state": "failed" if problem else "done", "job.problem": problem, **changes}
    db.proposals.update_one({"_id": number}, {"$set": outcome})


def change(db: Db, number: str, changes: Mapping[str, Any]) -> None:
    """Note something about it."""
    db.proposals.update_one({"_id": number}, {"$set": dict(changes)})


def discard(db: Db, number: str) -> bool:
    """Forget it; what was published stays. Whether it was there."""
    return db.proposals.delete_one({"_id": number, "state": {"$ne": "published"}}).deleted_count == 1
