"""What phones let us know by asking: that they are there, their version of Collect, what they carry.

Into the documents of `devices`, as it happens and in nobody's way: these writes are sent off without
waiting for an answer, since nothing rests on them. (Who was on a list that went onto a phone is in the
audit, which does wait.)
"""

import re
import threading
from datetime import datetime
from typing import Any

from pymongo.errors import PyMongoError
from pymongo.write_concern import WriteConcern

from sync.core.times import cut_to_ms
from sync.store.connect import Db
from sync.store.devices import Device

CONTACT_EVERY_SECONDS = 60
MAX_REMEMBERED = 10_000
MAX_INSTALLS = 10
MAX_ID_CHARACTERS = 64
_COLLECT = re.compile(r"org\.odk\.collect\.android/(v?[0-9][\w.\-]{0,30})")

_lock = threading.Lock()
_contacts: dict[tuple[str, str, str], datetime] = {}
_told: dict[tuple[str, str, str], str] = {}


def mark_contact(db: Db, device: Device, *, at: datetime, user_agent: str = "", install_id: str = "") -> None:
    """Note that this phone was heard from; at most once a minute for each installation of Collect on it."""
    install_id = install_id[:MAX_ID_CHARACTERS]
    key = (db.name, device.id, install_id)
    last = _contacts.get(key) or (None if install_id else device.last_contact_at)
    if last and (at - last).total_seconds() < CONTACT_EVERY_SECONDS:
        return
    with _lock:
        if len(_contacts) >= MAX_REMEMBERED:
            _contacts.clear()
        _contacts[key] = at
    at = cut_to_ms(at)
    change: dict[str, Any] = {"last_contact_at": {"$max": ["$last_contact_at", at]}}
    if version := _COLLECT.match(user_agent):
        change["collect_version"] = {"$literal": version[1]}
    if install_id:
        change["installs"] = _newest_last("installs", "id", install_id, {"last_at": at}, MAX_INSTALLS)
    if not _send(db, device.id, change):
        _contacts.pop(key, None)


def mark_form(db: Db, device: Device, *, form_id: str, version: str, at: datetime) -> None:
    """Note that this phone now has this version of this form."""
    key = (db.name, device.id, form_id)
    if _told.get(key) == version:
        return
    _remember(key, version)
    more = {"version": {"$literal": version}, "at": cut_to_ms(at)}
    if not _send(db, device.id, {"forms": _newest_last("forms", "form_id", form_id, more, 100)}):
        _told.pop(key, None)


def mark_list(db: Db, device: Device, *, md5: str, people: int, at: datetime) -> None:
    """Note that this phone now carries this list of so many people."""
    key = (db.name, device.id, "")
    if _told.get(key) == md5:
        return
    _remember(key, md5)
    if not _send(db, device.id, {"list": {"md5": md5, "people": people, "at": cut_to_ms(at)}}):
        _told.pop(key, None)


def _newest_last(array: str, name: str, value: str, more: dict[str, Any], most: int) -> dict[str, Any]:
    """The array with this item changed, at its end; what was known of it stays."""
    # Whatever a phone says is a literal: a text that begins with a dollar sign must not become a field.
    here: dict[str, Any] = {"$ifNull": [f"${array}", []]}
    same = {"$eq": [f"$$one.{name}", {"$literal": value}]}
    known = {"$filter": {"input": here, "as": "one", "cond": same}}
    others = {"$filter": {"input": here, "as": "one", "cond": {"$not": [same]}}}
    first = {name: {"$literal": value}, "first_at": more.get("at", more.get("last_at"))}
    changed = {"$mergeObjects": [first, {"$first": known}, more]}
    return {"$slice": [{"$concatArrays": [others, [changed]]}, -most]}


def _remember(key: tuple[str, str, str], value: str) -> None:
    with _lock:
        if len(_told) >= MAX_REMEMBERED:
            _told.clear()
        _told[key] = value


def _send(db: Db, device_id: str, change: dict[str, Any]) -> bool:
    """Send the change off; False if even that failed."""
    try:
        db.devices.with_options(write_concern=WriteConcern(w=0)).update_one(
            {"_id": device_id}, [{"$set": change}]
        )
    except PyMongoError:
        return False
    return True
