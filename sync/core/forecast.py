"""What other rules would change for one person, told from her file now and then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sync.core.levels import order_of
from sync.core.protocol import Protocol
from sync.core.rows import Text

AHEAD_DAYS = 28
"""Visits of the next four weeks are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """One person under the rules in force and under others."""

    entity_id: str
    worker_id: str
    level_before: str
    level_after: str
    is_raised: bool
    why: Text
    """The sentence of the protocol for the level she would have."""
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
    entity_id: str, now: Mapping[str, Any], then: Mapping[str, Any], protocol: Protocol, today: date
) -> Ahead:
    """What changes between her file `now` and her file `then`, under other rules with this protocol."""
    before, after = _codes(now), _codes(then)
    was, would = now["risk"]["level"], then["risk"]["level"]
    until = (today + timedelta(days=AHEAD_DAYS)).isoformat()
    return Ahead(
        entity_id=entity_id,
        worker_id=now["worker_id"],
        level_before=was,
        level_after=would,
        is_raised=order_of(protocol, would) > order_of(protocol, was),
        why=then["risk"]["reason"],
        reasons_new=tuple(sorted(after - before)),
        reasons_gone=tuple(sorted(before - after)),
        next_before=now["next_due_on"],
        next_after=then["next_due_on"],
        visits_before=_visits(now, until),
        visits_after=_visits(then, until),
    )


def _codes(file: Mapping[str, Any]) -> set[str]:
    return {item["name"] for item in file["risk"]["indicators"]}


def _visits(file: Mapping[str, Any], until: str) -> int:
    return sum(
        not item["done_on"] and not item["ended"] and (item["retry_on"] or item["due_on"]) <= until
        for item in file["follow_ups"]
    )
