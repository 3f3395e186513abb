"""When a person must next be visited: the protocol's rows laid out from the day a level was set.

Pure, and by dates alone: what is open or missed *today* is asked of a planned visit with `visits.state_on`.
Source: domain.md 6 and 10.5 (intervals are our proposal, in the coordinators' workbook).
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from sync.core.again import begins_anew
from sync.core.calendar import Calendar
from sync.core.planned import DONE, FOLLOW_UP, INTAKE, Episode, FollowUp, Happening, Plan
from sync.core.protocol import Protocol, Trigger, Visit
from sync.core.rows import Text

GOING_ON: Text = {"en": "As long as the case is open", "km": "ដរាបណាករណីនៅបើក"}
AFTERCARE: Text = {"en": "One look after closing", "km": "សួរសុខទុក្ខម្ដងក្រោយបិទករណី"}


def plan(happenings: Sequence[Happening], protocol: Protocol) -> Plan:
    """What these happenings (in order) call for."""
    planner = _Planner(protocol)
    for happening in happenings:
        planner.take(happening)
    return Plan(
        follow_ups=sorted(planner.follow_ups.values(), key=lambda item: (item.due_on, item.id)),
        since=planner.first_on,
        until=planner.last_on,
        again=tuple(planner.again),
    )


class _Planner:
    """Walks the happenings once and keeps the plan as it stands."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.calendar = Calendar(protocol)
        self.levels = {level.name: level for level in protocol.levels}
        self.follow_ups: dict[str, FollowUp] = {}
        self.by_day: defaultdict[tuple[str, date], list[FollowUp]] = defaultdict(list)
        self.level: str | None = None
        self.was_child = False
        self.first_on: date | None = None
        self.last_on: date | None = None
        self.again: list[Episode] = []
        self.intake_done = False
        self.wanted = True
        self.over = False

    def take(self, happening: Happening) -> None:
        """Bring the plan up to this happening."""
        if happening.outcome == DONE:
            self._tick_off(happening)
        elif happening.outcome:
            self._attempted(happening)
        self._decided(happening)
        if self._stopped(happening):
            return
        first_intake = happening.outcome == DONE and happening.form_id == INTAKE and not self.intake_done
        self.intake_done = self.intake_done or first_intake
        if happening.level is not None:
            self._level_set(happening, anew=first_intake or self._happened_again(happening))
        for code in happening.triggers:
            self._trigger(code, happening)
        if self.level is not None:  # also when time alone took away the visit that was planned
            self._go_on(happening)

    def _happened_again(self, happening: Happening) -> bool:
        """Whether a new clock begins; what was planned and done before stays as it was."""
        begins = begins_anew(self.protocol, happening.triggers)
        if begins:
            self.again.append(Episode(on=happening.on, key=happening.key))
        return begins

    def _tick_off(self, happening: Happening) -> None:
        """A visit does the latest follow-up whose window has opened; what was due before it was missed."""
        early = happening.form_id != FOLLOW_UP  # a talk made before its day is not owed any more
        ready = [
            item
            for item in self._waiting()
            if (_opened(item, happening.on) or (early and item.form_id == happening.form_id))
            and _serves(happening, item)
        ]
        for item in ready[:-1]:
            item.ended = "missed"
        if ready:
            ready[-1].done_on, ready[-1].done_by = happening.on, happening.key

    def _attempted(self, happening: Happening) -> None:
        """A failed attempt ends nothing: the visit stays due and is tried again."""
        ready = [item for item in self._waiting() if _opened(item, happening.on)] or self._waiting()[:1]
        if not ready:
            return
        item = ready[-1]
        item.attempts.append(
            {"on": happening.on.isoformat(), "outcome": happening.outcome, "instance_id": happening.key}
        )
        level = self.levels.get(item.level)
        item.retry_on = happening.on + timedelta(days=level.retry_days if level else 0)
        if happening.agreed_on and happening.agreed_on > happening.on:
            item.retry_on, item.agreed = happening.agreed_on, True

    def _decided(self, happening: Happening) -> None:
        item = self.follow_ups.get(happening.excuses or happening.moves)
        if item is None or not item.waits:
            return
        item.why = happening.why
        if happening.excuses:
            item.ended = "excused"
        elif happening.agreed_on:
            item.retry_on, item.agreed = happening.agreed_on, True

    def _stopped(self, happening: Happening) -> bool:
        """Whether no visit may be planned now; cancels what still waits."""
        if happening.begins_again or (happening.visits_wanted and not self.wanted):
            self.level, self.over = None, False  # the plan is laid out anew
        self.over = self.over or happening.ends
        if happening.visits_wanted is not None:
            self.wanted = happening.visits_wanted
        if not self.over and self.wanted:
            return False
        for item in self._waiting():
            item.ended = "cancelled"
        if happening.aftercare:
            days = timedelta(days=self.protocol.number("aftercare_check_days"))
            self._want(f"{happening.on}.aftercare", happening.on + days, timedelta(0), FOLLOW_UP, AFTERCARE)
        return True

    def _level_set(self, happening: Happening, *, anew: bool) -> None:
        if not (anew or happening.level != self.level or happening.is_child != self.was_child):
            return
        wait = 0 if self.intake_done else int(self.protocol.number("screening_start_days"))
        anchor = happening.on + timedelta(days=wait)
        if self.first_on is None or anew or happening.begins_again:
            self.first_on = anchor
        self.level, self.was_child = happening.level, happening.is_child
        for item in self._waiting():
            # A new row replaces neither an intake that is owed nor a day that was agreed with her.
            if item.form_id != INTAKE and not item.agreed:
                item.ended = "cancelled"
        rows = [
            row
            for row in self.protocol.schedule
            if row.level == self.level and (row.applies_to != "child" or happening.is_child)
        ]
        self._lay_out(sorted(rows, key=lambda row: row.offset_days), anchor)

    def _lay_out(self, rows: list[Visit], anchor: date) -> None:
        furthest = max((row.offset_days for row in rows), default=0)
        self.last_on = last_on = (self.first_on or anchor) + timedelta(days=furthest)
        before = 0
        for row in rows:
            due_on = anchor + timedelta(days=row.offset_days)
            gap, before = row.offset_days - before, row.offset_days
            if due_on > last_on:
                continue
            level = self.levels.get(row.level)
            self._want(
                f"{anchor.isoformat()}.{row.level}.{row.form_id}.{row.offset_days}",
                due_on,
                self._window(gap),
                row.form_id,
                level.label if level else {},
                full=row.full,
            )

    def _trigger(self, code: str, happening: Happening) -> None:
        level = self.levels.get(self.level or "")
        for row in self.protocol.triggers:
            if row.when != code or self._was_done(row, happening):
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

    def _was_done(self, row: Trigger, happening: Happening) -> bool:
        """Whether nobody need go: the long first visit is made once, and the new talk may be this one."""
        if row.form_id == INTAKE:
            return self.intake_done
        return row.new_clock and row.form_id == happening.form_id and happening.outcome == DONE

    def _go_on(self, happening: Happening) -> None:
        """Behind the last row an open case is still looked after, every so many days."""
        days = int(self.protocol.number("after_last_days"))
        if days and not self._waiting():
            name = f"{happening.on.isoformat()}.on.{FOLLOW_UP}.{days}"
            self._want(name, happening.on + timedelta(days=days), self._window(days), FOLLOW_UP, GOING_ON)

    def _want(
        self, name: str, due_on: date, window: timedelta, form_id: str, reason: Text, *, full: bool = False
    ) -> None:
        known = self.follow_ups.get(name)
        if known is not None:
            if known.ended == "cancelled":  # the level went away and came back within a day
                known.ended = ""
            return
        due_on = self.calendar.working_day(due_on, window, self.level or "")
        if any(item.waits for item in self.by_day[form_id, due_on]):
            return  # one visit on a day is enough, whatever calls for it
        self.follow_ups[name] = FollowUp(
            id=name,
            due_on=due_on,
            opens_on=due_on - window,
            closes_on=due_on + window,
            form_id=form_id,
            level=self.level or "",
            reason=reason,
            full=full,
        )
        self.by_day[form_id, due_on].append(self.follow_ups[name])

    def _window(self, gap_days: int) -> timedelta:
        share = gap_days * self.protocol.number("window_percent") / 100
        return timedelta(days=min(int(share), int(self.protocol.number("window_max_days"))))

    def _waiting(self) -> list[FollowUp]:
        waiting = (item for item in self.follow_ups.values() if item.waits)
        return sorted(waiting, key=lambda item: (item.due_on, item.id))


def _opened(item: FollowUp, on: date) -> bool:
    """Whether a visit on this day can do it: its window has opened, or its agreed day has come."""
    return item.opens_on <= on or (item.retry_on is not None and item.retry_on <= on)


def _serves(happening: Happening, item: FollowUp) -> bool:
    """Whether this visit does that follow-up: an intake is owed until it is made, the rest are visits."""
    return happening.form_id == INTAKE or (item.form_id != INTAKE and happening.form_id == item.form_id)
