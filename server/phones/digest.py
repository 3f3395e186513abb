"""HTTP's Digest, as far as phones use it: nonces of our own, and whether an answer to one is right.

No server remembers a nonce: it says itself when it was made and that we made it. A process remembers which
counts it has seen with a nonce, so that a request that somebody else on the network wrote down is not taken
a second time; where several processes serve, each remembers for itself.

Source: RFC 7616; collect_contract.md 1.4 for what Collect does with it.
"""

import hmac
import secrets
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import unquote

from sync.store.logins import ALGORITHMS

FRESH_SECONDS = {"GET": 300, "HEAD": 300, "POST": 7200}
"""For how long a nonce is taken. A POST has its name and number written before its body leaves, and a long
record on a weak network arrives an hour after that; it must not be sent twice for nothing."""
MOST_NONCES = 20_000
WINDOW = 256
"""Counts that may arrive out of order: a phone sends over several connections."""
_MAC_BYTES, _RANDOM_BYTES = 16, 8


class Nonces:
    """Makes nonces, and knows its own."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def new(self, at: datetime) -> str:
        """A nonce that is good from this moment on."""
        said = int(at.timestamp()).to_bytes(8, "big") + secrets.token_bytes(_RANDOM_BYTES)
        return urlsafe_b64encode(said + self._mac(said)).decode()

    def is_fresh(self, nonce: str, method: str, at: datetime) -> bool:
        """Whether we made this nonce, and not too long ago."""
        try:
            raw = urlsafe_b64decode(nonce.encode())
        except ValueError:
            return False
        said, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if len(said) != 8 + _RANDOM_BYTES or not hmac.compare_digest(mac, self._mac(said)):
            return False
        age = at.timestamp() - int.from_bytes(said[:8], "big")
        return -60 <= age <= FRESH_SECONDS.get(method, 0)

    def is_first(self, nonce: str, count: int) -> bool:
        """Whether nobody has come here with this nonce and count before."""
        with self._lock:
            highest, seen = self._seen.get(nonce, (0, 0))
            # Bit n of `seen` stands for the count highest - n.
            if count > highest:
                before = seen << count - highest if count - highest < WINDOW else 0
                seen, highest, is_new = (before | 1) & (1 << WINDOW) - 1, count, True
            else:
                if highest - count >= WINDOW:
                    return False
                bit = 1 << highest - count
                is_new = not seen & bit
                seen |= bit
            self._seen[nonce] = highest, seen
            self._seen.move_to_end(nonce)
            if len(self._seen) > MOST_NONCES:
                self._seen.popitem(last=False)
        return is_new

    def _mac(self, said: bytes) -> bytes:
        return hmac.digest(self._key, b"nonce" + said, "sha256")[:_MAC_BYTES]


def answers(digest: str, given: Mapping[str, str | None], method: str) -> bool:
    """Whether whoever wrote this knows the digest H(user:realm:password)."""
    algorithm = ALGORITHMS[given.get("algorithm") or "MD5"]
    asked = algorithm(f"{method}:{given.get('uri')}".encode(errors="replace")).hexdigest()
    parts = [digest, *(given.get(name) or "" for name in ("nonce", "nc", "cnonce", "qop")), asked]
    expected: str = algorithm(":".join(parts).encode(errors="replace")).hexdigest()
    return hmac.compare_digest(expected.encode(), (given.get("response") or "").encode(errors="replace"))


def count_of(given: Mapping[str, str | None]) -> int | None:
    """How often this client has used its nonce, as it says itself; None where that is no number."""
    text = given.get("nc") or ""
    return int(text, 16) if len(text) == 8 and set(text) <= set("0123456789abcdefABCDEF") else None


def is_about(given: Mapping[str, str | None], target: str) -> bool:
    """Whether the answer was made for this very address; proxies may write the same one otherwise."""
    uri = given.get("uri") or ""
    if "://" in uri.partition("?")[0]:
        uri = "/" + uri.partition("://")[2].partition("/")[2]
    return unquote(uri) == unquote(target)


def challenge(nonce: str, realm: str, algorithm: str, *, stale: bool) -> str:
    """One challenge. `charset` is heeded by Collect for Digest, not for Basic."""
    told = f'Digest realm="{realm}", qop="auth", algorithm={algorithm}, nonce="{nonce}", charset=UTF-8'
    return f"{told}, stale=true" if stale else told
