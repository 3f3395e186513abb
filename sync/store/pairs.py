"""Collection `pairs`: files that may be of one person, with what speaks for it. Derived, rebuildable.

Found whenever a file is written that says something new of who she is: then it is compared with those that
share a key of her name in her province. Names are not in here, only reasons, and of both what says who may
see them (`sync.core.scope`): whoever sees few people finds the pairs of these few.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from pymongo.operations import DeleteOne, IndexModel, ReplaceOne, UpdateMany, UpdateOne

from sync.core.names import name_keys
from sync.core.same_person import Reason, possible_same_person
from sync.core.scope import EVERYBODY, Filter
from sync.store import decisions
from sync.store.connect import Db, Document
from sync.store.records import DERIVED
from sync.store.sealed import search_codes
from sync.store.sealing import SEARCH

INDEXES: dict[str, list[IndexModel]] = {
    "pairs": [
        # look_for: which pairs is this person in?
        IndexModel([("people", 1)], name="people"),
        # listed: what is to be decided? The most likely first.
        IndexModel([("apart", 1), ("strength", -1), ("_id", 1)], name="open"),
        # listed: likewise of whoever sees only some workers' people, or those of some places.
        IndexModel([("apart", 1), ("one.worker_id", 1), ("strength", -1), ("_id", 1)], name="of_workers"),
        IndexModel([("apart", 1), ("one.places", 1), ("strength", -1), ("_id", 1)], name="of_places"),
    ]
}

LOOKED_THROUGH = 400
"""So many files are compared at most: a short sound is shared by many names."""
SIDES = ("one", "other")
"""The two of a pair, in the order of their IDs."""
_WHOSE = ("_id", "worker_id", "places")
_WANTED = {"person": 1, "registered_on": 1, **dict.fromkeys(_WHOSE, 1)}
_WHO = ("call_name", "sex", "age_now", "province", "commune", "village", "return_date", "country")


def says_who(file: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What of a file is compared; while this stays, its pairs stay."""
    if file is None:
        return None
    return {"on": file["registered_on"], **{name: file["person"].get(name) for name in _WHO}}


def look_for(db: Db, files: Sequence[Mapping[str, Any]]) -> None:
    """Bring the pairs that these people are in up to their files."""
    if not files:
        return
    names = [file["_id"] for file in files]
    two = decisions.said_apart(db, names)
    found: dict[str, Document] = {}
    for file in files:
        for other in _candidates(db, file):
            if reasons := possible_same_person(file, other):
                pair = _pair(file, other, reasons, two)
                found[pair["_id"]] = pair
    gone = {pair["_id"] for pair in db.pairs.find({"people": {"$in": names}}, {"_id": 1})} - found.keys()
    changes: list[ReplaceOne[Document] | DeleteOne] = [DeleteOne({"_id": name}) for name in gone]
    changes += [ReplaceOne({"_id": name}, pair, upsert=True) for name, pair in found.items()]
    if changes:
        db.get_collection("pairs", write_concern=DERIVED).bulk_write(changes, ordered=False)


def follow(db: Db, files: Iterable[Mapping[str, Any]]) -> None:
    """These people are in others' care, or in other places: whoever sees them sees their pairs."""
    changes = [
        UpdateMany({"people": file["_id"], f"{side}._id": file["_id"]}, {"$set": {side: side_of(file)}})
        for file in files
        for side in SIDES
    ]
    if changes:
        db.get_collection("pairs", write_concern=DERIVED).bulk_write(changes, ordered=False)


def forget(db: Db, entity_ids: Iterable[str]) -> int:
    """These people have no file any more; how many pairs go."""
    gone = list(entity_ids)
    kept = db.get_collection("pairs", write_concern=DERIVED)
    return kept.delete_many({"people": {"$in": gone}}).deleted_count if gone else 0


def listed(db: Db, within: Filter = EVERYBODY, *, limit: int, after: str | None = None) -> list[Document]:
    """Pairs that nobody has decided about, what speaks most for it first; from the one after `after`.

    Only those whose both people are `within`, a reader's scope.
    """
    question: list[Document] = [{"apart": False}]
    if within:
        question += [_of_side(side, within) for side in SIDES]
    if after and (last := db.pairs.find_one({"_id": after})):
        as_strong = {"strength": last["strength"], "_id": {"$gt": after}}
        question.append({"$or": [{"strength": {"$lt": last["strength"]}}, as_strong]})
    return list(db.pairs.find({"$and": question}).sort([("strength", -1), ("_id", 1)]).limit(limit))


def side_of(file: Mapping[str, Any]) -> Document:
    """What a pair has of one of the two, as her file says it: all that scope asks for."""
    return {name: file.get(name) for name in _WHOSE}


def bring_up_to_date(db: Db) -> int:
    """Give the pairs that were found before both sides stood in them theirs; how many."""
    without = list(db.pairs.find({"one": None}, {"people": 1}))
    people = {name for pair in without for name in pair["people"]}
    files = db.returnees.find({"_id": {"$in": sorted(people)}}, dict.fromkeys(_WHOSE, 1))
    known = {file["_id"]: side_of(file) for file in files}
    changes = [
        UpdateOne(
            {"_id": pair["_id"]},
            {"$set": {side: known.get(name, {}) for side, name in zip(SIDES, pair["people"], strict=True)}},
        )
        for pair in without
    ]
    return db.pairs.bulk_write(changes, ordered=False).modified_count if changes else 0


def _of_side(side: str, within: Filter) -> Document:
    """The same question about one of the two of a pair."""
    return {
        name if name.startswith("$") else f"{side}.{name}": [_of_side(side, one) for one in asked]
        if name.startswith("$")
        else asked
        for name, asked in within.items()
    }


def of(db: Db, entity_id: str) -> list[Document]:
    """The pairs that this person is in and nobody has decided about."""
    return list(db.pairs.find({"people": entity_id, "apart": False}).sort([("strength", -1), ("_id", 1)]))


def _candidates(db: Db, file: Mapping[str, Any]) -> list[Document]:
    province = file["person"].get("province")
    keys = sorted(name_keys(str(file["person"].get("call_name", ""))))
    if not keys or not province:
        return []
    question = {SEARCH: {"$in": search_codes(db, keys)}, "places": province, "_id": {"$ne": file["_id"]}}
    return list(db.returnees.find(question, _WANTED).limit(LOOKED_THROUGH))


def _pair(
    file: Mapping[str, Any],
    other: Mapping[str, Any],
    reasons: Sequence[Reason],
    two: Collection[frozenset[str]],
) -> Document:
    sides = sorted((side_of(file), side_of(other)), key=lambda side: str(side["_id"]))
    people = [side["_id"] for side in sides]
    return {
        "_id": " ".join(people),
        "people": people,
        **dict(zip(SIDES, sides, strict=True)),
        "reasons": list(reasons),
        "strength": len(reasons) + (reasons[0] == "name"),
        "apart": frozenset(people) in two,
    }
