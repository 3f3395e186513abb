"""A worker's list of people as their phones get it, made again only where something changed."""

import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sync.core.entity_list import EntityRow, csv_of, in_order
from sync.store import phone_lists, stamps
from sync.store.connect import Db

MAX_ROWS = 100_000
MAX_LISTS = 2_000

_lock = threading.Lock()
_rows: dict[tuple[str, str], tuple[object, EntityRow]] = {}
_lists: dict[tuple[str, str], tuple[Mapping[str, object], "PhoneList"]] = {}
_seen: dict[tuple[str, str, date], tuple[object, float, "PhoneList"]] = {}

LOOK_EVERY_SECONDS = 60
"""How long a stamp alone is believed: should anybody have changed a file and not renewed it."""


@dataclass(frozen=True, kw_only=True)
class PhoneList:
    """One worker's list at one moment."""

    rows: tuple[EntityRow, ...]
    """Those who are due first come first."""
    csv: bytes
    md5: str
    """What manifests and phones compare; no secret rests on it."""

    @cached_property
    def entity_ids(self) -> frozenset[str]:
        """Who is on it."""
        return frozenset(row.entity_id for row in self.rows)


def list_of(db: Db, worker_id: str, today: date) -> PhoneList:
    """Who is on this worker's phones today, and how the list reads there.

    While nobody's file, worker or window changed since this worker's list was made today, it is the same.
    """
    stamp, now = stamps.of(db, stamps.PEOPLE), time.monotonic()
    key = (db.name, worker_id, today)
    seen = _seen.get(key)
    if seen and seen[0] == stamp and now - seen[1] < LOOK_EVERY_SECONDS:
        return seen[2]
    made = _made(db, worker_id, today)
    with _lock:
        if len(_seen) >= MAX_LISTS:
            _seen.clear()
        _seen[key] = stamp, now, made
    return made


def _made(db: Db, worker_id: str, today: date) -> PhoneList:
    """The list, worked out.

    Which files are on it, and their revisions, is asked of MongoDB; rows of files that are as they were are
    remembered. The same people in the same state give the same bytes, whoever asks.
    """
    on_it = phone_lists.listed(db, phone_lists.scope_of(db, worker_id, today))
    key = (db.name, worker_id)
    known = _lists.get(key)
    if known and known[0] == on_it:
        return known[1]
    remembered = {
        one: kept[1]
        for one, revision in on_it.items()
        if (kept := _rows.get((db.name, one))) and kept[0] == revision
    }
    missing = on_it.keys() - remembered.keys()
    fresh = phone_lists.rows(db, missing) if missing else {}
    rows = in_order([*remembered.values(), *(row for _, row in fresh.values())])
    csv = csv_of(rows)
    made = PhoneList(rows=tuple(rows), csv=csv, md5=hashlib.md5(csv, usedforsecurity=False).hexdigest())
    with _lock:
        if len(_rows) + len(fresh) > MAX_ROWS:
            _rows.clear()
        if len(_lists) >= MAX_LISTS:
            _lists.clear()
        _rows.update({(db.name, one): kept for one, kept in fresh.items()})
        _lists[key] = (on_it, made)
    return made
