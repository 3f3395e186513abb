"""Programs: the JSON API under /api/v1."""

from flask import Blueprint, Flask


def install(app: Flask) -> list[Blueprint]:
    """Add the API; its blueprints, so that the application can exempt them from CSRF tokens."""
    return []
