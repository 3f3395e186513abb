"""Collection `stamps`: one stamp for each thing phones fetch again and again, another one after every change.

Whoever has worked something out from the database keeps it beside the stamp that was read before, and uses
it as long as the stamp is the same: one small question in place of many. A stamp is never used twice, so
that a restored database cannot pass for the one before.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from bson.objectid import ObjectId
from pymongo.client_session import ClientSession
from pymongo.operations import UpdateOne
from pymongo.write_concern import WriteConcern

from sync.store.connect import Db

T = TypeVar("T")

FORMS, PEOPLE, WORKERS = "forms", "people", "workers"
"""What phones can fetch of any form; who is on any phone's list of people, and how she reads there; who works
here."""
NEVER = ObjectId("0" * 24)
"""The stamp of what was never changed."""


def of(db: Db, name: str) -> ObjectId:
    """The present stamp of this. Read it before what it stands for, never after."""
    found = db.stamps.find_one({"_id": name})
    return NEVER if found is None else ObjectId(found["stamp"])


def change(db: Db, name: str, work: Callable[[ClientSession], T]) -> T:
    """Do this work and renew the stamp: both or neither, also where the process ends in between.

    `work` gets the session its writes belong to, and may be called again where somebody else wrote.
    """

    def both(session: ClientSession) -> T:
        done = work(session)
        db.stamps.update_one({"_id": name}, {"$set": {"stamp": ObjectId()}}, upsert=True, session=session)
        return done

    with db.client.start_session() as session:
        return session.with_transaction(both, write_concern=WriteConcern("majority", wtimeout=20_000))


def renew(db: Db, names: Iterable[str]) -> None:
    """Another stamp for each of these, after what they stand for was written.

    Not waiting for the disk: whoever writes derived things does it again after a crash, and renews again.
    """
    renewed = [UpdateOne({"_id": name}, {"$set": {"stamp": ObjectId()}}, upsert=True) for name in set(names)]
    if renewed:
        quick = db.stamps.with_options(write_concern=WriteConcern(w=1, j=False))
        quick.bulk_write(renewed, ordered=False)
