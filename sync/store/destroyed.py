"""Collection `destroyed_keys`: which keys are gone on purpose, by whose name; for ever."""

from collections.abc import Iterable, Mapping
from typing import Any

from sync.store.connect import Db
from sync.store.keys import KEYS, TYPES


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
