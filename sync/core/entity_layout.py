"""Which changes of a row count, which wait for others, and which version each of them made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sync.core.entity_change import Ledger, Settled, Step
from sync.core.times import start_of

FORCE_AFTER_DAYS = 5
"""How long a change waits for the one before it."""
FORCEABLE = ("", "entity.base_malformed")
"""Without a fault, and a fault that waiting mends; with any other a change waits for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A change that is not in the row yet."""

    key: str
    code: str
    until: date
    """The last day it waits."""


class Layout:
    """Finds out what counts, and numbers what was not numbered before."""

    def __init__(
        self,
        entity_id: str,
        steps: Sequence[Step],
        ledgers: Mapping[str, Ledger],
        settled: Settled,
        as_of: date | None,
    ) -> None:
        self.entity_id, self.ledgers, self.settled, self.as_of = entity_id, ledgers, settled, as_of
        ledger = ledgers.get(entity_id, Ledger())
        self.version, self.causes = ledger.version, dict(ledger.causes)
        self.before = ledger.version
        self.births: dict[str, str] = {}
        self.twice: list[str] = []
        self.applied: dict[str, Step] = {}
        self.forced: list[str] = []
        self.waiting: list[Step] = []
        self._sort_out(steps)

    def _sort_out(self, steps: Sequence[Step]) -> None:
        """Who was born with what; what changes a row later waits for its turn."""
        for upsert in (False, True):
            for step in steps:
                if step.create and step.update == upsert and not self._is_faulty(step):
                    self.births.setdefault(step.home, step.key)
        for step in steps:
            if step.key == self.births.get(step.home):
                self._apply(step)
        for step in steps:
            again = step.create and (not step.update or step.base is None) and not self._is_faulty(step)
            if step.key in self.applied:
                continue
            if again and step.record not in self.settled.as_hers:
                self.twice.append(step.key)
            else:
                self.waiting.append(step)

    def apply_all(self) -> None:
        """Put in what can be put in, each after what it rests on; then what has waited long enough."""
        while step := next(filter(self._is_ready, self.waiting), None) or self._next_forced():
            self.waiting.remove(step)
            self._apply(step)
        for step in self.waiting:  # its answers count at once, and may change what phones are shown
            self._number(early(step.key))

    def _next_forced(self) -> Step | None:
        overdue = sorted(
            filter(self._is_overdue, self.waiting), key=lambda one: (one.branch, one.base or 0, one.order)
        )
        if not overdue:
            return None
        step = overdue[0]
        self.births.setdefault(step.home, step.key)
        self.forced.append(step.key)
        return step

    def _apply(self, step: Step) -> None:
        self.applied[step.key] = step
        if step.key in self.causes:
            return
        merge = self.settled.joined.get(step.home)
        if merge and merge.key != step.key and self._was_elsewhere(step):
            self._apply(merge)  # what was merged came with one change
            self.causes[step.key] = self.causes[merge.key]
            return
        if step.replaces:  # it had its version, or would have had it if it had come first
            self._number(step.replaces)
        if early(step.key) in self.causes and self.version > self.before:
            self.causes[step.key] = self.version  # it had its own, and comes in with what it waited for
        self._number(step.key)

    def _number(self, key: str) -> None:
        """The next version is caused by this, unless it caused one before."""
        if key not in self.causes:
            self.version += 1
            self.causes[key] = self.version

    def _was_elsewhere(self, step: Step) -> bool:
        """Whether this change was in a row that was merged into this one."""
        return any(
            step.key in ledger.causes for home, ledger in self.ledgers.items() if home != self.entity_id
        )

    def numbers(self, home: str) -> tuple[int, Mapping[str, int]]:
        """The newest version under this entity ID, and what caused which."""
        if home == self.entity_id:
            return self.version, self.causes
        ledger = self.ledgers.get(home, Ledger())
        return ledger.version, ledger.causes

    def _is_faulty(self, step: Step) -> bool:
        return bool(step.fault) and step.record not in self.settled.at_once

    def _is_ready(self, step: Step) -> bool:
        if step.decided or step.record in self.settled.as_hers:
            return self.entity_id in self.births
        if step.fault or not self._is_born(step.home) or step.base is None:
            return False
        if step.branch and step.base > (step.trunk or 1):
            return any(
                one.branch == step.branch and one.home == step.home and one.base == step.base - 1
                for one in self.applied.values()
            )
        newest, _ = self.numbers(step.home)
        return (step.trunk or step.base) <= newest or newest == 0

    def _is_born(self, home: str) -> bool:
        return home in self.births or (home != self.entity_id and self.entity_id in self.births)

    def _is_overdue(self, step: Step) -> bool:
        if step.record in self.settled.at_once:
            return True
        if self.as_of is None or self.as_of <= last_day(step) or self.is_purged(step.home):
            return False
        return step.fault in FORCEABLE

    def is_purged(self, home: str) -> bool:
        """Whether she was known here and nothing of that is left: she must not come back by herself."""
        known = self.ledgers.get(home, Ledger())
        return (
            bool(known.version)
            and not self._is_born(home)
            and known.causes.keys().isdisjoint(step.key for step in self.waiting)
        )

    def held(self, step: Step) -> Held:
        """Why this change waits, and how long."""
        return Held(key=step.key, code=step.fault or "entity.held", until=last_day(step))


def early(key: str) -> str:
    """The key of what a record changed by being there while its own change waited."""
    return f"{key}\n"


def forced_before(today: date) -> datetime:
    """What was received before this moment waits no longer on this day."""
    return start_of(today - timedelta(days=FORCE_AFTER_DAYS))


def last_day(step: Step) -> date:
    """The last day a change waits for the one before it."""
    return step.received_on + timedelta(days=FORCE_AFTER_DAYS)
