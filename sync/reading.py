"""What a kept submission holds, before anybody asks what it means: its envelope, its files, its notes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync import envelopes
from sync.core.envelope import envelope_in
from sync.core.files import AUDIT, named_files, notes_in
from sync.core.problem import Problem
from sync.core.submission import root_of
from sync.store import attachments, forms, phone_notes
from sync.store.connect import Db
from sync.store.submissions import content_of

MOST_NOTES_BYTES = 5_000_000

Submission = Mapping[str, Any]
"""A document of the collection `submissions`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One submission, ready to be understood."""

    submission: Submission
    problem: Problem | None
    """What is wrong with its envelope."""
    missing: tuple[str, ...]
    """Files it names that did not arrive (yet)."""


def read(db: Db, kept: Submission) -> Read:
    """Open what is encrypted, see which files are missing, and keep what the phone noted meanwhile."""
    submission, problem = envelopes.opened(db, kept)
    files = _files_of(submission)
    form = forms.as_published(db, submission["form_id"], submission["form_version"])
    if submission["encrypted"]:
        expected = envelope_in(root_of(submission["xml"]), submission["_id"]).files
        missing = [
            name for name in expected if name not in {file["name"] for file in submission["attachments"]}
        ]
    else:
        named = named_files(root_of(content_of(submission)), form) if form.file_paths else ()
        missing = [name for name in named if name not in files]
    if AUDIT in files and files[AUDIT]["bytes"] <= MOST_NOTES_BYTES:
        notes = notes_in(attachments.open(db, files[AUDIT]["sha256"]).read(), form)
        about = {"form_id": submission["form_id"], "form_version": submission["form_version"]}
        phone_notes.put(db, submission["_id"], notes, **about)
    return Read(submission=submission, problem=problem, missing=tuple(missing))


def _files_of(submission: Submission) -> dict[str, Mapping[str, Any]]:
    """The files of a submission by name, those from its envelope among them."""
    inside = (submission.get("opened") or {}).get("attachments", ())
    return {file["name"]: file for file in (*submission["attachments"], *inside)}
