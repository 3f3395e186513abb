"""Who may ask: every route under /api/v1 wants a bearer token, the description alone does not."""

from flask import Blueprint, g, request

from server import tokens
from server.here import here
from sync.core.problem import Problem


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
