"""Collection `destroyed_keys`: which keys are gone on purpose, by whose name; for ever.

And those that soon will be: nothing new is sealed under a retired key, and its name is free for another one.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from bson import decode

from sync.store.connect import Db
from sync.store.keys import INTAKE, KEYS, TYPES, vault_of

RETIRED = "retired:"
KEPT = "kept:"
MOMENT = "%Y-%m-%dT%H:%M:%SZ"


def is_destroyed(db: Db, names: Iterable[str]) -> set[str]:
    """Those of these names whose key was destroyed: of people, those who were erased."""
    return {found["name"] for found in db.destroyed_keys.find({"name": {"$in": list(names)}}, {"name": 1})}


def destroyed_keys(db: Db) -> list[dict[str, Any]]:
    """Every key that was destroyed: `_id`, `name`, `at`."""
    return list(db.get_collection("destroyed_keys", codec_options=TYPES).find())


def destroy_again(db: Db, gone: Iterable[Mapping[str, Any]]) -> None:
    """See that these keys, and all that this database remembers as destroyed, are not there."""
    destroyed = db.get_collection("destroyed_keys", codec_options=TYPES)
    for one in gone:
        destroyed.replace_one({"_id": one["_id"]}, one, upsert=True)
    ids = [one["_id"] for one in destroyed.find({}, {"_id": 1})]
    db.get_collection(KEYS, codec_options=TYPES).delete_many({"_id": {"$in": ids}})


def retire(db: Db, names: Iterable[str], *, at: datetime) -> None:
    """From now on new keys take the place of those of these names, which still open what is under them.

    Another process that has them in memory may seal under them for another minute.
    """
    for name in names:
        now = f"{RETIRED}{at:{MOMENT}} {name}"
        db[KEYS].update_one({"keyAltNames": name}, {"$set": {"keyAltNames": [now]}})
    vault_of(db).reload()


def names_in_use(db: Db) -> list[str]:
    """The names of the keys under which people, days and the house's own are sealed now."""
    found = [name for key in db[KEYS].find({}, {"keyAltNames": 1}) for name in key["keyAltNames"]]
    return sorted(name for name in found if not name.startswith((RETIRED, KEPT)))


def renewed_at(gone: Iterable[bytes]) -> datetime | None:
    """When keys were last renewed, told by these destroyed ones (BSON): no backup from before can be read."""
    at = {one["name"]: one["at"] for one in (decode(document, TYPES) for document in gone)}
    former = {name: name.partition(" ")[2] for name in at if name.startswith(RETIRED)}
    renewed = (name for name, whose in former.items() if whose not in at and not whose.startswith(INTAKE))
    return max((at[name] for name in renewed), default=None)


def retired(db: Db, *, before: datetime) -> dict[UUID, str]:
    """The keys that were retired before this moment: number -> the name they had."""
    asked = {"$gte": RETIRED, "$lt": f"{RETIRED}{before:{MOMENT}}"}
    return {number: name.partition(" ")[2] for number, name in _called(db, asked)}


def keep(db: Db, number: UUID) -> None:
    """This retired key opens what is written for ever (the reasons in the audit), and nothing else."""
    keys = db.get_collection(KEYS, codec_options=TYPES)
    for found in keys.find({"_id": number}, {"keyAltNames": 1}):
        former = found["keyAltNames"][0].partition(" ")[2]
        keys.update_one({"_id": number}, {"$set": {"keyAltNames": [f"{KEPT}{number} {former}"]}})


def destroy_all(db: Db, name: str, *, at: datetime) -> None:
    """Destroy the key of this name, and all that ever had it."""
    former = [{"$regex": f"^{start}[^ ]* {re.escape(name)}$"} for start in (RETIRED, KEPT)]
    for called in [one for pattern in former for _, one in _called(db, pattern)]:
        vault_of(db).destroy(called, at=at)
    vault_of(db).destroy(name, at=at)


def destroy_retired(db: Db, number: UUID, *, at: datetime) -> None:
    """Destroy this key, under which nothing is any more."""
    for _, called in _called(db, {"$gte": RETIRED, "$lt": f"{RETIRED}~"}, _id=number):
        vault_of(db).destroy(called, at=at)


def _called(db: Db, pattern: Mapping[str, Any], **more: Any) -> list[tuple[UUID, str]]:
    keys = db.get_collection(KEYS, codec_options=TYPES)
    found = keys.find({"keyAltNames": pattern, **more}, {"keyAltNames": 1})
    return [(key["_id"], key["keyAltNames"][0]) for key in found]
