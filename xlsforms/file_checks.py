"""What is odd about a workbook file itself: merged cells, hidden sheets, formulas without a result."""

import re
from collections.abc import Iterator

from xlsforms.findings import Finding
from xlsforms.package import Oddity
from xlsforms.sheets import Book

_AT = re.compile(r"([A-Z]+)([0-9]+)(?::([A-Z]+)([0-9]+))?")


def check_file(book: Book) -> Iterator[Finding]:
    """One finding for each oddity; only sheets that count are looked at."""
    for odd in book.oddities:
        if odd.kind == "links":
            yield Finding(
                "",
                None,
                "",
                "Some cells take their values from another workbook, as they were when it was saved.",
                "Write the values themselves, so that the next person sees the same.",
                "warning",
            )
        elif odd.kind == "hidden":
            told = f"The sheet “{odd.sheet}” is hidden, and counts all the same."
            yield Finding(odd.sheet, None, "", told, "Unhide it, or take it out.", "warning")
        else:
            yield _at(book, odd)


def _at(book: Book, odd: Oddity) -> Finding:
    match = _AT.fullmatch(odd.at)
    letter, row = (match[1], int(match[2])) if match else ("", 1)
    headers = {letter: header for header, letter in book.sheet(odd.sheet).letters.items()}
    column = headers.get(letter, letter)
    if odd.kind == "merged":
        told = f"The cells {odd.at} are merged: only the first of them counts, the others are read as empty."
        return Finding(odd.sheet, row, column, told, "Unmerge them and fill each cell.")
    told = "There is a formula here without a result, so that the cell would be read as empty."
    return Finding(
        odd.sheet, row, column, told, "Open the workbook in Excel and save it, or write the text itself."
    )
