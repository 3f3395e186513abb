"""The files a form expects to find beside it on the phone."""

import re
from collections.abc import Iterable, Mapping

from xlsforms.findings import Finding
from xlsforms.sheets import Book

_FILE = re.compile(r"jr://(?:images|image|audio|video|file|file-csv)/([^\"'<>&]+)")
_SEARCH = re.compile(r"\bsearch\(\s*(?:'|&apos;|&quot;|\")([^'\"&]+)")
GIVE = "Give it together with the workbook."
"""What to do about a file that nobody gave."""


def files_of(xform: str) -> tuple[str, ...]:
    """Every file name the XForm mentions: pictures, sounds, CSV lists; entity lists among them."""
    named = _FILE.findall(xform)
    searched = [name if name.endswith(".csv") else f"{name}.csv" for name in _SEARCH.findall(xform)]
    return tuple(sorted({name.strip() for name in [*named, *searched]}))


def lists_in(files: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """Which of these files are entity lists: `people.csv` is the list `people`."""
    return tuple(name for name in known if f"{name}.csv" in files)


def missing_files(book: Book, files: Iterable[str], given: Mapping[str, bytes]) -> list[Finding]:
    """A finding for each file that nobody gave, at the row that asks for it.

    Collect says nothing when a file is missing; the person sees an empty list. (collect_contract 4.2)
    """
    found = []
    for name in files:
        if name not in given:
            sheet, row, column = _where(book, name)
            told = f"The file {name} is not there; phones would show an empty list or no picture."
            found.append(Finding(sheet, row, column, told, GIVE))
    return found


def _where(book: Book, name: str) -> tuple[str, int | None, str]:
    stem = name.rpartition(".")[0]
    for wanted in (name, f"'{stem}'"):
        for sheet in ("survey", "choices"):
            for row in book.sheet(sheet).rows:
                for header, text in row.cells.items():
                    if wanted in text:
                        return sheet, row.number, header
    return "survey", None, ""
