"""What is wrong with a protocol though every row can be read: levels nobody can have, rows that decide
nothing, visits that are never made, rows that name what no form has.

`known` are the rules and questions of the forms this protocol goes with; where one of the forms it names is
not among them, what it names cannot be judged yet and is only warned about.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise, product

from sync.core.form import FormDefinition
from sync.core.levels import combined, order_of
from sync.core.protocol import Example, FormRules, Indicator, Protocol, Trigger, Visit
from sync.core.xpath.parser import parse
from sync.core.xpath.syntax import Number, walk
from xlsforms.findings import Finding, Severity, did_you_mean
from xlsforms.sheets import Book, Sheet

START_WORDS = ("screened", "registered", "again")
"""What a trigger may name beside the code of a rule."""
FOLLOW_UP = "followup"
DAYS_A_MONTH = 365.25 / 12
MOST_COMBINATIONS = 4000


@dataclass(frozen=True)
class Known:
    """The forms a protocol goes with."""

    rules: Mapping[str, FormRules] = field(default_factory=dict)
    forms: Mapping[str, FormDefinition] = field(default_factory=dict)

    @property
    def indicators(self) -> list[Indicator]:
        """Every rule of every form."""
        return [indicator for rules in self.rules.values() for indicator in rules.indicators]

    def has_all_of(self, protocol: Protocol) -> bool:
        """Are all forms here that the protocol names?"""
        named = {visit.form_id for visit in protocol.schedule} | {one.form_id for one in protocol.triggers}
        return named <= self.rules.keys()


def check_protocol(book: Book, protocol: Protocol, known: Known) -> tuple[Finding, ...]:
    """All of it. `protocol` is what `xlsforms.protocol` read in this workbook."""
    found = (
        *_combine(protocol, known),
        *_schedule(protocol),
        *unknown_names(protocol, known),
        *_profile(book.sheet("profile"), protocol, known.forms.get(FOLLOW_UP)),
        *_answers(protocol, known),
    )
    return tuple(replace(one, column=book.sheet(one.sheet).header(one.column)) for one in found)


# --- combine


def _combine(protocol: Protocol, known: Known) -> Iterator[Finding]:
    names = [level.name for level in protocol.levels]
    chosen = _decided(protocol, names)
    reached = set(chosen.values())
    for place, row in enumerate(protocol.combine):
        if place not in reached:
            told = "This row never decides: a row above it always holds first, or it can never hold."
            yield Finding("combine", row.row, "condition", told, "Mend it, move it up or remove it.")
    given = {protocol.combine[place].level for place in reached}
    for name in names:
        if name not in given:
            told = f"Nobody can ever have level {name}."
            fix = f"Add a row that gives {name}, above the rows that would hold before it."
            yield Finding("combine", None, "level", told, fix)
    yield from _falls(protocol, names, chosen)
    if known.has_all_of(protocol):
        yield from _out_of_reach(protocol, names, chosen, known)


def _decided(protocol: Protocol, names: Collection[str]) -> dict[tuple[int, ...], int]:
    """(how many of each level, then 1 for a child) -> place of the row that decides."""
    numbers = {
        int(part.value)
        for row in protocol.combine
        if row.condition
        for part in walk(parse(row.condition, {name: f"/data/{name}" for name in (*names, "child")}))
        if isinstance(part, Number)
    }
    near = sorted({0, 1, *(max(0, number + step) for number in numbers for step in (-1, 0, 1))})
    while len(near) ** len(names) * 2 > MOST_COMBINATIONS and len(near) > 2:
        near = near[:-1]
    rows = {id(row): place for place, row in enumerate(protocol.combine)}
    return {
        (*counts, child): rows[id(combined(protocol, _standing(names, counts), child=bool(child)))]
        for counts in product(near, repeat=len(names))
        for child in (0, 1)
    }


def _standing(names: Collection[str], counts: Collection[int]) -> Iterator[Indicator]:
    for name, count in zip(names, counts, strict=True):
        one = Indicator(code="", label={}, condition="", dimension="", level=name)
        yield from [one] * count


def _falls(
    protocol: Protocol, names: Collection[str], chosen: Mapping[tuple[int, ...], int]
) -> Iterator[Finding]:
    """One more reason must never bring the level down."""
    seen = set()
    values = sorted({count for counts in chosen for count in counts[:-1]})
    following = dict(pairwise(values))
    for counts, place in chosen.items():
        for position, name in enumerate((*names, "child")):
            more = following.get(counts[position]) if name != "child" else (1 if not counts[-1] else None)
            if more is None:
                continue
            after = chosen[(*counts[:position], more, *counts[position + 1 :])]
            here, there = protocol.combine[place], protocol.combine[after]
            falls = order_of(protocol, there.level) < order_of(protocol, here.level)
            if falls and (here.row, there.row) not in seen:
                seen.add((here.row, there.row))
                told = f"The level falls from {here.level} (row {here.row}) to {there.level}"
                told += " for a child." if name == "child" else f" with more reasons of level {name}."
                yield Finding("combine", there.row, "condition", told, "Let no reason lower a level.")


def _out_of_reach(
    protocol: Protocol, names: Collection[str], chosen: Mapping[tuple[int, ...], int], known: Known
) -> Iterator[Finding]:
    """Rows that ask for more reasons than there are rules."""
    levels = {one.code: one.level for one in known.indicators}
    levels |= {trend.code: trend.level for trend in protocol.trends}
    most = [list(levels.values()).count(name) for name in names]
    within = {
        place
        for counts, place in chosen.items()
        if all(n <= top for n, top in zip(counts, most, strict=False))
    }
    for place in sorted(set(chosen.values()) - within):
        told = "This row asks for more reasons than there are rules of that level."
        row = protocol.combine[place].row
        yield Finding("combine", row, "condition", told, "Mend the number, or add rules.", "warning")


# --- schedule


def _schedule(protocol: Protocol) -> Iterator[Finding]:
    months = max(
        (float(row.value) for row in protocol.closure
         if row.name.startswith("months_since_return") and row.value.isdecimal()),
        default=0.0,
    )  # fmt: skip
    last: dict[str, int] = {}
    seen: dict[tuple[str, int, str], int] = {}
    for row in protocol.schedule:
        here = (row.level, row.offset_days, row.form_id)
        if here in seen:
            told = f"Row {seen[here]} already has this visit at level {row.level}."
            yield _warning("schedule", row.row, "offset days", told, "Keep one of them.")
        elif row.offset_days < last.get(row.level, 0):
            told = f"Day {row.offset_days} stands below day {last[row.level]} of level {row.level}."
            yield _warning("schedule", row.row, "offset days", told, "Sort the rows, or mend the number.")
        if months and row.offset_days > months * DAYS_A_MONTH + 1:
            told = f"Day {row.offset_days} lies behind the end: cases may be closed after {months:g} months."
            yield _warning("schedule", row.row, "offset days", told, "Mend the number, or the sheet closure.")
        seen.setdefault(here, row.row)
        last[row.level] = max(last.get(row.level, 0), row.offset_days)
    for level in protocol.levels:
        groups = {row.applies_to for row in protocol.schedule if row.level == level.name}
        if groups and "everyone" not in groups:
            told = f"Grown-ups at level {level.name} are never visited."
            yield _warning("schedule", None, "applies to", told, "Add rows for everyone.")


# --- names of rules, scores and forms


def unknown_names(protocol: Protocol, known: Known) -> Iterator[Finding]:
    """Rows that name a form, rule or score nobody has. Errors where all forms are known.

    Columns by their plain names.
    """
    severity: Severity = "error" if known.has_all_of(protocol) else "warning"
    codes = {one.code for one in known.indicators} | {trend.code for trend in protocol.trends}
    scores = {score.name: score for rules in known.rules.values() for score in rules.scores}
    if known.rules:
        yield from _unknown_forms(protocol, known)
    if not codes or not known.rules:
        return
    words = {*START_WORDS, *codes}
    publish_first = "Write the code of a rule, or publish the form that has it together with this."
    for trigger in protocol.triggers:
        if trigger.when and trigger.when not in words:
            told = f"No form has a rule “{trigger.when}”, so that this visit is never planned."
            fix = did_you_mean(trigger.when, words, publish_first)
            yield Finding("triggers", trigger.row, "when", told, fix, severity)
    for trend in protocol.trends:
        score = scores.get(trend.score)
        if score is None:
            told = f"No form has a score “{trend.score}”, so that this never counts."
            fix = did_you_mean(trend.score, scores, "Write the name of a score.")
            yield Finding("trends", trend.row, "score", told, fix, severity)
        elif score.minimum is None and score.maximum is None:
            told = f"“{trend.score}” gives words, which neither rise nor fall."
            yield Finding("trends", trend.row, "score", told, "Write the name of a score with min and max.")
        if trend.code in {indicator.code for indicator in known.indicators}:
            told = f"“{trend.code}” is already the code of a rule of a form."
            yield Finding("trends", trend.row, "code", told, "Give it a code of its own.")


def _unknown_forms(protocol: Protocol, known: Known) -> Iterator[Finding]:
    rows: list[tuple[str, Visit | Trigger | Example]] = [
        *(("schedule", row) for row in protocol.schedule),
        *(("triggers", row) for row in protocol.triggers),
        *(("examples", row) for row in protocol.examples),
    ]
    for sheet, row in rows:
        if row.form_id and row.form_id not in known.rules:
            told = f"There is no form “{row.form_id}” (yet)."
            fix = did_you_mean(row.form_id, known.rules, "Publish it, or write another.")
            yield Finding(sheet, row.row, "form", told, fix, "error" if "Did" in fix else "warning")


# --- answers


def _profile(sheet: Sheet, protocol: Protocol, form: FormDefinition | None) -> Iterator[Finding]:
    if form is None:
        return
    for item, row in zip(protocol.profile, (row.number for row in sheet.rows), strict=True):
        path = form.paths.get(item.question, "")
        if not path:
            told = f"Form {FOLLOW_UP} has no question “{item.question}”."
            fix = did_you_mean(item.question, form.paths, "Write the name of a question.")
            yield Finding("profile", row, "question", told, fix)
            continue
        choices = form.choices.get(path, {})
        for column in ("good", "middle", "poor"):
            for word in getattr(item, column):
                if choices and word not in choices:
                    told = f"{item.question} has no choice “{word}”."
                    fix = did_you_mean(word, choices, f"Write some of: {', '.join(choices)}.")
                    yield Finding("profile", row, column, told, fix)


def _answers(protocol: Protocol, known: Known) -> Iterator[Finding]:
    """Examples that answer with a choice the question does not have."""
    for example in protocol.examples:
        form = known.forms.get(example.form_id)
        for name, answer in example.answers.items() if form else ():
            path = form.paths.get(name, "") if form else ""
            choices = form.choices.get(path, {}) if form else {}
            for word in answer.split() if choices else ():
                if word not in choices:
                    told = f"{name} has no choice “{word}”."
                    fix = did_you_mean(word, choices, f"Write one of: {', '.join(choices)}.")
                    yield Finding("examples", example.row, "answers", told, fix)


def _warning(sheet: str, row: int | None, column: str, told: str, fix: str) -> Finding:
    return Finding(sheet, row, column, told, fix, "warning")
