"""Rows -> an XForm. Alone in calling pyxform.

pyxform is fed rows, not the file: blank rows are kept, so that the row numbers in its messages are Excel's,
and the rules that phones work out are added as ordinary rows at the end.
"""

import json
import re
from functools import lru_cache
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT
from pyxform.xls2xform import convert as pyxform_convert

from xlsforms.findings import Finding, Severity, has_errors
from xlsforms.on_phone import PhoneRows
from xlsforms.plain_words import in_plain_words
from xlsforms.sheets import Book, Sheet, plain

_PYXFORM_SHEETS = ("survey", "choices", "settings", "entities", "external_choices")
_OURS = frozenset(["privacy"])
"""Columns of the survey sheet that pyxform must not see."""
_MOST_RETRIES = 12
_ROW = re.compile(r"\[row : (\d+)\]\s*")
_SHEET = re.compile(r"On the '(\w+)' sheet, the '([^']+)' value is invalid\.\s*")


def known_types() -> frozenset[str]:
    """Every word pyxform takes in the type column, without selects and groups."""
    return frozenset(QUESTION_TYPE_DICT) | {"csv-external", "xml-external"}


def xform_of(book: Book, added: PhoneRows, *, ours: list[Finding]) -> tuple[str | None, list[Finding]]:
    """The XForm, or None, and what pyxform says beyond what we found ourselves.

    pyxform stops at its first error: that row is put aside and it is asked again, so that all are told.
    """
    told: list[Finding] = []
    aside: set[int] = set()
    for _ in range(_MOST_RETRIES):
        try:
            xform, warnings = _pyxform(json.dumps(_definition(book, added, aside), ensure_ascii=False))
        except PyXFormError as error:
            said = _finding(str(error), "error")
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            if not has_errors(ours) and not told:
                raise
            return None, told  # it tripped over what is already reported
        else:
            return (None, told) if aside else (xform, [_finding(said, "warning") for said in warnings])
        row = said.row if said.sheet == "survey" else None
        if not _is_told(said, [*ours, *told]):
            told.append(said)
        if row is None or row in aside or _opens_or_closes(book, row):
            break
        aside.add(row)
    return None, told


def _opens_or_closes(book: Book, number: int) -> bool:
    """Whether this row begins or ends a group: put aside, it would leave its other end alone."""
    row = next((one for one in book.sheet("survey").rows if one.number == number), None)
    return row is not None and row.get("type").lower().startswith(("begin", "end"))


def _is_told(said: Finding, known: list[Finding]) -> bool:
    """Whether this is already reported: for its row, or, where it names none, by anything at all."""
    if said.row is None:
        return has_errors(known)
    return any((one.sheet, one.row, one.severity) == (said.sheet, said.row, "error") for one in known)


@lru_cache(maxsize=32)
def _pyxform(definition: str) -> tuple[str, tuple[str, ...]]:
    """The same definition gives the same XForm, so that it is made once."""
    warnings: list[str] = []
    made = pyxform_convert(json.loads(definition), warnings=warnings, validate=False, pretty_print=False)
    return made.xform, tuple(dict.fromkeys(warnings))


def _definition(
    book: Book, added: PhoneRows, aside: frozenset[int] | set[int] = frozenset()
) -> dict[str, Any]:
    """The workbook as pyxform reads one, without our own columns and with the added rows.

    Survey rows put `aside` leave a plain question of their name, which others may speak of.
    """
    found: dict[str, Any] = {"sheet_names": list(book.sheets), "fallback_form_name": None}
    for name in _PYXFORM_SHEETS:
        sheet = book.sheet(name)
        if not sheet.headers:
            continue
        rows = _numbered(sheet)
        if name == "settings" and rows:
            rows[0].setdefault(sheet.header("version"), book.version)
        if name == "survey":
            for number in aside & set(range(2, len(rows) + 2)):
                rows[number - 2] = _plain_question(sheet, rows[number - 2])
            rows += [dict(row) for row in added.rows]
        headers = [header for header in sheet.headers if plain(header) not in _OURS]
        found[name] = rows
        found[f"{name}_header"] = [dict.fromkeys([*headers, *(header for row in rows for header in row)])]
    return found


def _plain_question(sheet: Sheet, row: dict[str, str]) -> dict[str, str]:
    kind, name = sheet.header("type"), sheet.header("name")
    return {kind: "text", name: row[name], sheet.header("hint"): "-"} if row.get(name) else {}


def _numbered(sheet: Sheet) -> list[dict[str, str]]:
    """The rows with the blank ones between them: pyxform counts rows to say where something is wrong."""
    last = sheet.rows[-1].number if sheet.rows else 1
    rows: list[dict[str, str]] = [{} for _ in range(2, last + 1)]
    for row in sheet.rows:
        rows[row.number - 2] = {key: text for key, text in row.cells.items() if plain(key) not in _OURS}
    return rows


def _finding(said: str, severity: Severity) -> Finding:
    """pyxform's sentence with the place taken out of it where it names one."""
    row = _ROW.search(said)
    place = _SHEET.search(said)
    text = _SHEET.sub("", _ROW.sub("", said)).strip()
    found = Finding(
        place.group(1) if place else ("survey" if row else ""),
        int(row.group(1)) if row else None,
        place.group(2) if place else "",
        text,
        "",
        severity,
    )
    return in_plain_words(found)
