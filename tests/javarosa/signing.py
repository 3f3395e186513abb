"""User name and password as Collect gives them: nothing at first, then what the server asks for.

Source: collect_contract section 1.4; okhttp-digest 3.1.1 (DispatchingAuthenticator, DigestAuthenticator).
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from urllib.request import parse_http_list, parse_keqv_list

HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Signing:
    """One user name and password, and what was agreed with the server so far."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._agreed: tuple[str, dict[str, str]] | None = None
        self._nonce, self._count, self._cnonce = "", 0, ""

    def ahead(self, method: str, target: str) -> str | None:
        """What goes with a request before anybody asked: the scheme that worked the last time."""
        return self._header(method, target) if self._agreed else None

    def forget(self) -> None:
        self._agreed = None

    def answer(self, challenges: Sequence[str], method: str, target: str, *, over_tls: bool) -> str | None:
        """The answer to the first challenge whose scheme Collect has: Digest, and Basic over TLS."""
        for challenge in challenges:
            scheme, _, rest = challenge.partition(" ")
            if scheme == "Digest" or (scheme == "Basic" and over_tls):
                self._agreed = scheme, parse_keqv_list(parse_http_list(rest))
                return self._header(method, target)
        return None

    def _header(self, method: str, target: str) -> str:
        assert self._agreed is not None
        scheme, given = self._agreed
        if scheme == "Basic":
            said = f"{self._user}:{self._password}".encode("latin-1", errors="replace")
            return f"Basic {base64.b64encode(said).decode()}"
        if given["nonce"] != self._nonce:
            self._nonce, self._count, self._cnonce = given["nonce"], 0, secrets.token_hex(8)
        self._count += 1
        hashed = HASHES[given.get("algorithm", "MD5")]
        charset = given.get("charset", "ascii")

        def of(*parts: str) -> str:
            return hashed(":".join(parts).encode(charset, errors="replace")).hexdigest()

        count = f"{self._count:08x}"
        ha1, ha2 = of(self._user, given["realm"], self._password), of(method, target)
        response = of(ha1, self._nonce, count, self._cnonce, "auth", ha2)
        return (
            f'Digest username="{self._user}", realm="{given["realm"]}", nonce="{self._nonce}", '
            f'uri="{target}", '
            f'response="{response}", qop=auth, nc={count}, cnonce="{self._cnonce}", '
            f"algorithm={given.get('algorithm', 'MD5')}"
        )
