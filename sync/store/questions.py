"""What worked-through submissions ask of people, as it changes when others arrive or somebody settles it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pymongo.operations import IndexModel, UpdateOne

from sync.core.problem import Problem
from sync.store.connect import Db
from sync.store.records import DERIVED
from sync.store.submissions import problem_document

INDEXES: dict[str, list[IndexModel]] = {
    "submissions": [
        # asking: what is open about these people? Few among millions, hence partial.
        IndexModel(
            [("touches", 1)],
            name="asking",
            partialFilterExpression={"problem.code": {"$type": "string"}},
        ),
    ]
}


def asking(db: Db, entity_ids: Iterable[str]) -> dict[str, str]:
    """The worked-through submissions about these people that ask something, with the code of what."""
    asks = {"problem.code": {"$type": "string"}, "state": "processed"}
    found = db.submissions.find({"touches": {"$in": list(entity_ids)}, **asks}, {"problem": 1})
    return {one["_id"]: one["problem"]["code"] for one in found}


def ask(db: Db, problems: Mapping[str, Problem | None]) -> None:
    """What these submissions ask of people from now on; None: nothing. Only those worked through already."""
    operations = [
        UpdateOne(
            {"_id": instance_id, "state": "processed"},
            {"$set": {"problem": problem_document(problem) if problem else None}},
        )
        for instance_id, problem in problems.items()
    ]
    if operations:
        db.submissions.with_options(write_concern=DERIVED).bulk_write(operations, ordered=False)


def about_nobody(db: Db, before: datetime, limit: int) -> list[str]:
    """Entity IDs that submissions received before this name and nobody registers; longest waiting first."""
    question = {"problem.code": "entity.unknown", "received_at": {"$lt": before}, "state": "processed"}
    found = db.submissions.find(question, {"touches": 1}).sort("received_at", 1).limit(limit)
    return list(dict.fromkeys(entity_id for one in found for entity_id in one["touches"]))
