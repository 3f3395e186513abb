"""A workbook becomes a draft: what test phones get, in a space where nothing is real."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime

from sync.core.problem import Problem
from sync.core.times import cut_to_ms, local_date
from sync.store import attachments, audit, drafts, forms, protocols
from sync.store.connect import Db
from sync.store.drafts import Draft
from xlsforms.convert import Looked, look
from xlsforms.findings import Finding, WorkbookRefused, has_errors
from xlsforms.publish import given_before, keep_form, ready_of


def publish_draft(
    db: Db,
    workbook: bytes,
    filename: str,
    made_at: datetime,
    made_by: str,
    *,
    media: Mapping[str, bytes] | None = None,
    look: Callable[..., Looked] = look,
) -> tuple[Draft, tuple[Finding, ...]]:
    """Let test phones have this form, and what was found in it. What they sent for the draft before goes.

    It is held against what is published as `publish` does it, and tried under the protocol in force and
    the rules of all other forms. Its version may be one that was published.

    Raises Problem workbook.*, draft.no_form for a protocol, and WorkbookRefused with every finding.
    """
    looked = look(workbook, filename, protocol=protocols.current(db))
    ready = ready_of(db, looked, on=local_date(made_at), media=media or {})
    if has_errors(ready.findings):
        raise WorkbookRefused(ready.findings)
    converted = ready.form
    if converted is None:
        raise Problem("draft.no_form")
    about = {
        "filename": filename,
        "workbook_sha256": hashlib.sha256(workbook).hexdigest(),
        "published_at": cut_to_ms(made_at),
        "published_by": made_by,
    }

    def fill(space: Db) -> None:
        drafts.copy_rules(db, space, but=converted.form_id)
        attachments.put(space, workbook)
        keep_form(space, converted, about, {**given_before(db, converted.form_id), **(media or {})})
        forms.make_current(space, converted.form_id, converted.version)

    draft = drafts.make(db, converted.form_id, fill, made_at=made_at, made_by=made_by)
    more = {"what": "draft", "version": converted.version}
    audit.note(db, at=made_at, by=made_by, kind="configuration", fields=[converted.form_id], more=more)
    return draft, ready.findings
