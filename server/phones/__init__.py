"""What phones ask for and send: OpenRosa under /key/<token>/ and, with a name and password, /openrosa/."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask
from prometheus_client import CollectorRegistry

from server.config import Config
from server.here import utc_now
from server.phones.call import Service
from server.phones.door import Door
from server.phones.figures import Figures
from server.phones.sign_in import SignIn
from server.secret import LOGINS, derived_key
from sync.store.connect import Db
from sync.store.keeper import Keeper


def install(
    app: Flask, db: Db, config: Config, wake: Callable[[], None], now: Callable[[], datetime] = utc_now
) -> None:
    """Put the door for phones in front of `app`. `wake` is called after every submission that was kept."""
    sign_in = SignIn(db, derived_key(config.data, LOGINS))
    service = Service(db, config, Keeper(db), sign_in, wake, now)
    registry = app.extensions.get("pteah.metrics") or CollectorRegistry()
    door = Door(app.wsgi_app, service, Figures(registry))
    app.wsgi_app = door  # type: ignore[method-assign]
    app.extensions["pteah.phones"] = door
