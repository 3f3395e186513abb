"""Collection `ledger`: which running numbers have arrived from each phone, and which are missing.

One document for each form on each installation of Collect on each phone, since that is where Collect keeps
the record saved last. `highest` and `missing` are derived (in any order of arrival they come out the same);
`settled` are missing numbers somebody looked into.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.operations import IndexModel, UpdateOne
from pymongo.write_concern import WriteConcern

from sync.core.times import cut_to_ms
from sync.store.connect import Db

INDEXES: dict[str, list[IndexModel]] = {
    "ledger": [
        # of_device: what did this phone send, by form?
        IndexModel([("device_id", 1)], name="device"),
        # gaps: where is something missing? Few among many, hence partial.
        IndexModel(
            [("device_id", 1)],
            name="missing",
            partialFilterExpression={"missing.0": {"$exists": True}},
        ),
    ]
}

LARGEST_GAP = 1_000
"""A number that leaps further than this is nonsense or another's: nothing is said to be missing for it."""
QUICK = WriteConcern(w=1, j=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One record's number, as it came from a phone."""

    device_id: str
    install_id: str
    form_id: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Records of one form that were begun on one installation and have not arrived."""

    key: str
    device_id: str
    install_id: str
    form_id: str
    missing: tuple[int, ...]
    since: datetime
    """Since when the first of them was missed."""
    times: Mapping[int, datetime]
    """Since when each was missed."""

    def overdue(self, before: datetime) -> tuple[int, ...]:
        """Those missed since before this moment."""
        return tuple(number for number in self.missing if self.times[number] < before)


def note(db: Db, arrived: Iterable[Arrived], *, at: datetime) -> None:
    """These numbers have arrived; the same again changes nothing."""
    operations = [_operation(one, at) for one in arrived]
    if operations:
        # Derived from submissions: a crash that takes it only means that it is done again.
        db.get_collection("ledger", write_concern=QUICK).bulk_write(operations)


def _operation(one: Arrived, at: datetime) -> UpdateOne:
    known: dict[str, Any] = {"$ifNull": ["$highest", 0]}
    missing: dict[str, Any] = {"$ifNull": ["$missing", []]}
    leaps = {"$gt": [{"$subtract": [one.number, known]}, LARGEST_GAP]}
    skipped = {"$cond": [leaps, [], {"$range": [{"$add": [known, 1]}, one.number]}]}
    still = {"$setDifference": [{"$concatArrays": [missing, skipped]}, [one.number]]}
    times: dict[str, Any] = {"$ifNull": ["$times", []]}
    timed = {"$map": {"input": times, "in": "$$this.number"}}
    known_times = {"$filter": {"input": times, "cond": {"$in": ["$$this.number", "$missing"]}}}
    new_times = {
        "$map": {
            "input": {"$setDifference": ["$missing", timed]},
            "in": {"number": "$$this", "at": cut_to_ms(at)},
        }
    }
    key = f"{one.device_id}:{one.form_id}:{one.install_id}"
    names = {"device_id": one.device_id, "install_id": one.install_id, "form_id": one.form_id}
    return UpdateOne(
        {"_id": key},
        [
            {
                "$set": {
                    # A phone chose some of these: a text that begins with a dollar sign is no field.
                    **{name: {"$literal": value} for name, value in names.items()},
                    "missing": still,
                    "highest": {"$max": [known, one.number]},
                }
            },
            {
                "$set": {
                    "since": {
                        "$cond": [
                            {"$eq": ["$missing", []]},
                            None,
                            {"$ifNull": ["$since", cut_to_ms(at)]},
                        ]
                    },
                    "times": {"$concatArrays": [known_times, new_times]},
                }
            },
        ],
        upsert=True,
    )


def gaps(db: Db, device_id: str | None = None) -> list[Gap]:
    """What is missing and nobody looked into, of this phone or of all of them; the oldest first."""
    question: dict[str, Any] = {"missing.0": {"$exists": True}}
    if device_id is not None:
        question["device_id"] = device_id
    found = [gap for document in db.ledger.find(question) if (gap := _gap(document)).missing]
    return sorted(found, key=lambda gap: (gap.since, gap.key))


def missing_by_device(db: Db) -> dict[str, int]:
    """How many records are missing, by phone; phones of which none is are left out."""
    counts: dict[str, int] = {}
    for gap in gaps(db):
        counts[gap.device_id] = counts.get(gap.device_id, 0) + len(gap.missing)
    return counts


def settle(db: Db, device_id: str, *, by: str, at: datetime) -> list[Gap]:
    """Somebody looked into what is missing from this phone now; should it still arrive, all the better."""
    found = gaps(db, device_id)
    for gap in found:
        db.ledger.update_one(
            {"_id": gap.key},
            {
                "$addToSet": {"settled": {"$each": list(gap.missing)}},
                "$set": {"settled_by": by, "settled_at": cut_to_ms(at)},
            },
        )
    return found


def _gap(document: Mapping[str, Any]) -> Gap:
    missing = set(document["missing"]) - set(document.get("settled", ()))
    known = {one["number"]: one["at"] for one in document.get("times", ())}
    times = {number: known.get(number, document["since"]) for number in missing}
    return Gap(
        key=document["_id"],
        device_id=document["device_id"],
        install_id=document["install_id"],
        form_id=document["form_id"],
        missing=tuple(sorted(missing)),
        since=min(times.values(), default=document["since"]),
        times=times,
    )
