"""Records read out by other tools, as ODK Briefcase does it: `submissionList` and `downloadSubmission`.

For user names made for that (*User names* in the pages, `pteah login add --tool`), of the forms they were
made for and of the people whom their maker sees; phones cannot. Every record that goes out is in the audit.
Source: ODK Aggregate's Briefcase API, as its clients use it.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lxml import etree

from server.phones.call import Answer, Call
from server.phones.forms import send_file
from server.phones.openrosa import text
from sync.core.problem import Problem
from sync.core.scope import EVERYBODY, Filter, submissions_for
from sync.core.submission import root_of
from sync.store import attachments, audit, forms, records, submission_lists, submissions
from sync.store.connect import Db
from sync.store.roster import roster_for

NAMESPACE = "http://opendatakit.org/submissions"
FEWEST, MOST = 1, 1_000
_KEY = re.compile(r"\A(?P<form>[^\[]+)(\[[^\]]*\])?/[^\[]+\[@key=(?P<instance>.+)\]\Z")
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'

Submission = Mapping[str, Any]


def show_list(call: Call) -> Answer:
    """The instance IDs of a form's records, in order of arrival, some at a time.

    The cursor is where the next question goes on; tools stop when nothing comes. Records that were edited
    are not among them, their edits are.
    """
    form_id = _form(call, call.request.args.get("formId", ""))
    asked = call.request.args.get("numEntries", "")
    limit = min(MOST, max(FEWEST, int(asked))) if asked.isdecimal() and len(asked) < 9 else 100
    cursor = call.request.args.get("cursor", "")
    within = _within(call)
    while found := submission_lists.of_form(
        call.db, form_id, within=within, after=_place(cursor), limit=limit
    ):
        cursor = _cursor(found[-1])
        edited = records.superseded(call.db, [one["_id"] for one in found])
        if ids := [one["_id"] for one in found if one["_id"] not in edited]:
            return call.answer(_chunk(ids, cursor))
    return call.answer(_chunk([], cursor))


def show_submission(call: Call) -> Answer:
    """One record with the addresses of its files; what was encrypted and opened here, opened."""
    asked = _KEY.match(call.request.args.get("formId", ""))
    if not asked:
        raise Problem("submission.unknown")
    submission = _found(call, asked["instance"], asked["form"])
    root = root_of(submissions.content_of(submission))
    root.set("instanceID", submission["_id"])
    root.set("submissionDate", submission["received_at"].isoformat())
    root.set("isComplete", "true")
    media = "".join(
        f"<mediaFile><filename>{text(file['name'])}</filename><hash>md5:{_md5(call, file['sha256'])}</hash>"
        f"<downloadUrl>{call.url('view', 'media', submission['_id'], file['name'])}</downloadUrl></mediaFile>"
        for file in _files(submission)
    )
    _note(call, submission)
    # As Aggregate writes it: what is in no namespace falls into the one of the answer.
    head = f'<submission xmlns="{NAMESPACE}" xmlns:orx="http://openrosa.org/xforms"><data>'
    record = etree.tostring(root, encoding="unicode", with_tail=False)
    return call.answer(_DECLARATION + f"{head}{record}</data>{media}</submission>".encode())


def show_media(call: Call, instance_id: str, name: str) -> Answer:
    """One file of a record."""
    submission = _found(call, instance_id)
    for file in _files(submission):
        if file["name"] == name:
            _note(call, submission)
            return send_file(call, name, file["sha256"], _md5(call, file["sha256"]))
    raise Problem("attachment.unknown")


def _found(call: Call, instance_id: str, form_id: str = "") -> Submission:
    """The record, if this tool may read it. Raises Problem submission.unknown."""
    found = submission_lists.readable(call.db, instance_id, _within(call))
    if found is None or form_id not in ("", found["form_id"]):
        raise Problem("submission.unknown")
    _form(call, found["form_id"])
    return found


def _within(call: Call) -> Filter:
    """Which records are of people whom this tool's maker sees."""
    sees = call.caller.login.sees if call.caller.login else None
    return submissions_for(sees, roster_for(call.db, sees)) if sees else EVERYBODY


def _form(call: Call, form_id: str) -> str:
    """The form id, if this tool may read records of it. Raises Problem form.unknown."""
    login = call.caller.login
    if login is None or (login.forms and form_id not in login.forms) or not forms.is_known(call.db, form_id):
        raise Problem("form.unknown")
    return form_id


def _files(submission: Submission) -> list[Mapping[str, Any]]:
    return list((submission.get("opened") or submission)["attachments"])


def _note(call: Call, submission: Submission) -> None:
    """Write down who read this record out."""
    login = call.caller.login
    if call.request.method == "GET":
        audit.note(
            call.db,
            at=call.at,
            by=f"login:{login.user if login else ''}",
            kind="export",
            about=submission["touches"],
            fields=["record"],
            more={"form_id": submission["form_id"], "instance_id": submission["_id"]},
        )


def _md5(call: Call, sha256: str) -> str:
    """What such tools compare a file by; no secret rests on it."""
    return call.service.kept.get(("md5", sha256), None, lambda: _hashed(call.db, sha256))


def _hashed(db: Db, sha256: str) -> str:
    digest, file = hashlib.md5(usedforsecurity=False), attachments.open(db, sha256)
    while piece := file.read(attachments.READ_BYTES):
        digest.update(piece)
    return digest.hexdigest()


def _chunk(ids: list[str], cursor: str) -> bytes:
    listed = "".join(f"<id>{text(one)}</id>" for one in ids)
    told = f"<idList>{listed}</idList><resumptionCursor>{text(cursor)}</resumptionCursor>"
    return _DECLARATION + f'<idChunk xmlns="{NAMESPACE}">{told}</idChunk>'.encode()


def _cursor(submission: Submission) -> str:
    said = f"{submission['received_at'].isoformat()} {submission['_id']}"
    return base64.urlsafe_b64encode(said.encode()).decode()


def _place(cursor: str) -> tuple[datetime, str] | None:
    """Where a cursor points to; None for the beginning. Raises Problem page.position_unknown."""
    if not cursor:
        return None
    try:
        at, _, instance_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        found = datetime.fromisoformat(at)
    except ValueError:
        raise Problem("page.position_unknown") from None
    if found.tzinfo is None:
        raise Problem("page.position_unknown")
    return found, instance_id
