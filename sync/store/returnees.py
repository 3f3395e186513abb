"""Collection `returnees`: one document per person, her whole file. Derived, rebuildable.

One document and not five, so that nobody ever reads half a change: level, reasons, schedule and phone row
are replaced together, and only if nobody else replaced them in between (`revision`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bson import ObjectId
from pymongo.errors import BulkWriteError
from pymongo.operations import DeleteOne, IndexModel, InsertOne, ReplaceOne

from sync.core.identity import typed_case_code
from sync.core.listed import MARKS
from sync.core.scope import EVERYBODY, Filter
from sync.store import aliases, counting, shares, stamps
from sync.store.connect import Db, is_only_twice
from sync.store.records import DERIVED
from sync.store.sealing import LISTED
from sync.store.stretches import Stretch

_ASKED = (
    "worker_id", "risk.level", "registered_on", "due_key", *(f"{LISTED}.{mark}" for mark in ("open", *MARKS)),
)  # fmt: skip
"""What else lists are narrowed down by: told from the index, so that no file is read but those shown."""


def _open_index(name: str, *keys: tuple[str, int]) -> IndexModel:
    besides = [(field, 1) for field in _ASKED if field not in dict(keys)]
    return IndexModel([*keys, *besides], name=name, partialFilterExpression=counting.OPEN)


INDEXES: dict[str, list[IndexModel]] = {
    "returnees": [
        # find: by the code on a slip of paper.
        IndexModel([("case_code", 1)], name="case_code", unique=True),
        # caseload: who is in danger, who is due first? Of closed cases nobody asks that.
        _open_index("danger_first", ("level_order", -1), ("due_key", 1), ("_id", 1)),
        # caseload of one worker, likewise.
        _open_index("worker_danger_first", ("worker_id", 1), ("level_order", -1), ("due_key", 1), ("_id", 1)),
        # caseload of some places, likewise; these are what scope is told by (sync.core.scope).
        _open_index("place_danger_first", ("places", 1), ("level_order", -1), ("due_key", 1), ("_id", 1)),
        # latest: who is new?
        _open_index("registered", ("registered_on", -1), ("_id", 1)),
        # latest: whose visit is late or soon?
        _open_index("due", ("due_key", 1), ("_id", 1)),
        *counting.INDEXES,
        # stale: who was not yet looked at under the rules in force?
        IndexModel([("rules_version", 1), ("_id", 1)], name="rules_version"),
        # due_by_time: whose file does time alone change?
        IndexModel([("changes_on", 1), ("_id", 1)], name="changes_on"),
        # referrals: what was passed on and waits for an answer?
        IndexModel(
            [("referrals.state", 1)],
            name="referrals",
            partialFilterExpression={"referrals.state": {"$exists": True}},
        ),
    ]
}

_EVERYBODY = Stretch()
_CASE_CODE = re.compile(r"KH-", re.IGNORECASE)


def find(db: Db, code_or_entity_id: str, within: Filter = EVERYBODY) -> dict[str, Any] | None:
    """The file of the person with this case code or entity ID, or None, also if it is not `within`.

    Whoever was merged into another has the other's.
    """
    key = typed_case_code(code_or_entity_id) or code_or_entity_id.strip()
    is_code = _CASE_CODE.match(key)
    question = {"case_code": key.upper()} if is_code else {"_id": key.lower()}
    found = db.returnees.find_one({"$and": [question, within]})
    if found is not None:
        return found
    return aliases.file_of(db, key, within)


def codes(db: Db, entity_ids: Iterable[str], within: Filter) -> dict[str, str]:
    """Entity ID -> case code of those of these people who are within this scope."""
    question = {"$and": [{"_id": {"$in": list(entity_ids)}}, within]}
    return {found["_id"]: found["case_code"] for found in db.returnees.find(question, {"case_code": 1})}


@dataclass(frozen=True, slots=True)
class Change:
    """One file to be put in place of the one read before; `document` None: to be taken away."""

    entity_id: str
    document: Mapping[str, Any] | None
    revision_before: ObjectId | None
    """None: there was no file."""


def with_accepted_referral(db: Db) -> list[dict[str, Any]]:
    """What an organisation may need to know of everybody whom any of them accepted and still helps."""
    wanted = {"case_code": 1, "person": 1, "referrals": 1, "consent": 1}
    return list(db.returnees.find({"referrals.state": "accepted"}, wanted))


def stored(db: Db, entity_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The files of these people as they are now."""
    return {found["_id"]: found for found in db.returnees.find({"_id": {"$in": list(entity_ids)}})}


def replace(db: Db, changes: Sequence[Change]) -> set[str]:
    """Make these changes where nobody else wrote in between; the entity IDs of those where somebody did.

    For those: read again, fold again.
    """
    if not changes:
        return set()
    try:
        return _replace(db, changes)
    finally:
        stamps.renew(db, [stamps.PEOPLE, *shares.names(change.entity_id for change in changes)])


def _replace(db: Db, changes: Sequence[Change]) -> set[str]:
    returnees = db.get_collection("returnees", write_concern=DERIVED)
    revision = ObjectId()
    # A mark of their own tells our writes from those of a worker that was quicker by a moment.
    try:
        done = returnees.bulk_write([_operation(change, revision) for change in changes], ordered=False)
    except BulkWriteError as error:
        if not is_only_twice(error):
            raise
    else:
        if done.inserted_count + done.matched_count + done.deleted_count == len(changes):
            return set()
    now = {
        found["_id"]: found["revision"]
        for found in returnees.find({"_id": {"$in": [c.entity_id for c in changes]}}, {"revision": 1})
    }
    return {
        c.entity_id for c in changes if now.get(c.entity_id) != (revision if c.document is not None else None)
    }


def _operation(
    change: Change, revision: ObjectId
) -> InsertOne[dict[str, Any]] | ReplaceOne[dict[str, Any]] | DeleteOne:
    before = {"_id": change.entity_id, "revision": change.revision_before}
    if change.document is None:
        return DeleteOne(before)
    document = {**change.document, "revision": revision}
    return InsertOne(document) if change.revision_before is None else ReplaceOne(before, document)


def stale(db: Db, rules_version: str, limit: int, stretch: Stretch = _EVERYBODY) -> list[str]:
    """Entity IDs of people whose file was folded under other rules than these; `limit` 0: all."""
    question = {"rules_version": {"$ne": rules_version}, "_id": stretch.query}
    # Along its own index, where nobody is stale nothing is read; along that of the IDs everybody would be.
    found = db.returnees.find(question, {"_id": 1}).hint("rules_version").limit(limit)
    return [one["_id"] for one in found]


def due_by_time(db: Db, today: date, limit: int, stretch: Stretch = _EVERYBODY) -> list[str]:
    """Entity IDs of people whose file time alone changes by this day; `limit` 0: all."""
    question = {"changes_on": {"$lte": today.isoformat(), "$ne": None}, "_id": stretch.query}
    found = db.returnees.find(question, {"_id": 1}).hint("changes_on").limit(limit)
    return [one["_id"] for one in found]


def names_in(db: Db, stretch: Stretch) -> set[str]:
    """The entity IDs of the files in this stretch of them."""
    return {found["_id"] for found in db.returnees.find({"_id": stretch.query}, {"_id": 1})}


def count(db: Db) -> int:
    """How many files there are, about."""
    return db.returnees.estimated_document_count()


def every(db: Db) -> Iterator[dict[str, Any]]:
    """Every file, by entity ID."""
    yield from db.returnees.find().sort("_id", 1)


def open_ids(db: Db) -> list[str]:
    """Entity IDs of everybody whose case is open, in a fixed order."""
    return [
        found["_id"] for found in db.returnees.find({"status": {"$ne": "closed"}}, {"_id": 1}).sort("_id", 1)
    ]


def count_stale(db: Db, rules_version: str) -> int:
    """How many files still rest on other rules than these."""
    return db.returnees.count_documents({"rules_version": {"$ne": rules_version}})


def how_many(db: Db) -> int:
    """How many files there are, about."""
    return db.returnees.estimated_document_count()
