"""Collection `audit`: who saw, exported, carried or changed what, one row each, for ever.

Rows hang together in chains: each carries a code over its own bytes and the code of the row before it, so
that a row that is removed, changed or put elsewhere is found (`sync.store.audit_check`). Every process
writes a chain of its own, since two could not agree on an order without waiting for each other; the first
row of a chain names where the other chains stood. Threads that come at the same moment are written together.

`about` are entity IDs, `fields` names of parts of a file, never what stands in them.
"""

import hashlib
import hmac
import os
import secrets
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import encode
from bson.binary import Binary
from bson.raw_bson import RawBSONDocument
from pymongo.errors import PyMongoError
from pymongo.operations import IndexModel
from pymongo.write_concern import WriteConcern

from sync.core.problem import Problem
from sync.core.times import cut_to_ms
from sync.store.connect import Db, Document, kept_with
from sync.store.keys import vault_of
from sync.store.sealed import sealed

INDEXES: dict[str, list[IndexModel]] = {
    "audit": [
        # about: who had to do with this person?
        IndexModel([("about", 1), ("at", -1)], name="about"),
        # recent: what happened lately, of every kind or of one?
        IndexModel([("at", -1)], name="at"),
        IndexModel([("kind", 1), ("at", -1)], name="kind"),
        IndexModel([("by", 1), ("at", -1)], name="by"),
    ]
}

KINDS = (
    "look",  # one person's file was shown
    "list",  # lines of several people were shown
    "export",  # data about people left the system
    "phone_list",  # people went onto a phone
    "message",  # something was sent to somebody about people
    "decision",  # somebody decided about a person
    "consent",  # what a person agrees to was changed by hand
    "erasure",  # asked for, confirmed, refused, held, done
    "configuration",  # forms, rules, settings, phones, tokens
    "account",  # accounts, roles, ways to sign in
    "key",  # keys were made, changed or destroyed
    "operation",  # backup, restore, rebuild
    "chain",  # a process began to write
)
QUICK = WriteConcern(w=1, j=False)
MOST_ABOUT = 5_000
"""People in one row; more of them fill more rows."""
MAC = "mac"
MAC_BYTES = 32
START = bytes(MAC_BYTES)
"""What stands before the first row of a chain."""


def note(
    db: Db,
    *,
    at: datetime,
    by: str,
    kind: str,
    about: Iterable[str] = (),
    fields: Sequence[str] = (),
    why: str = "",
    more: Mapping[str, Any] | None = None,
    wait: bool = True,
) -> None:
    """Write down that `by` (an account, `token:…`, `phone:…` or `command line`) did this.

    Returns when the row is on disk: call it before anything is shown. Raises Problem server.busy when it
    cannot be written; then nothing may be shown either. `wait` False: what it says is on disk already, in an
    earlier row, and this one may follow a moment later.
    """
    if kind not in KINDS:
        raise ValueError(kind)
    everyone = list(dict.fromkeys(about))
    rows = [
        {
            "at": cut_to_ms(at),
            "by": by,
            "kind": kind,
            "about": everyone[start : start + MOST_ABOUT],
            "fields": list(fields),
            "why": why,
            "more": dict(more or {}),
        }
        for start in range(0, max(len(everyone), 1), MOST_ABOUT)
    ]
    try:
        _chain_of(db).write(db, rows, wait=wait)
    except PyMongoError as trouble:
        raise Problem("server.busy") from trouble


def about(db: Db, entity_id: str, *, limit: int = 1000) -> list[Document]:
    """The rows that name this person, newest first, without the others they name."""
    found = db.audit.find({"about": entity_id}, {"about": 0, MAC: 0}).sort([("at", -1), ("_id", -1)])
    return list(found.limit(limit))


Position = tuple[datetime, str]
"""Where a page of rows ended: moment and number of the last row."""


def recent(
    db: Db, *, kind: str = "", by: str = "", about: str = "", after: Position | None = None, limit: int = 100
) -> list[Document]:
    """What happened lately, newest first; `after` the row at which the page before ended."""
    wanted = (("kind", kind), ("by", by), ("about", about))
    question: Document = {name: value for name, value in wanted if value}
    if after is not None:
        at, number = after
        question["$or"] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": number}}]
    return list(db.audit.find(question, {MAC: 0}).sort([("at", -1), ("_id", -1)]).limit(limit))


def mac_of(key: bytes, before: bytes, row: bytes) -> bytes:
    """The code of a row (BSON, without its own code) that follows the one with the code `before`."""
    return hmac.digest(key, before + row, hashlib.sha256)


def without_mac(row: bytes) -> tuple[bytes, bytes]:
    """A stored row's bytes without its code, and the code: the last element of the document.

    type (1), name and zero (4), length (4), subtype (1), code (32); after it the document's final zero.
    """
    size = 1 + len(MAC) + 1 + 4 + 1 + MAC_BYTES
    return row[4 : -size - 1], row[-MAC_BYTES - 1 : -1]


def seal_of(key: bytes, chain: str, count: int, last: bytes) -> bytes:
    """The code of a head: that this chain came to so many rows, the last of them with this code."""
    return hmac.digest(key, f"head {chain} {count} ".encode() + last, hashlib.sha256)


def key_of(db: Db) -> bytes:
    """The key of the codes: whoever has nothing but the database cannot make one."""
    return vault_of(db).secret("audit")


@dataclass
class _Waiting:
    rows: list[Document]
    waits: bool
    written: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None


class _Chain:
    """What this process writes into one database."""

    def __init__(self) -> None:
        self._queue: list[_Waiting] = []
        self._queueing, self._writing = threading.Lock(), threading.Lock()
        self._name = ""
        self._count, self._last = 0, START

    def write(self, db: Db, rows: list[Document], *, wait: bool) -> None:
        """Write these rows, together with those of other threads; returns when they are on disk."""
        mine = _Waiting(rows, wait)
        with self._queueing:
            self._queue.append(mine)
        with self._writing:  # whoever gets here first writes for all who wait by then
            if not mine.written.is_set():
                with self._queueing:
                    batch, self._queue = self._queue, []
                self._write_all(db, batch)
        if mine.error:
            raise mine.error

    def _write_all(self, db: Db, batch: Sequence[_Waiting]) -> None:
        try:
            if not self._name:
                self._begin(db, batch[0].rows[0]["at"])
            rows = [row for waiting in batch for row in waiting.rows]
            self._append(db, rows, wait=any(waiting.waits for waiting in batch))
        except BaseException as error:
            # Not known how far it came: this chain ends here, wherever that is, and the next begins.
            self._name = ""
            for waiting in batch:
                waiting.error = error
        for waiting in batch:
            waiting.written.set()

    def _begin(self, db: Db, at: datetime) -> None:
        # Where a chain stood is named once; most are of commands that ended long ago.
        moved = list(db.audit_heads.find({"$expr": {"$ne": ["$n", "$named"]}}))
        heads = {found["_id"]: {"n": found["n"], MAC: found[MAC]} for found in moved}
        self._name = f"{at:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        self._count, self._last = 0, START
        first = {"at": at, "by": "system", "kind": "chain", "about": [], "fields": [], "why": ""}
        self._append(db, [{**first, "more": {"heads": heads}}], wait=True)
        for found in moved:
            db.audit_heads.update_one({"_id": found["_id"]}, {"$max": {"named": found["n"]}})

    def _append(self, db: Db, rows: Sequence[Document], *, wait: bool) -> None:
        key, documents = key_of(db), []
        count, last = self._count, self._last
        for row in rows:
            count += 1
            named = encode(
                {"_id": f"{self._name}:{count:010d}", **(sealed(db, "audit", row) if row["why"] else row)}
            )
            last = mac_of(key, last, named[4:-1])
            # The code goes to the end of the very bytes that it was made from.
            whole = named[4:-1] + encode({MAC: Binary(last)})[4:]
            documents.append(RawBSONDocument((len(whole) + 4).to_bytes(4, "little") + whole))
        # A chain is at least as long as its head says: after the first one, that may come to the disk later.
        heads = db.audit_heads.with_options(write_concern=QUICK) if self._count else db.audit_heads
        (db.audit if wait else db.audit.with_options(write_concern=QUICK)).insert_many(documents)
        head = {"n": count, MAC: Binary(last), "seal": Binary(seal_of(key, self._name, count, last))}
        heads.update_one({"_id": self._name}, {"$set": head}, upsert=True)
        self._count, self._last = count, last


_making = threading.Lock()


def _chain_of(db: Db) -> _Chain:
    with _making:
        chains: dict[Any, _Chain] = kept_with(db.client).setdefault("audit", {})
        # A forked process begins a chain of its own.
        return chains.setdefault((os.getpid(), db.audit.full_name), _Chain())


def begin_anew(db: Db) -> None:
    """End the chain of this process; what it writes next begins another. For after a restore."""
    with _making:
        kept_with(db.client).pop("audit", None)
