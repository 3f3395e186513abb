"""Calls to addresses that somebody typed in: webhooks, the sign-in of an organisation.

A server stands inside a network and others may not send it to look around there: a name is resolved here,
every address it has must lie outside, and the call goes to the very address that was looked at, whatever
the name means a moment later. No redirect is followed and no proxy of the environment asked.
"""

import ipaddress
import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3

from sync.core.problem import Problem

SECONDS = 10.0
MOST_BYTES = 1_000_000
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be called, and where its name led when it was looked at."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query, as it is sent."""
    address: str
    """The IP address to connect to."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def target_of(url: str, *, inside: Collection[str] = ()) -> Target:
    """Where this URL may be called. `inside`: hosts the operator named, which may lie in this network and
    be called without TLS.

    Raises Problem outbound.url_invalid, outbound.not_https, outbound.inside, outbound.unknown_host.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise Problem("outbound.url_invalid") from None
    odd = any(ord(character) <= 32 or ord(character) == 127 or character == "\\" for character in url)
    if parts.scheme not in ("http", "https") or not host or odd or parts.username is not None:
        raise Problem("outbound.url_invalid")
    is_named = host in inside
    if parts.scheme != "https" and not is_named:
        raise Problem("outbound.not_https")
    port = port or (443 if parts.scheme == "https" else 80)
    addresses = _addresses(host, port)
    if not is_named and not all(is_outside(address) for address in addresses):
        raise Problem("outbound.inside")
    path = parts.path or "/"
    return Target(
        parts.scheme, host, port, f"{path}?{parts.query}" if parts.query else path, str(addresses[0])
    )


def is_outside(address: _Address) -> bool:
    """Whether this is an address of the wide world: no loopback, no private network, nothing that a router
    keeps for itself (169.254.169.254 tells a cloud's keys), nor one of those in the clothes of IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        hidden = address.ipv4_mapped or address.sixtofour
        if address.teredo:
            return False
        if address in _NAT64:
            hidden = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if hidden is not None:
            return is_outside(hidden)
    return address.is_global and not address.is_multicast and not address.is_reserved


def call(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    inside: Collection[str] = (),
    seconds: float = SECONDS,
) -> Answer:
    """Call this URL once, at the address that was judged.

    Raises Problem as `target_of` does, and outbound.failed when nothing, or far too much, came back.
    """
    target = target_of(url, inside=inside)
    pool = _pool(target, seconds)
    try:
        answer = pool.request(
            method,
            target.path,
            body=body,
            headers={"Host": _host_header(target), "User-Agent": "Pteah", **(headers or {})},
            redirect=False,
            retries=False,
            preload_content=False,
        )
        content = answer.read(MOST_BYTES + 1, decode_content=False)
        answer.close()
    except (urllib3.exceptions.HTTPError, OSError) as trouble:
        raise Problem("outbound.failed") from trouble
    finally:
        pool.close()
    if len(content) > MOST_BYTES:
        raise Problem("outbound.failed")
    return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, content)


def _addresses(host: str, port: int) -> list[_Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    except (OSError, UnicodeError, ValueError):
        raise Problem("outbound.unknown_host") from None
    if not addresses:
        raise Problem("outbound.unknown_host")
    return addresses


def _pool(target: Target, seconds: float) -> urllib3.HTTPConnectionPool:
    shared: dict[str, Any] = {"port": target.port, "timeout": seconds, "maxsize": 1}
    if target.scheme == "http":
        return urllib3.HTTPConnectionPool(target.address, **shared)
    return urllib3.HTTPSConnectionPool(
        target.address,
        server_hostname=target.host,  # the certificate must be that of the name
        assert_hostname=target.host,
        ssl_context=ssl.create_default_context(),
        **shared,
    )


def _host_header(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = {"http": 80, "https": 443}[target.scheme]
    return host if target.port == usual else f"{host}:{target.port}"
