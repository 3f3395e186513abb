"""Exports: one row for each person, or for each record of a form, of those who agreed to it.

Who is in it is known before anything is written, so that the audit can say so first; then rows come a few
people at a time, however many there are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sync.core.consent import PURPOSES, may_leave
from sync.core.export_columns import CODE, Cell, Column, people_columns, record_columns, shown
from sync.core.problem import Problem
from sync.core.scope import Filter, Sight
from sync.store import exports, forms
from sync.store.connect import Db
from sync.store.rules import current_rules

PEOPLE = "people"
"""What is exported, where it is not a form's records."""
FOR_ANALYSIS = "statistics"
"""The purpose of whoever sees no person, whatever they ask for."""
TOGETHER = 100


@dataclass(frozen=True, kw_only=True)
class Export:
    """What will be written, known before the first row."""

    what: str
    purpose: str
    columns: Sequence[str]
    people: Sequence[str]
    """The entity IDs of everybody in it."""
    left_out: int
    """How many of those in scope did not agree to this purpose, or took that back."""
    rows: Callable[[Callable[[int], None]], Iterator[list[Cell]]] = field(repr=False)
    """The rows; what is given hears of how many people they are so far."""


def prepare(db: Db, what: str, *, sight: Sight, within: Filter, purpose: str) -> Export:
    """An export of `people` or of the records of the form of this ID, for this purpose.

    Raises Problem form.unknown, export.purpose_unknown.
    """
    purpose = FOR_ANALYSIS if sight == "nobody" else purpose
    if purpose not in PURPOSES:
        raise Problem("export.purpose_unknown", purposes=", ".join(PURPOSES))
    columns = shown(_columns(db, what), sight)
    codes: dict[str, str] = {}
    also: dict[str, str] = {}
    left_out = 0
    for file in exports.agreed(db, within):
        if may_leave(file, purpose):
            entity_id = file["_id"]
            codes[entity_id] = exports.code_of(db, entity_id) if sight == "nobody" else file["case_code"]
            also |= {alias["entity_id"]: entity_id for alias in file.get("aliases", ())}
        else:
            left_out += 1
    if what != PEOPLE:
        names = [*codes, *also]
        named = {one for some in _lots(names) for one in exports.named_in(db, what, some)}
        codes = {one: code for one, code in codes.items() if one in named | {also.get(n) for n in named}}

    def rows(tell: Callable[[int], None]) -> Iterator[list[Cell]]:
        for done, some in enumerate(_lots(codes)):
            for row in _rows(db, what, some, codes, also):
                yield [column.cell(row, sight) for column in columns]
            tell(min((done + 1) * TOGETHER, len(codes)))

    return Export(
        what=what,
        purpose=purpose,
        columns=[column.key for column in columns],
        people=list(codes),
        left_out=left_out,
        rows=rows,
    )


def _columns(db: Db, what: str) -> list[Column]:
    if what == PEOPLE:
        rules = current_rules(db)
        scores = [score.name for form in (rules.forms.values() if rules else ()) for score in form.scores]
        return people_columns(dict.fromkeys(scores))
    if not forms.is_known(db, what):
        raise Problem("form.unknown")
    asked = forms.columns(db, what)
    versions = {version for question in asked for version in question.names}
    return record_columns(asked, {one: forms.form_definition(db, what, one) for one in versions})


def _rows(
    db: Db, what: str, some: Sequence[str], codes: Mapping[str, str], also: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """The rows of these people. A record about several stands with the first of them, and needs all."""
    if what == PEOPLE:
        for file in exports.files(db, some):
            yield {**file, CODE: codes[file["_id"]]}
        return
    former = [name for name, now in also.items() if now in some]
    for record in exports.records(db, what, [*some, *former]):
        about = list(dict.fromkeys(also.get(name, name) for name in record["entity_ids"]))
        if about[0] in some and all(name in codes for name in about):
            yield {**record, CODE: " ".join(codes[name] for name in about)}


def _lots(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while some := list(islice(rest, TOGETHER)):
        yield some
