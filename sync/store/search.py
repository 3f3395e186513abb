"""Finding people by name or number, through the keys in their files (`sync.core.search`)."""

from typing import Any

from pymongo.operations import IndexModel

from sync.core import search
from sync.store import caseload
from sync.store.connect import Db
from sync.store.sealed import search_codes
from sync.store.sealing import SEARCH

INDEXES: dict[str, list[IndexModel]] = {
    "returnees": [
        # by_name: who may be called this, or has this number?
        IndexModel([(SEARCH, 1), ("worker_id", 1)], name="search_codes"),
    ]
}

MOST = 50
LOOKED_THROUGH = 400
"""So many files are read at most to put the likest first: a short sound is shared by many names."""


def by_name(db: Db, text: str, within: dict[str, Any]) -> list[dict[str, Any]]:
    """Up to 50 people who may be meant by this name or number, the likest first; slim documents.

    `within` is the question that limits whom the reader may see.
    """
    keys = search.wanted(text)
    if not keys:
        return []
    either: list[dict[str, Any]] = [{"$and": [{SEARCH: {"$in": search_codes(db, some)}} for some in keys]}]
    if joined := search.whole(text):
        either.append({SEARCH: {"$in": search_codes(db, joined)}})
    exact = [{SEARCH: {"$all": search_codes(db, [some[0] for some in keys])}}]
    found = _found(db, exact, within, MOST)
    if len(found) < MOST:
        found |= _found(db, either, within, LOOKED_THROUGH)
    likest = sorted(
        found.values(),
        key=lambda one: (-search.likeness(text, one["search"]), -one["level_order"], one["_id"]),
    )
    return likest[:MOST]


def _found(
    db: Db, either: list[dict[str, Any]], within: dict[str, Any], limit: int
) -> dict[str, dict[str, Any]]:
    question = {"$and": [{"$or": either}, within]}
    return {one["_id"]: one for one in caseload.lines(db, question, limit=limit)}
