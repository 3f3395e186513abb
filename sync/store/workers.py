"""Collection `workers`: the outreach workers, their team, their places and how far ahead their list looks."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError
from pymongo.operations import IndexModel, UpdateOne

from sync.core.problem import Problem
from sync.core.times import cut_to_ms
from sync.core.worker import Worker, document_from, worker_from
from sync.store import stamps
from sync.store.connect import Db, kept_with
from sync.store.sealed import as_stored, opened, sealed_under

INDEXES: dict[str, list[IndexModel]] = {
    "workers": [
        # of_team: who works together?
        IndexModel([("team", 1)], name="team"),
    ]
}


def add(db: Db, worker: Worker) -> None:
    """Enter a worker. Raises Problem worker.exists."""
    try:
        db.workers.insert_one(document_from(worker))
    except DuplicateKeyError:
        raise Problem("worker.exists", worker_id=worker.id) from None
    stamps.renew(db, [stamps.PEOPLE])


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

    What was opened once is remembered: every list names workers, and a thousand names take long to open.
    """
    known = kept_with(db.client).setdefault("worker_names", {})
    found = list(as_stored(db).workers.find())
    new = [one for one in found if sealed_under(one["name"]) and bytes(one["name"]) not in known]
    known |= {bytes(one["name"]): whole["name"] for one, whole in zip(new, opened(db, new), strict=True)}
    plain = [
        {**one, "name": known[bytes(one["name"])]} if sealed_under(one["name"]) else one for one in found
    ]
    return sorted(map(worker_from, plain), key=lambda worker: (worker.name, worker.id))


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
    stamps.renew(db, [stamps.PEOPLE])
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
        db.workers.bulk_write(
            [
                UpdateOne({"_id": one.id}, {"$setOnInsert": document_from(one)}, upsert=True)
                for one in workers
            ],
            ordered=False,
        )
        stamps.renew(db, [stamps.PEOPLE])
