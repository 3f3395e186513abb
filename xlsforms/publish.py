"""A workbook becomes what phones get and what levels rest on: all of it, or nothing.

Everything is worked out in memory first; a broken workbook changes nothing. Then the files are kept, then
one document makes the version known, then the pointer to the current version moves. A crash between any
two of these leaves at most files that nothing points at; publishing again completes it.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from sync.core.problem import Problem
from sync.core.protocol import FormRules, Protocol
from sync.core.times import cut_to_ms, local_date
from sync.store import attachments, audit, drafts, form_files, forms, protocols
from sync.store.connect import Db
from sync.store.form_files import GIVEN
from xlsforms.contacts import protocol_media
from xlsforms.convert import Converted, Looked, examine, look, with_files
from xlsforms.file_checks import check_file
from xlsforms.findings import Finding, WorkbookRefused, has_errors, in_order
from xlsforms.form_key import with_key
from xlsforms.impact import PROTOCOL, impact_of, likely_renames
from xlsforms.protocol import read_protocol
from xlsforms.protocol_checks import Known, check_protocol
from xlsforms.sheets import Book
from xlsforms.trials import (
    examples_with_form,
    examples_with_protocol,
    gone_with_form,
    known_forms,
    names_with_form,
)
from xlsforms.validate import find_java

State = Literal["published", "already published", "current again"]
PLACES = "places"


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


@dataclass(frozen=True, kw_only=True)
class Said:
    """What whoever publishes says about it; kept with the version."""

    note: str = ""
    renames: Mapping[str, str] = field(default_factory=dict)
    """Question name in this version -> in the one before."""
    confirm: str = ""
    """The word that `impact.Impact.word` wants typed, where stored answers would lose their meaning."""
    signed: Mapping[str, Any] | None = None
    """The dry run that was looked at, by whom and when."""


NOTHING_SAID = Said()


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A workbook with everything known of it that publishing asks."""

    book: Book
    findings: tuple[Finding, ...]
    form: Converted | None = None
    """None for a protocol, and where something must be mended."""
    protocol: Protocol | None = None


def publish(
    db: Db,
    workbook: bytes,
    filename: str,
    published_at: datetime,
    published_by: str,
    *,
    media: Mapping[str, bytes] | None = None,
    beside: Collection[FormRules] = (),
    said: Said = NOTHING_SAID,
    look: Callable[..., Looked] = look,
) -> Published:
    """Publish a form workbook, or the protocol (told by its sheets). The same content again is welcome.

    `media` are the files the form needs besides entity lists and place lists; files given with the version
    before are taken again. `beside` are the rules of forms that are about to be published with a protocol, so
    that it may name what only they have. `look` reads and converts; `apart.look_apart` does it within limits.

    Raises Problem workbook.* and WorkbookRefused (with every finding), form.version_taken,
    form.renames_wrong, form.not_confirmed.
    """
    looked = look(workbook, filename, protocol=protocols.current(db))
    ready = ready_of(
        db, looked, on=local_date(published_at), media=media or {}, beside=beside, renames=said.renames
    )
    if has_errors(ready.findings) or (ready.form is None and ready.protocol is None):
        raise WorkbookRefused(ready.findings)
    _check_version(db, ready)
    impact = impact_of(db, ready.book, said.renames)
    if impact.breaks and said.confirm != impact.word:
        raise Problem("form.not_confirmed", count=len(impact.breaks), word=impact.word)
    about = {
        "filename": filename,
        "workbook_sha256": attachments.put(db, workbook, public=True),
        "published_at": cut_to_ms(published_at),
        "published_by": published_by,
        "note": said.note,
        "renames": dict(said.renames),
        "changes": [change.document() for change in impact.changes],
        "follows": impact.before,
        "signed": dict(said.signed) if said.signed else None,
    }
    done = _publish_form(db, ready, about, media or {}) if ready.form else _publish_protocol(db, ready, about)
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
    protocol = protocols.current(db) if db is not None else None
    return examine(book, media=media or {}, protocol=protocol, java=find_java())[1]


def ready_of(
    db: Db,
    looked: Looked,
    *,
    on: date,
    media: Mapping[str, bytes],
    beside: Collection[FormRules] = (),
    renames: Mapping[str, str] | None = None,
) -> Ready:
    """All that is found in a workbook, beside what is published: examples, names others rely on, files."""
    book = looked.book
    if book.is_protocol:
        protocol, findings = _examined_protocol(book, known_forms(db, beside))
        if protocol is not None:
            findings = (*findings, *examples_with_protocol(db, protocol, on))
        return Ready(book=book, findings=findings, protocol=protocol)
    found = with_files(looked, {**given_before(db, book.form_id), **media}, protocols.current(db))
    findings, converted = found.findings, found.converted
    if converted is not None:
        about_others = (*names_with_form(db, converted), *gone_with_form(db, converted))
        asked = examples_with_form(db, converted, on, lambda: {**likely_renames(db, book), **(renames or {})})
        findings = (*findings, *about_others, *asked)
    return Ready(book=book, findings=findings, form=converted)


def _check_version(db: Db, ready: Ready) -> None:
    if ready.form is not None:
        form_id, version = ready.form.form_id, ready.form.version
        same = forms.is_same(db, form_id, version, ready.form.content_sha256)
    else:
        form_id, version = PROTOCOL, ready.protocol.version if ready.protocol else ""
        same = protocols.is_same(db, version, ready.book.content_sha256)
    if same is False:
        raise Problem("form.version_taken", form_id=form_id, form_version=version)


# --- a form


def _publish_form(db: Db, ready: Ready, about: Mapping[str, Any], media: Mapping[str, bytes]) -> Published:
    converted = ready.form
    assert converted is not None  # noqa: S101 - told apart by `publish`
    form_id, version = converted.form_id, converted.version
    created = keep_form(db, converted, about, {**given_before(db, form_id), **media})
    before = forms.make_current(db, form_id, version)
    drafts.discard(db, form_id)
    again: State = "already published" if before in (version, None) else "current again"
    return Published(
        form_id=form_id,
        version=version,
        title=converted.title,
        state="published" if created == "created" else again,
        before=before,
        findings=ready.findings,
    )


def keep_form(
    db: Db, converted: Converted, about: Mapping[str, Any], given: Mapping[str, bytes]
) -> Literal["created", "same"]:
    """Keep a form version and its files; phones do not get it by that."""
    xform = with_key(db, converted.form_id, converted.xform, at=about["published_at"])
    converted = replace(converted, xform=xform)
    files = _keep_files(db, converted, given, about)
    created = forms.put_version(db, {**about, **_document(converted), "media": files, "media_history": []})
    if created == "same":
        forms.put_media(db, converted.form_id, converted.version, files, replaced_at=about["published_at"])
    return created


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


def given_before(db: Db, form_id: str) -> dict[str, bytes]:
    """The files somebody gave with the current version."""
    version = forms.current_version(db, form_id)
    found = forms.find_version(db, form_id, version) if version else None
    files = found["media"] if found else []
    return {
        file["name"]: attachments.open(db, file["sha256"]).read() for file in files if file["source"] == GIVEN
    }


def _keep_files(
    db: Db, converted: Converted, given: Mapping[str, bytes], about: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The files of this version. One that somebody gave says who and when; the same again is no new one."""
    version = forms.current_version(db, converted.form_id)
    before = forms.find_version(db, converted.form_id, version) if version else None
    known = {(file["name"], file["sha256"]): file for file in (before["media"] if before else ())}
    files = []
    for name, content in sorted(converted.media.items()):
        file = form_files.keep(db, name, content, GIVEN if name in given else PLACES)
        if name in given:
            file |= {"at": about["published_at"], "by": about["published_by"], "note": about.get("note", "")}
        files.append(known.get((name, file["sha256"]), file))
    return files


# --- the protocol


def _examined_protocol(book: Book, known: Known) -> tuple[Protocol | None, tuple[Finding, ...]]:
    protocol, findings = read_protocol(book)
    odd = tuple(check_file(book))
    if protocol is None or has_errors(odd):
        return None, in_order([*odd, *findings], book.sheets)
    more = check_protocol(book, protocol, known)
    return protocol, in_order([*odd, *findings, *more], book.sheets)


def _publish_protocol(db: Db, ready: Ready, about: Mapping[str, Any]) -> Published:
    protocol = ready.protocol
    assert protocol is not None  # noqa: S101 - told apart by `publish`
    before = protocols.current(db)
    created = protocols.put(db, protocol, {**about, "content_sha256": ready.book.content_sha256})
    drafts.discard(db, PROTOCOL)
    now_current = protocols.current(db) or protocol
    return Published(
        form_id=PROTOCOL,
        version=protocol.version,
        title="",
        state="published" if created == "created" else "already published",
        before=before.version if before else None,
        findings=ready.findings,
        forms_with_new_places=_renew_places(db, now_current, about["published_at"]),
    )


def _renew_places(db: Db, protocol: Protocol, replaced_at: datetime) -> tuple[str, ...]:
    """Make the place lists and contacts of every current form version those of this protocol."""
    changed = []
    made = protocol_media(protocol)
    for form in forms.current(db, forms.STATES):
        files = [
            form_files.keep(db, file["name"], made[file["name"]], PLACES)
            if file["source"] == PLACES and file["name"] in made
            else file
            for file in form["media"]
        ]
        if forms.put_media(db, form["form_id"], form["version"], files, replaced_at=replaced_at):
            changed.append(form["form_id"])
    return tuple(changed)
