"""Who may ask: every route under /api/v1 wants a bearer token, the description alone does not.

Each blueprint says which scope its routes need, beside `read`, which opens all that is only read; deciding
about a case needs `read` and `decide`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, g, request
from werkzeug.exceptions import TooManyRequests

from server import tokens, tries
from server.here import here
from server.people import access
from sync.core.problem import Problem

View = TypeVar("View", bound=Callable[..., Any])


def guard(blueprint: Blueprint, scope: str = "read") -> None:
    """Let only requests with a valid token through to these routes, one with `read` or this scope."""

    @blueprint.before_request
    def check() -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        found = None
        if scheme.lower() == "bearer" and token.strip():
            found = tokens.allowed_by(here().db, token.strip(), at=here().now())
        if found is None:
            if token.strip():
                _count_wrong()
            raise Problem("token.unknown")
        if not {"read", scope} & set(found.scopes):
            raise Problem("token.scope_missing", scope=scope)
        g.token = found


def _count_wrong() -> None:
    """Slow down whoever tries tokens from one address; a right one is never slowed."""
    who, at = tries.Trier("token", request.remote_addr or ""), here().now()
    if left := tries.wait(here().db, who, at=at):
        raise TooManyRequests(retry_after=int(left.total_seconds()) + 1)
    tries.count(here().db, who, at=at)


def needs(scope: str, problem: str = "token.reads_only") -> Callable[[View], View]:
    """Let only a token with this scope through to a view. Else this Problem."""

    def wrap(view: View) -> View:
        @wraps(view)
        def checked(*arguments: Any, **named: Any) -> Any:
            if scope not in g.token.scopes:
                raise Problem(problem)
            return view(*arguments, **named)

        return checked  # type: ignore[return-value]  # the same signature

    return wrap


def author() -> str:
    """Who decides when a program does."""
    return access.name_of(g.token)
