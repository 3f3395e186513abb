"""Collection `pairs`: files that may be of one person, with what speaks for it. Derived, rebuildable.

Found whenever a file is written that says something new of who she is: then it is compared with those that
share a key of her name in her province. Names are not in here, only reasons.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from pymongo.operations import DeleteOne, IndexModel, ReplaceOne

from sync.core.names import name_keys
from sync.core.same_person import Reason, possible_same_person
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
    ]
}

LOOKED_THROUGH = 400
"""So many files are compared at most: a short sound is shared by many names."""
_WANTED = {"person": 1, "registered_on": 1}
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
                pair = _pair(file["_id"], other["_id"], reasons, two)
                found[pair["_id"]] = pair
    gone = {pair["_id"] for pair in db.pairs.find({"people": {"$in": names}}, {"_id": 1})} - found.keys()
    changes: list[ReplaceOne[Document] | DeleteOne] = [DeleteOne({"_id": name}) for name in gone]
    changes += [ReplaceOne({"_id": name}, pair, upsert=True) for name, pair in found.items()]
    if changes:
        db.get_collection("pairs", write_concern=DERIVED).bulk_write(changes, ordered=False)


def forget(db: Db, entity_ids: Iterable[str]) -> None:
    """These people have no file any more."""
    if gone := list(entity_ids):
        db.get_collection("pairs", write_concern=DERIVED).delete_many({"people": {"$in": gone}})


def listed(db: Db, *, limit: int, after: str | None = None) -> list[Document]:
    """Pairs that nobody has decided about, what speaks most for it first; from the one after `after`."""
    question: Document = {"apart": False}
    if after and (last := db.pairs.find_one({"_id": after})):
        as_strong = {"strength": last["strength"], "_id": {"$gt": after}}
        question["$or"] = [{"strength": {"$lt": last["strength"]}}, as_strong]
    return list(db.pairs.find(question).sort([("strength", -1), ("_id", 1)]).limit(limit))


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


def _pair(one: str, other: str, reasons: Sequence[Reason], two: Collection[frozenset[str]]) -> Document:
    people = sorted((one, other))
    return {
        "_id": " ".join(people),
        "people": people,
        "reasons": list(reasons),
        "strength": len(reasons) + (reasons[0] == "name"),
        "apart": frozenset(people) in two,
    }
