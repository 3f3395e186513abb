"""A copy of a workbook with every finding at its cell: coloured, with a comment, and a list in front.

Formulas, formats, column widths, drop-down lists and the coordinator's own comments stay. A copy that was
mended and is looked at again loses our old marks first. Its values are worked out anew by Excel when it is
opened, as a program that only writes cells cannot do that.
"""

import io
import threading
import warnings
from collections.abc import Iterable, Mapping, Sequence
from copy import copy

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.worksheet import Worksheet

from xlsforms.findings import Finding
from xlsforms.sheets import Book

LIST_SHEET = "To mend"
AUTHOR = "Pteah"
COLOURS = {"error": "FFF4B4AE", "warning": "FFFFE9A8"}
"""Red for what must be mended, yellow for what to think about."""
WORDS = {"error": "must be mended", "warning": "think about it"}

_HEADERS = ("", "sheet", "row", "column", "what", "what to do")
_WIDTHS = (16, 14, 7, 24, 60, 60)
_RULER = "-" * 12
_reading = threading.Lock()  # warnings.catch_warnings changes the process


def annotate(workbook: bytes, book: Book, findings: Sequence[Finding]) -> bytes:
    """The .xlsx with these findings marked. `book` is `read_book` of the same bytes."""
    with _reading, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl speaks of extensions it does not keep
        copied = load_workbook(io.BytesIO(workbook), keep_links=False)
        _clean(copied)
        sheets = {sheet.title.strip().lower(): sheet for sheet in reversed(copied.worksheets)}
        cells = [_cell(sheets.get(found.sheet), book, found) for found in findings]
        for cell, together in _by_cell(cells, findings).values():
            _mark(cell, together)
        _list(copied, findings, cells)
        written = io.BytesIO()
        copied.save(written)
    return written.getvalue()


def _clean(copied: Workbook) -> None:
    """Take our marks of an earlier time away."""
    if LIST_SHEET in copied.sheetnames:
        del copied[LIST_SHEET]
    for sheet in copied.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment and cell.comment.author == AUTHOR and isinstance(cell, Cell):
                    before = cell.comment.text.partition(_RULER)[2].strip()
                    cell.comment = Comment(before, "") if before else None
                    if cell.fill.fgColor.rgb in COLOURS.values():
                        cell.fill = PatternFill()


def _cell(sheet: Worksheet | None, book: Book, found: Finding) -> Cell | None:
    """The cell a finding is about; the first of its row or sheet where it names none."""
    if sheet is None:
        return None
    known = book.sheet(found.sheet)
    letter = known.letters.get(known.header(found.column), "A") if found.column else "A"
    for area in sheet.merged_cells.ranges:
        if f"{letter}{found.row or 1}" in area:
            return sheet.cell(area.min_row, area.min_col)  # type: ignore[return-value]  # the corner is a cell
    return sheet[f"{letter}{found.row or 1}"]  # type: ignore[no-any-return]


def _by_cell(
    cells: Sequence[Cell | None], findings: Sequence[Finding]
) -> Mapping[tuple[str, str], tuple[Cell, list[Finding]]]:
    together: dict[tuple[str, str], tuple[Cell, list[Finding]]] = {}
    for cell, found in zip(cells, findings, strict=True):
        if cell is not None:
            name = (cell.parent.title, cell.coordinate)
            together.setdefault(name, (cell, []))[1].append(found)
    return together


def _mark(cell: Cell, findings: Iterable[Finding]) -> None:
    found = sorted(findings, key=lambda one: one.severity)
    text = "\n\n".join(f"{one.message}\n{one.fix}".strip() for one in found)
    if cell.comment:  # somebody's own words stay, below ours
        text = f"{text}\n\n{_RULER}\n{cell.comment.text}"
    comment = Comment(text, AUTHOR)
    comment.width, comment.height = 380, 60 + 18 * (text.count("\n") + len(text) // 48)
    cell.comment = comment
    cell.fill = PatternFill("solid", fgColor=COLOURS[found[0].severity])


def _list(copied: Workbook, findings: Sequence[Finding], cells: Sequence[Cell | None]) -> None:
    """The first sheet: one row a finding, each leading to its cell."""
    sheet = copied.create_sheet(LIST_SHEET, 0)
    sheet.append(_HEADERS)
    for column, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
        sheet.cell(1, column).font = Font(bold=True)
    for number, (found, cell) in enumerate(zip(findings, cells, strict=True), start=2):
        words = (WORDS[found.severity], found.sheet, found.row, found.column, found.message, found.fix)
        for column, word in enumerate(words, start=1):
            here = sheet.cell(number, column)
            here.value = word
            here.alignment = Alignment(wrap_text=True, vertical="top")
            if isinstance(word, str):
                here.data_type = "s"  # a message that begins with = is no formula
        sheet.cell(number, 1).fill = PatternFill("solid", fgColor=COLOURS[found.severity])
        if cell is not None:
            _link(sheet.cell(number, 4), cell)
    if not findings:
        sheet.append(("", "", "", "", "Nothing to mend was found.", ""))
    sheet.freeze_panes = "A2"
    for other in copied.worksheets:
        other.sheet_view.tabSelected = other is sheet
    copied.active = 0


def _link(here: Cell, cell: Cell) -> None:
    here.value = here.value or cell.coordinate
    here.hyperlink = f"#{quote_sheetname(cell.parent.title)}!{cell.coordinate}"
    font = copy(here.font)
    here.font = Font(name=font.name, size=font.size, color="FF0563C1", underline="single")
