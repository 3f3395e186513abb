"""Reading for exports: whom an export may hold, and their files and records, a few people at a time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sync.core.scope import Filter
from sync.store.connect import Db, Document
from sync.store.keys import vault_of

WANTED_OF_A_FILE = {
    "case_code": 1, "person": 1, "worker_id": 1, "status": 1, "registered_on": 1, "risk.level": 1,
    "risk.on": 1, "next_due_on": 1, "last_seen_on": 1, "scores": 1,
}  # fmt: skip
WANTED_OF_A_RECORD = {
    "form_version": 1, "on": 1, "received_at": 1, "worker_id": 1, "entity_ids": 1, "answers": 1,
}  # fmt: skip


def agreed(db: Db, within: Filter) -> Iterator[Document]:
    """Everybody within this scope, by case code: `_id`, `case_code`, what they agreed to, merged numbers."""
    wanted = {"case_code": 1, "consent": 1, "aliases": 1, "demo": 1}
    yield from db.returnees.find(within, wanted).sort([("_id", 1)]).batch_size(500)


def files(db: Db, entity_ids: Sequence[str]) -> list[Document]:
    """The files of these people."""
    return list(db.returnees.find({"_id": {"$in": list(entity_ids)}}, WANTED_OF_A_FILE).sort([("_id", 1)]))


def records(db: Db, form_id: str, entity_ids: Sequence[str]) -> list[Document]:
    """The records of this form that name any of these people, without those that were edited."""
    asked: dict[str, Any] = {
        "entity_ids": {"$in": list(entity_ids)}, "form_id": form_id, "superseded_by": {"$exists": False},
    }  # fmt: skip
    return list(db.records.find(asked, WANTED_OF_A_RECORD).sort([("received_at", 1), ("_id", 1)]))


def named_in(db: Db, form_id: str, entity_ids: Sequence[str]) -> set[str]:
    """Those of these people whom a record of this form names."""
    asked: Mapping[str, Any] = {"entity_ids": {"$in": list(entity_ids)}, "form_id": form_id}
    found = db.records.find({**asked, "superseded_by": {"$exists": False}}, {"entity_ids": 1})
    return {one for record in found for one in record["entity_ids"]} & set(entity_ids)


def code_of(db: Db, entity_id: str) -> str:
    """A code for this person that is the same in every export of this database and leads nobody to her."""
    return f"P-{vault_of(db).token('export', entity_id)[:12]}"
