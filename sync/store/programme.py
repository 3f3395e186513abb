"""Collection `programme`: what coordinators set for everybody, one document for each kind of thing."""

from datetime import datetime
from typing import Any

from sync.core.phone_settings import PhoneSettings, document_from, settings_from
from sync.core.times import cut_to_ms
from sync.store.connect import Db

PHONES = "phones"
WATCH = "watch"


def phone_settings(db: Db) -> PhoneSettings:
    """What phones are set to when they are connected."""
    return settings_from(db.programme.find_one({"_id": PHONES}) or {})


def set_phone_settings(db: Db, settings: PhoneSettings, *, by: str, at: datetime) -> None:
    """Set what phones are set to from now on; those connected before keep what they have."""
    _set(db, PHONES, document_from(settings), by, at)


def missing_hours(db: Db) -> int | None:
    """After how many hours a file or a record that did not arrive is missed; None: as the operator says."""
    found = db.programme.find_one({"_id": WATCH}) or {}
    return found.get("missing_files_hours")


def set_missing_hours(db: Db, hours: int, *, by: str, at: datetime) -> None:
    """Set after how many hours a file or a record that did not arrive is missed."""
    _set(db, WATCH, {"missing_files_hours": hours}, by, at)


def _set(db: Db, name: str, content: dict[str, Any], by: str, at: datetime) -> None:
    known = {**content, "by": by, "at": cut_to_ms(at)}
    db.programme.update_one({"_id": name}, {"$set": known}, upsert=True)
