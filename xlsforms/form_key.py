"""Forms whose records are encrypted on the phone: `public_key` on the settings sheet.

The organisation's own public key, whose private one this server never sees; or the word `pteah`: this server
makes a pair, puts the public key into the form, and opens what comes back.
"""

import base64
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from sync.store import form_keys
from sync.store.connect import Db

OURS = "pteah"
LEAST_BITS = 2048


def is_ours(written: str) -> bool:
    """Whether this server is to make the key."""
    return written.strip().lower() == OURS


def is_public_key(written: str) -> bool:
    """Whether phones can encrypt with this: base64 of an RSA key as X.509 has it, and long enough."""
    try:
        key = load_der_public_key(base64.b64decode("".join(written.split()), validate=True))
    except ValueError:
        return False
    return isinstance(key, RSAPublicKey) and key.key_size >= LEAST_BITS


def with_key(db: Db, form_id: str, xform: bytes, *, at: datetime) -> bytes:
    """The form with this server's public key in it, if its workbook asks for one."""
    before, mark, after = xform.partition(_ATTRIBUTE)
    word, quote, rest = after.partition(b'"')
    if not mark or not is_ours(word.decode(errors="replace")):
        return xform
    return before + mark + form_keys.public_key(db, form_id, at=at).encode() + quote + rest


_ATTRIBUTE = b'base64RsaPublicKey="'
