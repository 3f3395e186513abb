"""Collection `erasures`: who asked for whose data to be erased, who answered, and what was done; for ever.

The certificate in it names nobody: a case code, counts, days. Collection `holds`: people whose data must be
kept for now (a court, child protection), whatever anybody asks.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from pymongo.operations import IndexModel

from sync.core.problem import Problem
from sync.core.times import cut_to_ms
from sync.store import pairs, shares, stamps
from sync.store.connect import Db, Document
from sync.store.sealed import as_stored, opened, sealed
from sync.store.sealing import BLOB, SEALED, SEALED_FOR
from sync.store.settling import forget_files

INDEXES: dict[str, list[IndexModel]] = {
    "erasures": [
        # open_of: is there a request about this person?
        IndexModel([("entity_id", 1)], name="entity"),
        # waiting: what is to be answered?
        IndexModel([("state", 1), ("asked_at", 1)], name="state"),
    ]
}

ABOUT_PEOPLE = tuple(
    name
    for name, sealing in SEALED.items()
    if sealing.person and not sealing.outlives and name not in ("submissions", "conflicting", "refused")
)
FILES_OF = {"attachments": 1, "replaced": 1, "opened": 1}
EMPTIED: Document = {
    "$set": {"state": "erased", "touches": [], "problem": None, "next_try_at": None, "claimed_by": None},
    "$unset": dict.fromkeys((BLOB, SEALED_FOR, *FILES_OF), ""),
}
"""What is done to a submission about somebody who is erased."""


def ask(db: Db, *, entity_id: str, case_code: str, at: datetime, by: str, why: str) -> str:
    """Ask for this person's data to be erased; the number of the request.

    Raises Problem erasure.held, erasure.asked_already.
    """
    check_hold(db, entity_id)
    if db.erasures.find_one({"entity_id": entity_id, "state": "asked"}, {"_id": 1}):
        raise Problem("erasure.asked_already")
    number = str(uuid4())
    request = {
        "_id": number,
        "entity_id": entity_id,
        "case_code": case_code,
        "asked_at": cut_to_ms(at),
        "asked_by": by,
        "why": why,
        "state": "asked",
    }
    db.erasures.insert_one(request)
    return number


def find(db: Db, number: str) -> Document:
    """The request of this number. Raises Problem erasure.unknown."""
    found = db.erasures.find_one({"_id": number})
    if found is None:
        raise Problem("erasure.unknown")
    return found


def open_of(db: Db, entity_id: str) -> Document | None:
    """The request about this person that waits for an answer, or None."""
    return db.erasures.find_one({"entity_id": entity_id, "state": "asked"})


def every(db: Db, state: str = "") -> list[Document]:
    """All requests (in this state), the newest first."""
    return list(db.erasures.find({"state": state} if state else {}).sort("asked_at", -1))


def answer(db: Db, number: str, *, state: str, at: datetime, by: str, more: Mapping[str, Any]) -> None:
    """Close a request: `refused`, or `done` with what was done."""
    answered = {"state": state, "answered_at": cut_to_ms(at), "answered_by": by, **more}
    db.erasures.update_one({"_id": number}, {"$set": answered})


def hold(db: Db, entity_id: str, *, at: datetime, by: str, why: str) -> None:
    """Keep this person's data whatever is asked, until `release`."""
    db.holds.replace_one(
        {"_id": entity_id}, {"_id": entity_id, "at": cut_to_ms(at), "by": by, "why": why}, upsert=True
    )


def release(db: Db, entity_id: str) -> bool:
    """Let go of this person's data again; whether it was held."""
    return db.holds.delete_one({"_id": entity_id}).deleted_count == 1


def hold_of(db: Db, entity_id: str) -> Document | None:
    """Who holds this person's data and why, or None."""
    return db.holds.find_one({"_id": entity_id})


def check_hold(db: Db, entity_id: str) -> None:
    """Raises Problem erasure.held when this person's data must be kept."""
    if db.holds.find_one({"_id": entity_id}, {"_id": 1}):
        raise Problem("erasure.held")


def take_away(db: Db, entity_ids: Iterable[str]) -> tuple[dict[str, int], set[str]]:
    """Take away everything about these people; how much of what, and who else was in it.

    Of a submission there stays that it came, so that a phone that sends it again is told so.
    """
    ids, stored, counts = list(entity_ids), as_stored(db), dict[str, int]()
    _keep_what_is_of_others(db, ids)
    touching = list(stored.submissions.find({"touches": {"$in": ids}}, {"touches": 1}))
    others = {one for document in touching for one in document["touches"]} - set(ids)
    instance_ids = [document["_id"] for document in touching]
    counts["attachments"] = _forget_files(db, instance_ids, ids)
    counts["conflicting"] = stored.conflicting.delete_many(
        {"instance_id": {"$in": instance_ids}}
    ).deleted_count
    counts["submissions"] = stored.submissions.update_many(
        {"_id": {"$in": instance_ids}}, EMPTIED
    ).modified_count
    for name in ("phone_notes", "notices"):
        about = {"$or": [{"_id": {"$in": instance_ids}}, {"entity_id": {"$in": ids}}]}
        counts[name] = stored[name].delete_many(about).deleted_count
    for name in ABOUT_PEOPLE:
        question = {"$or": [{path: {"$in": ids}} for path in SEALED[name].person]}
        counts[name] = stored[name].delete_many(question).deleted_count
    counts["pairs"] = pairs.forget(db, ids)
    stamps.renew(db, [stamps.PEOPLE, *shares.names(ids)])  # phones' lists are made anew without her
    return counts, others


def empty(db: Db, instance_ids: Iterable[str]) -> None:
    """Take away the content of these submissions, which came about somebody who is erased already."""
    for found in db.submissions.find({"_id": {"$in": list(instance_ids)}}, FILES_OF):
        forget_files(db, found)
        as_stored(db).submissions.update_one({"_id": found["_id"]}, EMPTIED)
        db.conflicting.delete_many({"instance_id": found["_id"]})


def _keep_what_is_of_others(db: Db, ids: list[str]) -> None:
    """Seal under their own keys what is sealed under one of these and about somebody else by now."""
    for name in ("submissions", "conflicting", *ABOUT_PEOPLE):
        about = {path: {"$nin": ids} for path in SEALED[name].person}
        for raw in as_stored(db)[name].find({SEALED_FOR: {"$in": ids}, **about}):
            for document in opened(db, [raw]):
                as_stored(db)[name].replace_one({"_id": raw["_id"]}, sealed(db, name, document))


def _forget_files(db: Db, instance_ids: list[str], ids: list[str]) -> int:
    touching = db.submissions.find({"_id": {"$in": instance_ids}}, FILES_OF)
    aside = db.conflicting.find({"instance_id": {"$in": instance_ids}}, {"attachments": 1})
    return sum(forget_files(db, found, of=ids) for found in (*touching, *aside))
