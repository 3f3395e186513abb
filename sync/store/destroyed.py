"""Collection `destroyed_keys`: which keys are gone on purpose, by whose name; for ever.

And those of days that soon will be: nothing new is sealed under a retired key, its name is free for another.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sync.store.connect import Db
from sync.store.keys import KEYS, TYPES, vault_of

RETIRED = "retired:"
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


def retire(db: Db, name: str, *, at: datetime) -> None:
    """From now on a new key takes the place of the one of this name, which still opens what is under it.

    Another process that has it in memory may seal under it for another minute.
    """
    db[KEYS].update_one({"keyAltNames": name}, {"$set": {"keyAltNames": [f"{RETIRED}{at:{MOMENT}} {name}"]}})
    vault_of(db).reload()


def retired(db: Db, *, before: datetime) -> list[tuple[UUID, str, str]]:
    """The keys that were retired before this moment: number, name now, name before."""
    keys = db.get_collection(KEYS, codec_options=TYPES)
    asked = {"keyAltNames": {"$gte": RETIRED, "$lt": f"{RETIRED}{before:{MOMENT}}"}}
    found = [(key["_id"], key["keyAltNames"][0]) for key in keys.find(asked, {"keyAltNames": 1})]
    return [(number, name, name.partition(" ")[2]) for number, name in found]
