"""Collection `case_codes`: who was given which case code, and which version of her row was caused by what.

Given, not derived: a code that was read out to a person stays hers through every rebuild, and a row version
that a phone has seen never comes again with other content. `case_code_serials` counts per province and
year; a crash between counting and writing only skips a number.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import BulkWriteError
from pymongo.operations import IndexModel, UpdateOne

from sync.core.entity_change import Ledger
from sync.core.identity import case_code
from sync.store.connect import Db

INDEXES: dict[str, list[IndexModel]] = {
    "case_codes": [
        # find: has this person a code already? Unique, so that two workers cannot give two.
        IndexModel([("entity_id", 1)], name="entity", unique=True),
    ]
}


@dataclass(frozen=True, slots=True)
class Given:
    """What a person was given."""

    code: str
    ledger: Ledger


def find(db: Db, entity_ids: Iterable[str]) -> dict[str, Given]:
    """What these people were given; those who have nothing yet are left out."""
    return {
        found["entity_id"]: Given(found["_id"], _ledger(found))
        for found in db.case_codes.find({"entity_id": {"$in": list(entity_ids)}})
    }


def _ledger(found: Mapping[str, Any]) -> Ledger:
    """The versions of a row; of one from before causes were kept, how often it changed by itself."""
    version = found.get("version")
    if version is None:
        return Ledger(found.get("row_changes", 0))
    return Ledger(version, dict(found["causes"]))


def remember(db: Db, changes: Mapping[str, tuple[Ledger, Ledger]]) -> set[str]:
    """Write down the new versions of these rows; the entity IDs of those where another was quicker.

    `changes`: entity ID -> (the ledger as it was read, the ledger as it is to be).
    """
    if not changes:
        return set()
    operations = []
    for entity_id, (before, after) in changes.items():
        new = [[key, number] for key, number in after.causes.items() if key not in before.causes]
        change = {"$set": {"version": after.version}, "$push": {"causes": {"$each": new}}}
        unseen = {"entity_id": entity_id, "version": {"$in": [before.version, None]}}  # None: never kept yet
        operations.append(UpdateOne(unseen, change))
    if db.case_codes.bulk_write(operations, ordered=False).matched_count == len(operations):
        return set()
    now = find(db, changes)
    return {name for name, (_, after) in changes.items() if name not in now or now[name].ledger != after}


def give(
    db: Db, wanted: Mapping[str, tuple[str, int]], known: Mapping[str, Given] | None = None
) -> dict[str, Given]:
    """What these people were given before, or else the next codes of their province and year.

    `wanted`: entity ID -> (province code, year); `known`: what `find` said a moment ago, if it was asked.
    """
    known = dict(find(db, wanted) if known is None else known)
    while missing := {entity_id: where for entity_id, where in wanted.items() if entity_id not in known}:
        documents = [
            {"_id": case_code(province, year, serial), "entity_id": entity_id, "version": 0, "causes": []}
            for (province, year), people in _by_place(missing).items()
            for entity_id, serial in zip(people, _next_serials(db, province, year, len(people)), strict=True)
        ]
        with suppress(BulkWriteError):  # another worker was quicker with some; its codes count
            db.case_codes.insert_many(documents, ordered=False)
        known |= find(db, missing)
    return known


def _by_place(missing: Mapping[str, tuple[str, int]]) -> dict[tuple[str, int], list[str]]:
    places: dict[tuple[str, int], list[str]] = {}
    for entity_id, where in missing.items():
        places.setdefault(where, []).append(entity_id)
    return places


def _next_serials(db: Db, province: str, year: int, count: int) -> range:
    counted = db.case_code_serials.find_one_and_update(
        {"_id": f"{province}-{year}"},
        {"$inc": {"last": count}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    last = counted["last"] if counted else count
    return range(last - count + 1, last + 1)
