"""Logs: one line per event on stderr, JSON for machines and columns for a terminal.

Nothing a person answered, no name, no phone's key ever stands in a line: routes are logged as templates
and exceptions as type and places, since their text may quote what somebody sent.
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask, Response, g, request

Event = MutableMapping[str, Any]

_KEY = re.compile(r"/(key|test|calendar|invitation)/[^/\s<]+")

QUIET = {
    "waitress": "WARNING",
    "waitress.queue": "ERROR",
    "pyxform": "WARNING",
    "apprise": "CRITICAL",
    "urllib3": "CRITICAL",
}
"""Libraries speak only when something is wrong; waitress remarks on every short queue. Those that send
messages say nothing at all: they name whom they send to, and their addresses hold passwords. What failed, our
own log says."""

log = structlog.get_logger("pteah.requests")


def configure(level: str, *, terminal: bool | None = None) -> None:
    """Send our own log and the libraries' to stderr, from `level` on (DEBUG, INFO, WARNING, ERROR)."""
    terminal = sys.stderr.isatty() if terminal is None else terminal
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if terminal else "iso", utc=not terminal),
        places_only,
        without_keys,
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(quiet)


def places_only(_logger: Any, _method: str, event: Event) -> Event:
    """An exception as its type and the places it came through, without its text."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else None
    if error is not None:
        event["error"] = type(error).__name__
        event["at"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    return event


def without_keys(_logger: Any, _method: str, event: Event) -> Event:
    """No secret of an address in a line, whoever wrote it: of phones, drafts, calendars, invitations."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _KEY.sub(r"/\1/…", value)
    return event


def install(app: Flask) -> None:
    """Write one line for every answer: method, route template, status, milliseconds, bytes sent to us."""

    @app.before_request
    def begin() -> None:
        g.asked_at = time.perf_counter()

    @app.after_request
    def write(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        # Balancers and Prometheus ask every few seconds; that is no news.
        speak = log.debug if route in ("/healthz", "/readyz", "/metrics") else log.info
        speak(
            "answered",
            method=request.method,
            route=route,
            status=response.status_code,
            ms=round((time.perf_counter() - g.get("asked_at", time.perf_counter())) * 1000, 1),
            received_bytes=request.content_length or 0,
        )
        return response
