"""Signing in with the account people have at their organisation already (OpenID Connect).

The code flow with state, nonce and PKCE; what the provider says of itself is read from its discovery
document. Accounts here are linked by the provider's own number for a person, never by an e-mail address,
which can change hands. Collection `identities`: which number is linked to which account.
"""

import base64
import hashlib
import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri, url_encode
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from server.config import Oidc
from server.outbound import call
from sync.core.problem import Problem
from sync.core.times import cut_to_ms
from sync.store.connect import Db

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA")
"""Those with a key pair: with a shared secret whoever knows ours could say who anybody is."""
LEEWAY_SECONDS = 60
KEPT_SECONDS = 600
_TWO_FACTORS = {"mfa", "otp", "hwk", "fpt", "face", "sms", "swk"}
"""What providers call it when more than a password was asked for (RFC 8176)."""

_known: dict[str, tuple[float, dict[str, Any]]] = {}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, in a provider's words."""

    issuer: str
    subject: str
    two_factors: bool


def begin(oidc: Oidc, back: str) -> tuple[str, dict[str, str]]:
    """Where to send the browser, and what must be remembered until it comes `back`.

    Raises Problem oidc.unreachable.
    """
    started = {"state": generate_token(40), "nonce": generate_token(40), "verifier": generate_token(64)}
    asked = {
        "response_type": "code",
        "client_id": oidc.client_id,
        "redirect_uri": back,
        "scope": "openid",
        "state": started["state"],
        "nonce": started["nonce"],
        "code_challenge": create_s256_code_challenge(started["verifier"]),
        "code_challenge_method": "S256",
    }
    return add_params_to_uri(_metadata(oidc)["authorization_endpoint"], list(asked.items())), started


def finish(oidc: Oidc, started: dict[str, str], code: str, back: str, *, at: datetime) -> Identity:
    """Who came back with this code. Raises Problem oidc.refused, oidc.unreachable."""
    metadata = _metadata(oidc)
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": started["verifier"],
    }
    secret = f"{quote(oidc.client_id, safe='')}:{quote(oidc.client_secret, safe='')}"
    given = _json(
        oidc,
        metadata["token_endpoint"],
        method="POST",
        body=url_encode(list(asked.items())).encode(),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": "Basic " + base64.b64encode(secret.encode()).decode(),
        },
    )
    claims = _claims(oidc, metadata, given, started["nonce"], at)
    methods = claims.get("amr") or []
    return Identity(
        str(claims["iss"]), str(claims["sub"]), bool(_TWO_FACTORS.intersection(map(str, methods)))
    )


def user_of(db: Db, identity: Identity) -> str | None:
    """The account this identity is linked to, or None."""
    found = db.identities.find_one({"_id": _key(identity)})
    return str(found["user"]) if found else None


def link(db: Db, user: str, identity: Identity, *, at: datetime) -> None:
    """From now on this identity opens this account. Raises Problem oidc.linked_elsewhere."""
    wanted = {"$setOnInsert": {"user": user, "issuer": identity.issuer, "linked_at": cut_to_ms(at)}}
    db.identities.update_one({"_id": _key(identity)}, wanted, upsert=True)
    if user_of(db, identity) != user:
        raise Problem("oidc.linked_elsewhere")


def linked(db: Db, user: str) -> bool:
    """Whether an identity opens this account."""
    return db.identities.find_one({"user": user}, {"_id": 1}) is not None


def unlink(db: Db, user: str) -> None:
    """No identity opens this account any more."""
    db.identities.delete_many({"user": user})


def _claims(
    oidc: Oidc, metadata: dict[str, Any], given: dict[str, Any], nonce: str, at: datetime
) -> CodeIDToken:
    token = str(given.get("id_token", ""))
    try:
        try:
            decoded = jwt.decode(token, _keys(oidc, metadata), algorithms=ALGORITHMS)
        except (JoseError, ValueError):  # no such key: the provider may have changed its keys
            decoded = jwt.decode(token, _keys(oidc, metadata, anew=True), algorithms=ALGORITHMS)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": oidc.issuer},
                "aud": {"essential": True, "value": oidc.client_id},
            },
            {"nonce": nonce, "client_id": oidc.client_id, "access_token": given.get("access_token")},
        )
        claims.validate(now=int(at.timestamp()), leeway=LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError, KeyError) as trouble:
        raise Problem("oidc.refused") from trouble
    if not claims.get("sub"):
        raise Problem("oidc.refused")
    return claims


def _metadata(oidc: Oidc) -> dict[str, Any]:
    found = _remembered(oidc, oidc.issuer.rstrip("/") + "/.well-known/openid-configuration")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if found.get("issuer") != oidc.issuer or not all(isinstance(found.get(name), str) for name in needed):
        raise Problem("oidc.unreachable")
    return found


def _keys(oidc: Oidc, metadata: dict[str, Any], *, anew: bool = False) -> KeySet:
    return KeySet.import_key_set(_remembered(oidc, metadata["jwks_uri"], anew=anew))  # type: ignore[arg-type]


def _remembered(oidc: Oidc, url: str, *, anew: bool = False) -> dict[str, Any]:
    asked_at, found = _known.get(url, (0.0, {}))
    if anew or not found or time.monotonic() - asked_at > KEPT_SECONDS:
        found = _json(oidc, url)
        _known[url] = (time.monotonic(), found)
    return found


def _json(oidc: Oidc, url: str, **more: Any) -> dict[str, Any]:
    """What the provider answers. It may lie inside: its address is the operator's own word."""
    try:
        answer = call(url, inside=(urlsplit(oidc.issuer).hostname or "",), **more)
        found = json.loads(answer.body)
    except (Problem, ValueError) as trouble:
        raise Problem("oidc.unreachable") from trouble
    if answer.status != 200 or not isinstance(found, dict):
        raise Problem("oidc.refused" if answer.status in (400, 401) else "oidc.unreachable")
    return found


def _key(identity: Identity) -> str:
    return hashlib.sha256(f"{identity.issuer}\n{identity.subject}".encode()).hexdigest()
