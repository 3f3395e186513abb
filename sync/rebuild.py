"""Fold every stored submission again: to prove that what is shown is what was sent, or to mend it.

First the records, from their submissions; then the files, from the records. Both go by stretches of IDs, each
by itself: held in memory is one batch, several processes can share them out, and a rebuild that was broken
off goes on with the stretches that are left.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Protocol, TypeVar

from sync import pipeline
from sync.core.entity_layout import forced_before
from sync.core.protocol import Rules
from sync.core.times import local_date
from sync.deriving import derive_all
from sync.folding import known_about, refold, with_given
from sync.store import assessments, ledger, questions, rebuilds, records, returnees, submissions
from sync.store.connect import Db
from sync.store.stretches import Stretch, stretches

AT_ONCE = 50
T = TypeVar("T")
R = TypeVar("R")


class Share(Protocol):
    """Who does the stretches: this process, one after the other, or several."""

    def __call__(
        self, work: Callable[[Db, Rules, datetime, Stretch], R], over: Sequence[Stretch]
    ) -> Iterable[R]:
        """What comes of each stretch, in their order."""


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
class Folded:
    """What was folded again, and what a check found."""

    submissions: int = 0
    returnees: int = 0
    differences: list[Difference] = field(default_factory=list)

    def add(self, more: "Folded") -> int:
        """With what came of another stretch; how much that is together."""
        self.submissions += more.submissions
        self.returnees += more.returnees
        self.differences += more.differences
        return self.submissions + self.returnees


def alone(db: Db, rules: Rules, now: datetime) -> Share:
    """This process does every stretch itself."""
    return lambda work, over: (work(db, rules, now, stretch) for stretch in over)


def size(db: Db) -> int:
    """How many submissions and files there are to go through."""
    return submissions.counts(db)["processed"] + returnees.count(db)


def check(
    db: Db,
    rules: Rules,
    now: datetime,
    tell: Callable[[int], None] = lambda _: None,
    share: Share | None = None,
) -> Folded:
    """Fold every processed submission again, in memory, and compare with what is stored.

    Writes nothing but what `tick` does, so that the same day and rules are compared. Submissions
    that still wait or were set aside are not looked at: nothing is derived from them yet. `tell` is called
    with how many submissions and files are done.
    """
    share = share or alone(db, rules, now)
    tick(db, rules, now, share=share)
    checked = Folded()
    for work, over in ((_check_records, _of_submissions(db)), (_check_files, _of_people(db))):
        for found in share(work, over):
            tell(checked.add(found))
    return checked


def rebuild(
    db: Db,
    rules: Rules,
    now: datetime,
    tell: Callable[[int], None] = lambda _: None,
    share: Share | None = None,
) -> Folded:
    """Derive everything again from what was sent, and take away what nothing gives; how much was left to do.

    Safe while phones send and workers work. Broken off, it goes on the same day, under the same rules, with
    what is left.
    """
    share = share or alone(db, rules, now)
    steps = {"records": (_rebuild_records, _of_submissions(db)), "files": (_rebuild_files, _of_people(db))}
    of = f"{rules.version} {local_date(now)} {[len(over) for _, over in steps.values()]}"
    done = rebuilds.done(db, of)
    if not done:
        rebuilds.begin(db, of)
    made = Folded()
    for step, (work, over) in steps.items():
        left = [stretch for stretch in over if f"{step} {stretch.low}" not in done]
        for stretch, found in zip(left, share(work, left), strict=True):
            rebuilds.mark(db, of, f"{step} {stretch.low}")
            tell(made.add(found))
    rebuilds.end(db)
    return made


def tick(
    db: Db,
    rules: Rules,
    now: datetime,
    tell: Callable[[int], None] = lambda _: None,
    share: Share | None = None,
) -> int:
    """Bring every file up to today and to these rules; how many people that moved.

    What is done is done: broken off, it goes on with those that are still behind.
    """
    moved = Folded()
    for found in (share or alone(db, rules, now))(_catch_up, _of_people(db)):
        tell(moved.add(found))
    return moved.returnees + register_waiting(db, rules, now, AT_ONCE)


def register_waiting(db: Db, rules: Rules, now: datetime, limit: int) -> int:
    """Give a file to whoever waited too long for the record that registers her; how many."""
    today = local_date(now)
    waiting = questions.about_nobody(db, forced_before(today), limit)
    return sum(file is not None for file in refold(db, waiting, rules, today=today).files.values())


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def _of_submissions(db: Db) -> list[Stretch]:
    return stretches(submissions.counts(db)["processed"], prefix="uuid:")


def _of_people(db: Db) -> list[Stretch]:
    return stretches(returnees.count(db))


def _rebuild_records(db: Db, rules: Rules, _now: datetime, stretch: Stretch) -> Folded:
    count = 0
    for batch in batched(submissions.processed_in(db, stretch), AT_ONCE):
        ledger.note(db, pipeline.arrived(batch), at=max(one["received_at"] for one in batch))
        records.put_all(db, [document for _, document in derive_all(db, batch, rules)])
        count += len(batch)
    # In this order: a record that comes meanwhile has its submission by then.
    records.remove(db, records.names_in(db, stretch) - submissions.names_in(db, stretch))
    return Folded(submissions=count)


def _rebuild_files(db: Db, rules: Rules, now: datetime, stretch: Stretch) -> Folded:
    people = sorted(_people_in(db, stretch))
    for some in batched(people, AT_ONCE):
        _refold(db, rules, now, some)
    return Folded(returnees=len(people))


def _catch_up(db: Db, rules: Rules, now: datetime, stretch: Stretch) -> Folded:
    stale = returnees.stale(db, rules.version, 0, stretch)
    behind = {*stale, *returnees.due_by_time(db, local_date(now), 0, stretch)}
    for some in batched(behind, AT_ONCE):
        _refold(db, rules, now, some)
    return Folded(returnees=len(behind))


def _refold(db: Db, rules: Rules, now: datetime, people: Sequence[str]) -> None:
    folded = refold(db, people, rules, today=local_date(now))
    assessments.keep(db, filter(None, folded.files.values()), made_at=now)


def _people_in(db: Db, stretch: Stretch) -> set[str]:
    return records.people_in(db, stretch) | returnees.names_in(db, stretch)


def _check_records(db: Db, rules: Rules, _now: datetime, stretch: Stretch) -> Folded:
    checked = Folded()
    differ = partial(Difference, "records")
    for batch in batched(submissions.processed_in(db, stretch), AT_ONCE):
        names = [submission["_id"] for submission in batch]
        stored, edits = records.stored(db, names), submissions.edits_by_original(db, names)
        for name, (_, expected) in zip(names, derive_all(db, batch, rules), strict=True):
            found = stored.get(name)
            replaced_by = found.pop("superseded_by", None) if found else None
            checked.differences += _compare("records", name, found, expected)
            if found and replaced_by not in edits.get(name, {None}):
                checked.differences.append(differ(name, "superseded_by"))
        checked.submissions += len(batch)
    from_nothing = records.names_in(db, stretch) - submissions.names_in(db, stretch)
    checked.differences += [differ(name, "made from no submission") for name in sorted(from_nothing)]
    return checked


def _check_files(db: Db, rules: Rules, now: datetime, stretch: Stretch) -> Folded:
    checked = Folded()
    for some in batched(sorted(_people_in(db, stretch)), AT_ONCE):
        stored, known = returnees.stored(db, some), known_about(db, some)
        for entity_id in some:
            file = known.fold(entity_id, rules, local_date(now))
            found = stored.get(entity_id)
            if file is None:
                if found is not None:
                    nothing = Difference("returnees", entity_id, "nothing registers this person")
                    checked.differences.append(nothing)
                continue
            checked.returnees += 1
            if found is not None:
                del found["revision"]
            expected = with_given(file, known.given)
            checked.differences += _compare("returnees", entity_id, found, expected)
    return checked


def _compare(collection: str, key: str, stored: Any, expected: Any) -> list[Difference]:
    if stored is None:
        return [Difference(collection, key, "is not there")]
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
