"""Taking away again what invented people left behind, in every collection that marks it."""

from sync.store import pairs, shares, stamps
from sync.store.connect import Db

MARKED = ("submissions", "conflicting", "records", "returnees", "assessments", "devices", "workers")
"""Collections whose documents say `demo`, in the order in which they must go: a worker that is still
running derives nothing anew from a submission that is gone."""


def count(db: Db) -> dict[str, int]:
    """How many documents of invented people there are, by collection."""
    return {name: db[name].count_documents({"demo": True}) for name in MARKED}


def remove(db: Db) -> dict[str, int]:
    """Take away all invented people, what was sent about them and their workers' phones; says how many.

    What people really sent stays, also if they sent it about an invented person.
    """
    people = [found["_id"] for found in db.returnees.find({"demo": True}, {"_id": 1})]
    removed = {name: db[name].delete_many({"demo": True}).deleted_count for name in MARKED}
    removed["case_codes"] = db.case_codes.delete_many({"entity_id": {"$in": people}}).deleted_count
    removed["pairs"] = pairs.forget(db, people)
    stamps.renew(db, [stamps.PEOPLE, stamps.WORKERS, shares.EVERY])
    return removed
