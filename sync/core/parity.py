"""Did the phone and the server come to the same answer? Asked of every submission, not only in tests.

A form carries its same-day rules as calculates `step_1`, `step_2` …: what the phone worked out came with the
record. A difference means that somebody was told something else than what we keep.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sync.core.form import Value
from sync.core.protocol import FormRules
from sync.core.scores import IndicatorResult

Cause = Literal["rule", "clock", "list", "unknown"]
"""What it most likely is: the rule cannot be evaluated here, it asks for the day, it looks into a list that
has changed since, or none of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One rule on which phone and server differ."""

    code: str
    node: str
    phone: bool
    server: bool | None
    """None: it could not be evaluated."""
    cause: Cause


def steps_of(rules: FormRules) -> dict[str, str]:
    """Node of the XForm -> code of the rule it works out; numbered as they are published, by the sheet."""
    on_phone = [indicator.code for indicator in rules.indicators if indicator.on_phone]
    return {f"step_{number}": code for number, code in enumerate(on_phone, start=1)}


def differences(
    rules: FormRules, results: Mapping[str, IndicatorResult], by_name: Mapping[str, Value]
) -> tuple[Difference, ...]:
    """Where the phone's answers differ from ours. `rules` are those the form version was published with.

    A step the phone did not send (its part of the form was not relevant) is not compared.
    """
    conditions = {indicator.code: indicator.condition for indicator in rules.indicators}
    found = []
    for node, code in steps_of(rules).items():
        sent = by_name.get(node)
        result = results.get(code)
        if sent not in ("0", "1") or result is None:
            continue
        phone = sent == "1"
        if result.holds != phone:
            cause = _cause(result, conditions[code])
            found.append(Difference(code=code, node=node, phone=phone, server=result.holds, cause=cause))
    return tuple(found)


def _cause(result: IndicatorResult, condition: str) -> Cause:
    if result.error:
        return "rule"
    if "today(" in condition or "now(" in condition:
        return "clock"
    return "list" if "instance(" in condition else "unknown"
