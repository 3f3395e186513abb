"""Collection `workers`: the outreach workers, their team, their places and how far ahead their list looks."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError
from pymongo.operations import IndexModel, UpdateOne

from sync.core.problem import Problem
from sync.core.times import cut_to_ms
from sync.core.worker import Worker, document_from, worker_from
from sync.store import stamps
from sync.store.connect import Db, kept_with
from sync.store.sealed import as_stored, with_names

INDEXES: dict[str, list[IndexModel]] = {
    "workers": [
        # of_team: who works together?
        IndexModel([("team", 1)], name="team"),
    ]
}


SEVERAL = 8
"""So many workers are named at most where somebody typed what several have."""


def add(db: Db, worker: Worker) -> None:
    """Enter a worker. Raises Problem worker.exists."""
    try:
        db.workers.insert_one(document_from(worker))
    except DuplicateKeyError:
        raise Problem("worker.exists", worker_id=worker.id) from None
    _changed(db)


def _changed(db: Db) -> None:
    stamps.renew(db, [stamps.PEOPLE, stamps.WORKERS])


def find(db: Db, worker_id: str) -> Worker | None:
    """The worker with this ID, also one who left, or None."""
    found = db.workers.find_one({"_id": worker_id})
    return worker_from(found) if found else None


def named(db: Db, worker_id: str) -> Worker:
    """The worker with this ID. Raises Problem worker.unknown."""
    found = find(db, worker_id)
    if found is None:
        raise Problem("worker.unknown", worker_id=worker_id)
    return found


def every(db: Db) -> list[Worker]:
    """All workers, also those who left, by name.

    Remembered until somebody changes: every page names workers, and a thousand names take long to open.
    """
    known, stamp = kept_with(db.client).setdefault("workers", {}), stamps.of(db, stamps.WORKERS)
    kept: tuple[ObjectId, list[Worker]] | None = known.get(db.workers.full_name)
    if kept is None or kept[0] != stamp:
        found = map(worker_from, with_names(db, list(as_stored(db).workers.find()), ("name",)))
        kept = stamp, sorted(found, key=lambda worker: (worker.name, worker.id))
        known[db.workers.full_name] = kept
    return list(kept[1])


def meant(db: Db, text: str) -> str:
    """The ID of the worker somebody means: typed as it is, or a name or part of one that only one has.

    What nobody has stays as it is. Raises Problem worker.several.
    """
    everybody, words = every(db), text.casefold().split()
    if not words or any(one.id == text for one in everybody):
        return text
    same = [one.id for one in everybody if one.name.casefold().split() == words]
    there = [(one.id, one.name.casefold()) for one in everybody if one.is_active]
    like = [number for number, name in there if all(word in name for word in words)]
    found = same or like
    if len(found) > 1:
        raise Problem("worker.several", which=", ".join(found[:SEVERAL]))
    return found[0] if found else text


def of_team(db: Db, team: str) -> list[str]:
    """The IDs of all who ever worked in this team; nobody is in the team without a name."""
    if not team:
        return []
    return [found["_id"] for found in db.workers.find({"team": team}, {"_id": 1}).sort("_id", 1)]


def change(db: Db, worker_id: str, **changes: Any) -> Worker:
    """Change fields of this worker, never the ID; the worker as changed. Raises Problem worker.unknown."""
    after = replace(named(db, worker_id), **changes)
    document = document_from(after)
    db.workers.update_one({"_id": worker_id}, {"$set": {name: document[name] for name in changes}})
    _changed(db)
    return after


def leave(db: Db, worker_id: str, *, at: datetime) -> Worker:
    """They work here no longer. Raises Problem worker.unknown."""
    return change(db, worker_id, left_at=cut_to_ms(at))


def come_back(db: Db, worker_id: str) -> Worker:
    """They work here again. Raises Problem worker.unknown."""
    return change(db, worker_id, left_at=None)


def meet(db: Db, *workers: Worker) -> None:
    """Enter those of these workers who are not known yet; the others stay as they are."""
    if workers:
        done = db.workers.bulk_write(
            [
                UpdateOne({"_id": one.id}, {"$setOnInsert": document_from(one)}, upsert=True)
                for one in workers
            ],
            ordered=False,
        )
        if done.upserted_count:
            _changed(db)
