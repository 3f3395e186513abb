"""Collection `logins`: user names and passwords, for clients that carry none in their address.

Kept is what HTTP's Digest compares (RFC 7616: a hash of user name, realm and password): a server that has
only a slow hash of a password cannot take part in it. A slow hash would buy nothing here either: these
passwords are drawn by machine, with more than 100 bits, and nobody guesses one of those at any speed; it
would cost every request of every phone 200 ms. But whoever has the digests can sign in, so they lie encrypted
under a key of the server that is not in the database: a stolen backup lets nobody in.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo.operations import IndexModel

from sync.core.problem import Problem
from sync.core.scope import Reader
from sync.core.times import cut_to_ms
from sync.store.connect import Db, Document

REALM = "Pteah"
"""Part of every digest: with another realm nobody's password is right any more."""
ALGORITHMS: dict[str, Any] = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}
"""By how much is to be preferred. MD5 is all that some clients know; here no secret rests on its weakness."""

May = Literal["phone", "pull"]
"""`phone`: what a phone may. `pull`: read forms and records out, and nothing else."""

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for one another."""
NONCE_BYTES = 12
NARROWING = ("teams", "places", "organisation")
"""What is kept of a maker."""

INDEXES: dict[str, list[IndexModel]] = {
    "logins": [
        # of_device: with which names does this phone sign in?
        IndexModel([("device_id", 1)], name="device"),
    ]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One user name."""

    user: str
    may: May
    device_id: str
    """The phone that signs in with it; empty for a tool."""
    name: str
    """What it is for, in the words of whoever made it."""
    forms: tuple[str, ...]
    """Form ids a tool may read out; empty: all."""
    made_at: datetime
    made_by: str
    ends_at: datetime | None
    """From then on it opens nothing; None: until it is ended."""
    digests: bytes = field(repr=False)
    sees: Reader | None = None
    """Whose records a tool reads: those of whom its maker saw; None: everybody's."""

    def is_in_use(self, at: datetime) -> bool:
        """Whether it opens anything at this moment."""
        return self.ends_at is None or at < self.ends_at


def add(
    db: Db,
    key: bytes,
    *,
    made_at: datetime,
    made_by: str,
    may: May,
    name: str,
    device_id: str = "",
    forms: Sequence[str] = (),
    ends_at: datetime | None = None,
    sees: Reader | None = None,
) -> tuple[str, str]:
    """A new user name and its password, which is said this once."""
    user = f"{may}-{_drawn(8)}"
    password = "-".join(_drawn(5) for _ in range(5))
    db.logins.insert_one(
        {
            "_id": user,
            "may": may,
            "device_id": device_id,
            "name": name,
            "forms": list(forms),
            "made_at": cut_to_ms(made_at),
            "made_by": made_by,
            "ends_at": cut_to_ms(ends_at) if ends_at else None,
            "sees": {name: getattr(sees, name) for name in NARROWING} if sees else None,
            "digests": _sealed(key, user, password),
        }
    )
    return user, password


def find(db: Db, user: str) -> Login | None:
    """The login of this name, also one that has ended."""
    found = db.logins.find_one({"_id": user})
    return None if found is None else _login_from(found)


def of_device(db: Db, device_id: str) -> list[Login]:
    """With which names this phone signs in."""
    return [_login_from(found) for found in db.logins.find({"device_id": device_id}).sort("made_at", 1)]


def every(db: Db) -> list[Login]:
    """All of them, the newest first."""
    return [_login_from(found) for found in db.logins.find().sort([("made_at", -1), ("_id", 1)])]


def end_made_by(db: Db, account: str, *, at: datetime) -> None:
    """End what tools of this account's sign in with; its phones go on."""
    _end(db, {"made_by": account, "may": "pull"}, at)


def end(db: Db, user: str, *, at: datetime) -> None:
    """From now on this name opens nothing. Raises Problem login.unknown."""
    if find(db, user) is None:
        raise Problem("login.unknown", user=user)
    _end(db, {"_id": user}, at)


def _end(db: Db, which: Document, at: datetime) -> None:
    """End those of these that have not ended before."""
    not_yet = {**which, "$or": [{"ends_at": None}, {"ends_at": {"$gt": at}}]}
    db.logins.update_many(not_yet, {"$set": {"ends_at": cut_to_ms(at)}})


def digest_of(user: str, password: str, algorithm: str) -> str:
    """H(user:realm:password), hexadecimal: what both sides of HTTP's Digest know."""
    made: str = ALGORITHMS[algorithm](f"{user}:{REALM}:{password}".encode()).hexdigest()
    return made


def digests_in(key: bytes, login: Login) -> Mapping[str, str]:
    """The digests of this login, by algorithm."""
    nonce, sealed = login.digests[:NONCE_BYTES], login.digests[NONCE_BYTES:]
    try:
        text = AESGCM(key).decrypt(nonce, sealed, login.user.encode())
    except InvalidTag:  # made under another key, or moved here from another name: nobody's password
        text = _plain(login.user, secrets.token_hex())
    return dict(zip(ALGORITHMS, text.decode().split(), strict=True))


def nobody(key: bytes) -> Login:
    """A login that no password opens: what is compared where there is none of the name given.

    So that nothing takes longer, or less long, for a name that nobody has.
    """
    sealed = _sealed(key, "", secrets.token_hex())
    made = datetime.min.replace(tzinfo=UTC)
    return Login(
        user="",
        may="pull",
        device_id="",
        name="",
        forms=(),
        made_at=made,
        made_by="",
        ends_at=made,
        digests=sealed,
    )


def _plain(user: str, password: str) -> bytes:
    return " ".join(digest_of(user, password, algorithm) for algorithm in ALGORITHMS).encode()


def _sealed(key: bytes, user: str, password: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, _plain(user, password), user.encode())


def _drawn(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def _login_from(found: Document) -> Login:
    sees = found.get("sees")
    return Login(
        user=found["_id"],
        may=found["may"],
        device_id=found["device_id"],
        name=found["name"],
        forms=tuple(found["forms"]),
        made_at=found["made_at"],
        made_by=found["made_by"],
        ends_at=found["ends_at"],
        digests=bytes(found["digests"]),
        sees=Reader(sight="people", **sees) if sees else None,
    )
