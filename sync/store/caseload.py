"""The caseload: whom of the collection `returnees` a reader chose, in what order, and how many they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sync.core.returnee import NO_VISIT
from sync.core.scope import EVERYBODY, Filter
from sync.store.connect import Db

_SLIM = {
    "case_code": 1,
    "person.call_name": 1,
    "person.village": 1,
    "person.province": 1,
    "person.is_child": 1,
    "risk.level": 1,
    "risk.review": 1,
    "risk.on": 1,
    "risk.unsigned.id": 1,
    "alerts.acknowledged_at": 1,
    "alerts.answer_by": 1,
    "level_order": 1,
    "next_due_on": 1,
    "last_seen_on": 1,
    "registered_on": 1,
    "status": 1,
    "worker_id": 1,
    "demo": 1,
    "follow_ups": 1,
}

MARKS: dict[str, dict[str, Any]] = {
    "alert": {"alerts.0": {"$exists": True}, "alerts": {"$elemMatch": {"acknowledged_at": None}}},
    "look": {"risk.review": True},
    "duplicate": {"questions.0": {"$exists": True}},
    "unsigned": {"$or": [{"risk.unsigned.id": {"$exists": True}}, {"corrections.counts": False}]},
}
"""What waits for a person in somebody's file: an alert nobody answered, a case to look at, a possible double
registration, a signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which open cases: every part that is given narrows it down."""

    level: str = ""
    due: str = "all"
    """`all`, `overdue` (the due day is past), `soon` (due within seven days) or `week` (soon and overdue)."""
    mark: str = ""
    """Only those with something that waits for a person, a key of `MARKS`."""
    place: str = ""
    """Code of a province, district or commune."""
    workers: tuple[str, ...] | None = None
    """Worker ids; None: whoever's."""
    since: str = ""
    """Registered on this day or later, YYYY-MM-DD."""

    def question(self, today: date) -> dict[str, Any]:
        """The same for MongoDB."""
        asked: dict[str, Any] = {"status": {"$ne": "closed"}}
        if self.workers is not None:
            alone = len(self.workers) == 1
            asked["worker_id"] = self.workers[0] if alone else {"$in": list(self.workers)}
        if self.place:
            asked["places"] = self.place
        if self.level:
            asked["risk.level"] = self.level
        if self.since:
            asked["registered_on"] = {"$gte": self.since}
        if self.mark:
            asked |= MARKS[self.mark]
        if self.due == "overdue":
            asked["next_due_on"] = {"$lt": today.isoformat(), "$ne": None}
        elif self.due in ("soon", "week"):
            first = {"$gte": today.isoformat()} if self.due == "soon" else {"$ne": None}
            asked["next_due_on"] = {"$lte": (today + timedelta(days=7)).isoformat(), **first}
        return asked

    def index(self, within: Filter, mark: str) -> str | None:
        """The index of this mark where nothing else says whom to look at: few have one, wherever they are."""
        everybody = not (within or self.place or self.workers is not None)
        return OWN_INDEX.get(mark) if everybody else None


OWN_INDEX = {"alert": "alerts", "look": "look", "duplicate": "duplicate"}
"""The index of a mark."""

ANY = Which()


def caseload(
    db: Db,
    which: Which = ANY,
    *,
    today: date,
    within: Filter = EVERYBODY,
    limit: int = 50,
    after: tuple[int, str, str] | None = None,
) -> list[dict[str, Any]]:
    """People by danger, then by due date; those without a date last within their level.

    `within` says whose (`sync.core.scope`). `after` is (level_order, next_due_on or "", entity ID) of the
    last row seen, for the next page.
    """
    parts = [which.question(today), within, *([_beyond(*after)] if after else [])]
    question = {"$and": [part for part in parts if part]}
    # Of one level all are alike in danger: its index has them in order.
    order = [*([] if which.level else [("level_order", -1)]), ("due_key", 1), ("_id", 1)]
    found = db.returnees.find(question, _SLIM).sort(order).limit(limit)
    index = which.index(within, which.mark)
    return list(found.hint(index) if index else found)


def latest(db: Db, which: Which, *, today: date, within: Filter, by: str, limit: int) -> list[dict[str, Any]]:
    """The first few of these people by `due` (soonest first) or `registered` (newest first)."""
    order = [("next_due_on", 1)] if by == "due" else [("registered_on", -1)]
    question = {"$and": [which.question(today), within]}
    return list(db.returnees.find(question, _SLIM).sort([*order, ("_id", 1)]).limit(limit))


def _beyond(level_order: int, next_due_on: str, entity_id: str) -> dict[str, Any]:
    """What sorts after this row."""
    due = next_due_on or NO_VISIT
    return {
        "$or": [
            {"level_order": {"$lt": level_order}},
            {"level_order": level_order, "due_key": {"$gt": due}},
            {"level_order": level_order, "due_key": due, "_id": {"$gt": entity_id}},
        ]
    }


def counts(db: Db, which: Which = ANY, *, today: date, within: Filter = EVERYBODY) -> dict[str, int]:
    """How many of these people there are, how many at each level, how many are overdue or due within a week.

    And under each key of `MARKS`, in how many files something waits for a person.
    """
    asked: Filter = {"$and": [which.question(today), within]}
    day, week = today.isoformat(), (today + timedelta(days=7)).isoformat()
    due = "$next_due_on"
    late = {"$and": [{"$gt": [due, ""]}, {"$lt": [due, day]}]}
    soon = {"$and": [{"$gte": [due, day]}, {"$lte": [due, week]}]}
    # One pass, over an index that has all of it.
    sums = {
        "n": {"$sum": 1},
        "overdue": {"$sum": {"$cond": [late, 1, 0]}},
        "soon": {"$sum": {"$cond": [soon, 1, 0]}},
    }
    found = list(db.returnees.aggregate([{"$match": asked}, {"$group": {"_id": "$risk.level", **sums}}]))
    return {
        **{str(one["_id"]): int(one["n"]) for one in found},
        **{name: count(db, which, today=today, within=within, mark=name) for name in MARKS},
        **{name: sum(int(one[name]) for one in found) for name in ("overdue", "soon")},
        "everyone": sum(int(one["n"]) for one in found),
    }


def with_open_alerts(db: Db) -> list[dict[str, Any]]:
    """The open cases in which an alert waits for somebody, as far as whoever tells people needs them."""
    wanted = {"case_code": 1, "worker_id": 1, "alerts": 1}
    return list(db.returnees.find({"status": {"$ne": "closed"}, **MARKS["alert"]}, wanted))


def ids_within(db: Db, within: Mapping[str, Any], entity_ids: Iterable[str]) -> set[str]:
    """Which of these people are within a reader's scope."""
    question = {"$and": [dict(within), {"_id": {"$in": list(entity_ids)}}]}
    return {found["_id"] for found in db.returnees.find(question, {"_id": 1})}


def count_waiting(db: Db, within: Mapping[str, Any], today: date) -> int:
    """In how many open cases of this scope something waits today: an alert, a signature, a look, a visit."""
    late = {"next_due_on": {"$lte": today.isoformat(), "$ne": None}}
    question = {"$and": [dict(within), {"status": {"$ne": "closed"}}, {"$or": [*MARKS.values(), late]}]}
    return db.returnees.count_documents(question)


def among(db: Db, entity_ids: Iterable[str], within: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of these people those inside a reader's scope, as lines without names: code, worker, next visit."""
    wanted = {"case_code": 1, "worker_id": 1, "next_due_on": 1}
    question = {"$and": [{"_id": {"$in": list(entity_ids)}}, dict(within)]}
    return list(db.returnees.find(question, wanted).sort("case_code", 1))


def lines_of(db: Db, entity_ids: Iterable[str], within: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Of these people those inside a reader's scope, by entity ID; slim documents, closed cases too."""
    question = {"$and": [{"_id": {"$in": list(entity_ids)}}, dict(within)]}
    return {found["_id"]: found for found in db.returnees.find(question, _SLIM)}


def of_worker(db: Db, worker_id: str, within: Mapping[str, Any], *, limit: int) -> list[dict[str, Any]]:
    """The open cases in this worker's care within a reader's scope, soonest due first; slim documents."""
    question = {"$and": [dict(within), {"worker_id": worker_id, "status": {"$ne": "closed"}}]}
    return list(db.returnees.find(question, _SLIM).sort([("due_key", 1), ("_id", 1)]).limit(limit))


def open_cases(db: Db, worker_ids: Iterable[str]) -> dict[str, int]:
    """How many open cases are in the care of each of these workers; those with none are left out."""
    asked = {"worker_id": {"$in": list(worker_ids)}, "status": {"$ne": "closed"}}
    found = db.returnees.aggregate([{"$match": asked}, {"$group": {"_id": "$worker_id", "n": {"$sum": 1}}}])
    return {one["_id"]: int(one["n"]) for one in found}


def count(db: Db, which: Which, *, today: date, within: Filter, mark: str = "") -> int:
    """How many of these people there are; `mark`: of those with this mark, too."""
    question: Filter = {"$and": [which.question(today), within, MARKS.get(mark, {})]}
    index = which.index(within, mark or which.mark)
    options: dict[str, Any] = {"hint": index} if index else {}
    return db.returnees.count_documents(question, **options)


def who_visits(db: Db) -> set[str]:
    """The ID of every worker in whose care anybody is or was."""
    return set(db.returnees.distinct("worker_id"))
