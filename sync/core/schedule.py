"""When a person must next be visited: the protocol's rows laid out from the day a level was set.

Pure, and by dates alone: what is open or overdue *today* is asked of a planned follow-up with
`state_on`. Source: domain.md 6 and 10.5 (intervals are our proposal, in the coordinators' workbook).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from sync.core.protocol import Protocol, Text, Visit

INTAKE = "intake"
DONE = "done"
State = Literal["planned", "open", "overdue", "done", "missed", "replaced", "cancelled"]


@dataclass(slots=True, kw_only=True)
class FollowUp:
    """One visit that is wanted. Its id stays the same as long as its anchor and place in the plan do."""

    id: str
    due_on: date
    opens_on: date
    closes_on: date
    form_id: str
    level: str
    reason: Text
    retry_on: date | None = None
    """After a failed attempt: when to try again."""
    done_on: date | None = None
    done_by: str | None = None
    attempts: list[dict[str, str]] = field(default_factory=list)
    ended: Literal["", "missed", "replaced", "cancelled"] = ""

    @property
    def waits(self) -> bool:
        """Whether it is still to be done."""
        return self.done_on is None and not self.ended

    @property
    def next_on(self) -> date:
        """The day somebody should go: the due day, or the day agreed after a failed attempt."""
        return self.retry_on or self.due_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What one record means for the schedule."""

    on: date
    instance_id: str
    form_id: str
    outcome: str
    """`done` when the person was met; else why not, as in the form's choice list."""
    level: str | None = None
    """The level after this record, or None when it assessed nothing."""
    is_child: bool = False
    same_day: bool = False
    """An indicator that asks for an answer within a day was newly met."""
    agreed_on: date | None = None
    visits_wanted: bool | None = None
    """Her word on further visits, where she was asked."""
    ends: bool = False
    """No visit can follow (she has died)."""
    triggers: tuple[str, ...] = ()
    """Rows of the `triggers` sheet that this record sets off."""


def plan(happenings: Sequence[Happening], protocol: Protocol) -> list[FollowUp]:
    """Every follow-up these happenings (in order) call for, soonest due first."""
    planner = _Planner(protocol)
    for happening in happenings:
        planner.take(happening)
    return sorted(planner.follow_ups.values(), key=lambda item: (item.due_on, item.id))


def state_on(follow_up: Mapping[str, Any], today: date) -> State:
    """The state of a stored follow-up on this day; days are `YYYY-MM-DD` text, which compare rightly."""
    if follow_up["done_on"]:
        return "done"
    if follow_up["ended"]:
        return follow_up["ended"]  # type: ignore[no-any-return]  # stored by us
    day = today.isoformat()
    if day < follow_up["opens_on"]:
        return "planned"
    return "open" if day <= follow_up["closes_on"] else "overdue"


def days_overdue(follow_up: Mapping[str, Any], today: date) -> int:
    """Days since it was due, once its window has passed; 0 before."""
    if state_on(follow_up, today) != "overdue":
        return 0
    return (today - date.fromisoformat(follow_up["due_on"])).days


class _Planner:
    """Walks the happenings once and keeps the plan as it stands."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.follow_ups: dict[str, FollowUp] = {}
        self.level: str | None = None
        self.was_child = False
        self.first_on: date | None = None
        self.intake_done = False
        self.wanted = True

    def take(self, happening: Happening) -> None:
        met = happening.outcome == DONE
        if met:
            self._tick_off(happening)
        else:
            self._attempted(happening)
        if happening.visits_wanted is not None:
            if happening.visits_wanted and not self.wanted:
                self.level = None  # she wants visits again: the plan is laid out anew
            self.wanted = happening.visits_wanted
        if happening.ends or not self.wanted:
            self._end_waiting("cancelled")
            self.wanted = self.wanted and not happening.ends
            return
        first_intake = met and happening.form_id == INTAKE and not self.intake_done
        self.intake_done = self.intake_done or first_intake
        if happening.level is not None:
            self._level_set(happening, anew=first_intake)
        for code in happening.triggers:
            self._trigger(code, happening)

    def _tick_off(self, happening: Happening) -> None:
        """A visit does the latest follow-up whose window has opened; what was due before it was missed."""
        ready = [
            item for item in self._waiting() if item.opens_on <= happening.on and _serves(happening, item)
        ]
        for item in ready[:-1]:
            item.ended = "missed"
        if ready:
            ready[-1].done_on, ready[-1].done_by = happening.on, happening.instance_id

    def _attempted(self, happening: Happening) -> None:
        """A failed attempt ends nothing: the visit stays due and is tried again."""
        ready = [item for item in self._waiting() if item.opens_on <= happening.on] or self._waiting()[:1]
        if not ready:
            return
        item = ready[-1]
        item.attempts.append(
            {
                "on": happening.on.isoformat(),
                "outcome": happening.outcome,
                "instance_id": happening.instance_id,
            }
        )
        level = self.protocol.level(item.level)
        retry = happening.on + timedelta(days=level.retry_days if level else 0)
        item.retry_on = (
            happening.agreed_on if happening.agreed_on and happening.agreed_on > happening.on else retry
        )

    def _level_set(self, happening: Happening, *, anew: bool) -> None:
        assert happening.level is not None  # noqa: S101  # the caller asked
        first = self.first_on is None
        if not (first or anew or happening.level != self.level or happening.is_child != self.was_child):
            return
        wait = int(self.protocol.settings.get("screening_start_days", "0")) if not self.intake_done else 0
        anchor = happening.on + timedelta(days=wait)
        if self.first_on is None or anew:
            self.first_on = anchor
        self.level, self.was_child = happening.level, happening.is_child
        self._end_waiting("replaced", of_schedule=True)
        rows = [
            row
            for row in self.protocol.schedule
            if row.level == self.level and (row.applies_to != "child" or happening.is_child)
        ]
        self._lay_out(sorted(rows, key=lambda row: row.offset_days), anchor)

    def _lay_out(self, rows: list[Visit], anchor: date) -> None:
        assert self.first_on is not None  # noqa: S101  # set just before
        last_on = self.first_on + timedelta(days=max((row.offset_days for row in rows), default=0))
        before = 0
        for row in rows:
            due_on = anchor + timedelta(days=row.offset_days)
            gap, before = row.offset_days - before, row.offset_days
            if due_on > last_on:
                continue
            level = self.protocol.level(row.level)
            self._want(
                f"{anchor.isoformat()}.{row.level}.{row.form_id}.{row.offset_days}",
                due_on,
                self._window(gap),
                row.form_id,
                level.label if level else {},
            )

    def _trigger(self, code: str, happening: Happening) -> None:
        level = self.protocol.level(self.level or "")
        for row in self.protocol.triggers:
            if row.when != code or (row.form_id == INTAKE and self.intake_done):
                continue
            days = row.offset_days
            if row.form_id == INTAKE:  # the first full talk is as urgent as her level
                days = min(days, level.first_contact_days if level else days)
                days = 0 if happening.same_day else days
            due_on = happening.on + timedelta(days=days)
            self._want(
                f"{happening.on.isoformat()}.{code}.{row.form_id}",
                due_on,
                timedelta(0),
                row.form_id,
                row.reason,
            )

    def _want(self, name: str, due_on: date, window: timedelta, form_id: str, reason: Text) -> None:
        known = self.follow_ups.get(name)
        if known is not None:
            if known.ended == "replaced":  # the level went away and came back within a day
                known.ended = ""
            return
        if any(item.form_id == form_id and item.due_on == due_on for item in self._waiting()):
            return  # one visit on a day is enough, whatever calls for it
        self.follow_ups[name] = FollowUp(
            id=name,
            due_on=due_on,
            opens_on=due_on - window,
            closes_on=due_on + window,
            form_id=form_id,
            level=self.level or "",
            reason=reason,
        )

    def _window(self, gap_days: int) -> timedelta:
        settings = self.protocol.settings
        share = gap_days * float(settings.get("window_percent", "0")) / 100
        return timedelta(days=min(int(share), int(settings.get("window_max_days", "0"))))

    def _waiting(self) -> list[FollowUp]:
        return sorted(
            (item for item in self.follow_ups.values() if item.waits), key=lambda item: (item.due_on, item.id)
        )

    def _end_waiting(self, how: Literal["replaced", "cancelled"], *, of_schedule: bool = False) -> None:
        """End what still waits; a new row of the schedule does not replace an intake that is owed."""
        for item in self._waiting():
            if not (of_schedule and item.form_id == INTAKE):
                item.ended = how


def _serves(happening: Happening, item: FollowUp) -> bool:
    """Whether this visit does that follow-up: an intake is owed until it is made, the rest are visits."""
    return happening.form_id == INTAKE or (item.form_id != INTAKE and happening.form_id == item.form_id)
