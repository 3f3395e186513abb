"""What the views of one application share: its database, its configuration, its clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import current_app

from server.config import Config
from sync.store.connect import Db


def utc_now() -> datetime:
    """This instant, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Pteah:
    """What the views of one application share."""

    db: Db
    config: Config
    now: Callable[[], datetime] = field(default=utc_now)
    wake: Callable[[], None] = field(default=lambda: None)
    """Tells the worker of this process that there is something to do."""


def here() -> Pteah:
    """The `Pteah` of the application that answers the present request."""
    found: Pteah = current_app.extensions["pteah"]
    return found
