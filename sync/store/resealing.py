"""Sealing what lies in the database as it was before there was sealing, or before this field was sealed.

Whatever is looked at is read and written in one transaction, so that nothing written meanwhile is lost. What
is sealed already is passed over: cut off at any point, it is simply done again. The audit was sealed from its
first row on and never changes.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from sync.store import attachments
from sync.store.connect import Db, Document
from sync.store.sealed import opened, sealed, sealed_under
from sync.store.sealed_database import kind_of, stored_collections
from sync.store.sealing import BLOB, SEALED, SEALED_FOR, Sealing, split
from sync.store.settling import FOR_EVER, files_of
from sync.store.spaces import Space

TOGETHER = 50


def unsealed(db: Db) -> dict[str, int]:
    """How many documents of which collection were never sealed, and how many files; for a quick look."""
    found = {
        one.name: one.count_documents({SEALED_FOR: {"$exists": False}, "state": {"$ne": "erased"}})
        for one in _collections(db)
    }
    for name in db.list_collection_names():
        if name.endswith(attachments.FILES):
            found[name] = attachments.count_open(_space(db, name.removesuffix(attachments.FILES).rstrip(".")))
    return {name: count for name, count in found.items() if count}


def count(db: Db) -> int:
    """About how many documents `seal_all` looks at."""
    return sum(collection.estimated_document_count() for collection in _collections(db))


def seal_all(db: Db, tell: Callable[[int], None] = lambda _: None) -> dict[str, int]:
    """Seal whatever is to be sealed and is not; how many documents of which collection it were.

    `tell` hears how many were looked at.
    """
    done, looked_at = dict[str, int](), 0
    for collection in _collections(db):
        for ids in _in_lots(collection):
            with db.client.start_session() as session:
                sealed_now = session.with_transaction(partial(_seal, db, collection, ids))
            for document in sealed_now:
                _seal_files(_space(db, collection.name.rpartition(".")[0]), document)
            done[collection.name] = done.get(collection.name, 0) + len(sealed_now)
            looked_at += len(ids)
            tell(looked_at)
    return {name: count for name, count in done.items() if count}


def _collections(db: Db) -> list[Collection[Document]]:
    return [one for one in stored_collections(db) if kind_of(one.name) not in FOR_EVER]


def _space(db: Db, prefix: str) -> Db:
    """The space of a draft, which has files of its own; without a prefix the database."""
    return Space(db, prefix) if prefix else db


def _in_lots(collection: Collection[Document]) -> Iterator[list[Any]]:
    lot: list[Any] = []
    for found in collection.find({}, {"_id": 1}).sort("_id", 1):
        lot.append(found["_id"])
        if len(lot) == TOGETHER:
            yield lot
            lot = []
    if lot:
        yield lot


def _seal(db: Db, collection: Collection[Document], ids: list[Any], session: ClientSession) -> list[Document]:
    """Seal those of these documents that are not; as they are in clear."""
    kind, done = kind_of(collection.name), list[Document]()
    for raw in collection.find({"_id": {"$in": ids}}, session=session):
        if raw.get("state") == "erased" or not lies_open(raw, SEALED[kind]):
            continue
        for document in opened(db, [raw]):
            named = {SEALED_FOR: raw[SEALED_FOR]} if SEALED_FOR in raw else {}
            whole = sealed(db, kind, {**document, **named})
            collection.replace_one({"_id": raw["_id"]}, whole, session=session)
            done.append({**document, SEALED_FOR: whole[SEALED_FOR]})
    return done


def lies_open(raw: Mapping[str, Any], sealing: Sealing) -> bool:
    """Whether anything that is to be sealed stands in this stored document as it is."""
    rest, hidden = split(raw, sealing)
    apart = [rest.get(name) for name in sealing.apart]
    shut = [value for name, value in hidden.items() if name != BLOB]
    return SEALED_FOR not in raw or any(value and not sealed_under(value) for value in (*apart, *shut))


def _seal_files(db: Db, document: Mapping[str, Any]) -> None:
    for file in files_of(document) if "attachments" in document else ():
        attachments.seal_open(db, file["sha256"], document[SEALED_FOR])
