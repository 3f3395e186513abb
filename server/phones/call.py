"""One request of one phone, and the addresses that phone is given."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Request, Response

from server.config import Config
from server.phones import openrosa
from sync.core.problem import Problem
from sync.store.connect import Db
from sync.store.devices import Device
from sync.store.keeper import Keeper

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What all requests of phones share."""

    db: Db
    config: Config
    keeper: Keeper
    wake: Callable[[], None]
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request of a phone that is registered here."""

    service: Service
    request: Request
    device: Device
    token: str
    at: datetime

    @property
    def db(self) -> Db:
        """The database."""
        return self.service.db

    @property
    def limit(self) -> str:
        """How many bytes of files this phone may send at once."""
        return str(self.service.config.max_submission_bytes)

    def url(self, *steps: str) -> str:
        """The absolute address of something under this phone's key.

        By the operator's public URL, or else by the address the phone itself used; a reverse proxy's
        word counts only if the operator trusts it (`PTEAH_TRUSTED_PROXIES`).
        """
        base = self.service.config.public_url or self.request.root_url.rstrip("/")
        return "/".join([base, "key", self.token, *(quote(step, safe="") for step in steps)])

    def require_openrosa(self) -> None:
        """Refuse whoever does not speak OpenRosa 1.0: a browser, a scanner, a wrong address."""
        if self.request.headers.get(openrosa.VERSION_HEADER) != openrosa.VERSION:
            raise Problem("openrosa.version_missing")

    def answer(self, body: bytes, content_type: str = openrosa.XML, *, etag: str = "") -> Response:
        """200 with this body, or 304 if the phone has these very bytes."""
        response = Response(body, content_type=content_type, headers={**HEADERS, LIMIT_HEADER: self.limit})
        if etag:
            response.set_etag(etag)
        else:
            response.add_etag()
        return response.make_conditional(self.request.environ)


@dataclass(frozen=True, slots=True)
class Short:
    """An answer that is not to be kept: what WSGI needs of one and nothing else.

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
