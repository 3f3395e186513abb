"""People: the pages of case managers and coordinators."""

from flask import Flask


def install(app: Flask) -> None:
    """Add the pages, their words and their static files."""
    # The views import server.auth, which needs the words of this package.
    from server.people import pages, words  # noqa: PLC0415

    words.install(app)
    pages.install(app)
