"""Encrypted records, opened where this server has the form's key, and then worked through like any other.

What was opened is kept beside the envelope: the record, and its files under their plain names. The envelope
stays as it came.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import IO, Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sync.core import envelope as envelopes
from sync.core.envelope import Envelope
from sync.core.problem import Problem
from sync.core.submission import MAX_XML_BYTES, Attachment, parse_submission, root_of
from sync.store import attachments, form_keys, submissions
from sync.store.connect import Db

READ_BYTES = 256 * 1024
IN_MEMORY_BYTES = 1_000_000

Submission = Mapping[str, Any]
"""A document of the collection `submissions`."""


def opened(db: Db, submission: Submission) -> tuple[Submission, Problem | None]:
    """The submission with what was in its envelope (`opened`), and what there is to say about that.

    A file that is missing or damaged does not hold back the answers: they are used as soon as the record
    itself opens and is the one the envelope names, and what is wrong is said.
    """
    if not submission["encrypted"]:
        return submission, None
    private = form_keys.private_key(db, submission["form_id"])
    if private is None:
        return submission, Problem("submission.encrypted")
    envelope = envelopes.envelope_in(root_of(submission["xml"]), submission["_id"])
    key = envelopes.content_key(private, envelope)
    if key is None:
        # Encrypted for another key than ours, such as the organisation's own of an earlier version.
        return submission, Problem("submission.encrypted")
    if envelope.record not in {file["name"] for file in submission["attachments"]}:
        return submission, Problem("submission.envelope_incomplete")
    try:
        xml, files, problem = _contents(db, submission, private, envelope, key)
    except Problem as broken:
        return submission, broken
    found = {"xml": xml, "attachments": [asdict(file) for file in files], "is_signed": problem is None}
    submissions.put_opened(db, submission["_id"], found)
    return {**submission, "opened": found}, problem


def _contents(
    db: Db, submission: Submission, private: RSAPrivateKey, envelope: Envelope, key: bytes
) -> tuple[bytes, list[Attachment], Problem | None]:
    """The record, its files, and what is wrong with them. Raises Problem submission.envelope_broken."""
    arrived = {file["name"]: file for file in submission["attachments"]}
    xml, files, digests = b"", list[Attachment](), list[tuple[str, str]]()
    problem: Problem | None = None
    for name, vector in zip(envelope.files, envelopes.vectors(envelope.instance_id, key), strict=False):
        is_record = name == envelope.record
        if name not in arrived:
            problem = Problem("submission.envelope_incomplete")
            continue
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as content:
            try:
                md5 = _decrypt(db, arrived[name]["sha256"], key, vector, content)
            except Problem:
                if is_record:
                    raise
                problem = Problem("submission.signature_wrong")
                continue
            digests.append((envelopes.RECORD if is_record else envelopes.plain_name(name), md5))
            size = content.tell()
            content.seek(0)
            if is_record:
                xml = _checked(content.read(MAX_XML_BYTES + 1), envelope)
            else:
                plain = envelopes.plain_name(name)
                kept = attachments.put(db, content, at=submission["received_at"])
                kind = arrived[name]["content_type"]
                files.append(Attachment(name=plain, sha256=kept, bytes=size, content_type=kind))
    if problem is None and not envelopes.is_signed(private, envelope, digests):
        problem = Problem("submission.signature_wrong")
    return xml, files, problem


def _decrypt(db: Db, sha256: str, key: bytes, vector: bytes, into: IO[bytes]) -> str:
    """Write the plain content of a kept file into `into`; its MD5, which the signature names."""
    digest = hashlib.md5(usedforsecurity=False)
    for piece in envelopes.plain(_pieces(attachments.open(db, sha256)), key, vector):
        into.write(piece)
        digest.update(piece)
    return digest.hexdigest()


def _pieces(file: Any) -> Iterator[bytes]:
    while piece := file.read(READ_BYTES):
        yield piece


def _checked(xml: bytes, envelope: Envelope) -> bytes:
    """The record, if it is the one that the envelope names. Raises Problem submission.envelope_broken."""
    try:
        found = parse_submission(xml)
    except Problem:
        raise Problem("submission.envelope_broken") from None
    if (found.form_id, found.instance_id) != (envelope.form_id, envelope.instance_id):
        raise Problem("submission.envelope_broken")
    return xml
