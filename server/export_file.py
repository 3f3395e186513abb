"""An export as a file: CSV or XLSX. Nothing in it is ever taken for a formula by what opens it."""

import csv
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from io import StringIO
from typing import IO, Any, Literal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from sync.core.export_columns import Cell
from sync.core.times import PHNOM_PENH
from sync.exporting import Export

Format = Literal["csv", "xlsx"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MARK = "\N{BYTE ORDER MARK}"
"""Before a CSV: without it Excel shows Khmer as nonsense."""
IN_MEMORY_BYTES = 5_000_000
PIECE_BYTES = 256 * 1024
LONGEST_CELL = 32_767
_BEGIN_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")

Tell = Callable[[int], None]


def harmless(value: Cell) -> Cell:
    """The value as it may stand in a cell: a text that a spreadsheet would work out gets a ' in front."""
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", value)
    return f"'{text}" if text.lstrip(" \N{NO-BREAK SPACE}").startswith(_BEGIN_A_FORMULA) else text


def csv_lines(export: Export, tell: Tell = lambda _: None) -> Iterator[str]:
    """The export as CSV, some lines at a time."""
    text = StringIO()
    write = csv.writer(text)
    text.write(MARK)
    write.writerow(export.columns)
    for row in export.rows(tell):
        write.writerow([harmless(value) for value in row])
        if text.tell() > 50_000:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def write_xlsx(export: Export, out: IO[bytes], *, by: str, at: datetime, tell: Tell = lambda _: None) -> None:
    """Write the export as a workbook: the rows, and a sheet that says what they are."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(export.what[:31])
    sheet.freeze_panes = "B2"
    sheet.append([_cell(sheet, name) for name in export.columns])
    for row in export.rows(tell):
        sheet.append([_cell(sheet, value) for value in row])
    about = book.create_sheet("about")
    for line in (
        ("purpose", export.purpose),
        ("people", len(export.people)),
        ("left out: no consent for this purpose", export.left_out),
        ("exported by", by),
        ("exported at", f"{at.astimezone(PHNOM_PENH):%Y-%m-%d %H:%M} Phnom Penh"),
    ):
        about.append([_cell(about, value) for value in line])
    book.save(out)


def _cell(sheet: Any, value: Cell) -> Any:
    found = harmless(value)
    cell = WriteOnlyCell(sheet, found[:LONGEST_CELL] if isinstance(found, str) else found)
    if isinstance(found, str):
        cell.data_type = "s"  # also where it looks like a formula
    return cell


def xlsx_pieces(export: Export, *, by: str, at: datetime) -> Iterator[bytes]:
    """The export as a workbook, piece by piece; on the disk where it is large."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as out:
        write_xlsx(export, out, by=by, at=at)
        out.seek(0)
        while piece := out.read(PIECE_BYTES):
            yield piece


def file_name(export: Export, kind: Format, at: datetime) -> str:
    """What the file is called: nothing of anybody."""
    return f"pteah-{export.what}-{at.astimezone(PHNOM_PENH):%Y-%m-%d}.{kind}"
