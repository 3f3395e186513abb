"""Collection `protocols`: every published version of the protocol; the newest one counts."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from pymongo.errors import DuplicateKeyError
from pymongo.operations import IndexModel

from sync.core.problem import Problem
from sync.core.protocol import Protocol
from sync.store import stamps
from sync.store.connect import Db, Document

INDEXES: dict[str, list[IndexModel]] = {
    "protocols": [
        # current: the newest version
        IndexModel([("published_at", -1), ("_id", -1)], name="published"),
    ],
}


def put(db: Db, protocol: Protocol, about: Mapping[str, Any]) -> Literal["created", "same"]:
    """Keep one version of the protocol. The same content again changes nothing.

    `about` has content_sha256, published_at and whatever else is known of the workbook.
    Raises Problem form.version_taken when this version exists with other content.
    """
    try:
        db.protocols.insert_one({"_id": protocol.version, "document": protocol.document(), **about})
    except DuplicateKeyError:
        if not is_same(db, protocol.version, about["content_sha256"]):
            raise Problem("form.version_taken", form_id="protocol", form_version=protocol.version) from None
        return "same"
    stamps.renew(db, [stamps.PEOPLE])  # it says how long before her next visit somebody is on a list
    return "created"


def is_same(db: Db, version: str, content_sha256: str) -> bool | None:
    """Was this version published with this content? None: it was not published at all."""
    found = db.protocols.find_one({"_id": version}, {"content_sha256": 1})
    return None if found is None else bool(found["content_sha256"] == content_sha256)


def about_current(db: Db) -> Document | None:
    """What is known of the protocol in force without its rules, or None while none is published."""
    return db.protocols.find_one({}, {"document": 0}, sort=[("published_at", -1), ("_id", -1)])


def versions(db: Db) -> list[Document]:
    """Every version of the protocol, newest first, without its rules."""
    return list(db.protocols.find({}, {"document": 0}).sort([("published_at", -1), ("_id", -1)]))


def current(db: Db) -> Protocol | None:
    """The protocol in force, or None while none is published. Read again only when there is a newer one."""
    newest = db.protocols.find_one({}, {"_id": 1}, sort=[("published_at", -1), ("_id", -1)])
    return None if newest is None else _read(db, newest["_id"])


@lru_cache(maxsize=16)
def _read(db: Db, version: str) -> Protocol:
    found = db.protocols.find_one({"_id": version})
    if found is None:  # a published protocol is never deleted
        raise LookupError(version)
    return Protocol.from_document(found["document"])
