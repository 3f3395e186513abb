"""An Excel workbook as rows of text, each cell knowing where it stands, so that every finding can say so.

`xlsforms.package` judges the file before anything here parses it.
"""

import hashlib
import io
import json
import re
import threading
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property, lru_cache
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from sync.core.problem import Problem
from xlsforms.package import MAX_BYTES, Oddity, Part, judge, oddities_of

MAX_ROWS = 20_000
MAX_COLUMNS = 200

FORM_SHEETS = ("survey", "choices", "settings", "entities", "external_choices", "scores", "risk")
PROTOCOL_SHEETS = (
    *["settings", "dimensions", "levels", "combine", "schedule", "triggers", "closure", "examples", "places"],
    *["trends", "holidays", "contacts", "hotlines", "services", "profile", "weights"],
)
SHEETS_THAT_COUNT = frozenset([*FORM_SHEETS, *PROTOCOL_SHEETS])

EXCEL_ERRORS = frozenset(["#REF!", "#NAME?", "#VALUE!", "#N/A", "#DIV/0!", "#NULL!", "#NUM!"])

_LANGUAGE = re.compile(r"\(([A-Za-z][A-Za-z-]*)\)\s*$")
# ElementTree's ParseError is a SyntaxError.
_UNREADABLE = (
    zipfile.BadZipFile,
    InvalidFileException,
    KeyError,
    ValueError,
    TypeError,
    OSError,
    SyntaxError,
)
_reading = threading.Lock()  # warnings.catch_warnings changes the process; one workbook at a time


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the headers."""

    number: int
    """As Excel counts: the first row under the headers is 2."""
    cells: Mapping[str, str]
    """Header as written -> text, only cells that are not empty."""

    def get(self, column: str) -> str:
        """The text under `column` (written in any case, with spaces or underscores), or ""."""
        wanted = plain(column)
        return next((text for header, text in self.cells.items() if plain(header) == wanted), "")

    def texts(self, column: str) -> dict[str, str]:
        """Language -> text of `column`, `column::English (en)`, `column::Khmer (km)` …; see `language_of`."""
        wanted = plain(column)
        found: dict[str, str] = {}
        for header, text in self.cells.items():
            base, _, language = header.partition("::")
            if plain(base) == wanted:
                found[language_of(language)] = text
        return found


@dataclass(frozen=True)
class Sheet:
    """One sheet: its headers and its rows."""

    name: str
    """Lower case."""
    headers: tuple[str, ...] = ()
    """As written, spaces tidied, in order; empty headers left out."""
    letters: Mapping[str, str] = field(default_factory=dict)
    """Header -> column letter."""
    rows: tuple[Row, ...] = ()
    """Rows with at least one cell."""
    repeated: tuple[str, ...] = ()
    """Headers that occur more than once."""

    @cached_property
    def columns(self) -> frozenset[str]:
        """The headers' plain names, languages cut off."""
        return frozenset(plain(header.partition("::")[0]) for header in self.headers)

    def header(self, column: str) -> str:
        """The header as written for a plain column name, or the name itself."""
        wanted = plain(column)
        return next((h for h in self.headers if plain(h) == wanted), column)

    def languages(self, column: str) -> dict[str, str]:
        """Language -> header of `column` in that language."""
        wanted = plain(column)
        split = ((header, *header.partition("::")[::2]) for header in self.headers)
        return {language_of(language): header for header, base, language in split if plain(base) == wanted}


@dataclass(frozen=True)
class Book:
    """A workbook."""

    filename: str
    sheets: Mapping[str, Sheet]
    """By lower-case name, in the order of the workbook."""
    oddities: tuple[Oddity, ...] = ()
    """What the cells alone do not tell: merged cells, hidden sheets, formulas without a value."""

    def sheet(self, name: str) -> Sheet:
        """The sheet of this name; one without rows where there is none."""
        return self.sheets.get(name, Sheet(name))

    @cached_property
    def settings(self) -> Row:
        """The one row of a form's settings sheet; an empty one where there is none."""
        rows = self.sheet("settings").rows
        return rows[0] if rows else Row(2, {})

    @property
    def form_id(self) -> str:
        """As the settings sheet says it, or ""."""
        return self.settings.get("form id") or self.settings.get("id string")

    @property
    def title(self) -> str:
        """As the settings sheet says it, or ""."""
        return self.settings.get("form title") or self.settings.get("title")

    @property
    def version(self) -> str:
        """As the settings sheet says it, or ten digits made of the content: never of a clock."""
        return self.settings.get("version") or self.made_version

    @property
    def made_version(self) -> str:
        """Ten digits: the same content gives the same, other content another."""
        return f"{int(self.content_sha256, 16) % 10**10:010d}"

    @cached_property
    def content_sha256(self) -> str:
        """The hash of what the sheets say; formatting and sheets with other names do not count.

        Excel writes another file at every saving, so the file's own hash would not do.
        """
        said = {
            name: [[row.number, sorted(row.cells.items())] for row in sheet.rows]
            for name, sheet in sorted(self.sheets.items())
            if name in SHEETS_THAT_COUNT
        }
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()

    @property
    def is_protocol(self) -> bool:
        """Does this workbook hold the protocol (levels, schedule) rather than a form?"""
        return "survey" not in self.sheets and bool({"levels", "combine", "schedule"} & self.sheets.keys())


@lru_cache(maxsize=1024)
def plain(header: str) -> str:
    """A header without what does not matter: case, outer and doubled spaces, `_` for a space, (remarks)."""
    base, colons, language = header.partition("::")
    base = re.sub(r"\(.*?\)", " ", base)
    return re.sub(r"[\s_]+", " ", base).strip().lower() + colons + language.strip().lower()


def language_of(written: str) -> str:
    """The language code in `English (en)`; the words themselves where they give none; nothing means en."""
    match = _LANGUAGE.search(written)
    return match.group(1).lower() if match else (written.strip().lower() or "en")


def read_book(workbook: bytes, *, filename: str) -> Book:
    """The sheets of an .xlsx file.

    Raises Problem workbook.not_a_workbook and workbook.* of `xlsforms.package.judge`; workbook.too_large
    also for more than 20,000 rows.
    """
    judge(workbook)
    with _reading, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl speaks of drop-down lists and styles it does not keep
        try:
            return _read(workbook, filename)
        except _UNREADABLE:
            raise Problem("workbook.not_a_workbook") from None


def _read(workbook: bytes, filename: str) -> Book:
    book = load_workbook(io.BytesIO(workbook), read_only=True, data_only=True, keep_links=False)
    try:
        sheets: dict[str, Sheet] = {}
        parts: dict[str, Part] = {}
        for found in book.worksheets:
            name = found.title.strip().lower()
            if name in sheets:
                continue
            parts[name] = Part(found._worksheet_path, found.sheet_state != "visible")  # type: ignore[attr-defined]
            found.reset_dimensions()  # some programs write a wrong size, and rows would be lost
            sheets[name] = _sheet(name, found)
        counted = {name: part for name, part in parts.items() if name in SHEETS_THAT_COUNT}
        return Book(filename=filename, sheets=sheets, oddities=oddities_of(workbook, counted))
    finally:
        book.close()


def _sheet(name: str, found: Any) -> Sheet:
    first = next(found.iter_rows(max_row=1, max_col=MAX_COLUMNS, values_only=True), ())
    written = [re.sub(r"\s+", " ", text_of(value)) for value in first]
    headers: dict[int, str] = {}
    repeated = []
    for place, header in enumerate(written):
        if header and header in headers.values():
            repeated.append(header)
        elif header:
            headers[place] = header
    return Sheet(
        name=name,
        headers=tuple(headers.values()),
        letters={header: get_column_letter(place + 1) for place, header in headers.items()},
        # Only columns with a header: a stray cell in the last row stands below a million empty ones.
        rows=tuple(_rows(found.iter_rows(min_row=2, max_col=max(headers) + 1, values_only=True), headers))
        if headers
        else (),
        repeated=tuple(repeated),
    )


def _rows(lines: Iterable[tuple[Any, ...]], headers: Mapping[int, str]) -> Iterator[Row]:
    for number, values in enumerate(lines, start=2):
        if not any(value is not None for value in values):
            continue
        texts = ((headers[place], text_of(value)) for place, value in enumerate(values) if place in headers)
        cells = {header: text for header, text in texts if text}
        if cells and number > MAX_ROWS:  # empty rows down to the last one are formatting, and common
            raise Problem("workbook.too_large", limit_mb=MAX_BYTES // 1_000_000)
        if cells:
            yield Row(number, cells)


def text_of(value: Any) -> str:
    """A cell as the coordinator sees it: 3 not 3.0, TRUE, 2026-01-31, hard spaces made plain, trimmed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | time):
        return str(value)
    return str(value).replace("\u00a0", " ").strip()
