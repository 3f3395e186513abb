"""From the intake's key to a person's own: what came is sealed anew once it is known whom it is about.

At the moment of a sending nobody knows that, and the phone must not wait. So everything that comes on one day
is sealed under that day's key; the worker seals it anew; once nothing is left under the day's key, that is
destroyed. Each step is an idempotent write; a crash anywhere means: do it again.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from pymongo.operations import IndexModel, UpdateOne

from sync.store import attachments
from sync.store.connect import Db, Document, kept_with
from sync.store.keys import INTAKE, KEYS, vault_of
from sync.store.records import DERIVED
from sync.store.sealed import as_stored, opened, sealed
from sync.store.sealing import BLOB, SEALED, SEALED_FOR

UNDER_INTAKE = {SEALED_FOR: {"$gte": INTAKE, "$lt": f"{INTAKE}~"}}
DAYS = 2
"""A day's key is left alone for so long: phones' clocks and servers' clocks differ."""
MAY_BE_UNDER_INTAKE = ("submissions", "conflicting", "refused", "records")

INDEXES: dict[str, list[IndexModel]] = {
    # settle, sweep, erase: what is sealed under this key?
    name: [IndexModel([(SEALED_FOR, 1)], name="sealed_for")]
    for name in MAY_BE_UNDER_INTAKE
}


def settle(db: Db, limit: int = 50) -> int:
    """Seal up to so many submissions under the keys of those they are about; how many it were."""
    stored = as_stored(db)
    known = {**UNDER_INTAKE, "state": "processed", "touches.0": {"$exists": True}}
    raw = list(stored.submissions.find(known).limit(limit))
    if not raw:
        return 0
    vault_of(db).make({document["touches"][0] for document in raw})
    _reseal(db, "submissions", raw)
    by_id = {document["_id"]: document for document in raw}
    aside = list(stored.conflicting.find({"instance_id": {"$in": list(by_id)}, **UNDER_INTAKE}))
    for document in aside:
        document["touches"] = by_id[document["instance_id"]]["touches"]
    _reseal(db, "conflicting", aside)
    return len(raw)


def _reseal(db: Db, collection: str, raw: list[Document]) -> None:
    """Seal these documents anew, each under the key of the first person it touches."""
    changes = []
    for before, document in zip(raw, opened(db, raw), strict=True):
        after = sealed(db, collection, document)
        for file in files_of(document):
            attachments.give(db, file["sha256"], to=after[SEALED_FOR], intake=before[SEALED_FOR])
        changes.append(UpdateOne(_unchanged(before), {"$set": _sealed_parts(collection, after)}))
    if changes:
        as_stored(db).get_collection(collection, write_concern=DERIVED).bulk_write(changes, ordered=False)


def files_of(submission: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every file that came with this submission or was in its envelope."""
    inside = (submission.get("opened") or {}).get("attachments", ())
    return [*submission.get("attachments", ()), *submission.get("replaced", ()), *inside]


def _unchanged(before: Mapping[str, Any]) -> Document:
    """Only on top of what was read: another part of the record may arrive at this moment."""
    same = {"_id": before["_id"], SEALED_FOR: before[SEALED_FOR]}
    return same | ({"file_changes": before["file_changes"]} if "file_changes" in before else {})


def _sealed_parts(collection: str, after: Mapping[str, Any]) -> Document:
    names = (BLOB, SEALED_FOR, "touches", *SEALED[collection].apart)
    return {name: after[name] for name in names if name in after}


def sweep_daily(db: Db, *, at: datetime) -> None:
    """`sweep` at most once a day in this process."""
    swept = kept_with(db.client).setdefault("swept", {})
    if swept.get(db.name) != _day(at):
        swept[db.name] = _day(at)
        sweep(db, at=at)


def sweep(db: Db, *, at: datetime) -> list[str]:
    """Destroy the keys of past days under which nothing is left; their names."""
    last = f"{INTAKE}{_day(at) - timedelta(days=DAYS)}"
    known = db[KEYS].find({"keyAltNames": {"$gte": INTAKE, "$lt": last}}, {"keyAltNames": 1})
    empty = [name for found in known for name in found["keyAltNames"] if not _holds_something(db, name)]
    for name in empty:
        vault_of(db).destroy(name, at=at)
    return empty


def _holds_something(db: Db, name: str) -> bool:
    stored = as_stored(db)
    return any(
        stored[collection].find_one({SEALED_FOR: name}, {"_id": 1}) for collection in MAY_BE_UNDER_INTAKE
    ) or bool(stored[attachments.FILES].find_one({"metadata.keys.for": name}, {"_id": 1}))


def _day(at: datetime) -> date:
    return at.date()
