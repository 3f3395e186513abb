"""The files that were given with forms (pictures, sounds, CSV lists), each with its own versions.

Nothing is kept twice: a file's versions are read from the form versions that had it and from their
`media_history`.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sync.store import attachments, forms
from sync.store.connect import Db

GIVEN = "given"
"""What `source` says of a file that somebody gave; others are made from the protocol."""


@dataclass(kw_only=True)
class FileVersion:
    """One content of a file."""

    name: str
    sha256: str
    bytes: int
    at: datetime
    by: str
    note: str
    forms: list[str] = field(default_factory=list)
    """Form IDs whose current version has this content now."""


def keep(db: Db, name: str, content: bytes, source: str) -> dict[str, Any]:
    """Keep a file of a form version; what the version says of it. By its MD5 phones tell if they have it."""
    return {
        "name": name,
        "sha256": attachments.put(db, content, public=True),
        "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "bytes": len(content),
        "source": source,
    }


def versions(db: Db) -> dict[str, list[FileVersion]]:
    """Every file that was ever given, by name, its contents from the newest to the oldest."""
    found: dict[str, list[FileVersion]] = {}
    for one in sorted(_given(db), key=lambda one: one.at):
        told = found.setdefault(one.name, [])
        if not told or told[-1].sha256 != one.sha256:
            told.append(one)
    for form_id, files in in_use(db).items():
        for name, file in files.items():
            next(one for one in reversed(found[name]) if one.sha256 == file["sha256"]).forms.append(form_id)
    return {name: told[::-1] for name, told in sorted(found.items())}


def in_use(db: Db) -> dict[str, dict[str, Mapping[str, Any]]]:
    """The given files of every form's current version, by form ID and name."""
    return {
        form["form_id"]: {file["name"]: file for file in form["media"] if file.get("source") == GIVEN}
        for form in forms.current(db, forms.STATES)
    }


def _given(db: Db) -> Iterator[FileVersion]:
    wanted = {"published_at": 1, "published_by": 1, "note": 1, "media": 1, "media_history": 1}
    for form in db.form_versions.find({}, wanted).sort("published_at", 1):
        at, by, note = form["published_at"], form["published_by"], form.get("note", "")
        for media, until in [
            *((one["media"], one["until"]) for one in form.get("media_history", ())),
            (form["media"], None),
        ]:
            for file in media:
                if file.get("source") == GIVEN:
                    yield FileVersion(
                        name=file["name"],
                        sha256=file["sha256"],
                        bytes=file["bytes"],
                        at=file.get("at", at),
                        by=file.get("by", by),
                        note=file.get("note", note),
                    )
            at = until or at
