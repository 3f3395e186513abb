"""How much at risk a person is, and why: the indicators that stand, combined by the protocol's rules.

A pure function of her records, what people decided, the rules and a day. Source: domain.md 10.4 (our
proposal, in the coordinators' workbook) and guideline 29 for the three dimensions.

What people decide comes on top: an override counts in place of the rules' level while the rules go on
underneath. One that lowers needs the signature of a second person, and ends by itself as soon as a new
reason of a higher level appears: nobody could have weighed that reason when it was made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sync.core.again import AGAIN, indicator_of
from sync.core.decision import Decision
from sync.core.levels import REVIEW, combined, order_of
from sync.core.protocol import Protocol, Rules
from sync.core.record import Record
from sync.core.rows import Text
from sync.core.standing import Board, Standing

HELD: Text = {
    "en": "Kept from the assessment before: a level comes down only after {needed} lower ones in a row.",
    "km": "រក្សាទុកពីការវាយតម្លៃមុន៖ កម្រិតចុះមកវិញបានលុះត្រាមានការវាយតម្លៃទាបជាង {needed} ដងជាប់គ្នា។",
}
DECIDED: Text = {"en": "Decided by a person: {reason}", "km": "សម្រេចដោយមនុស្ស៖ {reason}"}

Cause = Literal["record", "decision", "time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The level at one moment, with its reasons."""

    on: date
    cause: Cause
    key: str
    """Instance ID of the record, or ID of the decision, or "" when time alone changed something."""
    level: str
    by_rules: str
    """What the rules alone say; differs from `level` while somebody's override counts."""
    reason: Text
    standing: tuple[Standing, ...]
    newly_met: tuple[str, ...]
    """Codes of the indicators that this record raised."""
    held: bool
    """The rules' level is kept from before although this assessment alone would be lower."""
    override: Decision | None = None
    unsigned: Decision | None = None
    """An override that would lower the level and waits for a second person."""

    @property
    def review(self) -> bool:
        """Whether an indicator asks a person to look, whatever the level."""
        return any(item.indicator.level == REVIEW for item in self.standing)


def assess(
    records: Sequence[Record],
    rules: Rules,
    is_child: Mapping[str, bool],
    *,
    decisions: Iterable[Decision] = (),
    as_of: date | None = None,
) -> list[Assessment]:
    """Every assessment that these records and decisions, and the passing of time, give; oldest first.

    A record that answers no indicator's questions (nobody at home) is no assessment, except the first.
    `is_child` tells by instance ID whether the person counted as a child then. `as_of`: the day up to which
    time has passed; None: the day of the last record.
    """
    walk = _Walk(rules)
    happened: list[Record | Decision] = [*records, *decisions]
    for one in sorted(happened, key=lambda one: one.order):
        walk.pass_time(one.on)
        if isinstance(one, Record):
            walk.child = is_child[one.instance_id]
            walk.take_record(one)
        elif walk.found:
            walk.take_decision(one)
    if as_of is not None:
        walk.pass_time(as_of)
    return walk.found


def next_change(last: Assessment) -> date | None:
    """The day on which time alone will change this, or None."""
    ends = [item.until for item in last.standing if item.until]
    if last.override and last.override.until:
        ends.append(last.override.until)
    return min(ends) + timedelta(days=1) if ends else None


class _Walk:
    """Goes through a person's history once."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.protocol = rules, rules.protocol
        self.board = Board.empty()
        self.child = False
        self.by_rules: str | None = None
        self.lower_run: list[str] = []
        self.override: Decision | None = None
        self.unsigned: Decision | None = None
        self.found: list[Assessment] = []

    def take_record(self, record: Record) -> None:
        before = set(self.board.standing)
        if not self.board.take(record, self.rules) and self.found:
            return
        newly_met = tuple(sorted(self.board.standing.keys() - before))
        if self.override and self._outweighed(self.override, newly_met):
            self.override = None
        self._assess(record.on, "record", record.instance_id, newly_met)

    def take_decision(self, decision: Decision) -> None:
        if decision.kind == "override":
            lowers = order_of(self.protocol, decision.level) < order_of(self.protocol, self.by_rules or "")
            if lowers:
                self.unsigned = decision
            else:
                self.override, self.unsigned = decision, None
        elif decision.kind == "sign" and self.unsigned and decision.about == self.unsigned.decision_id:
            if decision.by == self.unsigned.by:
                return  # nobody signs their own
            self.override, self.unsigned = self.unsigned, None
        elif decision.kind == "take_back":
            if self.override and decision.about == self.override.decision_id:
                self.override = None
            if self.unsigned and decision.about == self.unsigned.decision_id:
                self.unsigned = None
        elif decision.kind == AGAIN:
            self._take_word(decision)
        else:
            return
        self._assess(decision.on, "decision", decision.decision_id, ())

    def _take_word(self, decision: Decision) -> None:
        indicator = indicator_of(self.rules)
        if indicator is not None:
            self.board.take_word(decision, indicator)
            if self.override and self._outweighed(self.override, [indicator.code]):
                self.override = None

    def pass_time(self, until: date) -> None:
        """Let whatever ended before this day end, one day after the other."""
        while (last_day := self._next_end()) is not None and last_day < until:
            self.board.drop_ended(last_day)
            if self.override and self.override.until and self.override.until <= last_day:
                self.override = None
            self._assess(last_day + timedelta(days=1), "time", "", ())

    def _next_end(self) -> date | None:
        ends = [self.board.next_end(), self.override.until if self.override else None]
        return min((end for end in ends if end), default=None)

    def _outweighed(self, override: Decision, newly_met: Iterable[str]) -> bool:
        counts = order_of(self.protocol, override.level)
        return any(
            order_of(self.protocol, self.board.standing[code].indicator.level) > counts for code in newly_met
        )

    def _assess(self, on: date, cause: Cause, key: str, newly_met: tuple[str, ...]) -> None:
        row = combined(
            self.protocol, [item.indicator for item in self.board.standing.values()], child=self.child
        )
        # A decision says nothing about the person's answers, so it is no lower assessment.
        rises = order_of(self.protocol, row.level) > order_of(self.protocol, self.by_rules or "")
        held = self._settle(row.level) if cause != "decision" or rises else self.by_rules != row.level
        assert self.by_rules is not None  # noqa: S101  # settled by the first record
        reason = _held_reason(self.protocol) if held else row.reason
        if self.override:
            reason = {
                language: text.format(reason=self.override.reason) for language, text in DECIDED.items()
            }
        self.found.append(
            Assessment(
                on=on,
                cause=cause,
                key=key,
                level=self.override.level if self.override else self.by_rules,
                by_rules=self.by_rules,
                reason=reason,
                standing=_worst_first(self.board, self.protocol),
                newly_met=newly_met,
                held=held,
                override=self.override,
                unsigned=self.unsigned,
            )
        )

    def _settle(self, now: str) -> bool:
        """Take up the level that counts by the rules; whether it is kept from before.

        [proposal] A level rises at once and comes down only after several lower assessments in a row
        (setting `lowering_needs_assessments`), to the highest of those.
        """
        before = self.by_rules
        if before is None or order_of(self.protocol, now) >= order_of(self.protocol, before):
            self.lower_run.clear()
            self.by_rules = now
            return False
        self.lower_run.append(now)
        needed = int(self.protocol.number("lowering_needs_assessments", 1))
        if len(self.lower_run) < needed:
            return True
        self.by_rules = max(self.lower_run[-needed:], key=lambda name: order_of(self.protocol, name))
        self.lower_run.clear()
        return False


def _held_reason(protocol: Protocol) -> Text:
    needed = int(protocol.number("lowering_needs_assessments", 1))
    return {language: text.format(needed=needed) for language, text in HELD.items()}


def _worst_first(board: Board, protocol: Protocol) -> tuple[Standing, ...]:
    return tuple(
        sorted(
            board.standing.values(),
            key=lambda item: (-order_of(protocol, item.indicator.level), item.indicator.code),
        )
    )
