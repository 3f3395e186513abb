"""Scores of official instruments whose weights we were not given.

The IOM Reintegration Sustainability Survey weighs every answer; its annex is not known to us, and a weight
is never invented. The protocol's `weights` sheet ships empty. Once somebody has entered the official annex
and a second person has confirmed it, each dimension is the sum of value x weight of the answers given.
Source: domain.md 5.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sync.core.form import Value
from sync.core.protocol import Protocol, Weight
from sync.core.record import Record

NOT_LOADED = "official weights not loaded"
NOT_CONFIRMED = "official weights not confirmed by a second person"
INCOMPLETE = "not every question was answered"


def why_not(protocol: Protocol) -> str:
    """Why nothing can be computed from the weights, or "" when it can."""
    if not protocol.weights:
        return NOT_LOADED
    by, confirmed = (
        protocol.settings.get(f"weights_{word}_by", "").strip() for word in ("imported", "confirmed")
    )
    return "" if by and confirmed and by != confirmed else NOT_CONFIRMED


def official_scores(told: Sequence[Record], protocol: Protocol) -> dict[str, dict[str, Any]]:
    """Instrument -> `value` by dimension (None where it cannot be computed) and `why` in that case."""
    reason = why_not(protocol)
    if reason:
        return {"rss": {"value": None, "why": reason}}
    answers: dict[str, Value] = {}
    for record in told:
        answers |= record.facts
    by_instrument: dict[str, list[Weight]] = {}
    for weight in protocol.weights:
        by_instrument.setdefault(weight.instrument, []).append(weight)
    return {name: _score(rows, answers) for name, rows in by_instrument.items()}


def _score(rows: Sequence[Weight], answers: Mapping[str, Value]) -> dict[str, Any]:
    found: dict[str, float] = {}
    for item in dict.fromkeys(row.item for row in rows):
        row = next((row for row in rows if row.item == item and row.answer == answers.get(item)), None)
        if row is None:
            return {"value": None, "why": INCOMPLETE}
        found[row.dimension] = found.get(row.dimension, 0.0) + row.value * row.weight
    return {"value": found, "why": ""}
