"""An export as a file: CSV or XLSX. Nothing in it is ever taken for a formula by what opens it."""

import csv
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from html import escape
from io import BytesIO, StringIO
from typing import IO, Literal
from zipfile import ZIP_DEFLATED

from openpyxl import Workbook
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
PIECE_BYTES = 64 * 1024
ROWS = "xl/worksheets/sheet1.xml"
DIMENSION = re.compile(rb"<dimension [^>]*/>")
"""How many rows there are: openpyxl knows of one."""
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


def size_of(export: Export) -> int:
    """About how many bytes it will have as CSV, by the first hundred people."""
    size, done = 0, list[int]()
    for piece in csv_lines(export, done.append):
        size += len(piece.encode())
        if done:
            return size * len(export.people) // done[0]
    return size


def xlsx_pieces(export: Export, *, by: str, at: datetime, tell: Tell = lambda _: None) -> Iterator[bytes]:
    """The export as a workbook (the rows, and a sheet that says what they are), piece by piece as it is made.

    openpyxl makes the workbook without its rows, which are put in on the way out: nothing waits for the last
    of them, and no name is ever in a file of ours on the disk.
    """
    out, bare = _Outlet(), _workbook(export, by, at)
    with zipfile.ZipFile(bare) as empty, zipfile.ZipFile(out, "w", ZIP_DEFLATED) as whole:
        for name in empty.namelist():
            if name != ROWS:
                whole.writestr(name, empty.read(name))
        head, end, tail = DIMENSION.sub(b"", empty.read(ROWS)).partition(b"</sheetData>")
        with whole.open(ROWS, "w") as sheet:
            sheet.write(head)
            yield out.take()
            for row in export.rows(tell):
                sheet.write(f"<row>{''.join(map(_cell, row))}</row>".encode())
                if out.size > PIECE_BYTES:
                    yield out.take()
            sheet.write(end + tail)
    yield out.take()


class _Outlet:
    """A file that is only written: what was written since it was last emptied."""

    def __init__(self) -> None:
        self._written: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    close = flush

    def take(self) -> bytes:
        """What was written, which is then forgotten."""
        whole = b"".join(self._written)
        self._written, self.size = [], 0
        return whole


def _workbook(export: Export, by: str, at: datetime) -> IO[bytes]:
    """The workbook with the names of the columns alone."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title, sheet.freeze_panes = export.what[:31], "B2"
    sheet.append(list(export.columns))
    about = book.create_sheet("about")
    for line in (
        ("purpose", export.purpose),
        ("people", len(export.people)),
        ("left out: no consent for this purpose", export.left_out),
        ("exported by", by),
        ("exported at", f"{at.astimezone(PHNOM_PENH):%Y-%m-%d %H:%M} Phnom Penh"),
    ):
        about.append([harmless(value) for value in line])
    for cell in (cell for one in book for line in one.iter_rows() for cell in line if cell.data_type == "f"):
        cell.data_type = "s"
    content = BytesIO()
    book.save(content)
    return content


def _cell(value: Cell) -> str:
    """A cell, the next of its row. A text stands in it as itself: what looks like a formula is none."""
    found = harmless(value)
    if found is None:
        return "<c/>"
    if isinstance(found, bool):
        return f'<c t="b"><v>{found:d}</v></c>'
    if isinstance(found, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(found[:LONGEST_CELL])}</t></is></c>'
    return f"<c><v>{found}</v></c>"


def file_name(export: Export, kind: Format, at: datetime) -> str:
    """What the file is called: nothing of anybody."""
    return f"pteah-{export.what}-{at.astimezone(PHNOM_PENH):%Y-%m-%d}.{kind}"
