"""Collection `records`: every submission after its form and its rules were applied. Derived, rebuildable."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo.operations import IndexModel, ReplaceOne
from pymongo.write_concern import WriteConcern

from sync.core.record import Record, record_from
from sync.core.scope import EVERYBODY, Filter
from sync.store.connect import Db
from sync.store.stretches import Stretch

INDEXES: dict[str, list[IndexModel]] = {
    "records": [
        # about: everything recorded about one person.
        IndexModel([("entity_ids", 1)], name="entity_ids"),
        # differing: where did a phone come to another answer?
        IndexModel(
            [("received_at", -1)], name="differing", partialFilterExpression={"parity.0": {"$exists": True}}
        ),
        # put_all: was this record edited on the phone?
        IndexModel(
            [("deprecated_id", 1)],
            name="deprecated",
            partialFilterExpression={"deprecated_id": {"$type": "string"}},
        ),
    ]
}

DERIVED = WriteConcern(w=1, j=False)
"""Derived writes need not wait for the disk: MongoDB's journal and oplog keep their order, so whatever a
crash takes away, it takes the later mark `processed` too, and the work is done again."""


def put_all(db: Db, documents: Sequence[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """Put these records in place of what was derived from the same submissions before.

    Answers for each instance ID the entity IDs whose files it touches: its own, those it named before, and
    those of the record it edits. An edit (`deprecated_id`) may arrive before its original; whichever comes
    second joins the two.
    """
    if not documents:
        return {}
    records = db.get_collection("records", write_concern=DERIVED)
    by_id = {document["_id"]: document for document in documents}
    touched = {name: set(document["entity_ids"]) for name, document in by_id.items()}
    for before in records.find({"_id": {"$in": list(by_id)}}, {"entity_ids": 1}):
        touched[before["_id"]] |= set(before["entity_ids"])
    records.bulk_write(
        [ReplaceOne({"_id": name}, document, upsert=True) for name, document in by_id.items()], ordered=False
    )
    edits = {document["deprecated_id"]: name for name, document in by_id.items() if document["deprecated_id"]}
    joined = list(edits.items())
    joined += [
        (edit["deprecated_id"], edit["_id"])
        for edit in records.find({"deprecated_id": {"$in": list(by_id)}}, {"deprecated_id": 1})
    ]
    for original, edit in joined:
        records.update_one({"_id": original}, {"$set": {"superseded_by": edit}})
        ends = records.find({"_id": {"$in": [original, edit]}}, {"entity_ids": 1})
        both = {entity_id for found in ends for entity_id in found["entity_ids"]}
        for name in (original, edit):
            if name in touched:
                touched[name] |= both
    return {name: frozenset(ids) for name, ids in touched.items()}


def about(db: Db, entity_ids: Iterable[str]) -> dict[str, list[Record]]:
    """Every record that names these people and was not edited away, by person, in no special order."""
    found: dict[str, list[Record]] = {entity_id: [] for entity_id in entity_ids}
    question = {"entity_ids": {"$in": list(found)}, "superseded_by": {"$exists": False}}
    for document in db.records.find(question, {"answers": 0}):
        record = record_from(document)
        for entity_id in document["entity_ids"]:
            if entity_id in found:
                found[entity_id].append(record)
    return found


def told(db: Db, instance_ids: Iterable[str]) -> list[Record]:
    """The records made from these submissions, in the order in which they were filled; without answers."""
    found = db.records.find({"_id": {"$in": list(instance_ids)}}, {"answers": 0})
    return sorted(map(record_from, found), key=lambda record: record.order)


def stored(db: Db, instance_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The records made from these submissions, whole, by instance ID."""
    return {found["_id"]: found for found in db.records.find({"_id": {"$in": list(instance_ids)}})}


def names_in(db: Db, stretch: Stretch) -> set[str]:
    """The instance IDs of the records in this stretch of them."""
    return {found["_id"] for found in db.records.find({"_id": stretch.query}, {"_id": 1})}


def people_in(db: Db, stretch: Stretch) -> set[str]:
    """The entity IDs in this stretch of them that some record names."""
    named = db.records.find({"entity_ids": stretch.query}, {"_id": 0, "entity_ids": 1})
    return {name for found in named for name in found["entity_ids"] if stretch.holds(name)}


def remove(db: Db, instance_ids: Iterable[str]) -> None:
    """Take away these records, which no submission gives any more."""
    db.records.delete_many({"_id": {"$in": list(instance_ids)}})


def superseded(db: Db, instance_ids: Iterable[str]) -> set[str]:
    """Which of these records were edited, so that others stand in their place."""
    asked = {"_id": {"$in": list(instance_ids)}, "superseded_by": {"$exists": True}}
    return {found["_id"] for found in db.records.find(asked, {"_id": 1})}


def named_in(db: Db, instance_ids: Iterable[str]) -> dict[str, list[str]]:
    """Instance ID -> entity IDs of whom each of these records is about."""
    asked = {"_id": {"$in": list(instance_ids)}}
    return {found["_id"]: found["entity_ids"] for found in db.records.find(asked, {"entity_ids": 1})}


def find(db: Db, instance_id: str) -> dict[str, Any] | None:
    """The record made from this submission, with every answer, or None."""
    return db.records.find_one({"_id": instance_id})


def differing(db: Db, limit: int = 100, within: Filter = EVERYBODY) -> list[dict[str, Any]]:
    """The newest records `within` on which phone and server came to different answers, without hers."""
    wanted = {"form_id": 1, "form_version": 1, "worker_id": 1, "received_at": 1, "parity": 1}
    return list(
        db.records.find({"$and": [{"parity.0": {"$exists": True}}, within]}, wanted)
        .sort("received_at", -1)
        .limit(limit)
    )


def count_differing(db: Db) -> int:
    """On how many records phone and server came to different answers."""
    return db.records.count_documents({"parity.0": {"$exists": True}})


@dataclass
class Used:
    """How often stored records answer some questions."""

    questions: Counter[str] = field(default_factory=Counter)
    """Question name -> records in which it is answered."""
    values: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(question name, choice) -> how often it was picked."""


def used(db: Db, form_id: str, names: Collection[str], tell: Callable[[int], None] = lambda _: None) -> Used:
    """How often records of this form, of any version, answer these questions; edited ones are left out.

    `tell` hears how many records were looked through.
    """
    found = Used()
    question = {"form_id": form_id, "superseded_by": {"$exists": False}}
    for count, record in enumerate(db.records.find(question, {"answers": 1}), start=1):
        answered = [answer for answer in record["answers"] if answer["name"] in names]
        found.questions.update({answer["name"] for answer in answered})
        for answer in answered:
            values = answer["value"] if isinstance(answer["value"], list) else [answer["value"]]
            found.values.update((answer["name"], str(value)) for value in values)
        if count % 500 == 0:
            tell(count)
    return found


def how_many(db: Db, form_id: str) -> int:
    """How many records of this form there are."""
    return db.records.count_documents({"form_id": form_id})
