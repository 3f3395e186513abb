"""Collection `assessments`: every level as it was judged when it was judged, for ever.

A file shows what today's rules make of everything known today. This keeps beside it what was said then: by
which rules, from which answers. Written once under an id that follows from what it is; never changed by new
rules, late records or a rebuild.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pymongo.operations import IndexModel, UpdateOne

from sync.core.times import cut_to_ms
from sync.store.connect import Db
from sync.store.records import DERIVED

INDEXES: dict[str, list[IndexModel]] = {
    "assessments": [
        # about: how was this person judged over time?
        IndexModel([("entity_id", 1), ("made_at", 1)], name="entity"),
        # made_since: who was judged lately?
        IndexModel([("made_at", 1)], name="made_at"),
    ]
}


def keep(db: Db, files: Iterable[Mapping[str, Any]], *, made_at: datetime) -> None:
    """Keep the present judgement of each of these files, unless it was kept before."""
    operations = [
        UpdateOne({"_id": _id_of(file)}, {"$setOnInsert": _judged(file, made_at)}, upsert=True)
        for file in files
    ]
    if operations:
        db.get_collection("assessments", write_concern=DERIVED).bulk_write(operations, ordered=False)


def about(db: Db, entity_id: str) -> list[dict[str, Any]]:
    """How this person was judged, as judged then, oldest first."""
    return list(db.assessments.find({"entity_id": entity_id}).sort([("made_at", 1), ("_id", 1)]))


def made_since(db: Db, at: datetime, limit: int = 1000) -> list[dict[str, Any]]:
    """Who was judged since then, oldest first: `_id`, `entity_id`, `case_code`, `made_at`."""
    wanted = {"entity_id": 1, "case_code": 1, "made_at": 1}
    found = db.assessments.find({"made_at": {"$gte": cut_to_ms(at)}, "case_code": {"$exists": True}}, wanted)
    return list(found.sort("made_at", 1).limit(limit))


def _id_of(file: Mapping[str, Any]) -> str:
    last = file["assessments"][-1]
    what = last["instance_id"] or f"{last['cause']}:{last['on']}"
    return f"{file['_id']}:{what}:{file['rules_version']}:{last['level']}"


def _judged(file: Mapping[str, Any], made_at: datetime) -> dict[str, Any]:
    return {
        "entity_id": file["_id"],
        "case_code": file["case_code"],
        "made_at": cut_to_ms(made_at),
        "cause": file["assessments"][-1]["cause"],
        "demo": file["demo"],
        **{
            name: file["risk"][name]
            for name in ("on", "level", "by_rules", "reason", "indicators", "rules_version")
        },
    }
