"""What was kept aside and waits for a person: other content under a taken instance ID, and what was refused.

Nothing here is ever thrown away. Which of two contents counts is settled once, and the other stays beside it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo.operations import IndexModel

from sync.core.problem import Problem
from sync.core.submission import parse_submission
from sync.core.times import cut_to_ms
from sync.store import forms
from sync.store.connect import Db, Document
from sync.store.keeper import KEPT_ASIDE, UNTOUCHED, Keeper
from sync.store.refused import not_through

INDEXES: dict[str, list[IndexModel]] = {
    "conflicting": [
        # conflicts_waiting: what did nobody settle yet? The oldest first.
        IndexModel([("settled_at", 1), ("received_at", 1)], name="waiting")
    ],
    "refused": [
        # refused_waiting: what is still not received? The latest first.
        IndexModel([("settled_at", 1), ("last_at", -1)], name="waiting")
    ],
}

MOST = 200
REPLAYABLE = ("form.unknown", "form.version_unknown", "form.closed")
"""Refused for want of a form, which may have been published since, or of one that takes no more by itself."""


def conflicts_waiting(db: Db, within: Mapping[str, Any], *, limit: int = MOST) -> list[Document]:
    """Other contents that nobody settled, the oldest first, without what they say."""
    question = {"$and": [{"settled_at": None}, dict(within)]}
    return list(db.conflicting.find(question, {"xml": 0}).sort("received_at", 1).limit(limit))


def conflict(db: Db, key: str, within: Mapping[str, Any]) -> tuple[Document | None, Document]:
    """What counts now under its instance ID (None: nothing does) and the other content kept under this key.

    Raises Problem conflict.unknown, also when somebody settled it in between.
    """
    other = db.conflicting.find_one({"$and": [{"_id": key, "settled_at": None}, dict(within)]})
    if other is None:
        raise Problem("conflict.unknown")
    return db.submissions.find_one({"_id": other["instance_id"]}), other


def keep_what_counts(db: Db, key: str, within: Mapping[str, Any], *, by: str, at: datetime) -> None:
    """The content that came first goes on counting. Raises Problem conflict.unknown."""
    conflict(db, key, within)
    _settle(db, key, by, at)


def let_other_count(db: Db, key: str, within: Mapping[str, Any], *, by: str, at: datetime) -> None:
    """The other content counts from now on, and is worked through; what counted before is kept beside it.

    Raises Problem conflict.unknown, conflict.changed (somebody was quicker).
    """
    now, other = conflict(db, key, within)
    content = {name: other[name] for name in KEPT_ASIDE if name in other}
    content["encrypted"] = parse_submission(bytes(other["xml"])).encrypted
    begun = {**UNTOUCHED, "next_try_at": cut_to_ms(at)}
    if now is None:
        # An edit of a record that had been edited already: from now on it is an edit of that edit.
        content["deprecated_id"] = _newest_edit(db, other["deprecated_id"])
        document = {"_id": other["instance_id"], "draft": False, "replaced": [], **content, **begun}
        db.submissions.update_one({"_id": document["_id"]}, {"$setOnInsert": document}, upsert=True)
        _settle(db, key, by, at)
        return
    before = {
        "instance_id": now["_id"],
        **{name: now[name] for name in KEPT_ASIDE if name in now},
        "settled_at": cut_to_ms(at),
        "settled_by": by,
    }
    before_key = f"{now['_id']}:{now['sha256']}"
    # First beside it, then in its place: a crash in between leaves both.
    db.conflicting.update_one({"_id": before_key}, {"$setOnInsert": before}, upsert=True)
    same = {"_id": now["_id"], "sha256": now["sha256"]}
    if now.get("opened"):
        content["opened"] = None  # what was decrypted was the former content
    if not db.submissions.update_one(same, {"$set": {**content, **begun}}).matched_count:
        raise Problem("conflict.changed")
    _settle(db, key, by, at)


def _newest_edit(db: Db, instance_id: str) -> str:
    """The last in the chain of edits of this record; itself where it was never edited."""
    seen = {instance_id}
    while (found := db.submissions.find_one({"deprecated_id": instance_id}, {"_id": 1})) is not None:
        if found["_id"] in seen:
            break
        instance_id = found["_id"]
        seen.add(instance_id)
    return instance_id


def refused_waiting(db: Db, within: Mapping[str, Any], *, limit: int = MOST) -> list[Document]:
    """What phones were refused and did not get through since, the latest first, without what it says."""
    question = {"$and": [{"settled_at": None}, dict(within)]}
    found = list(db.refused.find(question, {"xml": 0}).sort("last_at", -1).limit(limit))
    return not_through(db, found)


def replay_refused(db: Db, key: str, within: Mapping[str, Any], *, by: str, at: datetime) -> str:
    """Take in a record that was refused because of its form; its instance ID. Its files come with the phone.

    Raises Problem refused.unknown, form.unknown, form.version_unknown, submission.conflict.
    """
    question = {"$and": [{"_id": key, "settled_at": None, "code": {"$in": REPLAYABLE}}, dict(within)]}
    found = db.refused.find_one(question)
    if found is None:
        raise Problem("refused.unknown")
    submission = parse_submission(bytes(found["xml"]))
    if not forms.exists(db, submission.form_id, submission.form_version):
        known = forms.is_known(db, submission.form_id)
        raise Problem("form.version_unknown" if known else "form.unknown")
    device = db.devices.find_one({"_id": found["device_id"]}, {"demo": 1}) or {}
    Keeper(db).keep(
        submission,
        received_at=at,
        worker_id=found["worker_id"],
        device_id=found["device_id"],
        demo=device.get("demo", False),
    )
    _settle_refused(db, key, by, at)
    return submission.instance_id


def put_aside(db: Db, key: str, within: Mapping[str, Any], *, by: str, at: datetime) -> None:
    """Somebody dealt with this refused sending; it is kept, but waits no more. Raises refused.unknown."""
    if db.refused.find_one({"$and": [{"_id": key, "settled_at": None}, dict(within)]}, {"_id": 1}) is None:
        raise Problem("refused.unknown")
    _settle_refused(db, key, by, at)


def counts(db: Db) -> dict[str, int]:
    """How much waits: `conflicting` contents, `refused` sendings."""
    return {name: db[name].count_documents({"settled_at": None}) for name in ("conflicting", "refused")}


def _settle(db: Db, key: str, by: str, at: datetime) -> None:
    db.conflicting.update_one({"_id": key}, {"$set": {"settled_at": cut_to_ms(at), "settled_by": by}})


def _settle_refused(db: Db, key: str, by: str, at: datetime) -> None:
    db.refused.update_one({"_id": key}, {"$set": {"settled_at": cut_to_ms(at), "settled_by": by}})
