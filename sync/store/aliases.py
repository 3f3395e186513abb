"""Who was merged into whom: entity IDs and case codes that live on in another file of `returnees`."""

from collections.abc import Iterable
from typing import Any

from pymongo.operations import IndexModel

from sync.core.scope import EVERYBODY, Filter
from sync.store.connect import Db

_MERGED = {"aliases.0": {"$exists": True}}

INDEXES: dict[str, list[IndexModel]] = {
    "returnees": [
        # file_of, stays_as: under whom does a merged person live on? Few, hence partial.
        IndexModel([("aliases.entity_id", 1)], name="alias", partialFilterExpression=_MERGED),
        IndexModel([("aliases.case_code", 1)], name="alias_code", partialFilterExpression=_MERGED),
    ]
}


def file_of(db: Db, key: str, within: Filter = EVERYBODY) -> dict[str, Any] | None:
    """The file in which this case code or entity ID lives on, or None, also if it is not `within`."""
    either = [{"aliases.case_code": key.upper()}, {"aliases.entity_id": key.lower()}]
    return db.returnees.find_one({"$and": [_MERGED, {"$or": either}, within]})


def stays_as(db: Db, entity_ids: Iterable[str]) -> dict[str, str]:
    """Which of these were merged into another, and into whom."""
    wanted = set(entity_ids)
    question = {**_MERGED, "aliases.entity_id": {"$in": list(wanted)}}
    return {
        alias["entity_id"]: found["_id"]
        for found in db.returnees.find(question, {"aliases": 1})
        for alias in found["aliases"]
        if alias["entity_id"] in wanted
    }
