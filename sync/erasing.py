"""Erasing a person: two people agree, her key is destroyed, and nothing readable is left.

What is readable nowhere any more afterwards: everything in this database (it is taken away), and everything
in older backups (it is sealed under her key, which is in no backup file and is wrapped by the master key in
every older file of keys). What came about her lay under the keys of its days until it was known to be hers:
these are destroyed an hour later (`settling.sweep`). For copies of the file of keys made before, the operator
wraps all keys anew (`pteah key rotate`) and destroys the former master key.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sync.core.problem import Problem
from sync.core.protocol import Rules
from sync.core.times import local_date
from sync.folding import refold
from sync.store import audit, destroyed, erasures, returnees, settling
from sync.store.connect import Db
from sync.store.keys import INTAKE


def ask(db: Db, file: Mapping[str, Any], *, at: datetime, by: str, why: str) -> str:
    """Ask for the person with this file to be erased; somebody else has to confirm.

    Raises Problem erasure.reason_missing, erasure.held, erasure.asked_already.
    """
    if not why.strip():
        raise Problem("erasure.reason_missing")
    number = erasures.ask(
        db, entity_id=file["_id"], case_code=file["case_code"], at=at, by=by, why=why.strip()
    )
    _note(db, at, by, {"_id": number, "entity_id": file["_id"]}, "asked")
    return number


def refuse(db: Db, number: str, *, at: datetime, by: str, why: str) -> None:
    """She is not erased. Raises Problem erasure.unknown, erasure.answered."""
    request = _waiting(db, number)
    erasures.answer(db, number, state="refused", at=at, by=by, more={"answer": why.strip()})
    _note(db, at, by, request, "refused")


def hold(db: Db, file: Mapping[str, Any], *, at: datetime, by: str, why: str) -> None:
    """From now on nobody may erase this person. Raises Problem erasure.reason_missing."""
    if not why.strip():
        raise Problem("erasure.reason_missing")
    erasures.hold(db, file["_id"], at=at, by=by, why=why.strip())
    _note(db, at, by, {"_id": "", "entity_id": file["_id"]}, "held")


def release(db: Db, file: Mapping[str, Any], *, at: datetime, by: str) -> None:
    """Nothing keeps this person's data any more but the ordinary rules."""
    if erasures.release(db, file["_id"]):
        _note(db, at, by, {"_id": "", "entity_id": file["_id"]}, "released")


def confirm(db: Db, number: str, rules: Rules, *, at: datetime, by: str) -> dict[str, Any]:
    """Erase, and give the certificate. Somebody else than who asked must say so.

    May be done again when it was cut off. Raises Problem erasure.unknown, erasure.answered,
    erasure.same_person, erasure.held.
    """
    request = _waiting(db, number)
    entity_id = request["entity_id"]
    if request["asked_by"] == by:
        raise Problem("erasure.same_person")
    file = returnees.find(db, entity_id)
    hers = [entity_id, *(alias["entity_id"] for alias in (file or {}).get("aliases", ()))]
    for name in hers:
        erasures.check_hold(db, name)
    settling.retire_days(db, hers, at=at)
    taken, others = erasures.take_away(db, hers)
    for name in hers:
        destroyed.destroy_all(db, name, at=at)
    # What a worker wrote between the two is sealed under a key that is gone, and goes too.
    more, _ = erasures.take_away(db, hers)
    refold(db, others, rules, today=local_date(at))
    counts = {name: taken.get(name, 0) + more.get(name, 0) for name in {*taken, *more}}
    certificate = {
        "case_code": request["case_code"],
        "taken_away": {name: count for name, count in sorted(counts.items()) if count},
        "shared_with": len(others),
        "key_destroyed_at": at,
    }
    erasures.answer(db, number, state="done", at=at, by=by, more={"certificate": certificate, "why": ""})
    _note(db, at, by, request, "done")
    return certificate


def take_away_again(db: Db) -> int:
    """Take away what a restored backup still held, unreadable, about people erased since; how many people."""
    others = (INTAKE, destroyed.RETIRED, destroyed.KEPT)
    gone = [one["name"] for one in destroyed.destroyed_keys(db) if not one["name"].startswith(others)]
    erasures.take_away(db, gone)
    return len(gone)


def _waiting(db: Db, number: str) -> Mapping[str, Any]:
    request = erasures.find(db, number)
    if request["state"] != "asked":
        raise Problem("erasure.answered")
    return request


def _note(db: Db, at: datetime, by: str, request: Mapping[str, Any], what: str) -> None:
    audit.note(
        db,
        at=at,
        by=by,
        kind="erasure",
        about=[request["entity_id"]],
        more={"what": what, "request": request["_id"]},
    )
