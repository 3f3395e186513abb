"""From the intake's key to a person's own: what came is sealed anew once it is known whom it is about.

At the moment of a sending nobody knows that, and the phone must not wait. So everything that comes on one day
is sealed under that day's key, and the worker seals it anew. A day's key stays: backups made before need it.
Only an erasure retires the keys of the days on which something came about that person; what others have under
them is sealed anew an hour later, and then they are destroyed. Each step is an idempotent write; a crash
anywhere means: do it again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pymongo.operations import IndexModel, UpdateOne

from sync.store import attachments
from sync.store.connect import Db, Document, kept_with
from sync.store.destroyed import destroy_retired, keep, retire, retired
from sync.store.keys import HOUSE, INTAKE, KEYS, intake_key, vault_of
from sync.store.records import DERIVED
from sync.store.sealed import as_stored, opened, sealed, sealed_under
from sync.store.sealed_database import kind_of, stored_collections
from sync.store.sealing import SEALED, SEALED_FOR

UNDER_INTAKE = {SEALED_FOR: {"$gte": INTAKE, "$lt": f"{INTAKE}~"}}
RETIRED_FOR = timedelta(hours=1)
"""So long nobody destroys a retired key: other processes may still have it in memory, for a minute."""
MANY, TOGETHER = 100, 100
"""So many keys are looked for by going through everything; documents fetched together."""
FOR_EVER = ("audit",)
"""What stands in it never changes: a key under which something of it lies is not destroyed."""
MAY_BE_UNDER_INTAKE = ("submissions", "conflicting", "refused", "records")

INDEXES: dict[str, list[IndexModel]] = {
    # settle, sweep, erase: what is sealed under this key?
    name: [IndexModel([(SEALED_FOR, 1)], name="sealed_for")]
    for name in MAY_BE_UNDER_INTAKE
}


def settle(db: Db, limit: int = 50) -> int:
    """Seal up to so many submissions under the keys of those they are about; how many it were."""
    stored = as_stored(db)
    known = {**UNDER_INTAKE, "state": "processed", "touches.0": {"$exists": True}}
    raw = list(stored.submissions.find(known).limit(limit))
    if not raw:
        return 0
    vault_of(db).make({document["touches"][0] for document in raw})
    _reseal(db, "submissions", raw)
    by_id = {document["_id"]: document for document in raw}
    aside = list(stored.conflicting.find({"instance_id": {"$in": list(by_id)}, **UNDER_INTAKE}))
    for document in aside:
        document["touches"] = by_id[document["instance_id"]]["touches"]
    _reseal(db, "conflicting", aside)
    return len(raw)


def _reseal(db: Db, collection: str, raw: list[Document]) -> None:
    """Seal these documents anew, each under the key of the first person it touches."""
    changes = []
    for before, document in zip(raw, opened(db, raw), strict=True):
        after = sealed(db, kind_of(collection), document)
        for file in files_of(document):
            attachments.give(db, file["sha256"], to=after[SEALED_FOR])
        changes.append(UpdateOne(_unchanged(collection, before), {"$set": _sealed_parts(collection, after)}))
    if changes:
        as_stored(db).get_collection(collection, write_concern=DERIVED).bulk_write(changes, ordered=False)


def files_of(submission: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every file that came with this submission or was in its envelope."""
    inside = (submission.get("opened") or {}).get("attachments", ())
    return [*submission.get("attachments", ()), *submission.get("replaced", ()), *inside]


def _unchanged(collection: str, before: Mapping[str, Any]) -> Document:
    """Only on top of what was read: another part of the record may arrive at this moment."""
    parts = SEALED[kind_of(collection)].parts
    same = {name: before.get(name, {"$exists": False}) for name in (SEALED_FOR, *parts)}
    return {"_id": before["_id"], **same}


def _sealed_parts(collection: str, after: Mapping[str, Any]) -> Document:
    names = (SEALED_FOR, "touches", *SEALED[kind_of(collection)].parts)
    return {name: after[name] for name in names if name in after}


def retire_days(db: Db, entity_ids: Iterable[str], *, at: datetime) -> None:
    """Nothing more is sealed under the keys of the days on which something came about these people."""
    names = set()
    wanted = {"received_at": 1, "attachments": 1, "replaced": 1, "opened": 1}
    for came in db.submissions.find({"touches": {"$in": list(entity_ids)}}, wanted):
        names.add(intake_key(came["received_at"]))
        for file in files_of(came):
            names.update(attachments.days_of(db, file["sha256"]))
    retire(db, names, at=at)


def forget_files(db: Db, submission: Mapping[str, Any], *, of: Iterable[str] = ()) -> int:
    """The files of this submission are no longer about these people, nor about anybody not known yet.

    What another record names that waits to be settled is kept for that one. How many files it were.
    """
    files = files_of(submission)
    for file in files:
        days = attachments.days_of(db, file["sha256"])
        for name in [
            *of,
            *(day for day in days if not _is_named(db, file["sha256"], day, submission["_id"])),
        ]:
            attachments.forget(db, file["sha256"], of=name)
    return len(files)


def _is_named(db: Db, sha256: str, day: str, but: str) -> bool:
    """Whether a record under this day's key, another than this one, names this file."""
    for collection, number in (("submissions", "_id"), ("conflicting", "instance_id")):
        raw = list(as_stored(db)[collection].find({SEALED_FOR: day, number: {"$ne": but}}))
        if any(file["sha256"] == sha256 for found in opened(db, raw) for file in files_of(found)):
            return True
    return False


def sweep_hourly(db: Db, *, at: datetime) -> None:
    """`sweep` at most once an hour in this process."""
    swept, hour = kept_with(db.client).setdefault("swept", {}), f"{at:%Y-%m-%dT%H}"
    if swept.get(db[KEYS].full_name) != hour:
        swept[db[KEYS].full_name] = hour
        sweep(db, at=at)


def sweep(db: Db, *, at: datetime, tell: Callable[[int], None] = lambda _: None) -> int:
    """Seal anew what is under keys that were retired long enough ago, and destroy them; how many.

    `tell` hears how many documents were seen to. One under which a row of the audit lies is kept for that.
    """
    former = retired(db, before=at - RETIRED_FOR)
    if not former:
        return 0
    for count, (collection, raw, _) in enumerate(_under(db, former), start=1):
        if kind_of(collection) not in FOR_EVER:
            _reseal(db, collection, [raw])
        tell(count)
    attachments.renew_keys(db, former)
    _renew_secrets(db, former)
    left = {number: kind_of(collection) for collection, _, number in _under(db, former)}
    for number in former:
        if number not in left:
            destroy_retired(db, number, at=at)
        elif left[number] in FOR_EVER:
            keep(db, number)
    return len(former) - len(left)


def _renew_secrets(db: Db, former: Mapping[UUID, str]) -> None:
    """Seal the secrets of the database under the house's key of now."""
    vault = vault_of(db)
    for found in db.secrets.find():
        if name := former.get(sealed_under(found["value"]) or UUID(int=0)):
            again = vault.seal(vault.open([found["value"]])[0], name)
            db.secrets.update_one(found, {"$set": {"value": again}})


def _under(db: Db, former: Mapping[UUID, str]) -> Iterator[tuple[str, Document, UUID]]:
    """What is sealed under the keys of these numbers, which had these names: collection, document, number.

    What stays for ever comes first.
    """
    names = sorted(set(former.values()))
    wanted: Document = {SEALED_FOR: {"$in": names}} if len(names) < MANY else {}
    for collection in sorted(stored_collections(db), key=lambda one: kind_of(one.name) not in FOR_EVER):
        if HOUSE not in names and not SEALED[kind_of(collection.name)].person:
            continue
        for raw in collection.find(wanted).batch_size(TOGETHER):
            numbers = {number for value in raw.values() if (number := sealed_under(value))}
            for number in numbers & former.keys():
                yield collection.name, raw, number
