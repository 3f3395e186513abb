"""Records that were encrypted on the phone: what an envelope says, and how it is opened.

Source: ODK XForms specification, "Encryption"; collect_contract.md section 7, which says what Collect does:
RSA-OAEP with SHA-256 for both hashes, AES-256 in CFB mode with PKCS#7 padding, a vector that is counted on
from file to file, and a signature that is encrypted with the public key: a check against damage, no proof
of who wrote it.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from lxml import etree

from sync.core.problem import Problem

RECORD = "submission.xml"
"""What the record itself is called in the signature."""
ENDING = ".enc"
KEY_BYTES = 32
BLOCK_BYTES = 16
_OAEP = OAEP(mgf=MGF1(algorithm=hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What stands open in an encrypted record."""

    form_id: str
    form_version: str
    instance_id: str
    encrypted_key: str
    signature: str
    media: tuple[str, ...]
    """Names of the encrypted files, in order."""
    record: str
    """Name of the encrypted record."""

    @property
    def files(self) -> tuple[str, ...]:
        """All of them, in the order in which they were encrypted."""
        return (*self.media, self.record)


def envelope_in(root: etree._Element, instance_id: str) -> Envelope:
    """The envelope this is. Names are compared without their namespace, which differs from text to text."""

    def texts(*names: str) -> list[str]:
        found = [root]
        for name in names:
            found = [child for parent in found for child in parent.iterchildren(f"{{*}}{name}")]
        return [(one.text or "").strip() for one in found]

    return Envelope(
        form_id=root.get("id", "").strip(),
        form_version=root.get("version", "").strip(),
        instance_id=instance_id,
        encrypted_key=next(iter(texts("base64EncryptedKey")), ""),
        signature=next(iter(texts("base64EncryptedElementSignature")), ""),
        media=tuple(filter(None, texts("media", "file"))),
        record=next(iter(texts("encryptedXmlFile")), "") or RECORD + ENDING,
    )


def content_key(private: RSAPrivateKey, envelope: Envelope) -> bytes | None:
    """The key of the files, or None: it was not encrypted for this private key, or is damaged."""
    key = _decrypted(private, envelope.encrypted_key)
    return key if key and len(key) == KEY_BYTES else None


def plain_name(name: str) -> str:
    """What an encrypted file was called before."""
    return name.removesuffix(ENDING)


def vectors(instance_id: str, key: bytes) -> Iterator[bytes]:
    """The initial vector of each file, in order."""
    seed = bytearray(hashlib.md5(instance_id.encode() + key, usedforsecurity=False).digest())
    for number in count():
        seed[number % BLOCK_BYTES] = (seed[number % BLOCK_BYTES] + 1) % 256
        yield bytes(seed)


def plain(pieces: Iterable[bytes], key: bytes, vector: bytes) -> Iterator[bytes]:
    """The content of an encrypted file, piece by piece. Raises Problem submission.envelope_broken."""
    decryptor = Cipher(AES(key), CFB(vector)).decryptor()
    held = b""  # the last block is padding, or ends in it
    for piece in pieces:
        held += decryptor.update(piece)
        yield held[:-BLOCK_BYTES]
        held = held[-BLOCK_BYTES:]
    held += decryptor.finalize()
    padding = held[-1] if held else 0
    if not 1 <= padding <= BLOCK_BYTES or held[-padding:] != bytes([padding]) * padding:
        raise Problem("submission.envelope_broken")
    yield held[:-padding]


def is_signed(private: RSAPrivateKey, envelope: Envelope, digests: Iterable[tuple[str, str]]) -> bool:
    """Whether these are the files that were signed; `digests` are (plain name, hexadecimal MD5), in order."""
    lines = [envelope.form_id]
    lines += [envelope.form_version] if envelope.form_version else []
    lines += [envelope.encrypted_key, envelope.instance_id]
    lines += [f"{name}::{digest}" for name, digest in digests]
    said = "".join(f"{line}\n" for line in lines).encode()
    return _decrypted(private, envelope.signature) == hashlib.md5(said, usedforsecurity=False).digest()


def _decrypted(private: RSAPrivateKey, text: str) -> bytes | None:
    try:
        return private.decrypt(base64.b64decode(text, validate=True), _OAEP)
    except ValueError:
        return None
