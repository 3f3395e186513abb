"""The `scores` and `risk` sheets of a form workbook -> FormRules. xlsforms/README.md has every column."""

import re
from collections.abc import Collection
from typing import Literal

from sync.core.protocol import FormRules, Indicator, Protocol, Score
from xlsforms.bands import read_bands
from xlsforms.cells import Cells
from xlsforms.expressions import Vocabulary, faults_in, vocabulary_of
from xlsforms.findings import Finding
from xlsforms.sheets import Book, Row, Sheet
from xlsforms.survey import Survey
from xlsforms.wording import not_neutral

LEVELS = ("high", "medium", "low")
REVIEW = "review"
"""Not a level: a person must look."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")


def read_rules(
    book: Book, survey: Survey, *, form_id: str, version: str, protocol: Protocol | None = None
) -> tuple[FormRules, list[Finding]]:
    """The rules of a form, and what is wrong with them; rows with faults are kept as far as understood.

    With a `protocol`, levels and dimensions must be among its own.
    """
    findings: list[Finding] = []
    # All scores are known from the start: `xlsforms.rule_checks` says which rest on later ones.
    known = vocabulary_of(survey).with_scores(map(_sketch, book.sheet("scores").rows), survey.root)
    scores: list[Score] = []
    for row in book.sheet("scores").rows:
        cells = Cells(book.sheet("scores"), row, findings)
        scores.append(_score(cells, known))
        _unique(cells, "name", [s.name for s in scores])
    indicators: list[Indicator] = []
    for row in book.sheet("risk").rows:
        cells = Cells(book.sheet("risk"), row, findings)
        indicators.append(_indicator(cells, known, protocol))
        _unique(cells, "indicator", [i.code for i in indicators])
    for sheet, needed in (("scores", ("name", "formula")), ("risk", ("indicator", "condition", "level"))):
        findings.extend(_missing_columns(book.sheet(sheet), needed))
    rules = FormRules(form_id=form_id, version=version, scores=tuple(scores), indicators=tuple(indicators))
    return rules, findings


def _sketch(row: Row) -> Score:
    """What others need to know of a score: its name, and whether it is a number."""
    number = 0.0 if row.get("min") or row.get("max") else None
    return Score(name=row.get("name"), label={}, formula="", minimum=number, maximum=number)


def _unique(cells: Cells, column: str, so_far: list[str]) -> None:
    if so_far[-1] and so_far[-1] in so_far[:-1]:
        cells.fault(column, f"“{so_far[-1]}” stands in this sheet twice.", "Give each row its own.")


def _missing_columns(sheet: Sheet, needed: Collection[str]) -> list[Finding]:
    absent = [column for column in needed if column not in sheet.columns] if sheet.rows else []
    return [
        Finding(sheet.name, 1, column, f"The column “{column}” is missing.", "Add it; README.md names them.")
        for column in absent
    ]


def _expression(
    cells: Cells, column: str, known: Vocabulary, *, result: Literal["condition", "any"] = "any"
) -> str:
    text = cells.needed(column, "Write it as in XLSForms, for example ${phq9} > 0.")
    for severity, message, fix in faults_in(text, known, result=result) if text else ():
        cells.fault(column, message, fix, severity)
    return text


def _score(cells: Cells, known: Vocabulary) -> Score:
    name = cells.needed("name", "Name the score, for example phq9.")
    if name and not _NAME.fullmatch(name):
        cells.fault("name", f"“{name}” cannot be a name.", "Use small letters, digits and _, such as phq9.")
    minimum, maximum = cells.number("min"), cells.number("max")
    if minimum is not None and maximum is not None and minimum >= maximum:
        cells.fault("max", "The greatest value is not above the smallest.", "Mend min or max.")
    return Score(
        name=name,
        label=cells.texts("label"),
        formula=_expression(cells, "formula", known),
        minimum=minimum,
        maximum=maximum,
        bands=read_bands(cells, minimum, maximum),
        minimum_answered=cells.whole("minimum answered"),
        source=cells.text("source"),
        row=cells.row.number,
    )


def _indicator(cells: Cells, known: Vocabulary, protocol: Protocol | None) -> Indicator:
    code = cells.needed("indicator", "Give the rule a code, for example H1.")
    if code and not _CODE.fullmatch(code):
        cells.fault("indicator", f"“{code}” cannot be a code.", "Use letters and digits, such as H1.")
    levels = [level.name for level in protocol.levels] if protocol else []
    dimensions = [dimension.name for dimension in protocol.dimensions] if protocol else []
    on_phone = cells.yes_no("on phone")
    return Indicator(
        code=code,
        label=cells.texts("label"),
        condition=_expression(cells, "condition", known, result="condition"),
        dimension=cells.one_of("dimension", dimensions, "dimension"),
        level=cells.one_of("level", [*(levels or LEVELS), REVIEW], "level"),
        next_step=_next_step(cells, on_phone),
        on_phone=on_phone,
        respond_within_hours=cells.hours("respond within"),
        stands_for_days=cells.days("stands for"),
        source=cells.text("source"),
        row=cells.row.number,
    )


def _next_step(cells: Cells, on_phone: bool) -> dict[str, str]:
    found = cells.texts("next step", needed=False)
    headers = cells.sheet.languages("next step")
    if on_phone and not found:
        cells.fault(
            "next step" if not headers else next(iter(headers.values())),
            "The rule goes to phones but has no next step to show.",
            "Write what the worker should do, or write no under “on phone”.",
        )
    for language, text in found.items():
        word = not_neutral(text)
        if word:
            cells.fault(
                headers[language],
                f"“{word}” must not stand on a phone.",
                "Say only what to do, for example: Please call your coordinator today before you leave.",
            )
    return found
