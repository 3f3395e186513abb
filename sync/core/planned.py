"""What the schedule is made of: what happened, and the visits that are wanted because of it."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from sync.core.rows import Text

INTAKE = "intake"
FOLLOW_UP = "followup"
DONE = "done"
Ended = Literal["", "missed", "excused", "cancelled"]


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
    full: bool = False
    """A full assessment rather than a routine visit."""
    retry_on: date | None = None
    """After a failed attempt, or by agreement: the day to go."""
    agreed: bool = False
    """The day was agreed with the person: no lower level takes it away."""
    done_on: date | None = None
    done_by: str | None = None
    attempts: list[dict[str, str]] = field(default_factory=list)
    ended: Ended = ""
    why: str = ""
    """The words of whoever excused it."""

    @property
    def waits(self) -> bool:
        """Whether it is still to be done."""
        return self.done_on is None and not self.ended

    @property
    def next_on(self) -> date:
        """The day somebody should go."""
        return self.retry_on or self.due_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What one record, decision or day means for the schedule."""

    on: date
    key: str
    """Instance ID, or ID of a decision."""
    form_id: str = ""
    outcome: str = ""
    """`done` when the person was met; else why not, as in the form's choice list; "" when nobody went."""
    level: str | None = None
    """The level from now on, or None when nothing was assessed."""
    is_child: bool = False
    same_day: bool = False
    """An indicator that asks for an answer within the day was newly met."""
    agreed_on: date | None = None
    visits_wanted: bool | None = None
    """Her word on further visits, where she was asked."""
    ends: bool = False
    """No visit can follow (she has died, the case is closed)."""
    aftercare: bool = False
    """One look after closing is wanted."""
    begins_again: bool = False
    excuses: str = ""
    """The follow-up that somebody excused."""
    moves: str = ""
    """The follow-up that somebody moved to `agreed_on`."""
    why: str = ""
    triggers: tuple[str, ...] = ()
    """Rows of the `triggers` sheet that this sets off."""

    def replaced(self, **changed: Any) -> "Happening":
        """The same with something changed."""
        return replace(self, **changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """That it happened again, as the schedule took it up: a new plan of visits began."""

    on: date
    key: str
    """Instance ID of the record, or ID of the decision, that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every follow-up, and the clock they go by."""

    follow_ups: list[FollowUp]
    """Soonest due first."""
    since: date | None
    """The day this clock began; None while no level was set."""
    until: date | None
    """The day of its last planned visit (24 months on, in our own protocol)."""
    again: tuple[Episode, ...]
    """Why it began anew, oldest first."""
