"""Workbooks become a draft: what test phones get, in a space where nothing is real."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sync.core.problem import Problem
from sync.core.times import cut_to_ms, local_date
from sync.store import attachments, audit, drafts, forms, protocols
from sync.store.connect import Db
from sync.store.drafts import PROTOCOL, Draft
from xlsforms.convert import Looked, look
from xlsforms.findings import Finding, WorkbookRefused, has_errors
from xlsforms.publish import Ready, given_before, keep_form, ready_of


@dataclass(frozen=True, kw_only=True)
class Sheets:
    """One workbook that is tried out, with its files."""

    workbook: bytes
    filename: str
    media: Mapping[str, bytes] = field(default_factory=dict)


def publish_draft(
    db: Db,
    tried: Sequence[Sheets],
    made_at: datetime,
    made_by: str,
    *,
    look: Callable[..., Looked] = look,
) -> tuple[Draft, tuple[Finding, ...]]:
    """Let test phones have these workbooks together, and what was found in them. What they sent before goes.

    A form alone is tried under the protocol in force and the rules of all other forms; with a protocol
    test phones have every form that is in use, those that are tried in place of the published ones. Versions
    may be ones that were published.

    Raises Problem workbook.*, draft.one_form for two forms without a protocol or two protocols, and
    WorkbookRefused with every finding.
    """
    looked = [(one, look(one.workbook, one.filename, protocol=protocols.current(db))) for one in tried]
    looked.sort(key=lambda pair: not pair[1].book.is_protocol)
    names = [PROTOCOL if found.book.is_protocol else found.book.form_id for _, found in looked]
    if not names or len(set(names)) < len(names) or (len(names) > 1 and PROTOCOL not in names):
        raise Problem("draft.one_form")
    findings: list[Finding] = []

    def fill(space: Db) -> None:
        drafts.copy_rules(db, space, but=names, usable=PROTOCOL in names)
        rules = [one.converted.rules for _, one in looked if one.converted]
        for sheets, found in looked:
            if PROTOCOL in names and not found.book.is_protocol:  # by the levels and places that are tried
                found = look(sheets.workbook, sheets.filename, protocol=protocols.current(space))  # noqa: PLW2901
            given = {**given_before(db, found.book.form_id), **sheets.media}
            against = space if PROTOCOL in names else db
            ready = ready_of(against, found, on=local_date(made_at), media=given, beside=rules)
            findings.extend(ready.findings)
            if has_errors(ready.findings):
                raise WorkbookRefused(ready.findings)
            _keep(space, sheets, ready, given, _about(sheets, made_at, made_by))

    draft = drafts.make(db, names[0], fill, made_at=made_at, made_by=made_by)
    more = {"what": "draft", "of": " ".join(names)}
    audit.note(db, at=made_at, by=made_by, kind="configuration", fields=names, more=more)
    return draft, tuple(findings)


def _about(sheets: Sheets, made_at: datetime, made_by: str) -> dict[str, Any]:
    return {
        "filename": sheets.filename,
        "workbook_sha256": hashlib.sha256(sheets.workbook).hexdigest(),
        "published_at": cut_to_ms(made_at),
        "published_by": made_by,
    }


def _keep(
    space: Db, sheets: Sheets, ready: Ready, given: Mapping[str, bytes], about: Mapping[str, Any]
) -> None:
    attachments.put(space, sheets.workbook)
    if ready.protocol is not None:
        protocols.put(space, ready.protocol, {**about, "content_sha256": ready.book.content_sha256})
    if ready.form is not None:
        keep_form(space, ready.form, about, given)
        forms.make_current(space, ready.form.form_id, ready.form.version)
