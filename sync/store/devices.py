"""Collection `devices`: the phones that may fetch forms and send records.

The token in a phone's address is all it needs to know, so only the token's hash is stored: whoever
reads the database or a backup cannot send as a phone.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.errors import PyMongoError
from pymongo.operations import IndexModel
from pymongo.write_concern import WriteConcern

from sync.core.problem import Problem
from sync.core.times import cut_to_ms
from sync.core.worker import Worker
from sync.store import workers
from sync.store.connect import Db

TOKEN_BYTES = 48
"""384 random bits: 64 characters of a URL."""
REMEMBERED_SECONDS = 1.0
"""How long a process may go on believing in a phone that was revoked elsewhere."""
MAX_REMEMBERED = 10_000
CONTACT_EVERY_SECONDS = 60

INDEXES: dict[str, list[IndexModel]] = {
    "devices": [
        # of_worker: which phones does this worker hold?
        IndexModel([("worker_id", 1)], name="worker"),
    ]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One phone, as registered by a coordinator."""

    id: str
    """SHA-256 of its token, hexadecimal."""
    name: str
    worker_id: str
    worker_name: str
    made_at: datetime
    revoked_at: datetime | None
    last_contact_at: datetime | None
    demo: bool


_lock = threading.Lock()
_remembered: dict[tuple[str, str], tuple[float, Device]] = {}
_contacts: dict[tuple[str, str], datetime] = {}


def add(db: Db, *, name: str, worker_id: str, worker_name: str, made_at: datetime, demo: bool = False) -> str:
    """Register a phone and give back its token (64 characters of a URL), which is shown once and not kept.

    A worker nobody has entered yet is entered with it.
    """
    workers.meet(db, Worker(id=worker_id, name=worker_name, demo=demo))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    db.devices.insert_one(
        {
            "_id": id_of(token),
            "name": name,
            "worker_id": worker_id,
            "worker_name": worker_name,
            "made_at": cut_to_ms(made_at),
            "revoked_at": None,
            "last_contact_at": None,
            "demo": demo,
        }
    )
    return token


def find_by_token(db: Db, token: str) -> Device | None:
    """The phone this token was given to, or None if nobody's or revoked.

    Believed for a second without asking the database again.
    """
    key = (db.name, id_of(token))
    known = _remembered.get(key)
    if known and time.monotonic() - known[0] < REMEMBERED_SECONDS:
        return known[1]
    found = db.devices.find_one({"_id": key[1], "revoked_at": None})
    if found is None:
        _remembered.pop(key, None)
        return None
    device = device_from(found)
    with _lock:
        if len(_remembered) >= MAX_REMEMBERED:
            _remembered.clear()
        _remembered[key] = (time.monotonic(), device)
    return device


def revoke(db: Db, device_id: str, *, at: datetime) -> None:
    """This phone may not ask or send any more. Raises Problem device.unregistered if there is none such."""
    done = db.devices.update_one(
        {"_id": device_id, "revoked_at": None}, {"$set": {"revoked_at": cut_to_ms(at)}}
    )
    _remembered.pop((db.name, device_id), None)
    if not done.matched_count:
        raise Problem("device.unregistered")


def all(db: Db) -> Iterator[Device]:
    """All phones ever registered, revoked ones too, by name."""
    for found in db.devices.find().sort([("name", 1), ("_id", 1)]):
        yield device_from(found)


def mark_contact(db: Db, device: Device, *, at: datetime) -> None:
    """Note that this phone was heard from; at most once a minute, and never in anybody's way.

    The write is sent off without waiting for an answer: nothing rests on it.
    """
    key = (db.name, device.id)
    last = _contacts.get(key) or device.last_contact_at
    if last and (at - last).total_seconds() < CONTACT_EVERY_SECONDS:
        return
    with _lock:
        if len(_contacts) >= MAX_REMEMBERED:
            _contacts.clear()
        _contacts[key] = at
    try:
        db.devices.with_options(write_concern=WriteConcern(w=0)).update_one(
            {"_id": device.id}, {"$max": {"last_contact_at": cut_to_ms(at)}}
        )
    except PyMongoError:
        _contacts.pop(key, None)


def id_of(token: str) -> str:
    """Under what a token is stored."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def device_from(found: Mapping[str, Any]) -> Device:
    """A stored document as a Device."""
    return Device(
        id=found["_id"],
        name=found["name"],
        worker_id=found["worker_id"],
        worker_name=found["worker_name"],
        made_at=found["made_at"],
        revoked_at=found["revoked_at"],
        last_contact_at=found["last_contact_at"],
        demo=found.get("demo", False),
    )
