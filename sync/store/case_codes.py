"""Collection `case_codes`: who was given which case code, and how often her row on phones changed by itself.

Given, not derived: a code that was read out to a person stays hers through every rebuild, and a row version
that a phone has seen never comes again with other content. `case_code_serials` counts per province and
year; a crash between counting and writing only skips a number.
"""

from dataclasses import dataclass

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError
from pymongo.operations import IndexModel

from sync.core.identity import case_code
from sync.store.connect import Db, Document

INDEXES: dict[str, list[IndexModel]] = {
    "case_codes": [
        # give: has this person a code already? Unique, so that two workers cannot give two.
        IndexModel([("entity_id", 1)], name="entity", unique=True),
    ]
}


@dataclass(frozen=True, slots=True)
class Given:
    """What a person was given."""

    code: str
    row_changes: int
    """How often her row changed without a phone's doing (new rules, another due date)."""


def find(db: Db, entity_id: str) -> Given | None:
    """What this person was given, or None if nothing yet."""
    found = db.case_codes.find_one({"entity_id": entity_id})
    return Given(found["_id"], found.get("row_changes", 0)) if found else None


def count_row_change(db: Db, code: str) -> int:
    """Count one more change of her row; answers 1, by how much its version rises."""
    db.case_codes.update_one({"_id": code}, {"$inc": {"row_changes": 1}})
    return 1


def give(db: Db, entity_id: str, *, province: str, year: int) -> Given:
    """What this person was given before, or else the next code of this province and year."""
    while True:
        known = find(db, entity_id)
        if known:
            return known
        counted: Document = db.case_code_serials.find_one_and_update(  # type: ignore[assignment]  # upserted
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
        return Given(code, 0)
