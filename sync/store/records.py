"""Collection `records`: every submission after its form and its rules were applied. Derived, rebuildable."""

from collections.abc import Mapping
from typing import Any

from pymongo.operations import IndexModel
from pymongo.write_concern import WriteConcern

from sync.core.record import Record, record_from
from sync.store.connect import Db

INDEXES: dict[str, list[IndexModel]] = {
    "records": [
        # about: everything recorded about one person.
        IndexModel([("entity_ids", 1)], name="entity_ids"),
        # replaced_by: was this record edited on the phone?
        IndexModel([("deprecated_id", 1)], name="deprecated", sparse=True),
    ]
}

DERIVED = WriteConcern(w=1, j=False)
"""Derived writes need not wait for the disk: MongoDB's journal and oplog keep their order, so whatever a
crash takes away, it takes the later mark `processed` too, and the work is done again."""


def put(db: Db, document: Mapping[str, Any], *, deprecated_id: str | None = None) -> frozenset[str]:
    """Put this record in place of what was derived from the same submission before.

    Answers the entity IDs whose files it touches: its own, those it named before, and those of the record
    it edits. An edit may arrive before its original; whichever comes second joins the two.
    """
    records = db.get_collection("records", write_concern=DERIVED)
    instance_id = document["_id"]
    touched = set(document["entity_ids"])
    before = records.find_one_and_replace(
        {"_id": instance_id},
        {**document, **({"deprecated_id": deprecated_id} if deprecated_id else {})},
        {"entity_ids": 1},
        upsert=True,
    )
    touched |= set(before["entity_ids"]) if before else set()
    if deprecated_id:
        original = records.find_one_and_update(
            {"_id": deprecated_id}, {"$set": {"superseded_by": instance_id}}, {"entity_ids": 1}
        )
        touched |= set(original["entity_ids"]) if original else set()
    edit = records.find_one({"deprecated_id": instance_id}, {"entity_ids": 1})
    if edit:
        records.update_one({"_id": instance_id}, {"$set": {"superseded_by": edit["_id"]}})
        touched |= set(edit["entity_ids"])
    return frozenset(touched)


def about(db: Db, entity_id: str) -> list[Record]:
    """Every record that names this person and was not edited away, in no special order."""
    question = {"entity_ids": entity_id, "superseded_by": {"$exists": False}}
    return [record_from(found) for found in db.records.find(question, {"answers": 0})]


def find(db: Db, instance_id: str) -> dict[str, Any] | None:
    """The record made from this submission, with every answer, or None."""
    return db.records.find_one({"_id": instance_id})
