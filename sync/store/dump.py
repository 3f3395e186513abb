"""Everything in the database as one stream of documents per collection, and back.

Raw BSON in, raw BSON out: nothing is decoded on the way, so nothing can be changed by it. In the order of
`_id`, so that the same content always gives the same bytes and a restored database can be compared.
"""

import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from bson.raw_bson import RawBSONDocument
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure

from sync.store import shares, stamps
from sync.store.connect import Db

# Who is signed in where, and signs of life: true for one server at one moment only.
PASSING = frozenset({"sessions", "sign_in_failures", "heartbeats", "restoring"})

# What opens everything else. Kept in a file of its own that is always the newest, so that a key which was
# destroyed is in no older backup.
KEY_COLLECTIONS = ("keys", "destroyed_keys", "master")

BATCH_BYTES = 8_000_000
BATCH_DOCUMENTS = 1_000
SNAPSHOT_SECONDS = 24 * 60 * 60


class TooSlowError(Exception):
    """MongoDB no longer has the moment that this dump is of."""


def collections_of(db: Db) -> list[str]:
    """The collections worth keeping, by name."""
    found = db.list_collection_names(filter={"type": "collection"})
    left_out = PASSING.union(KEY_COLLECTIONS)
    return sorted(name for name in found if name not in left_out and not name.startswith("system."))


def is_empty(db: Db) -> bool:
    """Whether nothing worth keeping is there."""
    return all(db[name].find_one({}, {"_id": 1}) is None for name in collections_of(db))


def size_of(db: Db) -> int:
    """About how many documents a dump will have, for a progress bar."""
    return sum(db[name].estimated_document_count() for name in collections_of(db))


@contextmanager
def one_moment(db: Db) -> Iterator[ClientSession]:
    """A session whose reads all see the database as it was at the first of them, while it goes on."""
    _remember_for(db, SNAPSHOT_SECONDS)
    try:
        with db.client.start_session(snapshot=True) as session:
            yield session
    except OperationFailure as failure:
        if failure.code in {239, 246}:  # SnapshotTooOld, SnapshotUnavailable
            raise TooSlowError from failure
        raise
    finally:
        _remember_for(db, 300)  # MongoDB's default


def _remember_for(db: Db, seconds: int) -> None:
    # An account that may not say this has five minutes for the whole dump.
    with suppress(OperationFailure):
        db.client.admin.command("setParameter", 1, minSnapshotHistoryWindowInSeconds=seconds)


def read(db: Db, name: str, session: ClientSession | None = None) -> Iterator[bytes]:
    """The collection's documents as BSON, many in one piece, in the order of `_id`."""
    yield from db[name].find_raw_batches({}, session=session, batch_size=BATCH_DOCUMENTS).sort("_id", 1)


def documents_in(piece: bytes) -> Iterator[bytes]:
    """The single documents of a piece: each begins with its own length, four bytes, low byte first."""
    at = 0
    while at < len(piece):
        (length,) = struct.unpack_from("<i", piece, at)
        if length < 5 or at + length > len(piece):
            raise ValueError("cut off in the middle of a document")
        yield piece[at : at + length]
        at += length


def write(db: Db, name: str, documents: Iterable[bytes]) -> Iterator[int]:
    """Put these documents into a collection that has none; yields how many went in, batch by batch."""
    batch: list[RawBSONDocument] = []
    size = 0
    for document in documents:
        batch.append(RawBSONDocument(document))
        size += len(document)
        if size >= BATCH_BYTES or len(batch) >= BATCH_DOCUMENTS:
            db[name].insert_many(batch, ordered=False)
            yield len(batch)
            batch, size = [], 0
    if batch:
        db[name].insert_many(batch, ordered=False)
        yield len(batch)


def begin_restore(db: Db) -> None:
    """Take everything away, and remember that what comes now is not whole until `end_restore`."""
    db.restoring.update_one({"_id": "restoring"}, {"$set": {"begun": True}}, upsert=True)
    for name in {*collections_of(db), *PASSING, *KEY_COLLECTIONS} - {"restoring"}:
        db.drop_collection(name)


def end_restore(db: Db) -> None:
    """Everything is there again."""
    # A server that was not stopped forgets what it kept.
    stamps.renew(db, [stamps.FORMS, stamps.PEOPLE, stamps.WORKERS, shares.EVERY])
    db.drop_collection("restoring")


def is_half_restored(db: Db) -> bool:
    """Whether a restore was cut off, so that nothing here can be relied on."""
    return db.restoring.find_one({"_id": "restoring"}) is not None
