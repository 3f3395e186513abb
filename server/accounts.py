"""Collection `accounts`: who may sign in, as what.

A password is kept as its argon2id hash only. What a role may do is the table `MAY` and nothing else.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from threading import BoundedSemaphore
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pymongo.errors import DuplicateKeyError
from pymongo.operations import IndexModel

from sync.core.problem import Problem
from sync.core.scope import Reader, Sight
from sync.store import logins
from sync.store.connect import Db

INDEXES: dict[str, list[IndexModel]] = {
    "sessions": [
        # sessions.of: where is this account signed in?
        IndexModel([("user", 1)], name="user"),
        # MongoDB takes away what has ended.
        IndexModel([("ends_at", 1)], name="ends_at", expireAfterSeconds=0),
    ],
    "sign_in_failures": [IndexModel([("forget_at", 1)], name="forget_at", expireAfterSeconds=0)],
    "identities": [
        # oidc.linked: is this account connected with one at an organisation?
        IndexModel([("user", 1)], name="user")
    ],
    "browsers": [IndexModel([("ends_at", 1)], name="ends_at", expireAfterSeconds=0)],
    "invitations": [
        # invitations.invite: which went before?
        IndexModel([("user", 1)], name="user"),
        IndexModel([("ends_at", 1)], name="ends_at", expireAfterSeconds=0),
    ],
}

ROLES = ("administrator", "coordinator", "case_manager", "outreach_worker", "auditor", "analyst")

# What each role may do. Need to know: an outreach worker sees where to go next, never why (domain.md 9); an
# auditor sees who looked at whom, an analyst numbers, and neither any person.
MAY: dict[str, frozenset[str]] = {
    "see_caseload": frozenset({"administrator", "coordinator", "case_manager", "outreach_worker"}),
    "see_numbers": frozenset({"administrator", "coordinator", "case_manager", "analyst"}),
    "see_levels": frozenset({"administrator", "coordinator", "case_manager"}),
    "see_returnee": frozenset({"administrator", "coordinator", "case_manager"}),
    # What weighs on a case is for those who work with it; a second signature for those above.
    "decide": frozenset({"coordinator", "case_manager"}),
    "sign": frozenset({"administrator", "coordinator"}),
    # The forms of phones, in the browser.
    "fill_forms": frozenset({"administrator", "coordinator", "case_manager", "outreach_worker"}),
    "see_set_aside": frozenset({"administrator", "coordinator"}),
    "manage_forms": frozenset({"administrator", "coordinator"}),
    "manage_phones": frozenset({"administrator"}),
    "manage_accounts": frozenset({"administrator"}),
    "manage_webhooks": frozenset({"administrator"}),
    # Data that leaves: whole for whoever answers for it, without anybody in it for whoever counts.
    "export": frozenset({"coordinator", "analyst"}),
    "make_tokens": frozenset({"administrator", "coordinator", "analyst"}),
    "make_logins": frozenset({"administrator", "coordinator"}),
    "erase": frozenset({"administrator"}),
    "see_audit": frozenset({"administrator", "auditor"}),
}
SIGHT: dict[str, Sight] = {"outreach_worker": "caseload", "auditor": "nobody", "analyst": "nobody"}
"""What a role sees of people; the others see those of their organisation, or of their teams and places."""

MINIMUM_PASSWORD_LENGTH = 12
_USER = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_PLACE = re.compile(r"(?:[0-9]{2}){1,3}")

# OWASP's figures for argon2id with 46 MiB. At most two at a time: a flood of guesses must not take the
# memory and the threads that phones need.
hasher = PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1)
_at_once = BoundedSemaphore(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person who may sign in."""

    user: str
    name: str
    role: str
    worker_id: str = ""
    """Whose caseload this person has, as phones know it; empty: none of their own."""
    language: str = ""
    teams: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    organisation: str = ""
    """What narrows whom this person sees; see `sync.core.scope.Reader`."""

    @property
    def reader(self) -> Reader:
        """Whom this person sees."""
        return Reader(
            sight=SIGHT.get(self.role, "people"),
            worker_id=self.worker_id,
            teams=self.teams,
            places=self.places,
            organisation=self.organisation,
            may_ask=True,
        )

    @property
    def needs_second_step(self) -> bool:
        """Whether a password alone does not do: for whoever sees names, or who saw whom."""
        return self.role != "analyst"

    def may(self, what: str) -> bool:
        """Whether the role allows this; see MAY."""
        return self.role in MAY[what]


def ensure_indexes(db: Db) -> None:
    """Make the indexes of sign-in that are not there yet."""
    for collection, models in INDEXES.items():
        db[collection].create_indexes(models)


def add(
    db: Db,
    *,
    user: str,
    name: str,
    role: str,
    password: str,
    made_at: datetime,
    worker_id: str = "",
    teams: Sequence[str] = (),
    places: Sequence[str] = (),
    organisation: str = "",
) -> Account:
    """Add an account; with an empty password nobody can sign in to it before an invitation was taken up.

    Raises Problem account.user_invalid, account.role_unknown, account.place_invalid, account.password_weak,
    account.exists.
    """
    user = user.strip().lower()
    if not _USER.fullmatch(user):
        raise Problem("account.user_invalid")
    _check(role, places)
    document = {
        "_id": user,
        "name": name.strip() or user,
        "role": role,
        "worker_id": worker_id or (user if role == "outreach_worker" else ""),
        "teams": list(teams),
        "places": list(places),
        "organisation": organisation,
        "language": "",
        "password": hash_of(password, user) if password else "",
        "made_at": made_at,
        "disabled_at": None,
    }
    try:
        db.accounts.insert_one(document)
    except DuplicateKeyError:
        raise Problem("account.exists", user=user) from None
    return _account_from(document)


CHANGEABLE = ("name", "role", "worker_id", "teams", "places", "organisation")


def change(db: Db, user: str, **changes: Any) -> Account:
    """Change what `CHANGEABLE` names; it counts from the next page on.

    Raises Problem account.unknown, account.role_unknown, account.place_invalid.
    """
    if unknown := changes.keys() - set(CHANGEABLE):
        raise ValueError(unknown)
    _check(changes.get("role", ROLES[0]), changes.get("places", ()))
    before = find(db, user)
    kept = {name: list(value) if isinstance(value, tuple) else value for name, value in changes.items()}
    _update(db, {"_id": user, "disabled_at": None}, kept)
    after = _account_from(db.accounts.find_one({"_id": user}) or {})
    if before and (before.role, before.reader) != (after.role, after.reader):
        _end_tokens(db, user, at=datetime.now(UTC))  # they open what the account no longer does
    return after


def close(db: Db, user: str, *, at: datetime) -> None:
    """Nobody signs in to this account any more, nor is signed in. Raises Problem account.unknown."""
    _update(db, {"_id": user, "disabled_at": None}, {"disabled_at": at})
    db.sessions.delete_many({"user": user})
    db.invitations.delete_many({"user": user})
    _end_tokens(db, user, at=at)


def _end_tokens(db: Db, user: str, *, at: datetime) -> None:
    """End the tokens and user names that this account made for programs."""
    db.api_tokens.update_many({"made_by": user, "revoked_at": None}, {"$set": {"revoked_at": at}})
    logins.end_made_by(db, user, at=at)


def reopen(db: Db, user: str) -> None:
    """The account is open again, with the password it had. Raises Problem account.unknown."""
    _update(db, {"_id": user, "disabled_at": {"$ne": None}}, {"disabled_at": None})


def closed(db: Db) -> list[Account]:
    """Every closed account, by user name."""
    return [_account_from(found) for found in db.accounts.find({"disabled_at": {"$ne": None}}).sort("_id", 1)]


def first_signed_in(db: Db, user: str, *, at: datetime) -> datetime:
    """When somebody first signed in to this account: now, if never before."""
    db.accounts.update_one({"_id": user, "first_signed_in_at": None}, {"$set": {"first_signed_in_at": at}})
    found = db.accounts.find_one({"_id": user}, {"first_signed_in_at": 1}) or {}
    first: datetime = found.get("first_signed_in_at", at)
    return first


def last_here(db: Db, user: str, today: date) -> date | None:
    """The last day before today on which this person looked at what waits; that they do now is remembered."""
    db.accounts.update_one(
        {"_id": user, "here_on": {"$ne": today.isoformat()}},
        [{"$set": {"here_before": "$here_on", "here_on": today.isoformat()}}],
    )
    found = db.accounts.find_one({"_id": user}, {"here_before": 1}) or {}
    before = found.get("here_before")
    return date.fromisoformat(before) if before else None


def _update(db: Db, wanted: dict[str, Any], changes: dict[str, Any]) -> None:
    if not db.accounts.update_one(wanted, {"$set": changes}).matched_count:
        raise Problem("account.unknown", user=wanted["_id"])


def _check(role: str, places: Sequence[str]) -> None:
    if role not in ROLES:
        raise Problem("account.role_unknown", role=role, roles=", ".join(ROLES))
    if not all(_PLACE.fullmatch(place) for place in places):
        raise Problem("account.place_invalid")


def find(db: Db, user: str) -> Account | None:
    """The account of this name, or None if there is none or it was closed."""
    found = db.accounts.find_one({"_id": user, "disabled_at": None}, {"password": 0})
    return _account_from(found) if found else None


def all_of(db: Db) -> list[Account]:
    """Every open account, by user name."""
    return [_account_from(found) for found in db.accounts.find({"disabled_at": None}).sort("_id", 1)]


def signed_in_by(db: Db, user: str, password: str) -> Account:
    """The account whose name and password these are.

    Raises Problem account.sign_in_failed, whatever was wrong, and server.busy when too many try at once.
    """
    found = db.accounts.find_one({"_id": user.strip().lower(), "disabled_at": None})
    if not _matches((found and found["password"]) or _nobody(), password) or not found:
        raise Problem("account.sign_in_failed")
    return _account_from(found)


def set_password(db: Db, user: str, password: str) -> None:
    """Give the account another password and end its sessions.

    Raises Problem account.unknown, account.password_weak.
    """
    _update(db, {"_id": user}, {"password": hash_of(password, user)})
    db.sessions.delete_many({"user": user})


def set_language(db: Db, user: str, language: str) -> None:
    """Remember which language this person reads."""
    db.accounts.update_one({"_id": user}, {"$set": {"language": language}})


def hash_of(password: str, user: str) -> str:
    """The argon2id hash of a password. Raises Problem account.password_weak."""
    if len(password) < MINIMUM_PASSWORD_LENGTH or password.lower() == user or len(set(password)) < 5:
        raise Problem("account.password_weak", length=MINIMUM_PASSWORD_LENGTH)
    return hasher.hash(password)


def new_password() -> str:
    """A random password that can be read out: five groups of four, about 100 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(5))


@cache
def _nobody() -> str:
    """Checked when nobody has the name given, so that the answer takes as long either way."""
    return hasher.hash(secrets.token_urlsafe(16))


def _matches(kept: str, password: str) -> bool:
    if not _at_once.acquire(timeout=5):
        raise Problem("server.busy")
    try:
        return hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _at_once.release()


def _account_from(found: dict[str, Any]) -> Account:
    return Account(
        user=found["_id"],
        name=found["name"],
        role=found["role"],
        worker_id=found["worker_id"],
        language=found["language"],
        teams=tuple(found.get("teams", ())),
        places=tuple(found.get("places", ())),
        organisation=found.get("organisation", ""),
    )
