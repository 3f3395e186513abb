"""What a phone sent, as far as it can be read without its form.

The bytes are kept as they came; reading them never changes them. The parser is the only one used for
XML from outside, and it is hardened: no document type, so no entities of any kind; nothing fetched;
at most 256 levels deep and 10 MB.
"""

import hashlib
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from sync.core.problem import Problem

MAX_XML_BYTES = 10_000_000
"""The longest record taken: Collect's default for a whole sending. Attachments are not part of it."""
MAX_ID_CHARACTERS = 255

_UTF8_MARK = b"\xef\xbb\xbf"
_DECLARATION = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*?\?>")
_TEXT_DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]*\?>")
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
_READ_AS_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

# An lxml parser works for one thread at a time; making one costs half as much as reading a record.
_own = threading.local()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One record as it arrived. The answers are in `xml`; see `root_of`."""

    instance_id: str
    """As the phone wrote it, usually `uuid:` and a version 4 UUID; at most 255 characters."""
    form_id: str
    form_version: str
    """Empty if the form has none."""
    xml: bytes = field(repr=False)
    sha256: str
    """Of `xml`, in hexadecimal: two records with the same instance ID are the same if this is."""
    deprecated_id: str | None = None
    """The instance ID of the record that this one is an edit of."""
    encrypted: bool = False
    """An envelope: the answers are in encrypted attachments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a record; its content is in `sync.store.attachments` under the hash."""

    name: str
    """As the record names it; without any folder."""
    sha256: str
    bytes: int
    content_type: str


def root_of(xml: bytes) -> etree._Element:
    """The root element of a record; comments and processing instructions are left out.

    UTF-8 (with or without a byte order mark), UTF-16 and ASCII are read, whatever phones may send.
    Raises Problem submission.unreadable: empty, too long, not well-formed, nested too deeply, in another
    encoding, or with a document type.
    """
    if not xml or len(xml) > MAX_XML_BYTES:
        raise Problem("submission.unreadable")
    body = _as_utf8(xml)
    # Only a document type can declare entities. A phone writes `<` in an answer as `&lt;`, so these
    # characters cannot be an answer.
    if b"<!DOCTYPE" in body:
        raise Problem("submission.unreadable")
    try:
        return etree.fromstring(body, _parser())
    except (etree.XMLSyntaxError, ValueError) as unreadable:
        raise Problem("submission.unreadable") from unreadable


def parse_submission(xml: bytes) -> Submission:
    """What a phone sent: which form and version, which record, and the bytes.

    `xml` is the content of the part `xml_submission_file`. Names are compared without their namespace:
    `meta` is in none (pyxform), in `http://openrosa.org/xforms`, or in that of an encrypted envelope.

    Raises Problem
        submission.unreadable           see `root_of`
        submission.form_id_missing      the root element has no `id`
        submission.instance_id_missing  no `meta/instanceID`, or nothing readable in it

    Source: ODK XForms specification, "Metadata"; OpenRosa Form Submission API 1.0.
    """
    root = root_of(xml)
    form_id = root.get("id", "").strip()
    if not form_id or len(form_id) > MAX_ID_CHARACTERS:
        raise Problem("submission.form_id_missing")
    meta = _child(root, "meta")
    instance_id = _text(meta, "instanceID") or _text(root, "instanceID") or root.get("instanceID", "").strip()
    if not instance_id or len(instance_id) > MAX_ID_CHARACTERS or _CONTROL.search(instance_id):
        raise Problem("submission.instance_id_missing")
    return Submission(
        instance_id=instance_id,
        form_id=form_id,
        form_version=root.get("version", "").strip(),
        xml=xml,
        sha256=hashlib.sha256(xml).hexdigest(),
        deprecated_id=_text(meta, "deprecatedID") or None,
        encrypted=_child(root, "base64EncryptedKey") is not None,
    )


def _parser() -> etree.XMLParser:
    """This thread's parser. It reads UTF-8 only, so that a search in the bytes sees what it sees."""
    parser: etree.XMLParser | None = getattr(_own, "parser", None)
    if parser is None:
        parser = _own.parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            collect_ids=False,
        )
    return parser


def _as_utf8(xml: bytes) -> bytes:
    """The same document in UTF-8, without a byte order mark."""
    codec = _UTF16.get(xml[:2])
    if codec:
        try:
            text = xml.decode(codec)
        except UnicodeDecodeError as unreadable:
            raise Problem("submission.unreadable") from unreadable
        return _TEXT_DECLARATION.sub("", text, count=1).encode()
    body = xml.removeprefix(_UTF8_MARK)
    declared = _DECLARATION.match(body[:200])
    if declared and declared[1].decode().lower() not in _READ_AS_UTF8:
        raise Problem("submission.unreadable")
    return body


def _child(parent: etree._Element | None, name: str) -> etree._Element | None:
    """The first child of this local name, in whatever namespace."""
    if parent is None:
        return None
    return next(parent.iterchildren(f"{{*}}{name}"), None)


def _text(parent: etree._Element | None, name: str) -> str:
    """What stands in the first child of this local name; "" if there is none."""
    found = _child(parent, name)
    return (found.text or "").strip() if found is not None else ""


def merge_attachments(
    listed: Iterable[Attachment], arrived: Iterable[Attachment]
) -> tuple[tuple[Attachment, ...], tuple[Attachment, ...]]:
    """The files of a record after more arrived, by name, and those whose place another content took.

    A phone splits a large record over several sendings and begins anew when one fails, so the same files
    come again, in any order.
    """
    by_name = {attachment.name: attachment for attachment in listed}
    replaced = []
    for attachment in arrived:
        before = by_name.get(attachment.name)
        if before is not None and before.sha256 != attachment.sha256:
            replaced.append(before)
        if before is None or before.sha256 != attachment.sha256:
            by_name[attachment.name] = attachment
    return tuple(by_name[name] for name in sorted(by_name)), tuple(replaced)
