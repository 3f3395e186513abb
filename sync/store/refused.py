"""Collection `refused`: what a phone sent and was told it cannot be taken.

The record stays on the phone, which sends it again and again; here it is kept once, so that a
coordinator can see that this phone has a record nobody receives, and what it holds.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from bson.binary import Binary
from pymongo.operations import IndexModel

from sync.core.problem import Problem
from sync.core.submission import parse_submission
from sync.core.times import cut_to_ms
from sync.store.connect import Db, Document

MAX_PER_DEVICE = 50
"""A phone gone wrong must not fill the disk; the first ones tell what is the matter."""
MAX_FILE_NAMES = 200

INDEXES: dict[str, list[IndexModel]] = {
    "refused": [
        # put and of_device: what did this phone try to send?
        IndexModel([("device_id", 1), ("last_at", -1)], name="device_last"),
    ]
}


def put(
    db: Db,
    *,
    device_id: str,
    worker_id: str,
    code: str,
    xml: bytes,
    file_names: Sequence[str],
    at: datetime,
) -> None:
    """Keep what this phone was refused, with the Problem's code; the same again is only counted.

    `xml` is empty where the sending held no record. Past MAX_PER_DEVICE nothing new is kept.
    """
    sha256 = hashlib.sha256(xml).hexdigest()
    key = f"{device_id}:{code}:{sha256}"
    again: Document = {"$inc": {"times": 1}, "$max": {"last_at": cut_to_ms(at)}}
    if db.refused.update_one({"_id": key}, again).matched_count:
        return
    if db.refused.count_documents({"device_id": device_id}, limit=MAX_PER_DEVICE) >= MAX_PER_DEVICE:
        return
    first: Document = {
        "device_id": device_id,
        "worker_id": worker_id,
        "code": code,
        "xml": Binary(xml),
        "sha256": sha256,
        "instance_id": _instance_of(xml),
        "file_names": list(file_names[:MAX_FILE_NAMES]),
        "first_at": cut_to_ms(at),
    }
    db.refused.update_one({"_id": key}, {**again, "$setOnInsert": first}, upsert=True)


def of_device(db: Db, device_id: str) -> list[Document]:
    """What this phone was refused, the latest first, and did not get through since."""
    found = list(db.refused.find({"device_id": device_id}).sort("last_at", -1))
    return not_through(db, found)


def not_through(db: Db, found: Sequence[Document]) -> list[Document]:
    """Those of these that were not taken since: where a form was published, the same bytes came again."""
    unknown = [one["_id"] for one in found if "instance_id" not in one]  # from before that was noted
    whole = db.refused.find({"_id": {"$in": unknown}}, {"xml": 1}) if unknown else ()
    names = {one["_id"]: one.get("instance_id", "") for one in found}
    names |= {one["_id"]: _instance_of(bytes(one["xml"])) for one in whole}
    named = sorted({name for name in names.values() if name})
    kept = db.submissions.find({"_id": {"$in": named}}, {"sha256": 1}) if named else ()
    through = {one["sha256"] for one in kept}
    return [one for one in found if one["sha256"] not in through]


def _instance_of(xml: bytes) -> str:
    """The instance ID of this record; "" where it cannot be read, and so can never be taken either."""
    try:
        return parse_submission(xml).instance_id
    except Problem:
        return ""
