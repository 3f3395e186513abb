"""The phone's connection: requests as OkHttp sends them for ODK Collect.

Source: collect_contract section 1.
"""

import gzip
import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from urllib.parse import quote, urljoin, urlsplit

from tests.javarosa.signing import Signing

USER_AGENT = (
    "org.odk.collect.android/v2026.3.3 Dalvik/2.1.0 (Linux; U; Android 14; Pixel 7a Build/AP2A.240905.003)"
)
READ_TIMEOUT_SECONDS = 60
REDIRECTS_FOLLOWED = 20


class PhoneError(AssertionError):
    """What the person would read on the screen."""


@dataclass(frozen=True)
class Response:
    status: int
    headers: Message
    body: bytes

    def __repr__(self) -> str:
        return f"Response({self.status}, {self.body[:300]!r})"


class Line:
    """GET, HEAD and POST with Collect's headers, `deviceID` on every URL, and its HTTP cache."""

    def __init__(self, install_id: str, signing: Signing | None = None) -> None:
        self._install_id = install_id
        self._signing = signing
        self._cached: dict[str, Response] = {}

    def get(self, url: str) -> Response:
        """Follows redirects; a 304 comes back as the 200 of the cache."""
        url = self._with_device_id(url)
        known = self._cached.get(url)
        headers = {}
        if known and known.headers["ETag"]:
            headers["If-None-Match"] = known.headers["ETag"]
        elif known and known.headers["Last-Modified"]:
            headers["If-Modified-Since"] = known.headers["Last-Modified"]
        response = self._follow("GET", url, headers)
        if response.status == 304 and known:
            return known
        if response.status == 200 and "no-store" not in (response.headers["Cache-Control"] or ""):
            self._cached[url] = response
        return response

    def head(self, url: str) -> Response:
        return self._follow("HEAD", self._with_device_id(url), {})

    def post(self, url: str, content_type: str, body: bytes) -> Response:
        """Only 307 and 308 keep a POST a POST, so a redirect is an answer like any other here."""
        return self._once("POST", self._with_device_id(url), {"Content-Type": content_type}, body)

    def _with_device_id(self, url: str) -> str:
        return f"{url}{'&' if '?' in url else '?'}deviceID={quote(self._install_id, safe='')}"

    def _follow(self, method: str, url: str, headers: Mapping[str, str]) -> Response:
        for _ in range(REDIRECTS_FOLLOWED):
            response = self._once(method, url, headers)
            if response.status not in (300, 301, 302, 303, 307, 308) or not response.headers["Location"]:
                return response
            url = urljoin(url, response.headers["Location"])
        raise PhoneError(f"more than {REDIRECTS_FOLLOWED} redirects")

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Response:
        """One request; where a user name is set and the server asks for it, with that."""
        signing = self._signing
        if signing is None:
            return self._sent(method, url, headers, body)
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        ahead = signing.ahead(method, target)
        response = self._sent(method, url, {**headers, **({"Authorization": ahead} if ahead else {})}, body)
        if response.status == 401 and ahead:
            signing.forget()
            response = self._sent(method, url, headers, body)
        challenges = response.headers.get_all("WWW-Authenticate") or []
        if response.status == 401 and (
            answer := signing.answer(challenges, method, target, over_tls=parts.scheme == "https")
        ):
            response = self._sent(method, url, {**headers, "Authorization": answer}, body)
            if response.status == 401:
                signing.forget()
        return response

    def _sent(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Response:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise PhoneError(f"an address is not a full one: {url}")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=READ_TIMEOUT_SECONDS)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in self._headers(parts.netloc, headers, body).items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
            if answer.headers["Content-Encoding"] == "gzip":
                content = gzip.decompress(content)
            return Response(answer.status, answer.headers, content)
        finally:
            connection.close()

    @staticmethod
    def _headers(host: str, more: Mapping[str, str], body: bytes | None) -> dict[str, str]:
        headers = {
            "User-Agent": USER_AGENT,
            "X-OpenRosa-Version": "1.0",
            # Collect's slip: the hour on a 12-hour clock, without am or pm.
            "Date": time.strftime("%a, %d %b %Y %I:%M:%S GMT", time.gmtime()),
            **more,
        }
        if body is not None:
            headers["Content-Length"] = str(len(body))
        return headers | {"Host": host, "Connection": "Keep-Alive", "Accept-Encoding": "gzip"}
