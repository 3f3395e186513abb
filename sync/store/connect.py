"""The way into MongoDB: one client, the write concern every promise rests on, and all indexes."""

import importlib
import logging
import weakref
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, OperationFailure
from pymongo.operations import IndexModel
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

Document = dict[str, Any]
Db = Database[Document]
DUPLICATE_KEY = 11000

MODULES_WITH_INDEXES = (
    "submissions",
    "submission_lists",
    "phone_notes",
    "attachments",
    "refused",
    "devices",
    "logins",
    "drafts",
    "workers",
    "forms",
    "proposals",
    "protocols",
    "records",
    "aliases",
    "pairs",
    "questions",
    "returnees",
    "phone_lists",
    "roster",
    "looks",
    "ledger",
    "search",
    "typed",
    "views",
    "aside",
    "case_codes",
    "decisions",
    "assessments",
    "audit",
    "notices",
    "addresses",
    "webhooks",
    "keys",
    "erasures",
    "settling",
)

# MongoDB's words for "an index of this name is there, and it is another one"
_OPTIONS_CONFLICT, _KEYS_CONFLICT = 85, 86

# The driver reports every reconnection at start-up; our own log says what matters.
logging.getLogger("pymongo").setLevel(logging.WARNING)


def open_database(uri: str, name: str) -> Db:
    """The database `name`; connects at the first question, so a process may fork before.

    Every write waits until a majority of the replica set has it in its journal (promise 1), and instants
    come back aware, in UTC.
    """
    client: MongoClient[Document] = MongoClient(
        uri, connect=False, serverSelectionTimeoutMS=10_000, appname="pteah", maxPoolSize=64
    )
    return database(client, name)


def database(client: MongoClient[Document], name: str) -> Db:
    """The database `name` of this client, as everybody uses it."""
    # It knows the collections, whose modules know how to connect.
    from sync.store.sealed_database import SealedDatabase  # noqa: PLC0415

    return SealedDatabase(
        client,
        name,
        codec_options=CodecOptions(tz_aware=True),
        write_concern=WriteConcern(w="majority", j=True, wtimeout=20_000),
        read_concern=ReadConcern("local"),
    )


_kept: dict[int, dict[Any, Any]] = {}


def kept_with(client: MongoClient[Document]) -> dict[Any, Any]:
    """What this process remembers beside a client, for as long as that lives.

    Not a WeakKeyDictionary: two clients of one server are equal, and the one may end before the other.
    """
    number = id(client)
    if number not in _kept:
        _kept[number] = {}
        weakref.finalize(client, _kept.pop, number, None).atexit = False
    return _kept[number]


def indexes() -> dict[str, list[IndexModel]]:
    """Every index of every collection, from the modules that ask the questions."""
    found: dict[str, list[IndexModel]] = {}
    for name in MODULES_WITH_INDEXES:
        module = importlib.import_module(f"sync.store.{name}")
        for collection, models in module.INDEXES.items():
            found.setdefault(collection, []).extend(models)
    return found


def is_only_twice(error: BulkWriteError) -> bool:
    """Whether all that could not be written was there already."""
    return all(one["code"] == DUPLICATE_KEY for one in error.details["writeErrors"])


def ensure_indexes(db: Db) -> None:
    """Make the indexes that are not there yet, and anew those that are defined otherwise by now; what a
    former version wrote without what they ask for gets it.

    Safe to run at every start.
    """
    for collection, models in indexes().items():
        try:
            db[collection].create_indexes(models)
        except OperationFailure as conflict:
            if conflict.code not in (_OPTIONS_CONFLICT, _KEYS_CONFLICT):
                raise
            for model in models:
                _make_anew(db[collection], model)
    for name in ("counting", "pairs"):
        importlib.import_module(f"sync.store.{name}").bring_up_to_date(db)


def _make_anew(collection: Collection[Document], model: IndexModel) -> None:
    """An index of an earlier version has this name: take it away first."""
    try:
        collection.create_indexes([model])
    except OperationFailure as conflict:
        if conflict.code not in (_OPTIONS_CONFLICT, _KEYS_CONFLICT):
            raise
        collection.drop_index(model.document["name"])
        collection.create_indexes([model])
