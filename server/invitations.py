"""Collection `invitations`: links that let somebody choose their own password, once.

There is no e-mail in it: whoever invites hands the link over, or shows its code. Kept as hashes.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from server import accounts
from server.accounts import Account
from sync.core.problem import Problem
from sync.core.times import cut_to_ms
from sync.store.connect import Db

LASTS = timedelta(days=3)


def invite(db: Db, user: str, *, by: str, at: datetime) -> str:
    """A link's secret part for this account, said this once; earlier ones end."""
    token = secrets.token_urlsafe(32)
    db.invitations.delete_many({"user": user})
    db.invitations.insert_one(
        {
            "_id": _hash(token),
            "user": user,
            "made_by": by,
            "made_at": cut_to_ms(at),
            "ends_at": cut_to_ms(at + LASTS),
        }
    )
    return token


def account_of(db: Db, token: str, *, at: datetime) -> Account:
    """Whom this link invites. Raises Problem invitation.unknown, whatever is wrong with it."""
    found = db.invitations.find_one({"_id": _hash(token), "ends_at": {"$gt": at}})
    account = accounts.find(db, found["user"]) if found else None
    if account is None:
        raise Problem("invitation.unknown")
    return account


def take_up(db: Db, token: str, password: str, *, at: datetime) -> Account:
    """Give the invited account this password; the link is used up.

    Raises Problem invitation.unknown, account.password_weak.
    """
    account = account_of(db, token, at=at)
    accounts.hash_of(password, account.user)  # a weak one must not use the link up
    if not db.invitations.delete_one({"_id": _hash(token), "ends_at": {"$gt": at}}).deleted_count:
        raise Problem("invitation.unknown")
    accounts.set_password(db, account.user, password)
    return account


def open_ones(db: Db, *, at: datetime) -> dict[str, datetime]:
    """User name -> until when an invitation waits for it."""
    return {found["user"]: found["ends_at"] for found in db.invitations.find({"ends_at": {"$gt": at}})}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
