"""A list of phones to connect, as a CSV file out of Excel: one phone a line, and everything wrong at once.

Columns: `name` (what is written on the phone), `worker` (the worker's short name), and as wished
`worker name`, `team`, `places` (codes with spaces between), `covers` (own, team, places), `ahead days`.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sync.core.gazetteer import is_place
from sync.core.problem import Problem
from sync.core.worker import COVERS, Worker

MOST_BYTES = 1_000_000
MOST_ROWS = 1_000
LONGEST_NAME = 60
MOST_AHEAD_DAYS = 366
NEEDED = ("name", "worker")
COLUMNS = (*NEEDED, "worker name", "team", "places", "covers", "ahead days")
_WORKER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong in one line of the file (0: in the file as a whole)."""

    line: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says, if anything can be done with it."""

    phones: tuple[tuple[str, Worker], ...]
    findings: tuple[Finding, ...]
    """Not empty: nothing may be added."""


def read_phones(content: bytes, known: Mapping[str, Worker], names_in_use: Collection[str]) -> Read:
    """The phones this file wants connected. `known` are workers by ID: what a line says of one must agree.

    UTF-8 or UTF-16 as Excel writes them; commas, semicolons or tabs.
    """
    try:
        lines = list(_lines(content))
    except Problem as problem:
        return Read((), (Finding(0, problem),))
    phones: list[tuple[str, Worker]] = []
    findings: list[Finding] = []
    names = set(names_in_use)
    met = dict(known)
    for line, row in lines:
        found = list(_faults(row, names, met))
        findings += [Finding(line, problem) for problem in found]
        names.add(row["name"])
        if not found:
            worker = met.setdefault(row["worker"], _worker(row))
            phones.append((row["name"], worker))
    if not lines:
        findings.append(Finding(0, Problem("phone_csv.empty")))
    return Read(tuple(phones) if not findings else (), tuple(findings))


def worker_fault(worker: Worker) -> Problem | None:
    """What is wrong with a worker as somebody entered them, or None."""
    if not _WORKER_ID.fullmatch(worker.id):
        return Problem("worker.id_invalid", worker_id=worker.id[:LONGEST_NAME])
    if not worker.name.strip() or max(len(worker.name), len(worker.team)) > LONGEST_NAME:
        return Problem("worker.name_invalid")
    if wrong := [code for code in worker.places if not is_place(code)]:
        return Problem("worker.place_unknown", codes=", ".join(wrong)[:LONGEST_NAME])
    if worker.covers not in COVERS:
        return Problem("worker.covers_unknown", choices=", ".join(COVERS))
    if (worker.covers == "team" and not worker.team) or (worker.covers == "places" and not worker.places):
        return Problem("worker.covers_nothing")
    if worker.ahead_days is not None and not 0 <= worker.ahead_days <= MOST_AHEAD_DAYS:
        return Problem("worker.ahead_days_invalid", most=MOST_AHEAD_DAYS)
    return None


def _lines(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells of every row that says anything. Raises Problem phone_csv.*."""
    if len(content) > MOST_BYTES:
        raise Problem("phone_csv.too_large", most=MOST_ROWS)
    text = _text(content)
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        columns = [cell.strip().lower().replace("_", " ") for cell in next(reader, [])]
        if missing := [name for name in NEEDED if name not in columns]:
            raise Problem("phone_csv.columns_missing", columns=", ".join(missing))
        if unknown := [name for name in columns if name and name not in COLUMNS]:
            raise Problem(
                "phone_csv.columns_unknown", columns=", ".join(unknown)[:200], known=", ".join(COLUMNS)
            )
        count = 0
        for cells in reader:
            row = {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}
            if any(row.values()):
                count += 1
                if count > MOST_ROWS:
                    raise Problem("phone_csv.too_large", most=MOST_ROWS)
                yield reader.line_num, {name: row.get(name, "") for name in COLUMNS}
    except csv.Error:
        raise Problem("phone_csv.unreadable") from None


def _text(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise Problem("phone_csv.unreadable") from None
    if "\0" in text:
        raise Problem("phone_csv.unreadable")
    return text


def _faults(row: Mapping[str, str], names: Collection[str], met: Mapping[str, Worker]) -> Iterator[Problem]:
    name = row["name"]
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        yield Problem("phone_csv.name_invalid", most=LONGEST_NAME)
    elif name in names:
        yield Problem("phone_csv.name_taken")
    if (row["ahead days"] and not row["ahead days"].isascii()) or not (row["ahead days"] or "0").isdigit():
        yield Problem("worker.ahead_days_invalid", most=MOST_AHEAD_DAYS)
        return
    known = met.get(row["worker"])
    if known is None:
        if fault := worker_fault(_worker(row)):
            yield fault
    elif not known.is_active:
        yield Problem("worker.left", worker_id=known.id)
    elif any(row[cell] and row[cell] != said for cell, said in _cells_of(known).items()):
        yield Problem("phone_csv.worker_differs", worker_id=known.id)


def _cells_of(worker: Worker) -> dict[str, str]:
    return {
        "worker name": worker.name,
        "team": worker.team,
        "places": " ".join(worker.places),
        "covers": worker.covers,
        "ahead days": "" if worker.ahead_days is None else str(worker.ahead_days),
    }


def _worker(row: Mapping[str, str]) -> Worker:
    return Worker(
        id=row["worker"],
        name=row["worker name"] or row["worker"],
        team=row["team"],
        places=tuple(row["places"].split()),
        covers=row["covers"] or "own",  # type: ignore[arg-type]  # judged by `worker_fault`
        ahead_days=int(row["ahead days"]) if row["ahead days"] else None,
    )
