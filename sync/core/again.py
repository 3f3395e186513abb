"""That it happened again to somebody who had come back: what says so, and who.

An answer says so where a row of the protocol's `triggers` sheet marks its indicator with a new clock; a
person says so with a decision of the kind `again`. Source: domain.md 6.3.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sync.core.decision import Decision
from sync.core.protocol import Indicator, Protocol, Rules

AGAIN = "again"
"""The kind of decision, and what a `triggers` row calls it."""


def in_force(decisions: Iterable[Decision]) -> list[Decision]:
    """These decisions without those of this kind that were taken back: as if never made."""
    every = list(decisions)
    gone = {one.about for one in every if one.kind == "take_back"}
    return [one for one in every if one.kind != AGAIN or one.decision_id not in gone]


def told_in(file: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every time it happened again, as her stored file has it (one of before 2026-11 has none)."""
    return list(file.get("clock", {}).get("again", ()))


def begins_anew(protocol: Protocol, triggers: Sequence[str]) -> bool:
    """Whether what set off these rows starts a new clock."""
    return AGAIN in triggers or any(row.new_clock and row.when in triggers for row in protocol.triggers)


def indicator_of(rules: Rules) -> Indicator | None:
    """The reason for a level that a person's word raises, or None where the rules have none."""
    codes = {row.when for row in rules.protocol.triggers if row.new_clock}
    every = (item for form in rules.forms.values() for item in form.indicators)
    return next((item for item in every if item.code in codes), None)
