"""Collection `case_codes`: who was given which case code.

A decision, not derived: a code that was read out to a person stays hers through every rebuild.
`case_code_serials` counts per province and year; a crash between counting and writing only skips a number.
"""

from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError
from pymongo.operations import IndexModel

from sync.core.identity import case_code
from sync.store.connect import Db

INDEXES: dict[str, list[IndexModel]] = {
    "case_codes": [
        # give: has this person a code already? Unique, so that two workers cannot give two.
        IndexModel([("entity_id", 1)], name="entity", unique=True),
    ]
}


def find(db: Db, entity_id: str) -> str | None:
    """The case code of this person, or None if nobody gave one."""
    found = db.case_codes.find_one({"entity_id": entity_id})
    return str(found["_id"]) if found else None


def give(db: Db, entity_id: str, *, province: str, year: int) -> str:
    """The case code of this person: the one given before, or the next of this province and year."""
    while True:
        known = find(db, entity_id)
        if known:
            return known
        counted: dict[str, Any] = db.case_code_serials.find_one_and_update(
            {"_id": f"{province}-{year}"},
            {"$inc": {"last": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        code = case_code(province, year, counted["last"])
        try:
            db.case_codes.insert_one({"_id": code, "entity_id": entity_id})
        except DuplicateKeyError:
            continue  # another worker was quicker; its code counts
        return code
