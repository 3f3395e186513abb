"""Collection `second_steps`: the code after the password (TOTP, RFC 6238), and what a lost phone needs.

A code counts once: of two people who have seen the same six digits only one gets in. Recovery codes are kept
as hashes and count once too.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp

from sync.core.times import cut_to_ms
from sync.store.connect import Db

ISSUER = "Pteah"
"""What the authenticator shows: whoever looks over a shoulder reads this."""
SECONDS = 30
STEPS_OFF = (0, -1, 1)
"""A clock may be half a minute off."""
RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class SecondStep:
    """An account's second step; the secret itself is not known here."""

    confirmed_at: datetime
    recovery_left: int


def of(db: Db, user: str) -> SecondStep | None:
    """The second step of this account, or None while none is confirmed."""
    found = db.second_steps.find_one({"_id": user}, {"confirmed_at": 1, "recovery": 1})
    if not found or not found["confirmed_at"]:
        return None
    return SecondStep(found["confirmed_at"], len(found["recovery"]))


def enrolled(db: Db) -> set[str]:
    """The accounts that have one."""
    return {found["_id"] for found in db.second_steps.find({"confirmed_at": {"$ne": None}}, {"_id": 1})}


def begin(db: Db, user: str) -> str:
    """The secret to be put into an authenticator; it counts once a code of it was given.

    The same until then, so that a page loaded twice shows one code. Not for an account that has one.
    """
    fresh: dict[str, Any] = {
        "secret": pyotp.random_base32(),
        "confirmed_at": None,
        "last_step": 0,
        "recovery": [],
    }
    db.second_steps.update_one({"_id": user}, {"$setOnInsert": fresh}, upsert=True)
    found = db.second_steps.find_one({"_id": user, "confirmed_at": None})
    return str(found["secret"]) if found else ""


def address_of(secret: str, user: str) -> str:
    """What the QR code for an authenticator holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=user, issuer_name=ISSUER)


def confirm(db: Db, user: str, code: str, *, at: datetime) -> list[str]:
    """The recovery codes, shown this once, if the code is one of the secret begun with; else none."""
    found = db.second_steps.find_one({"_id": user, "confirmed_at": None})
    if not found or not _use(db, found, code, at):
        return []
    codes = _new_codes()
    kept = {"confirmed_at": cut_to_ms(at), "recovery": [_hash(user, one) for one in codes]}
    db.second_steps.update_one({"_id": user, "confirmed_at": None}, {"$set": kept})
    return codes


def check(db: Db, user: str, code: str, *, at: datetime) -> bool:
    """Whether this code, of the authenticator or one for recovery, is right now and was never used."""
    found = db.second_steps.find_one({"_id": user, "confirmed_at": {"$ne": None}})
    if not found:
        return False
    if _use(db, found, code, at):
        return True
    hashed = _hash(user, code)
    done = db.second_steps.update_one({"_id": user, "recovery": hashed}, {"$pull": {"recovery": hashed}})
    return done.modified_count == 1


def new_recovery_codes(db: Db, user: str) -> list[str]:
    """Recovery codes in place of the former ones, shown this once."""
    codes = _new_codes()
    db.second_steps.update_one(
        {"_id": user, "confirmed_at": {"$ne": None}},
        {"$set": {"recovery": [_hash(user, one) for one in codes]}},
    )
    return codes


def take_away(db: Db, user: str) -> bool:
    """The account has none any more (a lost phone); whether it had one."""
    return db.second_steps.delete_one({"_id": user}).deleted_count == 1


def _use(db: Db, found: dict[str, Any], code: str, at: datetime) -> bool:
    """Whether this is a code of the authenticator; used from now on, whoever else holds it."""
    digits = "".join(code.split())
    now = int(at.timestamp()) // SECONDS
    totp = pyotp.TOTP(found["secret"])
    for step in (now + off for off in STEPS_OFF):
        if hmac.compare_digest(totp.at(step * SECONDS).encode(), digits.encode()):
            done = db.second_steps.update_one(
                {"_id": found["_id"], "last_step": {"$lt": step}}, {"$set": {"last_step": step}}
            )
            return done.modified_count == 1
    return False


def _new_codes() -> list[str]:
    return [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
        for _ in range(RECOVERY_CODES)
    ]


def _hash(user: str, code: str) -> str:
    # Nearly 80 random bits: nobody guesses one from its hash, however quick the hash.
    known = "".join(letter for letter in code.lower() if letter in _LETTERS)
    return hashlib.sha256(f"{user}|{known}".encode()).hexdigest()
