"""What other rules would change for one person: where she stands now and would stand then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sync.core.levels import order_of
from sync.core.protocol import Protocol
from sync.core.returnee import Judged
from sync.core.rows import Text

AHEAD_DAYS = 28
"""Visits of the next four weeks are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Where one person stands: her level with its reasons, and when she is to be visited."""

    level: str
    reasons: frozenset[str]
    """Codes of the indicators that stand."""
    next_on: str | None
    """The day of the next visit, `YYYY-MM-DD`."""
    visits_on: tuple[str, ...]
    """The days of all visits that wait, late ones too."""
    why: Text = field(default_factory=dict)
    """The sentence of the protocol for this level, where it was worked out."""

    @classmethod
    def in_line(cls, line: Mapping[str, Any]) -> "Outlook":
        """As it stands in the line of her file (`sync.core.listed`)."""
        return cls(
            level=line["risk"]["level"],
            reasons=frozenset(line["reasons"]),
            next_on=line["next_due_on"],
            visits_on=tuple(item["retry_on"] or item["due_on"] for item in line["follow_ups"]),
        )

    @classmethod
    def of(cls, judged: Judged) -> "Outlook":
        """As rules judge her."""
        last, next_on = judged.assessments[-1], judged.next_on
        return cls(
            level=last.level,
            reasons=frozenset(item.indicator.code for item in last.standing),
            next_on=next_on.isoformat() if next_on else None,
            visits_on=tuple(item.next_on.isoformat() for item in judged.visits.follow_ups if item.waits),
            why=last.reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """One person under the rules in force and under others."""

    entity_id: str
    worker_id: str
    level_before: str
    level_after: str
    is_raised: bool
    why: Text
    """The sentence of the protocol for the level she would have; empty where nothing can touch her."""
    reasons_new: tuple[str, ...]
    """Codes of reasons that would stand and do not now."""
    reasons_gone: tuple[str, ...]
    next_before: str | None
    """The day of the next visit, `YYYY-MM-DD`."""
    next_after: str | None
    visits_before: int
    """Visits that fall due until AHEAD_DAYS from today, late ones among them."""
    visits_after: int

    @property
    def changes_level(self) -> bool:
        """Would she have another level?"""
        return self.level_before != self.level_after

    @property
    def visit_moves(self) -> bool:
        """Would her next visit be on another day?"""
        return self.next_before != self.next_after

    @property
    def changes(self) -> bool:
        """Would anything a person notices be different?"""
        return self.changes_level or self.visit_moves or bool(self.reasons_new or self.reasons_gone)


def ahead_of(
    entity_id: str, worker_id: str, now: Outlook, then: Outlook, *, protocol: Protocol, today: date
) -> Ahead:
    """What changes for her between `now` and `then`, under other rules with this protocol."""
    until = (today + timedelta(days=AHEAD_DAYS)).isoformat()
    return Ahead(
        entity_id=entity_id,
        worker_id=worker_id,
        level_before=now.level,
        level_after=then.level,
        is_raised=order_of(protocol, then.level) > order_of(protocol, now.level),
        why=then.why,
        reasons_new=tuple(sorted(then.reasons - now.reasons)),
        reasons_gone=tuple(sorted(now.reasons - then.reasons)),
        next_before=now.next_on,
        next_after=then.next_on,
        visits_before=sum(day <= until for day in now.visits_on),
        visits_after=sum(day <= until for day in then.visits_on),
    )
