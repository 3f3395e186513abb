"""Collection `views`: choices of the caseload that somebody keeps under a name, for themselves alone."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from pymongo.operations import IndexModel

from sync.core.problem import Problem
from sync.store.connect import Db

INDEXES: dict[str, list[IndexModel]] = {
    "views": [
        # of: what has this account kept?
        IndexModel([("user", 1), ("name", 1)], name="user", unique=True),
    ]
}
MOST = 30
LONGEST_NAME = 60


def keep(db: Db, user: str, name: str, choice: Mapping[str, str]) -> None:
    """Keep this choice under a name; the same name again takes its place.

    Raises Problem view.name_missing, view.too_many.
    """
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise Problem("view.name_missing")
    mine = {"user": user, "name": name}
    if db.views.count_documents({"user": user, "name": {"$ne": name}}) >= MOST:
        raise Problem("view.too_many", most=MOST)
    change = {"$set": {"choice": dict(choice)}, "$setOnInsert": {"_id": uuid4().hex}}
    db.views.update_one(mine, change, upsert=True)


def of(db: Db, user: str) -> list[dict[str, Any]]:
    """What this account keeps, by name."""
    return list(db.views.find({"user": user}).sort("name", 1))


def forget(db: Db, user: str, view_id: str) -> None:
    """Forget one of this account's own."""
    db.views.delete_one({"_id": view_id, "user": user})
