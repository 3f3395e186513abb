"""What can be asked of MongoDB about how it and the work are doing. No index of its own."""

from datetime import datetime

import pymongo
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError, WTimeoutError

from sync.store.connect import Db

PATIENCE_SECONDS = 2.0


def can_keep(db: Db, *, at: datetime) -> bool:
    """Whether a small write reaches the journals of a majority within two seconds."""
    try:
        with pymongo.timeout(PATIENCE_SECONDS):
            db.heartbeats.update_one({"_id": "ready"}, {"$set": {"at": at}}, upsert=True)
    except PyMongoError:
        return False
    return True


def is_unreachable(error: BaseException) -> bool:
    """Whether this error says that MongoDB does not answer now, rather than that we asked wrongly."""
    return isinstance(error, ConnectionFailure | ExecutionTimeout | WTimeoutError)


def submissions_by_state(db: Db) -> dict[str, int]:
    """How many submissions are in each state. All three states are there, also with none."""
    found = {"received": 0, "processed": 0, "set_aside": 0}
    # The total is kept by MongoDB; the two small states are counted along the claim's index (state, …).
    for state in ("received", "set_aside"):
        found[state] = db.submissions.count_documents({"state": state})
    done = db.submissions.estimated_document_count() - sum(found.values())
    found["processed"] = max(done, 0)
    return found


def oldest_unprocessed(db: Db) -> datetime | None:
    """When the submission arrived that has waited longest, or None if none waits."""
    found = db.submissions.find_one({"state": "received"}, {"received_at": 1}, sort=[("received_at", 1)])
    at: datetime | None = found["received_at"] if found else None
    return at
