"""The XML that phones read, and the headers they want on it.

Source: OpenRosa form list, manifest and submission APIs; where ODK Collect differs, Collect counts.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

VERSION_HEADER = "X-OpenRosa-Version"
VERSION = "1.0"
XML = "text/xml; charset=utf-8"
"""Collect refuses application/xml."""

RECEIVED = "បានទទួលហើយ។ អរគុណ។\nReceived. Thank you."
"""Shown in place of "Success": Khmer first, as in `Problem.message_for_phones`."""

ENTITY_LIST = ' type="entityList"'
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


ROOT = f"root-{secrets.token_hex(8)}"
"""Stands in a text that is kept for many phones where the address of each of them begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedForm:
    """One form in the form list. URLs are absolute and percent-encoded."""

    form_id: str
    name: str
    version: str
    md5: str
    download_url: str
    manifest_url: str = ""
    """Empty: the form has no files; phones fetch every manifest they are told of, each time."""
    description: str = ""
    """For clients that ask to be told more (`verbose`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """One file in a manifest."""

    name: str
    md5: str
    download_url: str
    integrity_url: str = ""
    """Not empty: the file is an entity list."""


def message(said: str, nature: str = "") -> bytes:
    """The sentence a person reads after a sending; `nature` is "error" or ""."""
    return _document(
        '<OpenRosaResponse xmlns="http://openrosa.org/http/response" items="0">'
        f'<message nature="{nature}">{text(said)}</message></OpenRosaResponse>'
    )


def form_list(forms: Iterable[ListedForm]) -> bytes:
    """The body of formList. Every element that is there is filled: Collect fails on an empty hash."""
    listed = "".join(
        "<xform>"
        f"<formID>{text(form.form_id)}</formID><name>{text(form.name)}</name>"
        f"<version>{text(form.version)}</version><hash>md5:{form.md5}</hash>"
        f"{_optional('descriptionText', form.description)}"
        f"<downloadUrl>{text(form.download_url)}</downloadUrl>{_optional('manifestUrl', form.manifest_url)}"
        "</xform>"
        for form in forms
    )
    return _document(f'<xforms xmlns="http://openrosa.org/xforms/xformsList">{listed}</xforms>')


def manifest(files: Iterable[ListedFile]) -> bytes:
    """The body of a form's manifest: `files` in the order given."""
    listed = "".join(
        f"<mediaFile{ENTITY_LIST if file.integrity_url else ''}>"
        f"<filename>{text(file.name)}</filename><hash>md5:{file.md5}</hash>"
        f"<downloadUrl>{text(file.download_url)}</downloadUrl>"
        f"{_optional('integrityUrl', file.integrity_url)}"
        "</mediaFile>"
        for file in files
    )
    return _document(f'<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{listed}</manifest>')


def integrity(deleted: Mapping[str, bool]) -> bytes:
    """Which of these entities phones are to forget. Nothing, not even a comment, between the elements."""
    entities = "".join(
        f"<entity id={quoteattr(_clean(entity_id))}>"
        f"<deleted>{'true' if is_deleted else 'false'}</deleted></entity>"
        for entity_id, is_deleted in deleted.items()
    )
    return _document(f"<data><entities>{entities}</entities></data>")


def _document(body: str) -> bytes:
    """In UTF-8 and without a byte order mark, which Collect's parser fails on."""
    return (_DECLARATION + body).encode()


def _optional(name: str, said: str) -> str:
    return f"<{name}>{text(said)}</{name}>" if said else ""


def text(said: str) -> str:
    """This, as the text of an element."""
    return escape(_clean(said))


def _clean(text: str) -> str:
    """Without characters that no XML document can hold."""
    return _NOT_IN_XML.sub("\ufffd", text)
