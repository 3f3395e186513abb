"""How a person's scores went: what was measured when, beside the published bands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sync.core.protocol import Rules, Score
from sync.core.record import Record

FEWEST = 2
"""Measurements that make a trend; one alone stands in the table of scores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One result of one instrument."""

    on: date
    value: float
    band_label: Mapping[str, str]
    instance_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The results of one instrument, oldest first."""

    score: Score
    measured: tuple[Measured, ...]

    @property
    def lowest(self) -> float:
        """Where the scale begins."""
        return self.score.bands[0].low

    @property
    def highest(self) -> float:
        """Where the scale ends."""
        return self.score.bands[-1].high


def trends_of(told: Iterable[Record], rules: Rules) -> list[Trend]:
    """The instruments with bands that were answered in full more than once, in the order of the forms.

    `told`: her records, in any order.
    """
    known = {score.name: score for form in rules.forms.values() for score in form.scores if score.bands}
    found: dict[str, list[Measured]] = {name: [] for name in known}
    for record in sorted(told, key=lambda one: one.order):
        for result in record.scores:
            if result.name in known and isinstance(result.value, (int, float)):
                found[result.name].append(
                    Measured(
                        on=record.on,
                        value=result.value,
                        band_label=result.band_label,
                        instance_id=record.instance_id,
                    )
                )
    return [
        Trend(score=known[name], measured=tuple(measured))
        for name, measured in found.items()
        if len(measured) >= FEWEST
    ]
