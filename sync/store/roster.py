"""Which workers a reader's words stand for: the roster that `sync.core.scope` is resolved with."""

from pymongo.operations import IndexModel

from sync.core.scope import Filter, Reader, Roster
from sync.store.connect import Db

INDEXES: dict[str, list[IndexModel]] = {
    "workers": [
        # roster_for: who works for another organisation?
        IndexModel(
            [("organisation", 1)],
            name="organisation",
            partialFilterExpression={"organisation": {"$gt": ""}},
        ),
    ]
}


def roster_for(db: Db, reader: Reader) -> Roster:
    """The workers in the reader's teams, places and organisation, as collection `workers` has them now."""
    if reader.sight == "caseload":
        return Roster()
    places = [{"places": {"$regex": f"^{place}"}} for place in reader.places if place.isdigit()]
    return Roster(
        team=_ids(db, {"team": {"$in": list(reader.teams)}}) if reader.teams else frozenset(),
        in_places=_ids(db, {"$or": places}) if places else frozenset(),
        own=_ids(db, {"organisation": reader.organisation}) if reader.organisation else frozenset(),
        others=frozenset() if reader.organisation else _ids(db, {"organisation": {"$gt": ""}}),
    )


def _ids(db: Db, question: Filter) -> frozenset[str]:
    return frozenset(found["_id"] for found in db.workers.find(question, {"_id": 1}))
