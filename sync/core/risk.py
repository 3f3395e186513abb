"""How much at risk a person is, and why: the indicators that stand, combined by the protocol's rules.

A pure function of her records and the rules. An indicator stands from the record that met it until a later
one asks the same questions and gets real answers that do not meet it (or until its `stands for` days have
passed); what was refused, unknown or not asked changes nothing. Source: domain.md 10.4 (our proposal, in
the coordinators' workbook) and guideline 29 for the three dimensions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from lxml import etree

from sync.core.protocol import Combine, Indicator, Protocol, Rules, Text
from sync.core.record import Evidence, Observed, Record
from sync.core.times import PHNOM_PENH
from sync.core.xpath import Session, compile_expression, read_tree, to_boolean

REVIEW = "review"
"""The level of an indicator that asks a person to look and raises no level."""

HELD: Text = {
    "en": "Kept from the assessment before: a level comes down only after {needed} lower ones in a row.",
    "km": "រក្សាទុកពីការវាយតម្លៃមុន៖ កម្រិតចុះមកវិញបានលុះត្រាមានការវាយតម្លៃទាបជាង {needed} ដងជាប់គ្នា។",
}

_NEVER = datetime(2000, 1, 1, tzinfo=PHNOM_PENH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An indicator that stands: a reason for a level."""

    indicator: Indicator
    since: date
    until: date | None
    """The last day it stands by itself; None: until the questions are answered again."""
    questions: tuple[str, ...]
    """What its condition asks about; only a form that asks some of that can end it."""
    answers: tuple[Evidence, ...]
    form_id: str
    form_version: str
    instance_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The level after one record, with its reasons."""

    on: date
    level: str
    reason: Text
    instance_id: str
    standing: tuple[Standing, ...]
    newly_met: tuple[str, ...]
    """Codes of the indicators that this record raised."""
    held: bool
    """The level is kept from before although this assessment alone would be lower."""

    @property
    def review(self) -> bool:
        """Whether a person must look, whatever the level."""
        return any(item.indicator.level == REVIEW for item in self.standing)


def assess(records: Sequence[Record], rules: Rules, is_child: Mapping[str, bool]) -> list[Assessment]:
    """Every assessment these records (in order) give, oldest first.

    A record that answers no indicator's questions (nobody at home) is no assessment, except the first.
    `is_child` tells by instance ID whether the person counted as a child then.
    """
    standing: dict[str, Standing] = {}
    found: list[Assessment] = []
    lower_run: list[str] = []
    for record in records:
        before = set(standing)
        assessed = _observe(record, rules, standing)
        if not assessed and found:
            continue
        row = combined(rules.protocol, standing.values(), child=is_child[record.instance_id])
        level, held = _kept(found[-1].level if found else None, row.level, lower_run, rules.protocol)
        found.append(
            Assessment(
                on=record.on,
                level=level,
                reason=_held_reason(rules.protocol) if held else row.reason,
                instance_id=record.instance_id,
                standing=_worst_first(standing.values(), rules.protocol),
                newly_met=tuple(sorted(standing.keys() - before)),
                held=held,
            )
        )
    return found


def _observe(record: Record, rules: Rules, standing: dict[str, Standing]) -> bool:
    """Bring `standing` up to this record; whether it assessed anything."""
    form = rules.forms.get(record.form_id)
    known = {indicator.code: indicator for indicator in form.indicators} if form else {}
    for code, item in list(standing.items()):
        if item.until is not None and record.on > item.until:
            del standing[code]
    assessed = False
    for observed in record.indicators:
        indicator = known.get(observed.code)
        if indicator is None or observed.met is None:
            continue
        assessed = True
        earlier = standing.get(observed.code)
        if observed.met:
            fresh = _standing(indicator, observed, record)
            standing[observed.code] = replace(fresh, since=earlier.since) if earlier else fresh
        elif earlier and not set(observed.questions).isdisjoint(earlier.questions):
            del standing[observed.code]
    return assessed


def _standing(indicator: Indicator, observed: Observed, record: Record) -> Standing:
    days = indicator.stands_for_days
    return Standing(
        indicator=indicator,
        since=record.on,
        until=record.on + timedelta(days=days) if days is not None else None,
        questions=observed.questions,
        answers=observed.answers,
        form_id=record.form_id,
        form_version=record.form_version,
        instance_id=record.instance_id,
    )


def combined(protocol: Protocol, standing: Any, *, child: bool) -> Combine:
    """The first row of the `combine` sheet that holds for these standing indicators."""
    levels = [level.name for level in protocol.levels]
    count = dict.fromkeys(levels, 0)
    for item in standing:
        if item.indicator.level in count:
            count[item.indicator.level] += 1
    return _first_row(protocol.combine, tuple(levels), tuple(count.values()), child)


@lru_cache(maxsize=4096)
def _first_row_cached(
    rows: tuple[tuple[str, str], ...], names: tuple[str, ...], counts: tuple[int, ...], child: bool
) -> int:
    root = etree.Element("data")
    for name, count in (*zip(names, counts, strict=True), ("child", int(child))):
        etree.SubElement(root, name).text = str(count)
    types = {f"/data/{name}": "int" for name in (*names, "child")}
    session = Session(read_tree(root, types, {}), now=_NEVER, zone=PHNOM_PENH)
    paths = {path.rsplit("/", 1)[-1]: path for path in types}
    for place, (_, condition) in enumerate(rows):
        if not condition or to_boolean(compile_expression(condition, names=paths).evaluate(session)):
            return place
    return len(rows) - 1


def _first_row(
    rows: tuple[Combine, ...], names: tuple[str, ...], counts: tuple[int, ...], child: bool
) -> Combine:
    return rows[_first_row_cached(tuple((row.level, row.condition) for row in rows), names, counts, child)]


def _kept(before: str | None, now: str, lower_run: list[str], protocol: Protocol) -> tuple[str, bool]:
    """The level that counts, and whether it is kept from before.

    [proposal] A level rises at once and comes down only after several lower assessments in a row
    (setting `lowering_needs_assessments`), to the highest of those.
    """
    if before is None or order_of(protocol, now) >= order_of(protocol, before):
        lower_run.clear()
        return now, False
    lower_run.append(now)
    needed = int(protocol.settings.get("lowering_needs_assessments", "1"))
    if len(lower_run) < needed:
        return before, True
    level = max(lower_run[-needed:], key=lambda name: order_of(protocol, name))
    lower_run.clear()
    return level, False


def order_of(protocol: Protocol, level: str) -> int:
    """How dangerous this level is among the protocol's; unknown ones (`review`) below all."""
    known = protocol.level(level)
    return known.order if known else -1


def _held_reason(protocol: Protocol) -> Text:
    needed = protocol.settings.get("lowering_needs_assessments", "1")
    return {language: text.format(needed=needed) for language, text in HELD.items()}


def _worst_first(standing: Any, protocol: Protocol) -> tuple[Standing, ...]:
    return tuple(
        sorted(standing, key=lambda item: (-order_of(protocol, item.indicator.level), item.indicator.code))
    )
