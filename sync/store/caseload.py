"""The caseload: whom of the collection `returnees` a reader chose, in what order, and how many they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sync.core.listed import MARKS, is_whole, line_of
from sync.core.returnee import NO_VISIT
from sync.core.scope import EVERYBODY, Filter, in_place
from sync.store import counting
from sync.store.connect import Db
from sync.store.counting import OPEN, marked
from sync.store.sealing import LINE

OF_PLACES, ANY_DANGER = "place_danger_first", {"level_order": {"$gte": -1}}
CLEAR = {
    "case_code": 1,
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
}
"""What a line about somebody shows of what is not sealed; the rest is in the line itself."""
TRIED = dict.fromkeys(
    ("rules_version", "changes_on", "instances", "worker_id", "risk.level", "next_due_on"), 1
)
"""What other rules are tried by, of what is not sealed."""


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
        asked: dict[str, Any] = dict(OPEN)
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
            asked |= marked(self.mark)
        if self.due == "overdue":
            asked["due_key"] = {"$lt": today.isoformat()}
        elif self.due in ("soon", "week"):
            first = {"$gte": today.isoformat()} if self.due == "soon" else {}
            asked["due_key"] = {"$lte": (today + timedelta(days=7)).isoformat(), **first}
        return asked


ANY = Which()


def _asked(which: Which, today: date, within: Filter) -> tuple[Filter, Filter]:
    """What to ask for, and within what scope: in one of a reader's places everybody is the reader's."""
    return which.question(today), in_place(within, which.place) if which.place else within


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
    if which.workers == ():
        return []
    # Of one level all are alike in danger: its index has them in order. Else an index in the order of danger
    # is gone along with all else that is asked only if something is asked of danger.
    by_danger = {} if which.level else ANY_DANGER
    parts = [*_asked(which, today, within), by_danger, *([_beyond(*after)] if after else [])]
    order = [*([] if which.level else [("level_order", -1)]), ("due_key", 1), ("_id", 1)]
    return lines(db, {"$and": [part for part in parts if part]}, order, limit=limit)


def latest(db: Db, which: Which, *, today: date, within: Filter, by: str, limit: int) -> list[dict[str, Any]]:
    """The first few of these people by `due` (soonest first) or `registered` (newest first)."""
    if which.workers == ():
        return []
    order = [("due_key", 1) if by == "due" else ("registered_on", -1), ("_id", 1)]
    question = {"$and": [part for part in _asked(which, today, within) if part]}
    if not which.place:
        return lines(db, question, order, limit=limit)
    # Of one place no index has them in this order: whose files these are is told from one that has all asked.
    first = db.returnees.find(question, {"_id": 1}, hint=OF_PLACES).sort(order).limit(limit)
    return lines(db, {"_id": {"$in": [one["_id"] for one in first]}}, order)


def lines(
    db: Db,
    question: Filter,
    order: Sequence[tuple[str, int]] = (),
    *,
    limit: int = 0,
    clear: Mapping[str, int] = CLEAR,
) -> list[dict[str, Any]]:
    """A slim document of each of these files, in this order: what is `clear` and what is sealed beside it."""
    found = db.returnees.find(question, {**clear, LINE: 1}).limit(limit)
    rows = list(found.sort(list(order)) if order else found)
    told = {row["_id"]: row.pop(LINE, {}) for row in rows}
    # Files from before a line told all this are opened whole until they are folded again.
    without = [name for name, line in told.items() if not is_whole(line)]
    if without:
        told |= {one["_id"]: line_of(one) for one in db.returnees.find({"_id": {"$in": without}})}
    return [row | line for row in rows if is_whole(line := told[row["_id"]])]


def to_be_tried(db: Db, entity_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What a dry run needs of the files of these people, by entity ID: `TRIED` and their lines."""
    found = lines(db, {"_id": {"$in": list(entity_ids)}}, clear=TRIED)
    return {one["_id"]: one for one in found}


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
    question, within = _asked(which, today, within)
    narrower = {name: asked for name, asked in question.items() if name not in OPEN}
    return counting.counts(db, narrower, today=today, within=within)


def with_open_alerts(db: Db) -> list[dict[str, Any]]:
    """The open cases in which an alert waits for somebody, as far as whoever tells people needs them."""
    wanted = {"case_code": 1, "worker_id": 1, "alerts": 1}
    return list(db.returnees.find(marked("alert"), wanted))


def ids_within(db: Db, within: Mapping[str, Any], entity_ids: Iterable[str]) -> set[str]:
    """Which of these people are within a reader's scope."""
    question = {"$and": [dict(within), {"_id": {"$in": list(entity_ids)}}]}
    return {found["_id"] for found in db.returnees.find(question, {"_id": 1})}


def count_waiting(db: Db, within: Mapping[str, Any], today: date) -> int:
    """In how many open cases of this scope something waits today: an alert, a signature, a look, a visit."""
    late = {"due_key": {"$lte": today.isoformat()}}
    question = {"$and": [dict(within), OPEN, {"$or": [*map(marked, MARKS), late]}]}
    return db.returnees.count_documents(question)


def among(db: Db, entity_ids: Iterable[str], within: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of these people those inside a reader's scope, as lines without names: code, worker, next visit."""
    wanted = {"case_code": 1, "worker_id": 1, "next_due_on": 1}
    question = {"$and": [{"_id": {"$in": list(entity_ids)}}, dict(within)]}
    return list(db.returnees.find(question, wanted).sort("case_code", 1))


def lines_of(db: Db, entity_ids: Iterable[str], within: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Of these people those inside a reader's scope, by entity ID; slim documents, closed cases too."""
    question = {"$and": [{"_id": {"$in": list(entity_ids)}}, dict(within)]}
    return {found["_id"]: found for found in lines(db, question)}


def of_worker(db: Db, worker_id: str, within: Mapping[str, Any], *, limit: int) -> list[dict[str, Any]]:
    """The open cases in this worker's care within a reader's scope, soonest due first; slim documents."""
    question = {"$and": [dict(within), {"worker_id": worker_id, **OPEN}]}
    return lines(db, question, [("due_key", 1), ("_id", 1)], limit=limit)


def open_cases(db: Db, worker_ids: Iterable[str]) -> dict[str, int]:
    """How many open cases are in the care of each of these workers; those with none are left out."""
    asked: Filter = {"worker_id": {"$in": list(worker_ids)}, **OPEN}
    steps: list[Filter] = [{"$match": asked}, {"$group": {"_id": "$worker_id", "n": {"$sum": 1}}}]
    found = db.returnees.aggregate(steps, hint=counting.OF_WORKERS) if asked["worker_id"]["$in"] else ()
    return {one["_id"]: int(one["n"]) for one in found}


def count(db: Db, which: Which, *, today: date, within: Filter) -> int:
    """How many of these people there are."""
    if which.workers == ():
        return 0
    return db.returnees.count_documents({"$and": [*_asked(which, today, within)]})


def who_visits(db: Db) -> set[str]:
    """The ID of every worker in whose care anybody is or was."""
    return set(db.returnees.distinct("worker_id"))
