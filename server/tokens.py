"""Collection `api_tokens`: programs that may ask under /api/v1. Kept as hashes; shown once when made."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sync.core.problem import Problem
from sync.core.scope import Reader
from sync.store.connect import Db

SCOPES = ("read", "decide", "forms", "numbers", "phones", "export")
"""What a token may: ask for everything the API has but exports; decide about cases (which changes levels and
visits); ask for forms only, for numbers only; connect and lock out phones; take out exports, which without
`read` have nobody in them who could be found again. `read` includes asking for any of the others' things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One program's way in; the token itself is not known here."""

    id: str
    """First 12 characters of the hash: enough to name it when revoking."""
    name: str
    scopes: tuple[str, ...]
    made_at: datetime
    made_by: str
    last_used_at: datetime | None
    revoked_at: datetime | None
    expires_at: datetime | None = None
    teams: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    organisation: str = ""

    @property
    def reader(self) -> Reader:
        """Whom a program with this token sees; nobody asks a program for its reasons."""
        return Reader(
            sight="people" if "read" in self.scopes else "nobody",
            teams=self.teams,
            places=self.places,
            organisation=self.organisation,
        )


def add(
    db: Db,
    *,
    name: str,
    made_by: str,
    made_at: datetime,
    scopes: tuple[str, ...] = ("read",),
    expires_at: datetime | None = None,
    teams: Sequence[str] = (),
    places: Sequence[str] = (),
    organisation: str = "",
) -> str:
    """A new token, said this once. Its start makes it findable for programs that look for leaked secrets."""
    token = "pteah_" + secrets.token_urlsafe(32)
    db.api_tokens.insert_one(
        {
            "_id": _hash(token),
            "name": name,
            "scopes": list(scopes),
            "made_at": made_at,
            "made_by": made_by,
            "last_used_at": None,
            "revoked_at": None,
            "expires_at": expires_at,
            "teams": list(teams),
            "places": list(places),
            "organisation": organisation,
        }
    )
    return token


def allowed_by(db: Db, token: str, *, at: datetime) -> Token | None:
    """What this token stands for, or None if it is unknown, was revoked or has expired."""
    found = db.api_tokens.find_one({"_id": _hash(token), "revoked_at": None})
    if not found or (found.get("expires_at") and at >= found["expires_at"]):
        return None
    if not found["last_used_at"] or at - found["last_used_at"] > timedelta(minutes=1):
        db.api_tokens.update_one({"_id": found["_id"]}, {"$set": {"last_used_at": at}})
    return _token_from(found)


def all_of(db: Db) -> list[Token]:
    """Every token ever made, the newest first."""
    return [_token_from(found) for found in db.api_tokens.find().sort("made_at", -1)]


def revoke(db: Db, token_id: str, *, at: datetime) -> Token:
    """End the token whose `id` this is. Raises Problem token.id_unknown."""
    for found in db.api_tokens.find():
        if len(token_id) >= 6 and found["_id"].startswith(token_id):
            db.api_tokens.update_one({"_id": found["_id"]}, {"$set": {"revoked_at": at}})
            return _token_from({**found, "revoked_at": at})
    raise Problem("token.id_unknown", token_id=token_id)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _token_from(found: dict[str, Any]) -> Token:
    return Token(
        id=found["_id"][:12],
        name=found["name"],
        scopes=tuple(found["scopes"]),
        made_at=found["made_at"],
        made_by=found["made_by"],
        last_used_at=found["last_used_at"],
        revoked_at=found["revoked_at"],
        expires_at=found.get("expires_at"),
        teams=tuple(found.get("teams", ())),
        places=tuple(found.get("places", ())),
        organisation=found.get("organisation", ""),
    )
