"""A workbook becomes what phones get and what levels rest on: all of it, or nothing.

Everything is worked out in memory first; a broken workbook changes nothing. Then the files are kept, then
one document makes the version known, then the pointer to the current version moves. A crash between any
two of these leaves at most files that nothing points at; publishing again completes it.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sync.core.problem import Problem
from sync.core.protocol import FormRules, Protocol
from sync.core.times import cut_to_ms, local_date
from sync.store import attachments, audit, forms, protocols
from sync.store.connect import Db
from xlsforms.contacts import protocol_media
from xlsforms.convert import Converted, examine
from xlsforms.file_checks import check_file
from xlsforms.findings import Finding, WorkbookRefused, has_errors, in_order
from xlsforms.protocol import read_protocol
from xlsforms.protocol_checks import Known, check_protocol
from xlsforms.sheets import Book, read_book
from xlsforms.trials import (
    examples_with_form,
    examples_with_protocol,
    gone_with_form,
    known_forms,
    names_with_form,
)
from xlsforms.validate import find_java

State = Literal["published", "already published", "current again"]
PROTOCOL = "protocol"
PLACES = "places"
GIVEN = "given"


@dataclass(frozen=True, kw_only=True)
class Published:
    """What came of publishing one workbook."""

    form_id: str
    """`protocol` for the protocol."""
    version: str
    title: str
    state: State
    """`current again`: published before, and phones got another version in between."""
    before: str | None
    """The version that was current until now."""
    findings: tuple[Finding, ...]
    """Warnings."""
    forms_with_new_places: tuple[str, ...] = ()
    """Form ids whose place lists or contacts changed with the protocol."""


def publish(
    db: Db,
    workbook: bytes,
    filename: str,
    published_at: datetime,
    published_by: str,
    *,
    media: Mapping[str, bytes] | None = None,
    beside: Collection[FormRules] = (),
) -> Published:
    """Publish a form workbook, or the protocol (told by its sheets). The same content again is welcome.

    `media` are the files the form needs besides entity lists and place lists; files given with the version
    before are taken again. `beside` are the rules of forms that are about to be published with a protocol, so
    that it may name what only they have.

    Raises Problem workbook.* and WorkbookRefused (with every finding), form.version_taken.
    """
    book = read_book(workbook, filename=filename)
    about = {
        "filename": filename,
        "workbook_sha256": hashlib.sha256(workbook).hexdigest(),
        "published_at": cut_to_ms(published_at),
        "published_by": published_by,
    }
    if book.is_protocol:
        done = _publish_protocol(db, book, workbook, about, beside)
    else:
        done = _publish_form(db, book, workbook, about, media or {})
    if done.state != "already published":
        audit.note(
            db,
            at=published_at,
            by=published_by,
            kind="configuration",
            fields=[done.form_id],
            more={"what": done.state, "version": done.version, "before": done.before},
        )
    return done


def check(
    db: Db | None,
    book: Book,
    *,
    media: Mapping[str, bytes] | None = None,
    beside: Collection[FormRules] = (),
) -> tuple[Finding, ...]:
    """Everything found in a workbook, as publishing would find it; nothing is written.

    Without a database levels, dimensions and places are those of a protocol nobody has published, and a
    protocol is compared only with the forms `beside` it.
    """
    if book.is_protocol:
        return _examined_protocol(book, known_forms(db, beside))[1]
    return _examined(db, book, media or {})[1]


def _examined(
    db: Db | None, book: Book, media: Mapping[str, bytes]
) -> tuple[Converted | None, tuple[Finding, ...]]:
    protocol = protocols.current(db) if db is not None else None
    return examine(book, media=media, protocol=protocol, java=find_java())


# --- a form


def _publish_form(
    db: Db, book: Book, workbook: bytes, about: Mapping[str, Any], media: Mapping[str, bytes]
) -> Published:
    given = {**_given_before(db, book.form_id), **media}
    converted, findings = _examined(db, book, given)
    if converted is not None:
        on = local_date(about["published_at"])
        about_others = (*names_with_form(db, converted), *gone_with_form(db, converted))
        findings = (*findings, *about_others, *examples_with_form(db, converted, on))
    if converted is None or has_errors(findings):
        raise WorkbookRefused(findings)
    form_id, version = converted.form_id, converted.version
    if forms.is_same(db, form_id, version, converted.content_sha256) is False:
        raise Problem("form.version_taken", form_id=form_id, form_version=version)
    files = _keep_files(db, converted, given)
    attachments.put(db, workbook)
    created = forms.put_version(db, {**about, **_document(converted), "media": files, "media_history": []})
    if created == "same":
        forms.put_media(db, form_id, version, files, replaced_at=about["published_at"])
    before = forms.make_current(db, form_id, version)
    again: State = "already published" if before in (version, None) else "current again"
    return Published(
        form_id=form_id,
        version=version,
        title=converted.title,
        state="published" if created == "created" else again,
        before=before,
        findings=findings,
    )


def _document(converted: Converted) -> dict[str, Any]:
    return {
        "form_id": converted.form_id,
        "version": converted.version,
        "title": converted.title,
        "xform": converted.xform,
        "md5": hashlib.md5(converted.xform, usedforsecurity=False).hexdigest(),
        "content_sha256": converted.content_sha256,
        "entity_lists": list(converted.entity_lists),
        "rules": converted.rules.document(),
        "privacy": dict(converted.privacy),
        "languages": list(converted.languages),
        "warnings": list(converted.warnings),
    }


def _given_before(db: Db, form_id: str) -> dict[str, bytes]:
    """The files somebody gave with the current version."""
    version = forms.current_version(db, form_id)
    found = forms.find_version(db, form_id, version) if version else None
    files = found["media"] if found else []
    return {
        file["name"]: attachments.open(db, file["sha256"]).read() for file in files if file["source"] == GIVEN
    }


def _keep_files(db: Db, converted: Converted, given: Mapping[str, bytes]) -> list[dict[str, Any]]:
    return [
        _file(db, name, content, GIVEN if name in given else PLACES)
        for name, content in sorted(converted.media.items())
    ]


def _file(db: Db, name: str, content: bytes, source: str) -> dict[str, Any]:
    return {
        "name": name,
        "sha256": attachments.put(db, content),
        "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "bytes": len(content),
        "source": source,
    }


# --- the protocol


def _examined_protocol(book: Book, known: Known) -> tuple[Protocol | None, tuple[Finding, ...]]:
    protocol, findings = read_protocol(book)
    odd = tuple(check_file(book))
    if protocol is None or has_errors(odd):
        return None, in_order([*odd, *findings], book.sheets)
    more = check_protocol(book, protocol, known)
    return protocol, in_order([*odd, *findings, *more], book.sheets)


def _publish_protocol(
    db: Db, book: Book, workbook: bytes, about: Mapping[str, Any], beside: Collection[FormRules]
) -> Published:
    protocol, findings = _examined_protocol(book, known_forms(db, beside))
    if protocol is not None:
        on = local_date(about["published_at"])
        findings = (*findings, *examples_with_protocol(db, protocol, on))
    if protocol is None or has_errors(findings):
        raise WorkbookRefused(findings)
    content_sha256 = book.content_sha256
    if protocols.is_same(db, protocol.version, content_sha256) is False:
        raise Problem("form.version_taken", form_id=PROTOCOL, form_version=protocol.version)
    before = protocols.current(db)
    attachments.put(db, workbook)
    created = protocols.put(db, protocol, {**about, "content_sha256": content_sha256})
    now_current = protocols.current(db) or protocol
    return Published(
        form_id=PROTOCOL,
        version=protocol.version,
        title="",
        state="published" if created == "created" else "already published",
        before=before.version if before else None,
        findings=findings,
        forms_with_new_places=_renew_places(db, now_current, about["published_at"]),
    )


def _renew_places(db: Db, protocol: Protocol, replaced_at: datetime) -> tuple[str, ...]:
    """Make the place lists and contacts of every current form version those of this protocol."""
    changed = []
    made = protocol_media(protocol)
    for form in forms.current(db, forms.STATES):
        files = [
            _file(db, file["name"], made[file["name"]], PLACES)
            if file["source"] == PLACES and file["name"] in made
            else file
            for file in form["media"]
        ]
        if forms.put_media(db, form["form_id"], form["version"], files, replaced_at=replaced_at):
            changed.append(form["form_id"])
    return tuple(changed)
