"""Who may ask: every route under /api/v1 wants a bearer token, the description alone does not.

Deciding about a case needs a token with the scope `decide`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, g, request

from server import tokens
from server.here import here
from server.people import access
from sync.core.problem import Problem

View = TypeVar("View", bound=Callable[..., Any])


def guard(blueprint: Blueprint) -> None:
    """Let only requests with a valid token through to these routes."""

    @blueprint.before_request
    def check() -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        found = None
        if scheme.lower() == "bearer" and token.strip():
            found = tokens.allowed_by(here().db, token.strip(), at=here().now())
        if found is None or "read" not in found.scopes:
            raise Problem("token.unknown")
        g.token = found


def needs(scope: str) -> Callable[[View], View]:
    """Let only a token with this scope through to a view. Else Problem token.reads_only."""

    def wrap(view: View) -> View:
        @wraps(view)
        def checked(*arguments: Any, **named: Any) -> Any:
            if scope not in g.token.scopes:
                raise Problem("token.reads_only")
            return view(*arguments, **named)

        return checked  # type: ignore[return-value]  # the same signature

    return wrap


def author() -> str:
    """Who decides when a program does."""
    return access.name_of(g.token)
