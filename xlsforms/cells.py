"""One row of a rules or protocol sheet, read cell by cell; what cannot be understood becomes a finding
and a harmless value, so that one pass reports every bad cell of every row.
"""

import re
from collections.abc import Collection

from xlsforms.findings import Finding, Severity, did_you_mean
from xlsforms.sheets import Row, Sheet

SAME_DAY_HOURS = 12.0
"""`same day`: before the day is over, counted from a visit in the morning. Shorter than `24 h`."""

_YES = frozenset(["yes", "y", "true", "1", "បាទ", "ចាស"])
_NO = frozenset(["no", "n", "false", "0", ""])
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(h|hours?|d|days?|w|weeks?|months?|years?)\.?", re.IGNORECASE)
_HOURS = {"h": 1, "d": 24, "w": 7 * 24, "m": 30 * 24, "y": 365 * 24}
_UNTIL_ASKED_AGAIN = frozenset(["", "until asked again", "until answered again"])


class Cells:
    """The cells of one row and the list to which faults are added."""

    def __init__(self, sheet: Sheet, row: Row, findings: list[Finding]) -> None:
        self.sheet, self.row, self.findings = sheet, row, findings

    def fault(self, column: str, message: str, fix: str, severity: Severity = "error") -> None:
        """Report this cell."""
        header = self.sheet.header(column)
        self.findings.append(Finding(self.sheet.name, self.row.number, header, message, fix, severity))

    def text(self, column: str) -> str:
        """The cell, or ""."""
        return self.row.get(column)

    def needed(self, column: str, fix: str) -> str:
        """The cell; an empty one is a fault."""
        found = self.row.get(column)
        if not found:
            self.fault(column, "This cell is empty.", fix)
        return found

    def texts(self, column: str, *, needed: bool = True) -> dict[str, str]:
        """The text in every language the sheet has for it; a language left empty is a warning."""
        found = self.row.texts(column)
        headers = self.sheet.languages(column)
        if not found and needed:
            self.fault(column, "This text is empty.", "Write it in every language.")
        for language in headers.keys() - found.keys() if found else ():
            self.fault(headers[language], "The translation is missing.", "Write it.", "warning")
        return found

    def number(self, column: str) -> float | None:
        """The cell as a number, or None where it is empty."""
        written = self.row.get(column)
        try:
            return float(written) if written else None
        except ValueError:
            self.fault(column, f"“{written}” is not a number.", "Write a number such as 27.")
            return None

    def whole(self, column: str, *, otherwise: int = 0) -> int:
        """The cell as a whole number, 0 or more."""
        written = self.row.get(column)
        if not written:
            return otherwise
        if not re.fullmatch(r"[0-9]{1,6}", written):
            self.fault(column, f"“{written}” is not a whole number.", "Write a number such as 14.")
            return otherwise
        return int(written)

    def yes_no(self, column: str) -> bool:
        """Does the cell say yes? Empty says no."""
        written = self.row.get(column).lower()
        if written not in _YES | _NO:
            self.fault(column, f"“{self.row.get(column)}” is neither yes nor no.", "Write yes or no.")
        return written in _YES

    def one_of(self, column: str, known: Collection[str], what: str) -> str:
        """The cell, which must be one of `known`; `what` they are, for the message."""
        written = self.needed(column, f"Write one of: {', '.join(known)}.") if known else self.text(column)
        if written and known and written not in known:
            hint = did_you_mean(written, known, f"Write one of: {', '.join(known)}.")
            self.fault(column, f"There is no {what} named “{written}”.", hint)
        return written

    def hours(self, column: str) -> float | None:
        """`same day`, `24 h`, `3 days` as hours; None where the cell is empty."""
        written = self.row.get(column)
        if written.lower() in ("same day", "today"):
            return SAME_DAY_HOURS
        match = _DURATION.fullmatch(written)
        if written and not match:
            self.fault(column, f"“{written}” is not a length of time.", "Write same day, 24 h or 3 days.")
        return float(match.group(1)) * _HOURS[match.group(2)[0].lower()] if match else None

    def days(self, column: str) -> int | None:
        """`90 days`, `6 months` as days; None where the cell is empty or says `until asked again`."""
        written = self.row.get(column)
        if written.lower() in _UNTIL_ASKED_AGAIN:
            return None
        if written.isdecimal():
            return int(written)
        hours = self.hours(column)
        return None if hours is None else int(hours // 24)
