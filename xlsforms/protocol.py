"""protocol.xlsx -> Protocol: what makes a level, who is visited when, what closes a case.

The sheets and columns are those of our own protocol.xlsx; its first sheet explains them to coordinators.
"""

import re
from collections.abc import Callable, Collection
from typing import TypeVar

from sync.core.gazetteer import unknown_places
from sync.core.protocol import Closure, Combine, Dimension, Example, Level, Protocol, Trigger, Visit
from xlsforms import protocol_rows
from xlsforms.cells import Cells
from xlsforms.expressions import Vocabulary, faults_in
from xlsforms.findings import Finding, has_errors, in_order
from xlsforms.sheets import Book

NEEDED_SHEETS = ("levels", "combine", "schedule", "settings")
APPLIES_TO = ("everyone", "child")

_VERSION = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FORM_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_ANSWER = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*?)\s*")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")

R = TypeVar("R")


def read_protocol(book: Book) -> tuple[Protocol | None, tuple[Finding, ...]]:
    """The protocol, or None where something must be mended, and everything found in any row."""
    findings = [
        Finding(name, None, "", f"The sheet “{name}” is missing or empty.", "Add it; see our protocol.xlsx.")
        for name in NEEDED_SHEETS
        if not book.sheet(name).rows
    ]
    levels = _rows(book, "levels", findings, _level)
    names = [level.name for level in levels]
    settings = dict(_rows(book, "settings", findings, lambda cells: _setting(cells, names)))
    dimensions = _rows(book, "dimensions", findings, _dimension)
    kinds = [dimension.name for dimension in dimensions]
    protocol = Protocol(
        version=settings.pop("version", "") or book.made_version,
        dimensions=dimensions,
        levels=levels,
        combine=_rows(book, "combine", findings, lambda cells: _combine(cells, names)),
        schedule=_rows(book, "schedule", findings, lambda cells: _visit(cells, names)),
        triggers=_rows(book, "triggers", findings, _trigger),
        closure=_rows(book, "closure", findings, _closure),
        examples=_rows(book, "examples", findings, lambda cells: _example(cells, names)),
        settings=settings,
        trends=_rows(book, "trends", findings, lambda cells: protocol_rows.trend(cells, names, kinds)),
        holidays=_rows(book, "holidays", findings, protocol_rows.holiday),
        contacts=_rows(book, "contacts", findings, protocol_rows.contact),
        hotlines=_rows(book, "hotlines", findings, protocol_rows.hotline),
        services=_rows(book, "services", findings, protocol_rows.service),
        profile=_rows(book, "profile", findings, protocol_rows.profile_item),
        weights=_rows(book, "weights", findings, protocol_rows.weight),
        places=tuple(filter(None, _rows(book, "places", findings, _place))),
    )
    findings += _whole(book, protocol)
    found = in_order(findings, book.sheets)
    return (None if has_errors(found) else protocol), found


def _rows(book: Book, name: str, findings: list[Finding], read: Callable[[Cells], R]) -> tuple[R, ...]:
    sheet = book.sheet(name)
    return tuple(read(Cells(sheet, row, findings)) for row in sheet.rows)


def _named(cells: Cells) -> str:
    name = cells.needed("name", "Give it a name of small letters.")
    if name and not _NAME.fullmatch(name):
        cells.fault("name", f"“{name}” cannot be a name.", "Use small letters, digits and _.")
    return name


def _dimension(cells: Cells) -> Dimension:
    return Dimension(name=_named(cells), label=cells.texts("label"))


def _level(cells: Cells) -> Level:
    colour = cells.text("colour")
    if colour and not _COLOUR.fullmatch(colour):
        cells.fault("colour", f"“{colour}” is not a colour.", "Write such as #B3261E.")
    return Level(
        name=_named(cells),
        label=cells.texts("label"),
        order=cells.whole("order"),
        colour=colour,
        respond_within_hours=cells.hours("respond within"),
        first_contact_days=cells.whole("first contact days"),
        retry_days=cells.whole("retry days"),
    )


def _combine(cells: Cells, levels: Collection[str]) -> Combine:
    condition = cells.text("condition")
    known = {name: f"/data/{name}" for name in (*levels, "child")}
    vocabulary = Vocabulary(known, dict.fromkeys(known.values(), "int"))
    for severity, message, fix in faults_in(condition, vocabulary, result="condition") if condition else ():
        cells.fault("condition", message, fix, severity)
    return Combine(
        level=cells.one_of("level", levels, "level"),
        condition=condition,
        reason=cells.texts("reason"),
        row=cells.row.number,
    )


def _form(cells: Cells) -> str:
    form_id = cells.needed("form", "Write the ID of a form, for example followup.")
    if form_id and not _FORM_ID.fullmatch(form_id):
        cells.fault("form", f"“{form_id}” cannot be a form ID.", "Write such as followup.")
    return form_id


def _visit(cells: Cells, levels: Collection[str]) -> Visit:
    cells.needed("offset days", "Write after how many days, for example 14.")
    return Visit(
        level=cells.one_of("level", levels, "level"),
        offset_days=cells.whole("offset days"),
        form_id=_form(cells),
        applies_to=cells.one_of("applies to", APPLIES_TO, "group of people")
        if cells.text("applies to")
        else APPLIES_TO[0],
        full=cells.yes_no("full"),
        row=cells.row.number,
    )


def _trigger(cells: Cells) -> Trigger:
    cells.needed("offset days", "Write after how many days, for example 1.")
    return Trigger(
        when=cells.needed("when", "Write screened, again, or the code of a rule such as H1."),
        offset_days=cells.whole("offset days"),
        form_id=_form(cells),
        reason=cells.texts("reason"),
        new_clock=cells.yes_no("new clock"),
        row=cells.row.number,
    )


def _closure(cells: Cells) -> Closure:
    return Closure(
        name=_named(cells),
        label=cells.texts("label"),
        value=cells.text("value"),
        source=cells.text("source"),
    )


def _example(cells: Cells, levels: Collection[str]) -> Example:
    answers: dict[str, str] = {}
    for piece in filter(str.strip, cells.needed("answers", "Write name=value; name=value.").split(";")):
        match = _ANSWER.fullmatch(piece)
        if match is None:
            cells.fault("answers", f"“{piece.strip()}” is not an answer.", "Write name=value; name=value.")
        elif match[1] in answers:
            cells.fault("answers", f"“{match[1]}” is answered twice.", "Keep one of them.")
        else:
            answers[match[1]] = match[2]
    return Example(
        name=cells.needed("name", "Say what the example shows."),
        form_id=_form(cells),
        answers=answers,
        level=cells.one_of("expected level", levels, "level"),
        row=cells.row.number,
    )


def _setting(cells: Cells, levels: Collection[str]) -> tuple[str, str]:
    name = _named(cells)
    may_be_empty = name in protocol_rows.MAY_BE_EMPTY
    value = cells.text("value") if may_be_empty else cells.needed("value", "Write the value.")
    protocol_rows.check_setting(cells, name, value, levels)
    if name == "version" and value and not _VERSION.fullmatch(value):
        cells.fault("value", f"“{value}” cannot be a version.", "Write such as 2026012901.")
    return name, value


def _place(cells: Cells) -> str:
    code = cells.needed("code", "Write the code of a province or district.")
    if unknown_places([code]) and code:
        # Excel drops the leading zero of a cell that is not text.
        padded = f"0{code}"
        hint = "Write the codes of the gazetteer: 2 digits a province, 4 digits a district."
        fix = hint if unknown_places([padded]) else f"Did you mean {padded}? Make the cell text."
        cells.fault("code", f"There is no place with the code “{code}”.", fix)
    return code


def _whole(book: Book, protocol: Protocol) -> list[Finding]:
    """What no single row shows."""
    found = []
    for sheet, names in (
        ("levels", [level.name for level in protocol.levels]),
        ("levels", [str(level.order) for level in protocol.levels]),
        ("dimensions", [dimension.name for dimension in protocol.dimensions]),
        ("closure", [closure.name for closure in protocol.closure]),
        ("settings", [row.get("name") for row in book.sheet("settings").rows]),
        *protocol_rows.twice_in(protocol),
    ):
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            told = f"“{', '.join(twice)}” stands here more than once."
            found.append(Finding(sheet, None, "", told, "Keep one of each."))
    found += protocol_rows.weights_unconfirmed(protocol.settings, protocol.weights)
    last = protocol.combine[-1] if protocol.combine else None
    if last is not None and last.condition:
        told = "The last row has a condition, so that somebody could be left without a level."
        found.append(Finding("combine", last.row, "condition", told, "Add a last row without a condition."))
    unplanned = {level.name for level in protocol.levels} - {visit.level for visit in protocol.schedule}
    for name in sorted(unplanned) if protocol.schedule else ():
        told = f"Nobody at level {name} is ever visited."
        found.append(Finding("schedule", None, "level", told, "Add rows for it.", "warning"))
    return found
