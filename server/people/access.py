"""Every look at personal data goes through here: one place to say who sees whom, and to record it.

`who` is a signed-in account or a program's token; whom it sees is worked out by `sync.core.scope`. A person
outside is answered like one who does not exist: the difference would itself tell something. Where a reader
may look further with a reason (Problem returnee.reason_needed), the reason is kept, and those who answer
for the case are told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from flask import g, has_request_context, session

from server import accounts
from server.accounts import Account
from server.here import here
from server.tokens import Token
from sync.core import scope
from sync.core.problem import Problem
from sync.core.record import Record
from sync.core.scope import Filter, Reader
from sync.store import (
    audit,
    caseload,
    looks,
    pairs,
    records,
    returnees,
    search,
    submission_lists,
    submissions,
)
from sync.store.caseload import ANY, Which
from sync.store.connect import Db, Document
from sync.store.roster import roster_for

Who = Account | Token
Position = tuple[int, str, str]
"""Where a page of the caseload ended: level order, next due day or "", entity ID."""
SHORTEST_REASON, LONGEST_REASON = 10, 500


def scope_of(db: Db, who: Who) -> Filter:
    """The filter over people's files for this reader: for any read that this module has no function for."""
    scopes: dict[tuple[str, Reader], Filter] = g.setdefault("scopes", {}) if has_request_context() else {}
    key = (db.name, who.reader)
    if key not in scopes:  # a page asks again and again
        scopes[key] = scope.files_for(who.reader, roster_for(db, who.reader))
    return scopes[key]


def submission_scope_of(db: Db, who: Who) -> Filter:
    """The filter over submissions for this reader, likewise."""
    return scope.submissions_for(who.reader, roster_for(db, who.reader))


WHOLE_FILE = ("file",)
ONE_LINE = ("name", "place", "level", "visits")
ONE_LINE_WITHOUT_NAME = ONE_LINE[1:]
"""What the audit calls the parts of a file that were shown."""


def look_at(db: Db, who: Who, code: str, *, why: str = "") -> Document:
    """The file of the person with this case code or entity ID; that it was looked at is written down.

    Raises Problem returnee.unknown, returnee.reason_needed.
    """
    found = returnees.find(db, code, scope_of(db, who))
    if found is None:
        found = on_request(db, who, code)
        if found is None:
            raise Problem("returnee.unknown")
        why = looks.open_reason(db, name_of(who), found["_id"], at=here().now())
        if not why:
            raise Problem("returnee.reason_needed")
    noted(db, who, "look", [found["_id"]], WHOLE_FILE, why=why)
    return found


def case_code_of(db: Db, who: Who, code: str) -> str:
    """The case code of a person this reader may look at, at once or with a reason, as she is addressed.

    Raises Problem returnee.unknown.
    """
    found = returnees.find(db, code, scope_of(db, who)) or on_request(db, who, code)
    if found is None:
        raise Problem("returnee.unknown")
    return str(found["case_code"])


def on_request(db: Db, who: Who, code: str) -> Document | None:
    """The file that a reason would open to this reader, or None where none does."""
    beyond = scope.files_on_request(who.reader, roster_for(db, who.reader))
    return None if beyond == scope.NOBODY else returnees.find(db, code, beyond)


def look_beyond(db: Db, who: Account, code: str, reason: str, *, at: datetime) -> str:
    """Open the file of a person beyond the reader's own, for a reason; her case code.

    Those who answer for her are told: `told_of`. Raises Problem returnee.unknown, returnee.reason_short.
    """
    file = on_request(db, who, code)
    if file is None:
        raise Problem("returnee.unknown")
    reason = reason.strip()[:LONGEST_REASON]
    if len(reason) < SHORTEST_REASON:
        raise Problem("returnee.reason_short", length=SHORTEST_REASON)
    looks.begin(
        db,
        by=who.user,
        entity_id=file["_id"],
        case_code=file["case_code"],
        reason=reason,
        told=told_of(db, file),
        at=at,
    )
    return str(file["case_code"])


def told_of(db: Db, file: Mapping[str, Any]) -> list[str]:
    """The accounts that answer for this case: whoever visits her, and the case managers whose people she is
    among; where there are none, the coordinators."""
    everybody = accounts.all_of(db)
    near = [
        account
        for account in everybody
        if account.role in ("outreach_worker", "case_manager", "coordinator")
        and returnees.find(db, file["_id"], scope_of(db, account))
    ]
    closest = [account for account in near if account.role != "coordinator"]
    return [account.user for account in closest or near]


def noted(
    db: Db, who: Who, kind: str, about: Iterable[str], fields: Sequence[str], *, why: str = "", **more: Any
) -> None:
    """Write down, before it is shown, that this reader gets to see these parts of these people's files."""
    audit.note(
        db, at=here().now(), by=name_of(who), kind=kind, about=about, fields=fields, why=why, more=more
    )


def name_of(who: Who) -> str:
    """Who it is, as the audit and decisions say it; no account can have such a name as a program."""
    return who.user if isinstance(who, Account) else f"program:{who.name}"


def caseload_of(
    db: Db, who: Who, which: Which = ANY, *, today: date, limit: int = 50, after: Position | None = None
) -> list[Document]:
    """The people this reader has to do with, most danger first, then soonest due; slim documents."""
    found = caseload.caseload(db, which, today=today, within=scope_of(db, who), limit=limit, after=after)
    return _noted_list(db, who, found)


def latest_for(db: Db, who: Who, which: Which, *, today: date, by: str, limit: int) -> list[Document]:
    """The first few of these people by `due` (soonest first) or `registered` (newest first)."""
    found = caseload.latest(db, which, today=today, within=scope_of(db, who), by=by, limit=limit)
    return _noted_list(db, who, found)


def found_by(db: Db, who: Who, text: str) -> list[Document]:
    """Up to 50 people of this reader's who may be meant by a name or a telephone number, closed cases too."""
    return _noted_list(db, who, search.by_name(db, text, scope_of(db, who)))


def fields_shown(who: Who) -> tuple[str, ...]:
    """What a line about a person shows this reader; see `server.people.names`."""
    shown = not isinstance(who, Account) or session.get("names_until", 0) > here().now().timestamp()
    return ONE_LINE if shown else ONE_LINE_WITHOUT_NAME


@contextmanager
def noted_together(db: Db, who: Who) -> Iterator[None]:
    """Within this the lists of one page are written down together, at its end and before it is shown."""
    g.lists = dict[tuple[str, ...], dict[str, None]]()
    yield
    for fields, people in g.pop("lists").items():
        noted(db, who, "list", people, fields)


def _noted_list(db: Db, who: Who, found: list[Document]) -> list[Document]:
    """Write down that these lines are about to be shown."""
    if found:
        _note_list(db, who, [file["_id"] for file in found], fields_shown(who))
    return found


def _note_list(db: Db, who: Who, people: Iterable[str], fields: tuple[str, ...]) -> None:
    if has_request_context() and "lists" in g:
        g.lists.setdefault(fields, {}).update(dict.fromkeys(people))
    else:
        noted(db, who, "list", people, fields)


def pairs_for(
    db: Db, who: Who, *, limit: int, after: str | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """Pairs that may be one person, both of whom this reader has to do with; from where on there are more.

    Each is `files`, two slim documents, and `reasons`. Written down as a list.
    """
    within = scope_of(db, who)
    some = pairs.listed(db, within, limit=limit + 1, after=after)
    found = some[:limit]
    known = caseload.lines_of(db, {name for pair in found for name in pair["people"]}, within)
    # Who was erased or handed to others in this moment is left out.
    whole = [pair for pair in found if known.keys() >= set(pair["people"])]
    if whole:
        about = dict.fromkeys(name for pair in whole for name in pair["people"])
        _note_list(db, who, about, (*fields_shown(who), "likeness"))
    theirs = [{**pair, "files": [known[name] for name in pair["people"]]} for pair in whole]
    return theirs, found[-1]["_id"] if len(some) > limit else None


def pairs_of(db: Db, who: Who, file: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same of one person whose file was looked at: `other` is the other's slim document."""
    found = pairs.of(db, file["_id"])
    others = {name for pair in found for name in pair["people"]} - {file["_id"]}
    known = caseload.lines_of(db, others, scope_of(db, who)) if others else {}
    if known:
        noted(db, who, "list", known, (*fields_shown(who), "likeness"))
    either = {pair["_id"]: next(name for name in pair["people"] if name != file["_id"]) for pair in found}
    return [{**pair, "other": known[name]} for pair in found if (name := either[pair["_id"]]) in known]


def people_of(db: Db, who: Who, worker_id: str, *, limit: int) -> list[Document]:
    """The open cases in this worker's care that this reader has to do with, soonest due first."""
    found = caseload.of_worker(db, worker_id, scope_of(db, who), limit=limit)
    return _noted_list(db, who, found)


def counts_for(db: Db, who: Who, which: Which, *, today: date) -> dict[str, int]:
    """How many of this reader's people there are, by level, by what is due and by what waits."""
    return caseload.counts(db, which, today=today, within=scope_of(db, who))


def count_for(db: Db, who: Who, which: Which, *, today: date) -> int:
    """How many of this reader's people these are."""
    return caseload.count(db, which, today=today, within=scope_of(db, who))


def numbers_for(db: Db, who: Who, *, today: date) -> dict[str, int]:
    """The same of everybody this reader may count, whether or not they may see any of them."""
    within = scope.files_counted(who.reader, roster_for(db, who.reader))
    return caseload.counts(db, today=today, within=within)


def submissions_about(db: Db, file: Mapping[str, Any]) -> list[Document]:
    """What was received about a person whose file was looked at; without answers, newest first."""
    return submission_lists.slim(db, file["instances"])


def told_by(db: Db, file: Mapping[str, Any]) -> list[Record]:
    """The records about a person whose file was looked at, without answers, in the order they were filled."""
    return records.told(db, file["instances"])


def files_about(db: Db, file: Mapping[str, Any]) -> list[Document]:
    """What brought files about a person whose file was looked at, newest first."""
    return submission_lists.with_files(db, file["instances"])


def submission_for(db: Db, who: Who, instance_id: str) -> Document:
    """One submission without its answers. Raises Problem submission.unknown."""
    found = submission_lists.slim(db, [instance_id], submission_scope_of(db, who))
    if not found:
        raise Problem("submission.unknown")
    return found[0]


def case_codes_of(db: Db, who: Who, instance_ids: Iterable[str]) -> dict[str, str]:
    """Instance ID -> case code of one of those the record is about and this reader sees."""
    about = records.named_in(db, instance_ids)
    seen = returnees.codes(db, {one for some in about.values() for one in some}, scope_of(db, who))
    return {name: seen[one] for name, some in about.items() for one in some if one in seen}


def replay(db: Db, who: Who, instance_id: str, *, at: datetime) -> None:
    """Have a submission of this reader's people worked through again. Raises Problem submission.unknown."""
    submissions.replay(db, submission_for(db, who, instance_id)["_id"], at=at)


def position_after(row: Mapping[str, Any]) -> str:
    """The end of a page as it stands in an address: nothing personal, and the same for everybody."""
    return f"{row['level_order']}.{row['next_due_on'] or ''}.{row['_id']}"


def position_from(text: str | None) -> Position | None:
    """The position that `position_after` wrote; None for nothing. Raises Problem page.position_unknown."""
    if not text:
        return None
    order, _, rest = text.partition(".")
    due, _, entity_id = rest.partition(".")
    try:
        if due:
            date.fromisoformat(due)
        if not entity_id or len(entity_id) > 100:
            raise ValueError(text)
        return int(order), due, entity_id
    except ValueError:
        raise Problem("page.position_unknown") from None
