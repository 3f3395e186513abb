"""What is wrong with a workbook, said so that the coordinator finds the cell and knows what to do."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from sync.core.problem import Problem
from xlsforms.sheets import Row, Sheet

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend (error) or to think about (warning)."""

    sheet: str
    """Empty: the workbook as a whole."""
    row: int | None
    """As Excel counts; 1 is the header row; None: the sheet as a whole."""
    column: str
    """The header as written, or ""."""
    message: str
    fix: str
    severity: Severity = "error"
    original: str = ""
    """What pyxform or ODK Validate said, where `message` says it in our words."""

    @property
    def place(self) -> str:
        """`survey, row 12, relevant`."""
        parts = [self.sheet, f"row {self.row}" if self.row else "", self.column]
        return ", ".join(part for part in parts if part) or "workbook"

    def __str__(self) -> str:
        return f"{self.place}: {self.message} {self.fix}".strip()


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a sheet, about which something can be said."""

    sheet: Sheet
    row: int

    def error(self, column: str, message: str, fix: str) -> Finding:
        """Something to mend in this row; `column` may be a plain name."""
        return Finding(self.sheet.name, self.row, self.sheet.header(column), message, fix)

    def warning(self, column: str, message: str, fix: str) -> Finding:
        """Something to think about."""
        return Finding(self.sheet.name, self.row, self.sheet.header(column), message, fix, "warning")


def places(sheet: Sheet) -> Iterator[tuple[Row, Place]]:
    """Every row of a sheet with its place."""
    for row in sheet.rows:
        yield row, Place(sheet, row.number)


class WorkbookRefused(Problem):
    """A workbook with at least one error; carries all findings, warnings too."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        errors = [found for found in self.findings if found.severity == "error"]
        super().__init__(
            "workbook.refused", count=len(errors), findings="\n".join(f"- {found}" for found in errors)
        )


def has_errors(findings: Iterable[Finding]) -> bool:
    """Is there anything that must be mended?"""
    return any(found.severity == "error" for found in findings)


def in_order(findings: Iterable[Finding], sheets: Iterable[str]) -> tuple[Finding, ...]:
    """Each finding once, in the order in which a coordinator walks through the workbook."""
    places = {name: place for place, name in enumerate(sheets)}
    return tuple(
        sorted(
            dict.fromkeys(findings),
            key=lambda found: (places.get(found.sheet, -1), found.row or 0, found.severity),
        )
    )


def did_you_mean(written: str, known: Iterable[str], otherwise: str) -> str:
    """`Did you mean x?` for the known word nearest to `written`, or `otherwise`."""
    by_case = {word.lower(): word for word in known}
    near = get_close_matches(written.lower(), by_case, n=1, cutoff=0.6)
    return f"Did you mean {by_case[near[0]]}?" if near else otherwise
