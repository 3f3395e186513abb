"""A form in one more language: what is there and what is missing, out as a small workbook and back again."""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from sync.core.problem import Problem
from xlsforms.findings import Finding, Place, places
from xlsforms.sheets import Book, Row, Sheet, language_of, plain, read_book
from xlsforms.survey import REFERENCE
from xlsforms.versions import changed
from xlsforms.wording import not_neutral

TEXTS = {
    "survey": ("label", "hint", "constraint message", "required message", "guidance hint"),
    "choices": ("label",),
    "scores": ("label", "bands"),
    "risk": ("label", "next step"),
}
"""Sheet -> columns whose cells are texts for people."""
SHEET = "to translate"
_HEADERS = ("sheet", "row", "column", "name")
_LANGUAGE = re.compile(r"[^:()]{2,40} \(([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?)\)")


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of one sheet is there in one language."""

    sheet: str
    language: str
    there: int
    wanted: int


@dataclass(frozen=True, slots=True)
class _Text:
    sheet: Sheet
    row: Row
    column: str

    @property
    def texts(self) -> dict[str, str]:
        return self.row.texts(self.column)


def coverage(book: Book) -> list[Coverage]:
    """Per sheet and language how many texts are there, of those that are there in any language."""
    found = []
    for name in TEXTS:
        texts = [one.texts for one in _texts(book, name)]
        for language in languages(book) if texts else ():
            there = sum(language in one for one in texts)
            found.append(Coverage(name, language, there, len(texts)))
    return found


def lacking(book: Book) -> dict[str, tuple[str, int]]:
    """Language code -> as the workbook writes it, and how many texts have none in it."""
    found = coverage(book)
    return {
        code: (written, sum(one.wanted - one.there for one in found if one.language == code))
        for code, written in languages(book).items()
    }


def languages(book: Book) -> dict[str, str]:
    """Language code -> as the workbook writes it (`Khmer (km)`), in its order."""
    found: dict[str, str] = {}
    for name, columns in TEXTS.items():
        for column in columns:
            for code, header in book.sheet(name).languages(column).items():
                found.setdefault(code, header.partition("::")[2].strip() or "English (en)")
    return found


def _texts(book: Book, name: str) -> Iterator[_Text]:
    sheet = book.sheet(name)
    for row in sheet.rows:
        for column in TEXTS[name]:
            if row.texts(column):
                yield _Text(sheet, row, column)


def untranslated(book: Book, language: str) -> bytes:
    """A workbook with everything that has no text in this language, such as `Thai (th)` or `th`.

    Raises Problem language.unknown for what is neither in the workbook nor written `Name (code)`.
    """
    written = _written(book, language)
    code = language_of(written)
    known = {name: as_written for name, as_written in languages(book).items() if name != code}
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.title = SHEET
    sheet.append([*_HEADERS, *known.values(), written])
    for name in TEXTS:
        for one in _texts(book, name):
            if code in one.texts:
                continue
            others = (one.texts.get(other, "") for other in known)
            sheet.append([name, one.row.number, one.column, _shown(one.row), *others, ""])
    for cells in sheet.iter_rows():
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a text that begins with = is no formula
    for place, cell in enumerate(sheet[1], start=1):
        cell.font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(place)].width = 12 if place <= len(_HEADERS) else 50
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _shown(row: Row) -> str:
    """What tells a row of any sheet apart for a person."""
    return row.get("name") or row.get("indicator") or row.get("list name")


def _written(book: Book, language: str) -> str:
    known = languages(book)
    if language in known:
        return known[language]
    match = _LANGUAGE.fullmatch(language.strip())
    if not match:
        raise Problem("language.unknown")
    return known.get(match[1].lower(), language.strip())


def with_translations(
    workbook: bytes, book: Book, translated: bytes, version: str
) -> tuple[bytes, list[Finding]]:
    """The workbook with the texts of a translated sheet written in, under a new version.

    `book` is `read_book` of `workbook`. Findings are about the translated sheet; a text with an error is left
    out.

    Raises Problem workbook.* and language.unknown.
    """
    sheet = read_book(translated, filename="translated.xlsx").sheet(SHEET)
    written = next((header for header in reversed(sheet.headers) if _LANGUAGE.fullmatch(header)), "")
    if not written:
        raise Problem("language.unknown")
    findings: list[Finding] = []
    texts: dict[tuple[str, int, str], str] = {}
    for row, place in places(sheet):
        text = row.get(written)
        if not text:
            continue
        found = list(_faults(book, row, written, place))
        findings += found
        if not any(one.severity == "error" for one in found):
            texts[row.get("sheet"), int(row.get("row")), row.get("column")] = text
    return changed(workbook, lambda copied: _write(copied, texts, written, version)), findings


def _faults(book: Book, row: Row, written: str, place: Place) -> Iterator[Finding]:
    """What is wrong with one translated text, compared with what it translates."""
    name, number, column = row.get("sheet"), row.get("row"), row.get("column")
    target = next((one for one in book.sheet(name).rows if str(one.number) == number), None)
    if name not in TEXTS or column not in TEXTS[name] or target is None:
        yield place.error(
            "row", "The form has no such row and column.", "Keep the first four columns as they were."
        )
        return
    if row.get("name") != _shown(target):
        told = f"In this row of the form is now “{_shown(target)}”."
        yield place.error("name", told, "The form changed since; get what is untranslated again.")
        return
    text = row.get(written)
    originals = target.texts(column)
    asked = {frozenset(REFERENCE.findall(other)) for other in originals.values()}
    if asked and frozenset(REFERENCE.findall(text)) not in asked:
        yield place.error(
            written, "The ${names} are not those of the other languages.", "Copy them unchanged."
        )
    if text in originals.values() and len(text.split()) > 1:
        yield place.warning(written, "This is the text of another language.", "Translate it.")
    word = not_neutral(text, results_too=column == "next step")
    if word:
        yield place.warning(
            written, f"“{word}” would stand on the phone for others to see.", "Use neutral words."
        )


def _write(copied: Workbook, texts: Mapping[tuple[str, int, str], str], written: str, version: str) -> None:
    for sheet in copied.worksheets:
        name = sheet.title.strip().lower()
        headers = [str(cell.value or "").strip() for cell in sheet[1]]
        for (where, row, column), text in texts.items():
            if where != name:
                continue
            place = _place(headers, column, written)
            sheet.cell(1, place).value = headers[place - 1]
            cell = sheet.cell(row, place)
            cell.value = text
            cell.data_type = "s"
        plain_headers = [plain(header) for header in headers]
        if name == "settings" and "version" in plain_headers:
            sheet.cell(2, plain_headers.index("version") + 1).value = version


def _place(headers: list[str], column: str, written: str) -> int:
    """Where this column stands in this language; a new one behind the others."""
    split = [(plain(base), language) for base, _, language in (header.partition("::") for header in headers)]
    for place, (base, language) in enumerate(split, start=1):
        if base == column and language_of(language) == language_of(written):
            return place
    spelt = headers[[base for base, _ in split].index(column)].partition("::")[0]
    headers.append(f"{spelt}::{written}")
    return len(headers)
