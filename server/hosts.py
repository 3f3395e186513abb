"""What a request may call the server: a name or an address with a port, and nothing that breaks a URL."""

import re
from collections.abc import Callable, Iterable
from typing import Any

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]{{2,45}}\])(?::[0-9]{{1,5}})?")
LONGEST = 253

Wsgi = Callable[..., Iterable[bytes]]


def plain_hosts_only(inner: Wsgi) -> Wsgi:
    """Answer a request under a name that can be none with 400, before anything builds an address of it."""

    def checked(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST")
        if host is None or (len(host) <= LONGEST and _HOST.fullmatch(host)):
            return inner(environ, start_response)
        headers = [("Content-Type", "text/plain"), ("Cache-Control", "no-store"), ("Content-Length", "12")]
        start_response("400 Bad Request", headers)
        return [b"Bad request\n"]

    return checked
