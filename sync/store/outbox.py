"""An outbox: each thing is kept once, taken by one sender at a time, and tried again for a while."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from sync.core.times import cut_to_ms
from sync.store.connect import Document, is_only_twice

CLAIM_SECONDS = 120


def put(box: Collection[Document], documents: Iterable[Document]) -> int:
    """Keep those of these that are not kept yet; how many are new."""
    whole = list(documents)
    if not whole:
        return 0
    try:
        return len(box.insert_many(whole, ordered=False).inserted_ids)
    except BulkWriteError as error:
        if not is_only_twice(error):
            raise
        return int(error.details["nInserted"])


def claim(box: Collection[Document], waiting: Mapping[str, Any], now: datetime) -> Document | None:
    """What has waited longest of what waits, taken by the caller for two minutes; None when nothing does."""
    return box.find_one_and_update(
        waiting,
        {
            "$set": {"next_try_at": cut_to_ms(now + timedelta(seconds=CLAIM_SECONDS)), "claim": ObjectId()},
            "$inc": {"tries": 1},
        },
        sort=[("next_try_at", 1)],
        return_document=ReturnDocument.AFTER,
    )


def change(box: Collection[Document], claimed: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Write down how it went, unless somebody else has taken it since."""
    box.update_one({"_id": claimed["_id"], "claim": claimed["claim"]}, {"$set": dict(changes)})


def again_at(claimed: Mapping[str, Any], at: datetime, wait_minutes: Sequence[int]) -> datetime | None:
    """When it is tried again after it went wrong; None: it is given up."""
    tries = claimed["tries"]
    return cut_to_ms(at + timedelta(minutes=wait_minutes[tries - 1])) if tries <= len(wait_minutes) else None
