"""Collection `devices`: the phones that may fetch forms and send records.

The token in a phone's address is all it needs to know, so only the token's hash is stored: whoever
reads the database or a backup cannot send as a phone.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.operations import IndexModel

from sync.core.problem import Problem
from sync.core.times import cut_to_ms
from sync.core.worker import Worker
from sync.store import workers
from sync.store.connect import Db
from sync.store.sealed import as_stored, with_names

TOKEN_BYTES = 48
"""384 random bits: 64 characters of a URL."""
REMEMBERED_SECONDS = 1.0
"""How long a process may go on believing in a phone that was revoked elsewhere."""
MAX_REMEMBERED = 10_000
NAMES = ("name", "worker_name")

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
    lost_at: datetime | None = None
    """Since when it is said to be lost; it was revoked then, too."""
    collect_version: str = ""
    """As it said when it was last heard from."""
    installs: tuple[Mapping[str, Any], ...] = ()
    """Installations of Collect that asked with its token, the latest last: id, first_at, last_at."""
    forms: tuple[Mapping[str, Any], ...] = ()
    """What it fetched last: form_id, version, at."""
    list: Mapping[str, Any] | None = None
    """The list of people it fetched last: md5, people (how many), at."""


_lock = threading.Lock()
_remembered: dict[tuple[str, str], tuple[float, Device]] = {}


def add(db: Db, *, name: str, worker_id: str, worker_name: str, made_at: datetime, demo: bool = False) -> str:
    """Register a phone and give back its token (64 characters of a URL), which is shown once and not kept.

    A worker nobody has entered yet is entered with it.
    """
    (token,) = add_all(db, [(name, Worker(id=worker_id, name=worker_name, demo=demo))], made_at=made_at)
    return token


def add_all(db: Db, phones: Sequence[tuple[str, Worker]], *, made_at: datetime) -> list[str]:
    """Register these phones (name, whose), all or none, and give back their tokens in the same order."""
    tokens = [secrets.token_urlsafe(TOKEN_BYTES) for _ in phones]
    documents = [
        {
            "_id": id_of(token),
            "name": name,
            "worker_id": worker.id,
            "worker_name": worker.name,
            "made_at": cut_to_ms(made_at),
            "revoked_at": None,
            "last_contact_at": None,
            "demo": worker.demo,
        }
        for token, (name, worker) in zip(tokens, phones, strict=True)
    ]
    workers.meet(db, *(worker for _, worker in phones))
    if len(documents) == 1:
        db.devices.insert_one(documents[0])
        return tokens
    with db.client.start_session() as session, session.start_transaction():
        db.devices.insert_many(documents, session=session)
    return tokens


def find_by_token(db: Db, token: str) -> Device | None:
    """The phone this token was given to, or None if nobody's or revoked."""
    return in_use(db, id_of(token))


def in_use(db: Db, device_id: str) -> Device | None:
    """This phone, or None if there is none such or it was revoked.

    Believed for a second without asking the database again.
    """
    key = (db.name, device_id)
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


def revoke(db: Db, device_id: str, *, at: datetime, lost: bool = False) -> None:
    """This phone may not ask or send any more. Raises Problem device.unregistered if there is none such."""
    change = {"revoked_at": cut_to_ms(at)} | ({"lost_at": cut_to_ms(at)} if lost else {})
    done = db.devices.update_one({"_id": device_id, "revoked_at": None}, {"$set": change})
    _remembered.pop((db.name, device_id), None)
    if not done.matched_count:
        raise Problem("device.unregistered")


def find(db: Db, device_id: str) -> Device:
    """The phone with this ID, also one that was revoked. Raises Problem device.unregistered."""
    found = db.devices.find_one({"_id": device_id})
    if found is None:
        raise Problem("device.unregistered")
    return device_from(found)


def of_worker(db: Db, worker_id: str) -> Iterator[Device]:
    """The phones of this worker that are in use, by name."""
    in_use = db.devices.find({"worker_id": worker_id, "revoked_at": None})
    for found in sorted(in_use, key=lambda one: one["name"]):
        yield device_from(found)


def all(db: Db) -> Iterator[Device]:
    """All phones ever registered, revoked ones too, by name."""
    found = map(device_from, with_names(db, list(as_stored(db).devices.find()), NAMES))
    yield from sorted(found, key=lambda device: (device.name, device.id))


def in_order(db: Db) -> list[str]:
    """The IDs of all phones ever registered, by name."""
    named = as_stored(db).devices.find({}, {"name": 1})
    return [
        one["_id"]
        for one in sorted(with_names(db, list(named), ("name",)), key=lambda one: (one["name"], one["_id"]))
    ]


def these(db: Db, device_ids: Sequence[str]) -> list[Device]:
    """These phones, in this order."""
    found = {one["_id"]: device_from(one) for one in db.devices.find({"_id": {"$in": list(device_ids)}})}
    return [found[name] for name in device_ids if name in found]


def visitors(db: Db) -> set[str]:
    """The ID of every worker who has a phone in use."""
    return {found["worker_id"] for found in db.devices.find({"revoked_at": None}, {"worker_id": 1, "_id": 0})}


def within(db: Db, scope: Mapping[str, Any], among: Iterable[str] | None = None) -> dict[str, Device]:
    """The phones, revoked ones too, of the workers a reader has to do with, by ID; `among`: only of these."""
    those = {} if among is None else {"_id": {"$in": list(among)}}
    return {found["_id"]: device_from(found) for found in db.devices.find({"$and": [dict(scope), those]})}


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
        lost_at=found.get("lost_at"),
        collect_version=found.get("collect_version", ""),
        installs=tuple(found.get("installs", ())),
        forms=tuple(found.get("forms", ())),
        list=found.get("list"),
    )
