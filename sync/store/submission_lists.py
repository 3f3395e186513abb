"""Lists of submissions for people and programs, without what was answered."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pymongo.operations import IndexModel

from sync.core.problem import Problem
from sync.core.scope import EVERYBODY, Filter
from sync.store.connect import Db, Document
from sync.store.settling import files_of

INDEXES: dict[str, list[IndexModel]] = {
    "submissions": [
        # needing_a_person: what was set aside or left a question? Few among millions, hence partial.
        IndexModel(
            [("received_at", 1), ("_id", 1)],
            name="with_problem",
            partialFilterExpression={"problem.code": {"$type": "string"}},
        ),
    ]
}

_SLIM = {
    "form_id": 1,
    "form_version": 1,
    "received_at": 1,
    "processed_at": 1,
    "worker_id": 1,
    "state": 1,
    "failures": 1,
    "problem": 1,
    "demo": 1,
    "touches": 1,
}


def slim(db: Db, instance_ids: Sequence[str], within: Filter = EVERYBODY) -> list[Document]:
    """These submissions without their content, the one received last first; only those `within`."""
    wanted = {"$and": [{"_id": {"$in": list(instance_ids)}}, within]}
    return list(db.submissions.find(wanted, _SLIM).sort([("received_at", -1), ("_id", -1)]))


def with_files(db: Db, instance_ids: Sequence[str]) -> list[Document]:
    """Those of these submissions that brought files, with what is known of each file, newest first."""
    wanted = {"form_id": 1, "form_version": 1, "received_at": 1, "worker_id": 1}
    found = db.submissions.find(
        {"_id": {"$in": list(instance_ids)}}, wanted | {"attachments": 1, "replaced": 1, "opened": 1}
    ).sort([("received_at", -1), ("_id", -1)])
    return [{**one, "files": files} for one in found if (files := files_of(one))]


def in_state(
    db: Db, state: str | None, *, within: Filter = EVERYBODY, limit: int, after: str | None = None
) -> list[Document]:
    """Submissions in this state (None: in any), in the order of arrival, from the one after `after`.

    Only those `within` (`sync.core.scope`).

    Raises Problem submission.unknown when `after` is no instance ID that was received.
    """
    question: dict[str, Any] = {"state": state} if state else {}
    if state == "set_aside":
        question["problem.code"] = {"$type": "string"}  # always there, and lets the small index answer
    return _page(db, question, within, limit, after)


def needing_a_person(
    db: Db,
    *,
    within: Filter = EVERYBODY,
    limit: int,
    after: str | None = None,
    codes: Sequence[str] = (),
) -> list[Document]:
    """Submissions `within` that were set aside, or were processed and left a question, oldest first.

    `codes`: only those that left one of these questions.
    """
    asks = {"$type": "string", "$in": list(codes)} if codes else {"$type": "string"}
    question = {"problem.code": asks, "state": {"$in": ["set_aside", "processed"]}}
    return _page(db, question, within, limit, after)


def of_form(
    db: Db,
    form_id: str,
    *,
    within: Filter = EVERYBODY,
    after: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> list[Document]:
    """Which submissions `within` a form has, in the order of arrival, after this place; only id and moment.

    Those about somebody who was erased are none any more.
    """
    asked: Document = {"form_id": form_id, "state": {"$ne": "erased"}}
    if after:
        at, instance_id = after
        asked["$or"] = [{"received_at": {"$gt": at}}, {"received_at": at, "_id": {"$gt": instance_id}}]
    wanted = {"$and": [asked, within]}
    found = db.submissions.find(wanted, {"received_at": 1}).sort([("received_at", 1), ("_id", 1)])
    return list(found.limit(limit))


def readable(db: Db, instance_id: str, within: Filter) -> Document | None:
    """This submission with its content, if it has any and is one of those `within`."""
    asked = {"_id": instance_id, "state": {"$ne": "erased"}}
    return db.submissions.find_one({"$and": [asked, within]})


def _page(db: Db, question: Filter, within: Filter, limit: int, after: str | None) -> list[Document]:
    if within:
        question = {"$and": [question, within]}
    if after:
        last = db.submissions.find_one({"$and": [{"_id": after}, within]}, {"received_at": 1})
        if last is None:
            raise Problem("submission.unknown")
        at = last["received_at"]
        beyond = [{"received_at": {"$gt": at}}, {"received_at": at, "_id": {"$gt": after}}]
        question = {"$and": [question, {"$or": beyond}]}
    return list(db.submissions.find(question, _SLIM).sort([("received_at", 1), ("_id", 1)]).limit(limit))


def answered(db: Db, instance_ids: Collection[str]) -> list[Document]:
    """These submissions with what a record is made of, and nothing else."""
    wanted = ("xml", "opened", "form_id", "form_version", "received_at", "worker_id", "demo", "deprecated_id")
    asked = {"_id": {"$in": list(instance_ids)}}
    return list(db.submissions.find(asked, dict.fromkeys(wanted, 1))) if instance_ids else []
