"""The other half of the gate (`server.people.access`): what of people goes on to others.

Exports, and what an organisation sees of whom it accepted. Here too: written down before it is shown.
"""

from server.people import access
from sync import exporting
from sync.core import scope
from sync.core.problem import Problem
from sync.core.referred import part_for
from sync.exporting import Export
from sync.store import returnees
from sync.store.connect import Db, Document
from sync.store.roster import roster_for
from sync.store.rules import current_rules

REFERRED_PART = ("name", "child", "district", "referral")
"""What the audit calls the part of a file that such an organisation sees."""


def referred_to(db: Db, who: access.Who) -> list[Document]:
    """What this reader's organisation needs of each person it accepted, longest first; written down."""
    found = _referred(db, who)
    if found:
        access.noted(db, who, "list", [file["_id"] for file in found], REFERRED_PART, what="referred")
    return found


def referred(db: Db, who: access.Who, code: str) -> Document:
    """The same of the person with this case code. Raises Problem returnee.unknown."""
    found = next((file for file in _referred(db, who) if file["case_code"] == code.upper()), None)
    if found is None:
        raise Problem("returnee.unknown")
    access.noted(db, who, "look", [found["_id"]], REFERRED_PART, what="referred")
    return found


def _referred(db: Db, who: access.Who) -> list[Document]:
    rules = current_rules(db)
    if who.reader.sight != "people" or not who.reader.organisation or rules is None:
        return []
    services = {
        one.name: one for one in rules.protocol.services if one.organisation == who.reader.organisation
    }
    parts = (part_for(file, services) for file in returnees.with_accepted_referral(db)) if services else ()
    return sorted((one for one in parts if one), key=lambda one: (one["since"], one["_id"]))


def export_for(db: Db, who: access.Who, what: str, purpose: str) -> Export:
    """An export of this reader's people: with what they may see, or, where they see nobody, without anything
    by which somebody is found again. Raises Problem form.unknown, export.purpose_unknown."""
    roster = roster_for(db, who.reader)
    counts_only = who.reader.sight == "nobody"
    within = scope.files_counted(who.reader, roster) if counts_only else access.scope_of(db, who)
    return exporting.prepare(db, what, sight=who.reader.sight, within=within, purpose=purpose)


def noted_export(db: Db, who: access.Who, export: Export, kind: str) -> None:
    """Write down, before the first row leaves, who is in this export."""
    access.noted(
        db, who, "export", export.people, export.columns, what=export.what, purpose=export.purpose,
        format=kind, left_out=export.left_out,
    )  # fmt: skip
