"""Photos, sound and other files that came with a person's records.

What a phone sent is not believed: a picture is what its first bytes say it is, everything else is taken down
and never shown, and no file may do anything in a browser.
"""

import mimetypes
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, g, render_template

from server.auth import may
from server.here import here
from server.people import access, pictures
from server.people.forms import form_titles
from server.people.pages import blueprint
from server.person_copy import ending_of
from sync.core.problem import Problem
from sync.store import attachments

NOTHING_RUNS = "default-src 'none'; sandbox"
FIRST_BYTES = 16
READ_BYTES = 256 * 1024
ANY = "application/octet-stream"
TAKEN_DOWN = ("audio/", "video/", "application/pdf", "text/plain", "text/csv")
"""Kinds that are told to the browser by name; it still asks where to put the file."""


def picture_kind(first: bytes) -> str:
    """The kind of picture that begins with these bytes, or "". No kind that can hold a script."""
    if first.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if first.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if first.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if first[:4] == b"RIFF" and first[8:12] == b"WEBP" else ""


def told_kind(name: str) -> str:
    """The kind of file by its name, as far as a browser may hear of it."""
    kind = mimetypes.guess_type(name)[0] or ANY
    return kind if kind.startswith(TAKEN_DOWN) else ANY


@blueprint.get("/caseload/<code>/files")
@may("see_returnee")
def show_files(code: str) -> str:
    """Every file that came about this person, under the record it came with."""
    db = here().db
    file = access.look_at(db, g.account, code)
    found = access.files_about(db, file)
    for one in found:
        one["files"] = [_described(db, sent) for sent in one["files"]]
    return render_template("files.html", file=file, found=found, titles=form_titles(db))


def _described(db: Any, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What the list says of a file; `kind` is "picture", "other", or "" where it can no longer be opened."""
    try:
        first = attachments.open(db, sent["sha256"]).read(FIRST_BYTES)
    except Problem:
        return {**sent, "kind": ""}
    return {**sent, "kind": "picture" if picture_kind(first) else "other"}


@blueprint.get("/caseload/<code>/files/<sha256>")
@may("see_returnee")
def show_file(code: str, sha256: str) -> Response:
    """One of these files: a picture is shown, everything else is taken down under a name of ours."""
    db = here().db
    file = access.look_at(db, g.account, code)
    sent = [one for found in access.files_about(db, file) for one in found["files"]]
    number, known = next(
        ((place, one) for place, one in enumerate(sent, start=1) if one["sha256"] == sha256), (0, None)
    )
    if known is None:
        raise Problem("attachment.unknown")
    content = attachments.open(db, sha256)
    first = content.read(FIRST_BYTES)
    kind = picture_kind(first)
    name = f"{file['case_code']}-{number}{ending_of(known['name'])}"
    if kind:
        whole = first + content.read()
        content.close()
        answer = Response(pictures.as_seen(whole, kind), mimetype=kind)
    else:
        access.noted(db, g.account, "export", [file["_id"]], ("attachment",), what="a file")
        answer = Response(_pieces(first, content), mimetype=told_kind(known["name"]))
        answer.call_on_close(content.close)
        answer.headers["Content-Length"] = str(content.length)
    answer.headers["Content-Disposition"] = f'{"inline" if kind else "attachment"}; filename="{name}"'
    answer.headers["Content-Security-Policy"] = NOTHING_RUNS
    return answer


def _pieces(first: bytes, content: Any) -> Iterator[bytes]:
    yield first
    while piece := content.read(READ_BYTES):
        yield piece
