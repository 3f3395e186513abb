"""What an operator wants to know of the database before something goes wrong."""

from dataclasses import dataclass
from datetime import datetime

from sync.store import connect
from sync.store.connect import Db


@dataclass(frozen=True, kw_only=True)
class Checkup:
    """How the database is."""

    version: str
    is_replica_set: bool
    members_up: int
    members: int
    clock_at: datetime
    """What time it is for MongoDB."""
    missing_indexes: tuple[str, ...]
    """`collection.index`, for those that the code counts on and that are not there."""


def check(db: Db) -> Checkup:
    """Look at the database without changing anything."""
    admin = db.client.admin
    hello = admin.command("hello", codec_options=db.codec_options)
    members, up = len(hello.get("hosts", [])), 1
    if "setName" in hello and members > 1:
        states = admin.command("replSetGetStatus")["members"]
        up = sum(1 for member in states if member["health"] == 1)
    return Checkup(
        version=db.client.server_info()["version"],
        is_replica_set="setName" in hello,
        members_up=up,
        members=max(members, 1),
        clock_at=hello["localTime"],
        missing_indexes=tuple(_missing_indexes(db)),
    )


def _missing_indexes(db: Db) -> list[str]:
    missing = []
    for collection, models in connect.indexes().items():
        there = db[collection].index_information()
        wanted = [model.document["name"] for model in models]
        missing += [f"{collection}.{name}" for name in wanted if name not in there]
    return missing
