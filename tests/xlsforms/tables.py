"""Real .xlsx files from tables written down in a test, as a coordinator would type them into Excel.

    == survey ==
    | type | name | label::English (en) |
    | text | nick | Name to use         |

A line of `| |` is a blank row. Cells that look like whole numbers become numbers, as in
Excel; those with a leading zero stay text.
"""

import io
from collections.abc import Iterator
from pathlib import Path

from openpyxl import Workbook

FIXTURES = Path(__file__).parent / "fixtures"


def fixture(name: str) -> str:
    """The tables of fixtures/NAME.md."""
    return (FIXTURES / f"{name}.md").read_text(encoding="utf-8")


def workbook(*texts: str) -> bytes:
    """The bytes of a workbook with these sheets; a sheet named again replaces the earlier one."""
    sheets = {name: rows for text in texts for name, rows in _sheets(text)}
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([_value(cell) for cell in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _value(cell: str) -> str | int | None:
    return int(cell) if cell.isdecimal() and not cell.startswith("0") else cell or None


def _sheets(text: str) -> Iterator[tuple[str, list[list[str]]]]:
    name, rows = "", list[list[str]]()
    for line in map(str.strip, text.strip().splitlines()):
        if line.startswith("=="):
            if name:
                yield name, rows
            name, rows = line.strip("= "), []
        elif line.startswith("|"):
            rows.append([cell.strip() for cell in line[1:].rstrip("|").split("|")])
    yield name, rows


def _table(name: str) -> str:
    """One sheet of the trial form as it stands in the file, so that a test can replace words in it."""
    return f"== {name} ==" + fixture("trial").partition(f"== {name} ==")[2].partition("\n==")[0]


SETTINGS, SURVEY, CHOICES, SCORES, RISK = map(_table, ("settings", "survey", "choices", "scores", "risk"))

A_FORM = (SURVEY, CHOICES, SETTINGS, SCORES, RISK)
"""A small form with everything in it and nothing wrong."""

SLEEP = "| select_one ynr    | sleeps    | Do you sleep well? | តើអ្នកដេកបានល្អទេ? | | sensitive |"
_END = "| end group         | talk "
ONE_MORE = SURVEY.replace(_END, f"{SLEEP}\n{_END}")
"""Its survey with a question more, in two languages."""
