"""One request of one phone, and the addresses that phone is given."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug.http import HTTP_STATUS_CODES, parse_etags
from werkzeug.wrappers import Request, Response

from server.config import Config
from server.phones import openrosa
from server.phones.kept import Kept
from server.phones.sign_in import SignIn
from sync.core.problem import Problem
from sync.store.connect import Db
from sync.store.devices import Device
from sync.store.drafts import Draft
from sync.store.keeper import Keeper
from sync.store.logins import Login

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LIMIT_HEADER = "X-OpenRosa-Accept-Content-Length"
HEADERS = {
    openrosa.VERSION_HEADER: openrosa.VERSION,
    "Content-Language": "km, en",
    # A phone keeps what it fetched and asks with If-None-Match; nothing is fresh without asking, so that
    # a revoked phone gets nothing and a changed list is seen at once.
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Service:
    """What all requests of phones share."""

    db: Db
    config: Config
    keeper: Keeper
    sign_in: SignIn
    wake: Callable[[], None]
    now: Callable[[], datetime]
    kept: Kept = field(default_factory=Kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a phone that is registered here, or a tool that reads records out."""

    root: tuple[str, ...]
    """What its addresses begin with: `key` and its token, `openrosa`, or `test` and the token of a draft."""
    device: Device | None = None
    login: Login | None = None
    draft: Draft | None = None
    """What a test phone tries out; the database is the draft's own space then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request of somebody who is known here."""

    service: Service
    request: Request
    caller: Caller
    at: datetime

    @property
    def db(self) -> Db:
        """The database."""
        return self.service.db

    @property
    def device(self) -> Device:
        """The phone. Raises Problem address.unknown for a tool: nothing is for it that does not say so."""
        if self.caller.device is None:
            raise Problem("address.unknown")
        return self.caller.device

    @property
    def limit(self) -> str:
        """How many bytes of files this phone may send at once."""
        return str(self.service.config.max_submission_bytes)

    @property
    def root(self) -> str:
        """The absolute address under which this phone finds everything.

        By the operator's public URL, or else by the address the phone itself used; a reverse proxy's
        word counts only if the operator trusts it (`PTEAH_TRUSTED_PROXIES`).
        """
        base = self.service.config.public_url or self.request.root_url.rstrip("/")
        return "/".join([base, *self.caller.root])

    def url(self, *steps: str) -> str:
        """The absolute address of something under this phone's root."""
        return path_of(self.root, *steps)

    def require_openrosa(self) -> None:
        """Refuse whoever does not speak OpenRosa 1.0: a browser, a scanner, a wrong address."""
        if self.request.headers.get(openrosa.VERSION_HEADER) != openrosa.VERSION:
            raise Problem("openrosa.version_missing")

    def answer(self, body: bytes, content_type: str = openrosa.XML, *, etag: str = "") -> "Short":
        """200 with this body, or 304 if the phone has these very bytes."""
        etag = etag or hashlib.md5(body, usedforsecurity=False).hexdigest()
        about = [*HEADERS.items(), (LIMIT_HEADER, self.limit), ("ETag", f'"{etag}"')]
        known = self.request.headers.get("If-None-Match")
        if known and parse_etags(known).contains_weak(etag):
            return Short(304, about, b"")
        return Short(200, [*about, ("Content-Type", content_type), ("Content-Length", str(len(body)))], body)


def path_of(root: str, *steps: str) -> str:
    """The address of something under this root, percent-encoded."""
    return "/".join([root, *(quote(step, safe="") for step in steps)])


@dataclass(frozen=True, slots=True)
class Short:
    """An answer that is all there: what WSGI needs of one and nothing else.

    A Response of Werkzeug's takes longer to make than reading the record that it answers.
    """

    status_code: int
    headers: list[tuple[str, str]]
    body: bytes

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Give the answer; to HEAD without its body."""
        start_response(f"{self.status_code} {HTTP_STATUS_CODES[self.status_code]}", self.headers)
        return () if environ["REQUEST_METHOD"] == "HEAD" else (self.body,)


Answer = Response | Short


def answer_xml(status: int, body: bytes, *more: tuple[str, str]) -> Short:
    """A small XML answer; without a body only headers. `more` are headers besides the usual ones."""
    about = [("Content-Type", openrosa.XML), ("Content-Length", str(len(body)))] if body else []
    return Short(status, [*_SHORT_HEADERS, *about, *more], body)


_SHORT_HEADERS = list({**HEADERS, "Cache-Control": "no-store"}.items())
