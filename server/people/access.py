"""Every look at personal data goes through here: one place to say who sees whom, and to record it.

`who` is a signed-in account or a program's token. A person outside the reader's scope is answered like
one who does not exist: the difference would itself tell something.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from server.accounts import Account
from server.here import here
from server.tokens import Token
from sync.core.problem import Problem
from sync.store import audit, returnees, submission_lists
from sync.store.connect import Db, Document

Who = Account | Token
Position = tuple[int, str, str]
"""Where a page of the caseload ended: level order, next due day or "", entity ID."""


WHOLE_FILE = ("file",)
ONE_LINE = ("name", "place", "level", "visits")
"""What the audit calls the parts of a file that were shown."""


def look_at(db: Db, who: Who, code: str, *, why: str = "") -> Document:
    """The file of the person with this case code or entity ID; that it was looked at is written down.

    Raises Problem returnee.unknown.
    """
    found = returnees.find(db, code)
    if found is None or not _in_scope(who, found):
        raise Problem("returnee.unknown")
    noted(db, who, "look", [found["_id"]], WHOLE_FILE, why=why)
    return found


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
    db: Db,
    who: Who,
    *,
    today: date,
    level: str | None = None,
    due: str = "all",
    mark: str | None = None,
    limit: int = 50,
    after: Position | None = None,
) -> list[Document]:
    """The people this reader has to do with, most danger first, then soonest due; slim documents."""
    found = returnees.caseload(
        db,
        today=today,
        worker_id=own_caseload(who),
        level=level,
        due=due,
        mark=mark,
        limit=limit,
        after=after,
    )
    if found:
        noted(db, who, "list", [file["_id"] for file in found], ONE_LINE)
    return found


def counts_for(db: Db, who: Who, *, today: date) -> dict[str, int] | None:
    """How many people there are, by level and by what is due; None for those who see only their own."""
    return None if own_caseload(who) is not None else returnees.counts(db, today)


def submissions_about(db: Db, who: Who, file: Mapping[str, Any]) -> list[Document]:
    """What was received about a person whose file this reader may see; without answers, newest first."""
    if not _in_scope(who, file):
        raise Problem("returnee.unknown")
    return submission_lists.slim(db, file["instances"])


def own_caseload(who: Who) -> str | None:
    """The worker id this reader's sight is limited to, or None where it is not.

    An outreach worker without a worker id sees nobody.
    """
    if isinstance(who, Account) and who.role == "outreach_worker":
        return who.worker_id or " "
    return None


def _in_scope(who: Who, file: Mapping[str, Any]) -> bool:
    limited_to = own_caseload(who)
    return limited_to is None or file["worker_id"] == limited_to


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
