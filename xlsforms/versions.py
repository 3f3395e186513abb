"""A former version again, under a new number: the record of what was published only ever grows."""

import io
import re
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from openpyxl import Workbook, load_workbook

from sync.core.problem import Problem
from sync.store import attachments, forms, protocols
from sync.store.connect import Db
from xlsforms.impact import PROTOCOL
from xlsforms.sheets import plain

_DIGITS = re.compile(r"[0-9]{8,18}")
_writing = threading.Lock()  # warnings.catch_warnings changes the process


@dataclass(frozen=True, kw_only=True)
class Again:
    """A workbook ready to be published as a new version."""

    workbook: bytes = field(repr=False)
    filename: str
    version: str
    renames: Mapping[str, str]
    """What the step back renames: question name there -> in the version now."""


def former(db: Db, form_id: str, today: date, version: str | None = None) -> Again:
    """The workbook of a former version under a new number; of the one before the current where none is named.

    Raises Problem form.unpublished, form.version_unknown, form.nothing_before.
    """
    known = protocols.versions(db) if form_id == PROTOCOL else forms.versions(db, form_id)
    if not known:
        raise Problem("form.unpublished", form_id=form_id)
    names = [_version(one) for one in known]
    current = names[0] if form_id == PROTOCOL else forms.current_version(db, form_id) or names[0]
    wanted = version or known[names.index(current)].get("follows") or _older(names, current)
    if wanted not in names:
        raise Problem("form.version_unknown" if version else "form.nothing_before", form_id=form_id)
    found = known[names.index(wanted)]
    number = next_version(current, today, taken=names)
    content = attachments.open(db, found["workbook_sha256"]).read()
    return Again(
        workbook=with_version(content, number),
        filename=found["filename"],
        version=number,
        renames=_back(known[: names.index(wanted)]),
    )


def _version(found: Mapping[str, Any]) -> str:
    return str(found.get("version") or found["_id"])


def _older(names: list[str], current: str) -> str:
    place = names.index(current) + 1
    return names[place] if place < len(names) else ""


def _back(later: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The names of the version that is returned to -> the names now; `later`: newest first."""
    now: dict[str, str] = {}  # name in the version returned to -> name now
    for one in reversed(later):
        for after, before in one.get("renames", {}).items():
            first = next((name for name, known in now.items() if known == before), before)
            now[first] = after
    return {first: name for first, name in now.items() if first != name}


def next_version(current: str, today: date, *, taken: list[str]) -> str:
    """The number that follows: today's date and the first free number of the day, above the current one."""
    first = int(f"{today:%Y%m%d}01")
    if _DIGITS.fullmatch(current) and int(current) >= first:
        first = int(current) + 1
    number = first
    while str(number) in taken:
        number += 1
    return str(number)


def with_version(workbook: bytes, version: str) -> bytes:
    """The workbook with this version on its settings sheet."""

    def change(book: Workbook) -> None:
        for sheet in book.worksheets:
            if sheet.title.strip().lower() != "settings":
                continue
            headers = {plain(str(cell.value or "")): place for place, cell in enumerate(sheet[1], start=1)}
            if "version" in headers:
                sheet.cell(2, headers["version"]).value = version
            elif {"name", "value"} <= headers.keys():  # a protocol: one setting a row
                for row in range(2, sheet.max_row + 1):
                    if sheet.cell(row, headers["name"]).value == "version":
                        sheet.cell(row, headers["value"]).value = version
            else:
                sheet.cell(1, sheet.max_column + 1).value = "version"
                sheet.cell(2, sheet.max_column).value = version

    return changed(workbook, change)


def changed(workbook: bytes, change: Callable[[Workbook], None]) -> bytes:
    """A workbook that was judged before, with something in it changed."""
    with _writing, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl speaks of extensions it does not keep
        book = load_workbook(io.BytesIO(workbook), keep_links=False)
        change(book)
        written = io.BytesIO()
        book.save(written)
    return written.getvalue()
