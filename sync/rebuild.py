"""Fold every stored submission again: to prove that what is shown is what was sent, or to mend it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, TypeVar

from sync import pipeline
from sync.core.protocol import Rules
from sync.core.record import Record
from sync.core.returnee import fold
from sync.store import case_codes, decisions, ledger, records, returnees, submissions
from sync.store.case_codes import Given
from sync.store.connect import Db

AT_ONCE = 50
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a derived document is not what the submissions give."""

    collection: str
    key: str
    where: str
    """Path inside the document; never a value, which may be an answer."""

    def __str__(self) -> str:
        return f"{self.collection} {self.key}: {self.where}"


@dataclass
class Checked:
    """What a check looked at."""

    submissions: int = 0
    returnees: int = 0
    differences: list[Difference] = field(default_factory=list)


def check(db: Db, rules: Rules, today: date, tell: Callable[[int], None] = lambda _: None) -> Checked:
    """Fold every processed submission again, in memory, and compare with what is stored.

    Writes nothing but what is due by time alone (`tick`), so that the same day is compared. Submissions that
    still wait or were set aside are not counted: nothing is derived
    from them yet. `tell` is called with the number of submissions read so far.
    """
    tick(db, rules, today)
    checked = Checked()
    by_entity: dict[str, list[Record]] = {}
    superseded: set[str] = set()
    seen_records: set[str] = set()
    for record, document, submission in _derived(db, rules):
        checked.submissions += 1
        tell(checked.submissions)
        seen_records.add(record.instance_id)
        checked.differences += _compare(
            "records", record.instance_id, records.find(db, record.instance_id), document
        )
        if submission["deprecated_id"]:
            superseded.add(submission["deprecated_id"])
        for entity_id in document["entity_ids"]:
            by_entity.setdefault(entity_id, []).append(record)
    for name in db.records.distinct("_id", {"_id": {"$nin": list(seen_records)}}):
        checked.differences.append(Difference("records", name, "made from no submission"))
    told = {
        entity_id: [record for record in found if record.instance_id not in superseded]
        for entity_id, found in by_entity.items()
    }
    checked.differences += _compare_files(db, rules, today, told, checked)
    return checked


def rebuild(db: Db, rules: Rules, today: date, tell: Callable[[int], None] = lambda _: None) -> int:
    """Derive everything again from what was sent, and take away what nothing gives; how many submissions.

    Safe to break off and start again, and safe while phones send and workers work.
    """
    count = 0
    people: set[str] = {file["_id"] for file in db.returnees.find({}, {"_id": 1})}
    for batch in batched(_processed(db), AT_ONCE):
        ledger.note(db, pipeline.arrived(batch), at=batch[-1]["received_at"])
        documents = [document for _, document in pipeline.derive_all(db, batch, rules)]
        for touched in records.put_all(db, documents).values():
            people |= touched
        count += len(batch)
        tell(count)
    known = [submission["_id"] for submission in db.submissions.find({}, {"_id": 1})]
    db.records.delete_many({"_id": {"$nin": known}})
    for some in batched(sorted(people), AT_ONCE):
        pipeline.refold(db, some, rules, today=today)
    return count


def tick(db: Db, rules: Rules, today: date) -> int:
    """Bring every file up to this day that time alone changes; how many people."""
    count = 0
    while behind := returnees.due_by_time(db, today, AT_ONCE):
        pipeline.refold(db, behind, rules, today=today)
        count += len(behind)
    return count


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def _processed(db: Db) -> Iterator[Mapping[str, Any]]:
    for submission in submissions.every(db):
        if submission["state"] == "processed":
            yield submission


def _derived(db: Db, rules: Rules) -> Iterator[tuple[Record, dict[str, Any], Mapping[str, Any]]]:
    """Every processed submission with what comes of it now."""
    for batch in batched(_processed(db), AT_ONCE):
        for (record, document), submission in zip(pipeline.derive_all(db, batch, rules), batch, strict=True):
            yield record, document, submission


def _compare_files(
    db: Db, rules: Rules, today: date, by_entity: Mapping[str, list[Record]], checked: Checked
) -> Iterator[Difference]:
    given = case_codes.find(db, by_entity)
    decided = decisions.about(db, by_entity)
    for entity_id in sorted(by_entity):
        file = fold(entity_id, by_entity[entity_id], rules, decisions=decided[entity_id], as_of=today)
        stored = db.returnees.find_one({"_id": entity_id})
        if file is None:
            if stored is not None:
                yield Difference("returnees", entity_id, "nothing registers this person")
            continue
        checked.returnees += 1
        expected = pipeline.with_given(file, given.get(entity_id, Given("", 0)))
        if stored is not None:
            stored = {key: value for key, value in stored.items() if key != "revision"}
        yield from _compare("returnees", entity_id, stored, expected)
    for stored in returnees.every(db):
        if stored["_id"] not in by_entity:
            yield Difference("returnees", stored["_id"], "nothing registers this person")


def _compare(collection: str, key: str, stored: Any, expected: Any) -> list[Difference]:
    if stored is None:
        return [Difference(collection, key, "is not there")]
    stored = {name: value for name, value in stored.items() if name != "superseded_by"}
    where = first_difference(_plain(stored), _plain(expected))
    return [] if where is None else [Difference(collection, key, where)]


def first_difference(one: Any, other: Any, path: str = "") -> str | None:
    """Where two documents first differ, as a path, or None."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            here = f"{path}.{name}" if path else str(name)
            if name not in one or name not in other:
                return here
            found = first_difference(one[name], other[name], here)
            if found:
                return found
        return None
    if isinstance(one, list) and isinstance(other, list):
        for place, (left, right) in enumerate(zip(one, other, strict=False)):
            found = first_difference(left, right, f"{path}[{place}]")
            if found:
                return found
        return None if len(one) == len(other) else f"{path}[{min(len(one), len(other))}]"
    return None if one == other else path or "."


def _plain(value: Any) -> Any:
    """Tuples and mappings as BSON gives them back."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
