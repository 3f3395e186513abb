"""Collection `submissions`: what phones sent, as it came, and how far it was worked through.

One document per instance ID. `xml` and what came with it never change; `state` says what the worker has
made of it: `received` (waiting, or tried and to be tried again at `next_try_at`), `processed`, or
`set_aside` (given up after five tries; `problem` says why, `replay` begins anew). Collection
`conflicting`: other content that came later under the same instance ID.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from bson.binary import Binary
from bson.objectid import ObjectId
from pymongo import ReturnDocument
from pymongo.operations import IndexModel, UpdateOne
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from sync.core.problem import Problem
from sync.core.scope import EVERYBODY
from sync.core.submission import Attachment, Submission
from sync.core.times import cut_to_ms
from sync.store.connect import Db, Document
from sync.store.keeper import Keeper, Outcome
from sync.store.stretches import Stretch

State = Literal["received", "processed", "set_aside"]
STATES: tuple[State, ...] = ("received", "processed", "set_aside")

CLAIM_SECONDS = 60
TRIES = 5
WAIT_AFTER_SECONDS = (2, 15, 60, 300)
"""How long to wait after the first, second, third and fourth failure."""

INDEXES: dict[str, list[IndexModel]] = {
    "submissions": [
        # claim_some: what is to be worked through now? Those waiting longest first.
        IndexModel([("state", 1), ("next_try_at", 1)], name="state_next_try"),
        # touching: everything that says something about these people.
        IndexModel([("touches", 1)], name="touches"),
        # every: all of them in the order of arrival.
        IndexModel([("received_at", 1), ("_id", 1)], name="arrival"),
        # with_missing_files: what is still on phones?
        IndexModel(
            [("received_at", 1)],
            name="missing",
            partialFilterExpression={"missing.0": {"$exists": True}},
        ),
        # of_form: which records are there of this form?
        IndexModel([("form_id", 1), ("received_at", 1), ("_id", 1)], name="form_arrival"),
        # edits_of: what replaced this record?
        IndexModel(
            [("deprecated_id", 1)],
            name="deprecated",
            partialFilterExpression={"deprecated_id": {"$type": "string"}},
        ),
    ],
    "conflicting": [
        # conflicts_of: what else came under this instance ID?
        IndexModel([("instance_id", 1)], name="instance"),
    ],
}


def keep(
    db: Db,
    submission: Submission,
    *,
    received_at: datetime,
    worker_id: str,
    device_id: str,
    install_id: str = "",
    user_agent: str = "",
    attachments: Sequence[Attachment] = (),
    demo: bool = False,
) -> Outcome:
    """Keep one submission by itself. Where many come at once use one `Keeper`; see its `keep`."""
    return Keeper(db).keep(
        submission,
        received_at=received_at,
        worker_id=worker_id,
        device_id=device_id,
        install_id=install_id,
        user_agent=user_agent,
        attachments=attachments,
        demo=demo,
    )


def find(db: Db, instance_id: str) -> Document | None:
    """The stored submission with this instance ID, or None."""
    return db.submissions.find_one({"_id": instance_id})


def is_kept(db: Db, submission: Submission) -> bool:
    """Whether these very bytes were kept before."""
    return (
        db.submissions.find_one({"_id": submission.instance_id, "sha256": submission.sha256}, {"_id": 1})
        is not None
    )


def is_on_disk(db: Db, submission: Submission) -> bool:
    """Whether these very bytes, which can still be opened, are on the disks of a majority of the members.

    True is as good as having kept them now: what a majority has, nothing takes away.
    """
    on_disk = db.submissions.with_options(read_concern=ReadConcern("majority"))
    # `xml` too: what nobody can open is not kept.
    same = {"_id": submission.instance_id, "sha256": submission.sha256}
    return on_disk.find_one(same, {"xml": 1}) is not None


def find_all(db: Db, instance_ids: Iterable[str]) -> list[Document]:
    """The stored submissions with these instance IDs."""
    return list(db.submissions.find({"_id": {"$in": list(instance_ids)}}))


def claim_some(db: Db, *, now: datetime, worker_name: str, limit: int = 20) -> list[Document]:
    """Up to `limit` submissions that nobody works on now, oldest first, claimed for a minute.

    Two workers never hold the same one, unless the first took longer than CLAIM_SECONDS. `claims` counts
    how often it was taken up: a submission that kills its worker never reaches `mark_failed`.
    """
    # A claim that a crash of MongoDB undoes only means that the work is done twice, which is harmless.
    quick = db.submissions.with_options(write_concern=WriteConcern(w=1, j=False))
    waiting = {"state": "received", "next_try_at": {"$lte": cut_to_ms(now)}}
    ids = [found["_id"] for found in quick.find(waiting, {"_id": 1}).sort("next_try_at", 1).limit(limit)]
    if not ids:
        return []
    claim = f"{worker_name}:{ObjectId()}"
    until = cut_to_ms(now + timedelta(seconds=CLAIM_SECONDS))
    taken = quick.update_many(
        {"_id": {"$in": ids}, **waiting},
        {"$set": {"claimed_by": claim, "next_try_at": until}, "$inc": {"claims": 1}},
    )
    if not taken.modified_count:
        return []
    return list(quick.find({"_id": {"$in": ids}, "claimed_by": claim}).sort([("received_at", 1), ("_id", 1)]))


@dataclass(frozen=True, slots=True)
class Processed:
    """What is to be said of one submission that was worked through."""

    instance_id: str
    touches: Iterable[str]
    """The entity IDs it says something about."""
    problem: Problem | None = None
    """A question it leaves to people (entity.unknown …); it is processed all the same."""
    missing: Sequence[str] = ()
    """Files it names that did not arrive (yet)."""
    file_changes: int = 0
    """How many changes of its files had been seen when it was worked through."""


def mark_processed(db: Db, done: Sequence[Processed], *, at: datetime) -> None:
    """These submissions are worked through."""
    if not done:
        return
    # Not waiting for the disk: a crash that takes this mark only means that the work is done again.
    quick = db.submissions.with_options(write_concern=WriteConcern(w=1, j=False))
    quick.bulk_write(
        [
            UpdateOne(
                # Where a file came in the meantime it is taken up again, and nothing is marked.
                {
                    "_id": one.instance_id,
                    "file_changes": {
                        "$in": [one.file_changes, None] if one.file_changes == 0 else [one.file_changes]
                    },
                },
                {
                    "$set": {
                        "state": "processed",
                        "next_try_at": None,
                        "claimed_by": None,
                        "processed_at": cut_to_ms(at),
                        "touches": sorted(set(one.touches)),
                        "missing": list(one.missing),
                        "problem": problem_document(one.problem) if one.problem else None,
                    }
                },
            )
            for one in done
        ],
        ordered=False,
    )


def put_opened(db: Db, instance_id: str, opened: Document) -> None:
    """Keep what was in the envelope of this submission: `xml`, `attachments`, `is_signed`."""
    kept = {**opened, "xml": Binary(opened["xml"])}
    db.submissions.update_one({"_id": instance_id}, {"$set": {"opened": kept}})


def content_of(submission: Mapping[str, Any]) -> bytes:
    """The record itself: what came, or what was in it where it was encrypted and could be opened."""
    opened = submission.get("opened")
    return bytes(opened["xml"] if opened else submission["xml"])


def with_missing_files(
    db: Db, *, before: datetime, within: Mapping[str, Any] = EVERYBODY, limit: int = 200
) -> list[Document]:
    """Submissions received before this moment some of whose files did not arrive; the oldest first."""
    lacking = {"missing.0": {"$exists": True}, "received_at": {"$lt": cut_to_ms(before)}}
    asked: Document = {"$and": [lacking, dict(within)]}
    wanted = {"form_id": 1, "worker_id": 1, "device_id": 1, "received_at": 1, "missing": 1}
    return list(db.submissions.find(asked, wanted).sort("received_at", 1).limit(limit))


def mark_failed(db: Db, instance_id: str, *, at: datetime, error: str) -> State:
    """This submission could not be worked through now; gives its state after that.

    It is tried again after a while, and set aside after TRIES failures. `error` is shown to operators:
    what kind of failure, without any answer.
    """
    found = db.submissions.find_one_and_update(
        {"_id": instance_id, "state": "received"},
        {"$inc": {"failures": 1}, "$set": {"claimed_by": None}},
        projection={"failures": 1},
        return_document=ReturnDocument.AFTER,
    )
    if found is None:
        return "processed"  # another worker, or a replay, was quicker
    failures = found["failures"]
    problem = Problem("submission.processing_failed", tries=failures, error=error, instance_id=instance_id)
    change: Document = {"problem": problem_document(problem)}
    if failures >= TRIES:
        change |= {"state": "set_aside", "next_try_at": None}
    else:
        change["next_try_at"] = cut_to_ms(at + timedelta(seconds=WAIT_AFTER_SECONDS[failures - 1]))
    db.submissions.update_one({"_id": instance_id, "failures": failures}, {"$set": change})
    return "set_aside" if failures >= TRIES else "received"


def replay(db: Db, instance_id: str, *, at: datetime) -> None:
    """Have this submission worked through again from the start. Raises Problem submission.unknown."""
    done = db.submissions.update_one(
        {"_id": instance_id},
        {
            "$set": {
                "state": "received",
                "next_try_at": cut_to_ms(at),
                "claimed_by": None,
                "failures": 0,
                "problem": None,
                "processed_at": None,
            }
        },
    )
    if not done.matched_count:
        raise Problem("submission.unknown")


def every(db: Db) -> Iterator[Document]:
    """All submissions in the order of arrival."""
    yield from db.submissions.find().sort([("received_at", 1), ("_id", 1)])


def names_in(db: Db, stretch: Stretch) -> set[str]:
    """The instance IDs in this stretch of them, whatever their state."""
    return {found["_id"] for found in db.submissions.find({"_id": stretch.query}, {"_id": 1})}


def processed_in(db: Db, stretch: Stretch) -> Iterator[Document]:
    """The submissions in this stretch of instance IDs that were worked through."""
    yield from db.submissions.find({"_id": stretch.query, "state": "processed", "draft": False}).sort(
        "_id", 1
    )


def touching(db: Db, entity_ids: Iterable[str]) -> list[Document]:
    """The processed submissions that say something about any of these people, in the order of arrival."""
    wanted = {"touches": {"$in": list(entity_ids)}}
    return list(db.submissions.find(wanted).sort([("received_at", 1), ("_id", 1)]))


def edits_of(db: Db, instance_id: str) -> list[Document]:
    """The submissions sent as edits of this one, in the order of arrival."""
    return list(db.submissions.find({"deprecated_id": instance_id}).sort([("received_at", 1), ("_id", 1)]))


def edits_by_original(db: Db, instance_ids: Iterable[str]) -> dict[str, set[str | None]]:
    """Those of these submissions that were edited on the phone, with the edits that were worked through."""
    found: dict[str, set[str | None]] = {}
    wanted = {"deprecated_id": {"$in": list(instance_ids)}, "state": "processed"}
    for edit in db.submissions.find(wanted, {"deprecated_id": 1}):
        found.setdefault(edit["deprecated_id"], set()).add(edit["_id"])
    return found


def conflicts_of(db: Db, instance_id: str) -> list[Document]:
    """What else came under this instance ID and was kept aside, in the order of arrival."""
    return list(db.conflicting.find({"instance_id": instance_id}).sort([("received_at", 1), ("_id", 1)]))


def counts(db: Db) -> dict[State, int]:
    """How many submissions are in each state."""
    return {state: db.submissions.count_documents({"state": state}) for state in STATES}


def problem_document(problem: Problem) -> dict[str, str]:
    """A problem as stored beside a submission."""
    return {"code": problem.code, "message": problem.message("en")}
