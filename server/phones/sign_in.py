"""Who asks under …/openrosa: by Basic over TLS, by Digest over TLS or plain HTTP.

Collect takes the first scheme it has in the order of the challenges, Basic only over TLS; so that is what is
offered. Nothing differs, in words or in time, between a name that nobody has and a wrong password: both
cost one look into the database and one comparison.

Source: RFC 7616 and 7617; collect_contract.md 1.4.
"""

import hmac
import threading
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import datetime

from werkzeug.http import parse_dict_header
from werkzeug.wrappers import Request

from server.phones import digest
from sync.core.problem import Problem
from sync.store import logins
from sync.store.connect import Db
from sync.store.logins import ALGORITHMS, REALM, Login

REMEMBERED_SECONDS = 1.0
"""How long a process may go on believing in a password that was ended elsewhere."""
MOST_REMEMBERED = 10_000
MOST_HEADER_CHARACTERS = 4_000

Known = tuple[Login, Mapping[str, str]]
"""A login and its digests."""
Proof = tuple[str, str, Mapping[str, str | None]]
"""User name, password (with Basic), and the parameters (with Digest)."""


class NotSignedIn(Problem):
    """Nobody that we know; `stale`: the password is right, and only the nonce has to be another."""

    def __init__(self, *, stale: bool = False) -> None:
        super().__init__("login.failed")
        self.stale = stale


class SignIn:
    """Checks names and passwords, and remembers for a moment those that were right."""

    def __init__(self, db: Db, key: bytes) -> None:
        self._db, self._key = db, key
        self._nonces = digest.Nonces(key)
        nobody = logins.nobody(key)
        self._nobody = nobody, logins.digests_in(key, nobody)
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Known]] = {}

    def who(self, request: Request, at: datetime) -> Login:
        """Whose name and password came with this request. Raises NotSignedIn."""
        user, password, given = _proof(request)
        method = request.method
        # What is remembered saves the look into the database only where the password is right.
        login = _proven(user, password, given, method, self._remembered(user))
        login = login or _proven(user, password, given, method, self._looked_up(user))
        if login is None or not login.is_in_use(at):
            raise NotSignedIn
        if given:
            self._take_once(given, request, at)
        return login

    def challenges(self, request: Request, at: datetime, *, stale: bool = False) -> Iterator[str]:
        """What to answer to somebody who is not signed in, what is best first."""
        if request.is_secure:
            yield f'Basic realm="{REALM}", charset="UTF-8"'
        nonce = self._nonces.new(at)
        for algorithm in ALGORITHMS:
            yield digest.challenge(nonce, REALM, algorithm, stale=stale)

    def _take_once(self, given: Mapping[str, str | None], request: Request, at: datetime) -> None:
        """The password was right; see that the answer was made for this request, and just now."""
        target = request.environ.get("REQUEST_URI") or request.full_path
        count, nonce = digest.count_of(given), given.get("nonce") or ""
        if given.get("qop") != "auth" or count is None or not digest.is_about(given, target):
            raise NotSignedIn
        if not self._nonces.is_fresh(nonce, request.method, at) or not self._nonces.is_first(nonce, count):
            raise NotSignedIn(stale=True)

    def _remembered(self, user: str) -> Known:
        found = self._known.get(user)
        return found[1] if found and time.monotonic() - found[0] < REMEMBERED_SECONDS else self._nobody

    def _looked_up(self, user: str) -> Known:
        """The login of this name, or one that no password opens."""
        login = logins.find(self._db, user)
        digests = logins.digests_in(self._key, login or self._nobody[0])
        if login is None:
            return self._nobody
        with self._lock:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[user] = time.monotonic(), (login, digests)
        return login, digests


def _proven(
    user: str, password: str, given: Mapping[str, str | None], method: str, known: Known
) -> Login | None:
    """The login, if name and password are right for it."""
    login, digests = known
    if given:
        is_right = digest.answers(digests[given.get("algorithm") or "MD5"], given, method)
    else:
        said = logins.digest_of(user, password, "SHA-256")
        is_right = hmac.compare_digest(said, digests["SHA-256"])
    return login if is_right and login.user == user else None


def _proof(request: Request) -> Proof:
    """What came in the header Authorization. Raises NotSignedIn where that is nothing we can use."""
    header = request.headers.get("Authorization", "")
    scheme, _, rest = header.partition(" ")
    if len(header) > MOST_HEADER_CHARACTERS:
        raise NotSignedIn
    if scheme.lower() == "basic" and request.is_secure:
        user, _, password = _text(_unpacked(rest)).partition(":")
        return user, password, {}
    if scheme.lower() == "digest":
        given = parse_dict_header(rest)
        if (given.get("algorithm") or "MD5") in ALGORITHMS and given.get("realm") == REALM:
            return given.get("username") or "", "", given
    raise NotSignedIn


def _unpacked(text: str) -> bytes:
    try:
        return b64decode(text.strip().encode("latin-1"), validate=True)
    except ValueError:
        raise NotSignedIn from None


def _text(raw: bytes) -> str:
    """Clients write UTF-8, or Latin-1 as Collect does."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
