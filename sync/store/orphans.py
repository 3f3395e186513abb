"""What lies in the database and belongs to nothing: files that nothing names, records without their sending.

Finding changes nothing. What can be made again or belongs to nothing for sure can be mended; a trace of
something that is lost (a record whose submission is gone) is only told, since it may be the last one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Literal

from bson import ObjectId

from sync.core.times import cut_to_ms
from sync.store import attachments, submissions
from sync.store.connect import Db, Document
from sync.store.sealed import as_stored, opened
from sync.store.settling import files_of

Mend = Literal["", "take away", "work through again"]

GRACE = timedelta(days=1)
"""What is younger may belong to a sending that is still on its way."""
NAMED = 5
_AT_ONCE = 500
_SHA256 = re.compile(r"[0-9a-f]{64}")
FILES_OF = {"attachments": 1, "replaced": 1, "opened": 1}
NAME_FILES = ("form_versions", "protocols", "proposals")


@dataclass(frozen=True, slots=True)
class Orphans:
    """Things of one kind that belong to nothing."""

    kind: str
    count: int
    some: tuple[str, ...]
    """The first few, as they are called in the database."""
    mend: Mend


@dataclass(frozen=True, slots=True)
class _Link:
    """Every document of a collection should have one in another."""

    collection: str
    field: str
    others: tuple[tuple[str, str], ...]
    asked: Mapping[str, Any]
    mend: Mend


LINKS: Mapping[str, _Link] = {
    "records without their submission": _Link("records", "_id", (("submissions", "_id"),), {}, ""),
    "submissions without the record read from them": _Link(
        "submissions", "_id", (("records", "_id"),), {"state": "processed"}, "work through again"
    ),
    "people without any record": _Link("returnees", "_id", (("records", "entity_ids"),), {}, ""),
    "rows of phones' lists without a case code": _Link(
        "returnees", "_id", (("case_codes", "entity_id"),), {}, ""
    ),
    "decisions about nobody": _Link(
        "decisions", "entity_id", (("returnees", "_id"), ("returnees", "aliases.entity_id")), {}, ""
    ),
    # An edit that was overtaken is kept there, too, and nothing is under its own number.
    "other contents of a record that is not here": _Link(
        "conflicting", "instance_id", (("submissions", "_id"),), {"deprecated_id": None}, ""
    ),
    "notes of phones without their record": _Link(
        "phone_notes", "_id", (("submissions", "_id"),), {}, "take away"
    ),
    "running numbers of a phone that is not here": _Link(
        "ledger",
        "device_id",
        (("devices", "_id"),),
        {"device_id": {"$not": re.compile("^browser:")}},
        "take away",
    ),
}
FILES, PIECES = "files that nothing names", "pieces of files that never became whole"


def find(db: Db, *, now: datetime) -> Iterator[Orphans]:
    """Each kind of which there is anything."""
    ways: dict[str, tuple[Callable[[], Iterable[Any]], Mend]] = {
        kind: (lambda link=link: _unlinked(db, link), link.mend)  # type: ignore[misc]
        for kind, link in LINKS.items()
    }
    ways[FILES] = (lambda: _files(db, now), "take away")
    ways[PIECES] = (lambda: _pieces(db, now), "take away")
    for kind, (look, mend) in ways.items():
        found = [str(name) for name in look()]
        if found:
            yield Orphans(kind, len(found), tuple(found[:NAMED]), mend)


def take_care(db: Db, kind: str, *, now: datetime) -> int:
    """Mend what there is of this kind: take it away, or have it worked through again; how many it were."""
    if kind == FILES:
        return sum(attachments.take_away(db, sha256, unused_since=now - GRACE) for sha256 in _files(db, now))
    if kind == PIECES:
        chunks = as_stored(db)[f"{attachments.BUCKET}.chunks"]
        return sum(bool(chunks.delete_many({"files_id": name}).deleted_count) for name in _pieces(db, now))
    link, done = LINKS[kind], 0
    for name in _unlinked(db, link):
        if link.mend == "work through again":
            submissions.replay(db, name, at=now)
            done += 1
        elif link.mend == "take away":
            done += as_stored(db)[link.collection].delete_one({"_id": name}).deleted_count
    return done


def _unlinked(db: Db, link: _Link) -> Iterator[Any]:
    stages: list[Document] = [{"$match": dict(link.asked)}, {"$project": {link.field: 1}}]
    for other, field in link.others:
        there = {"from": other, "localField": link.field, "foreignField": field, "as": "there"}
        look = {"$lookup": {**there, "pipeline": [{"$project": {"_id": 1}}, {"$limit": 1}]}}
        stages += [look, {"$match": {"there": []}}]
    for found in as_stored(db)[link.collection].aggregate([*stages, {"$sort": {"_id": 1}}]):
        yield found["_id"]


def _files(db: Db, now: datetime) -> list[str]:
    """The files nobody has asked to keep for a day and nothing names, by the hash of their content."""
    old = {"uploadDate": {"$lt": cut_to_ms(now - GRACE)}}
    left = {found["filename"] for found in as_stored(db)[attachments.FILES].find(old, {"filename": 1})}
    if left:
        left.difference_update(_named_files(db))
    return sorted(left)


def _named_files(db: Db) -> Iterator[str]:
    # What is sealed cannot be asked for; that there is something sealed can.
    has_any = {"$or": [{name: {"$exists": True, "$nin": [[], None]}} for name in FILES_OF]}
    for collection, asked in (("submissions", has_any), ("conflicting", {})):
        some = as_stored(db)[collection].find(asked)
        while raw := list(islice(some, _AT_ONCE)):
            for document in opened(db, raw):
                yield from (file["sha256"] for file in files_of(document))
    for collection in NAME_FILES:
        for document in db[collection].find():
            yield from _hashes_in(document)


def _hashes_in(value: Any) -> Iterator[str]:
    """Every text in a document that can be the name of a file."""
    if isinstance(value, str):
        if _SHA256.fullmatch(value):
            yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _hashes_in(one)


def _pieces(db: Db, now: datetime) -> Iterator[ObjectId]:
    stages: list[Document] = [
        {"$group": {"_id": "$files_id"}},
        {"$match": {"_id": {"$lt": ObjectId.from_datetime(now - GRACE)}}},
        {"$lookup": {"from": attachments.FILES, "localField": "_id", "foreignField": "_id", "as": "there"}},
        {"$match": {"there": []}},
        {"$sort": {"_id": 1}},
    ]
    for found in as_stored(db)[f"{attachments.BUCKET}.chunks"].aggregate(stages):
        yield found["_id"]
