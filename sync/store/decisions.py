"""Collection `decisions`: what people decided, one document each, for ever. Never derived or changed."""

from collections.abc import Iterable
from typing import Literal

from pymongo.errors import DuplicateKeyError
from pymongo.operations import IndexModel

from sync.core.decision import Decision, decision_from, document_from
from sync.store.connect import Db

INDEXES: dict[str, list[IndexModel]] = {
    "decisions": [
        # about: everything decided about one person.
        IndexModel([("entity_id", 1), ("at", 1)], name="entity"),
    ]
}


def keep(db: Db, decision: Decision) -> Literal["created", "same"]:
    """Keep one decision; the same once more (a page sent twice) changes nothing."""
    try:
        db.decisions.insert_one(document_from(decision))
    except DuplicateKeyError:
        return "same"
    return "created"


def find(db: Db, decision_id: str) -> Decision | None:
    """The decision kept under this ID, or None."""
    found = db.decisions.find_one({"_id": decision_id})
    return decision_from(found) if found else None


def about(db: Db, entity_ids: Iterable[str]) -> dict[str, list[Decision]]:
    """Every decision about these people, by person, oldest first."""
    found: dict[str, list[Decision]] = {entity_id: [] for entity_id in entity_ids}
    for document in db.decisions.find({"entity_id": {"$in": list(found)}}).sort("at", 1):
        found[document["entity_id"]].append(decision_from(document))
    return found
