"""The lists of people that phones carry, asked of `returnees`; who is on one says `sync.core.phone_list`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from bson import ObjectId
from pymongo.operations import IndexModel

from sync.core.entity_list import EntityRow
from sync.core.file_parts import phone_row
from sync.core.phone_list import AHEAD_DAYS, is_listed, listed_until
from sync.core.worker import Worker
from sync.store import aliases, case_codes, protocols, workers
from sync.store.connect import Db

INDEXES: dict[str, list[IndexModel]] = {
    "returnees": [
        # whose: of one worker or team; holds all that is asked, so that no file is read.
        IndexModel(
            [("worker_id", 1), ("entity.deleted", 1), ("next_due_on", 1), ("revision", 1), ("_id", 1)],
            name="phone_list",
        ),
        # whose: of some places.
        IndexModel([("places", 1), ("next_due_on", 1)], name="phone_list_of_places"),
    ]
}

_ROW = {
    "entity": 1,
    "person.call_name": 1,
    "person.is_child": 1,
    "case_code": 1,
    "next_due_on": 1,
    "last_seen_on": 1,
    "known_on": 1,
    "risk.call_first": 1,
    "measured_on": 1,
    "follow_ups.done_on": 1,
    "follow_ups.ended": 1,
    "follow_ups.full": 1,
    "follow_ups.agreed": 1,
    "follow_ups.retry_on": 1,
    "revision": 1,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """One worker's list on one day, before anybody was looked up."""

    worker: Worker
    team: tuple[str, ...]
    until: str | None


def scope_of(db: Db, worker_id: str, today: date) -> Scope:
    """What decides about this worker's list today. Nobody entered a worker a phone names: an own list."""
    worker = workers.find(db, worker_id) or Worker(id=worker_id, name=worker_id)
    team = tuple(workers.of_team(db, worker.team)) if worker.covers == "team" else ()
    return Scope(worker, team, listed_until(worker, _programme_days(db), today))


def listed(db: Db, scope: Scope) -> dict[str, ObjectId]:
    """Who is on this list: entity ID -> revision of her file. Quick, since it reads no file."""
    if not scope.worker.is_active:
        return {}
    found = db.returnees.find(_question(scope), {"revision": 1})
    return {person["_id"]: person["revision"] for person in found}


def rows(db: Db, entity_ids: Iterable[str]) -> dict[str, tuple[ObjectId, EntityRow]]:
    """The rows of these people as phones show them, with the revision of the file each is from."""
    found = db.returnees.find({"_id": {"$in": list(entity_ids)}}, _ROW)
    return {file["_id"]: (file["revision"], phone_row(file)) for file in found}


def gone_from(db: Db, scope: Scope, entity_ids: Iterable[str]) -> dict[str, bool]:
    """Which of these people must leave this worker's phones; those never heard of are left out.

    Whoever lives on under another ID, or was known here and is gone for good, must leave too.
    """
    asked = {one.lower() for one in entity_ids}
    wanted = {"worker_id": 1, "entity.deleted": 1, "next_due_on": 1, "places": 1}
    found = db.returnees.find({"_id": {"$in": list(asked)}}, wanted)
    gone = {file["_id"]: not is_listed(file, scope.worker, scope.team, scope.until) for file in found}
    if others := asked - gone.keys():
        gone |= dict.fromkeys([*aliases.stays_as(db, others), *case_codes.find(db, others)], True)
    return gone


def _question(scope: Scope) -> dict[str, Any]:
    """What `is_listed` says, as MongoDB is asked."""
    worker = scope.worker
    question: dict[str, Any] = {"worker_id": worker.id}
    if worker.covers == "team" and scope.team:
        question = {"worker_id": {"$in": sorted({worker.id, *scope.team})}}
    elif worker.covers == "places" and worker.places:
        question = {"$or": [question, {"places": {"$in": list(worker.places)}}]}
    question["entity.deleted"] = False
    if scope.until is not None:
        question["next_due_on"] = {"$lte": scope.until}
    return question


def _programme_days(db: Db) -> int:
    protocol = protocols.current(db)
    return int(protocol.number("list_ahead_days", AHEAD_DAYS)) if protocol else AHEAD_DAYS
