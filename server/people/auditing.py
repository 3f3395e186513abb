"""The audit for whoever watches over it: who saw, took out or changed what, and why. No name of a person.

A part of the gate like `server.people.access`: rows about people stand here by case codes, only of those whom
the reader may count; rows about nobody are for whoever has to do with the whole house.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import g, render_template, request

from server.accounts import Account
from server.auth import may
from server.here import here
from server.people import access, audit_words, level
from server.people.pages import blueprint
from server.people.words import told
from server.person_copy import KIND_NAMES
from sync.core import scope
from sync.core.problem import Problem
from sync.core.scope import Filter
from sync.store import audit, returnees
from sync.store.connect import Db, Document
from sync.store.roster import roster_for

LONGEST = 100
ROWS, TURNS = 50, 40
"""Rows on a page; so often as many are read for one: whoever sees few people goes on from there."""
CODES, LOOKED_UP = 3, 50
"""People of one row who are shown, and whose case codes are looked for."""

blueprint.add_app_template_filter(audit_words.done, "done")
blueprint.add_app_template_filter(audit_words.parts, "parts")


@blueprint.get("/audit")
@may("see_audit")
def show_audit() -> str | tuple[str, int]:
    """The newest rows, or those about one person, of one account or of one kind; older ones page by page."""
    asked = {name: request.args.get(name, "").strip()[:LONGEST] for name in ("code", "by", "kind")}
    fault, rows, older = "", list[dict[str, Any]](), ""
    try:
        rows, older = audit_for(here().db, g.account, after=request.args.get("after", ""), **asked)
    except Problem as problem:
        fault = told(problem)
    page = render_template(
        "audit.html",
        rows=rows,
        older=older,
        asked=asked,
        kind_names=KIND_NAMES,
        people=level.by_name(here().db),
        fault=fault,
    )
    return (page, 404) if fault else page


def audit_for(
    db: Db, who: Account, *, code: str, by: str, kind: str, after: str
) -> tuple[list[dict[str, Any]], str]:
    """The rows this reader may see, newest first, and from where on there are more, or "". Written down.

    Raises Problem returnee.unknown, page.position_unknown.
    """
    within = scope.files_counted(who.reader, roster_for(db, who.reader))
    about = _whose(db, code, within) if code else ""
    found, position, goes_on = list[dict[str, Any]](), _position_from(after), True
    for _ in range(TURNS):
        some = audit.recent(db, kind=kind, by=by, about=about, after=position, limit=ROWS)
        for row, shown in zip(some, _shown(db, who, some, about, within), strict=True):
            position = row["at"], row["_id"]
            found += [shown] if shown else []
            if len(found) == ROWS:
                break
        goes_on = len(some) == ROWS
        if not goes_on or len(found) == ROWS:
            break
    if seen := {one for row in found for one in row["people"]}:
        access.noted(db, who, "list", sorted(seen), ("disclosures",), what="audit")
    return found, f"{position[0].isoformat()}~{position[1]}" if goes_on and position else ""


def _shown(
    db: Db, who: Account, rows: list[Document], about: str, within: Filter
) -> Iterator[dict[str, Any] | None]:
    """Each of these rows as this reader may see it; None where not at all."""
    named = {one for row in rows for one in row["about"][:LOOKED_UP]} | {about}
    known, there = (returnees.codes(db, named, which) for which in (within, scope.EVERYBODY))
    is_house = not (who.reader.organisation or who.reader.is_narrowed)
    for row in rows:
        first = [about] if about else row["about"][:LOOKED_UP]
        mine = [one for one in first if one in known]
        of_house = is_house and not any(one in there for one in first)
        if row["kind"] == "chain" or not (mine or of_house):
            yield None
            continue
        people = mine[:CODES]
        many = len(mine) if about or not is_house else len(row["about"])
        yield {
            **row,
            "what": row["more"].get("what", ""),
            "people": people,
            "codes": [known[one] for one in people],
            "others": many - len(people),
        }


def _whose(db: Db, code: str, within: Filter) -> str:
    found = returnees.find(db, code, within)
    if found is None:
        raise Problem("returnee.unknown")
    return str(found["_id"])


def _position_from(text: str) -> audit.Position | None:
    at, _, number = text.partition("~")
    try:
        return (datetime.fromisoformat(at), number) if text else None
    except ValueError:
        raise Problem("page.position_unknown") from None
