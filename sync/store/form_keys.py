"""Collection `form_keys`: the key pairs with which forms are encrypted on phones, one for each form.

Made here for forms whose workbook says so; the public key goes out with the form, the private one opens what
comes back. One pair for all versions of a form: what was filled in with an old one must open as well. (Of a
form with the organisation's own key nothing is here: it is kept as it comes.)
"""

import base64
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pymongo.errors import DuplicateKeyError

from sync.core.times import cut_to_ms
from sync.store.connect import Db

BITS = 3072


def public_key(db: Db, form_id: str, *, at: datetime) -> str:
    """The public key of this form as it stands in an XForm; the pair is made where there is none yet."""
    known = {"_id": form_id}
    found = db.form_keys.find_one(known, {"public": 1})
    if found is None:
        private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
        der, pkcs8 = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
        public = private.public_key().public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo)
        made = {
            **known,
            "public": base64.b64encode(public).decode(),
            "private": private.private_bytes(der, pkcs8, serialization.NoEncryption()),
            "made_at": cut_to_ms(at),
        }
        try:
            db.form_keys.insert_one(made)
        except DuplicateKeyError:  # somebody published the same form in the same moment
            return public_key(db, form_id, at=at)
        return str(made["public"])
    return str(found["public"])


def private_key(db: Db, form_id: str) -> rsa.RSAPrivateKey | None:
    """What opens records of this form, or None where this server has no key of it."""
    found = db.form_keys.find_one({"_id": form_id}, {"private": 1})
    return None if found is None else _loaded(bytes(found["private"]))


@lru_cache(maxsize=64)
def _loaded(der: bytes) -> rsa.RSAPrivateKey:
    private = serialization.load_der_private_key(der, password=None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError("no RSA key")
    return private
