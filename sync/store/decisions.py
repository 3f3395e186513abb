"""Collection `decisions`: what people decided, one document each, for ever. Never derived or changed."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pymongo.errors import DuplicateKeyError
from pymongo.operations import IndexModel

from sync.core.casework import corrections_in_force
from sync.core.decision import Decision, decision_from, document_from
from sync.core.entity_steps import ANOTHER, CHOICE, anothers_id
from sync.store.connect import Db

INDEXES: dict[str, list[IndexModel]] = {
    "decisions": [
        # about: everything decided about one person.
        IndexModel([("entity_id", 1), ("at", 1)], name="entity"),
        # corrections, ever_merged: what was put right in these records, who was merged into this person?
        IndexModel([("about", 1)], name="about"),
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


def about_whom(db: Db, entity_ids: Iterable[str]) -> set[str]:
    """Those of these people about whom anything was decided, or who were ever merged with anybody."""
    some = list(entity_ids)
    either = [{"entity_id": {"$in": some}}, {"kind": "merge", "about": {"$in": some}}]
    found = db.decisions.find({"$or": either}, {"entity_id": 1, "about": 1})
    return {name for one in found for name in (one["entity_id"], one["about"])}


def corrections(db: Db, instance_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """What people put right in these records and what counts of it: instance ID -> exact path -> text."""
    wanted = {"kind": "correct", "about": {"$in": list(instance_ids)}}
    made = [decision_from(found) for found in db.decisions.find(wanted)]
    if not made:
        return {}
    said = {"kind": {"$in": ["sign", "take_back"]}, "about": {"$in": [one.decision_id for one in made]}}
    made += [decision_from(found) for found in db.decisions.find(said)]
    return corrections_in_force(sorted(made, key=lambda one: one.order))


def said_another(db: Db, submissions: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Whom records are about of which somebody said that they register another person than their number says.

    Instance ID -> the number in the record -> hers. An edit is about whom its original is about.
    """
    told = {one["_id"]: one.get("deprecated_id") or one["_id"] for one in submissions}
    wanted = {"kind": "settle", "about": {"$in": list({*told, *told.values()})}}
    said: dict[str, dict[str, str]] = {}
    for one in map(decision_from, db.decisions.find(wanted)):
        if one.details.get(CHOICE) == ANOTHER:
            hers = anothers_id(one.about, one.entity_id)
            said.setdefault(one.about, {})[one.entity_id] = hers
    return {name: said.get(name) or said.get(former, {}) for name, former in told.items()} if said else {}


def said_apart(db: Db, entity_ids: Iterable[str]) -> set[frozenset[str]]:
    """The pairs with one of these people of which somebody said that they are two."""
    some = list(entity_ids)
    either = [{"kind": "apart", end: {"$in": some}} for end in ("entity_id", "about")]
    found = db.decisions.find({"$or": either}, {"entity_id": 1, "about": 1})
    return {frozenset((one["entity_id"], one["about"])) for one in found}


def ever_merged(db: Db, entity_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Each of these people, with everybody she was ever merged with, also if that was taken back."""
    edges: set[tuple[str, str]] = set()
    known, new = set[str](), set(entity_ids)
    while new:
        known |= new
        some = list(new)
        either = [{"kind": "merge", end: {"$in": some}} for end in ("entity_id", "about")]
        for found in db.decisions.find({"$or": either}, {"entity_id": 1, "about": 1}):
            edges.add((found["entity_id"], found["about"]))
        new = {name for edge in edges for name in edge} - known
    groups = {name: {name} for name in known}
    for gone, stays in edges:
        both = groups[gone] | groups[stays]
        for name in both:
            groups[name] = both
    return {name: frozenset(group) for name, group in groups.items()}
