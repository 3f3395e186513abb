"""Keeping what phones send: many requests, few journal writes.

A journaled majority write costs a wait for the disk, and that wait is the same for one document and for
fifty. So whoever comes while a write is under way waits for the next one, which takes everybody who has
come by then. Nobody is answered before their own document is on disk.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from bson import encode
from bson.binary import Binary
from bson.raw_bson import RawBSONDocument
from pymongo.errors import BulkWriteError, PyMongoError

from sync.core.problem import Problem
from sync.core.submission import Attachment, Submission, merge_attachments
from sync.core.times import cut_to_ms
from sync.store import settling
from sync.store.connect import DUPLICATE_KEY, Db, Document
from sync.store.sealed import sealed

Outcome = Literal["created", "same"]

MAX_TOGETHER = 200
GATHER_SECONDS = 0.003
"""How long a writer waits for others where several come at once: they save more time than it costs."""
MAX_NOTE_CHARACTERS = 255


UNTOUCHED: Document = {
    "state": "received",
    "claimed_by": None,
    "failures": 0,
    "problem": None,
    "processed_at": None,
    "touches": [],
    "missing": [],
    "file_changes": 0,
}
"""What is known of a submission before anybody worked it through."""


class Keeper:
    """Writes the submissions that threads hand in at the same moment together. One per process."""

    def __init__(self, db: Db, *, draft: bool = False) -> None:
        self._db, self._draft = db, draft
        self._lock = threading.Lock()
        self._queue: list[_Waiting] = []
        self._is_writing = False
        self._come_together = False

    def keep(
        self,
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
        """Keep one submission; returns when it and its list of attachments are on disk.

        The same bytes again are welcome: files that are new are added to the list, a file of the same
        name with other content takes the place of the former, which stays in `replaced`.

        Raises Problem
            submission.conflict   other bytes came before under this instance ID; these are kept aside
                                  in the collection `conflicting`
            submission.overtaken  it is an edit of a record that another edit has replaced; kept aside, too
            server.busy           MongoDB cannot promise anything now; nothing was promised
        """
        listed, replaced = merge_attachments((), attachments)
        document: Document = {
            "_id": submission.instance_id,
            "form_id": submission.form_id,
            "form_version": submission.form_version,
            "xml": Binary(submission.xml),
            "sha256": submission.sha256,
            "received_at": cut_to_ms(received_at),
            "worker_id": worker_id,
            "device_id": device_id,
            "install_id": install_id[:MAX_NOTE_CHARACTERS],
            "user_agent": user_agent[:MAX_NOTE_CHARACTERS],
            "attachments": [asdict(attachment) for attachment in listed],
            "replaced": [asdict(attachment) for attachment in replaced],
            "file_changes": 0,
            "deprecated_id": submission.deprecated_id,
            "encrypted": submission.encrypted,
            "demo": demo,
            "draft": self._draft,
            "next_try_at": cut_to_ms(received_at),
            **UNTOUCHED,
        }
        with _honest():
            if submission.deprecated_id and _is_overtaken(self._db, submission):
                _keep_aside(self._db, document)
                raise Problem("submission.overtaken")
            if self._is_new(document):
                return "created"
            return _keep_again(self._db, document, attachments)

    def _is_new(self, document: Document) -> bool:
        """Write the document together with those of other threads; False if its `_id` is taken."""
        # Sealed and written out here already: what cannot be written is this thread's own trouble.
        mine = _Waiting(RawBSONDocument(encode(sealed(self._db, "submissions", document))))
        with self._lock:
            self._queue.append(mine)
            leads, self._is_writing = not self._is_writing, True
        if not leads:
            mine.woken.wait()
        if leads or mine.leads:
            try:
                self._write(self._gathered())
            finally:
                self._hand_over()
        if mine.error:
            raise mine.error
        return not mine.is_taken

    def _gathered(self) -> "list[_Waiting]":
        """Those who are here by now; where several come at once, those who come in the next moment too."""
        if self._come_together:
            time.sleep(GATHER_SECONDS)
        with self._lock:
            batch, self._queue = self._queue[:MAX_TOGETHER], self._queue[MAX_TOGETHER:]
        self._come_together = len(batch) > 1
        return batch

    def _hand_over(self) -> None:
        """Let one of those who came in the meantime write for all of them."""
        with self._lock:
            if self._queue:
                self._queue[0].leads = True
                self._queue[0].woken.set()
            else:
                self._is_writing = False

    def _write(self, batch: "list[_Waiting]") -> None:
        """Write these documents and tell each thread how its own fared."""
        error: BaseException | None = None
        try:
            documents: list[Any] = [waiting.document for waiting in batch]
            self._db.submissions.insert_many(documents, ordered=False)
        except BulkWriteError as mixed:
            details: dict[str, Any] = dict(mixed.details or {})
            if details.get("writeConcernErrors"):
                error = mixed
            for failed in details.get("writeErrors", ()):
                if failed["code"] == DUPLICATE_KEY:
                    batch[failed["index"]].is_taken = True
                else:
                    batch[failed["index"]].error = mixed
        except BaseException as unexpected:  # the others must not wait for ever
            error = unexpected
        for waiting in batch:
            waiting.error = waiting.error or error
            waiting.woken.set()


class _Waiting:
    """One thread's document, and how it fared."""

    __slots__ = ("document", "error", "is_taken", "leads", "woken")

    def __init__(self, document: RawBSONDocument) -> None:
        self.document = document
        self.woken = threading.Event()
        self.leads = False
        """Woken to write for those who wait, itself included; else its own document was written."""
        self.is_taken = False
        self.error: BaseException | None = None


@contextmanager
def _honest() -> Iterator[None]:
    """Whatever MongoDB says instead of "it is on disk" is told as "try again later"."""
    try:
        yield
    except PyMongoError as trouble:
        raise Problem("server.busy") from trouble
    except Problem as problem:
        if problem.code.startswith("key."):  # it cannot be sealed now
            raise Problem("server.busy") from problem
        raise


def _keep_again(db: Db, document: Document, arrived: Sequence[Attachment]) -> Outcome:
    """Keep what came under an instance ID that is there already."""
    while True:
        # `xml` too: what nobody can open is not kept.
        wanted = {"sha256": 1, "xml": 1, "attachments": 1, "replaced": 1, "file_changes": 1, "state": 1}
        found = db.submissions.find_one({"_id": document["_id"]}, wanted)
        if found is None and db.submissions.replace_one({"_id": document["_id"]}, document).matched_count:
            return "created"  # what is there was sealed under a key that is gone
        if found is None:
            raise Problem("server.busy")  # rolled back after a change of primary; the phone sends again
        if found["state"] == "erased":  # what it said is gone, and the phone need not keep it either
            settling.forget_files(db, document)
            return "same"
        if found["sha256"] != document["sha256"]:
            _keep_aside(db, document)
            raise Problem("submission.conflict")
        if not arrived:
            # A majority write waits also where it fails: what it found here is on disk by now.
            return "same"
        listed, replaced = merge_attachments([Attachment(**one) for one in found["attachments"]], arrived)
        attachments = [asdict(one) for one in listed]
        # Also when this changes nothing: what is there may have been written a moment ago by a request that
        # was not answered yet, and a majority write that changes nothing waits until that, too, is on disk.
        change: Document = {"$set": {"attachments": attachments}}
        if attachments != found["attachments"]:
            change["$inc"] = {"file_changes": 1}
            # Also while a worker has it, which then marks nothing: nobody waits until its claim runs out.
            if found["state"] in ("processed", "received"):
                change["$set"] |= {"state": "received", "next_try_at": document["next_try_at"]}
        if replaced:
            change["$set"]["replaced"] = [*found["replaced"], *(asdict(one) for one in replaced)]
        # Only on top of the list that was read: two parts of one record may arrive at once.
        same_list = {"_id": document["_id"], "file_changes": found["file_changes"]}
        if db.submissions.update_one(same_list, change).matched_count:
            return "same"


def _is_overtaken(db: Db, submission: Submission) -> bool:
    """Whether this is an edit of a record that another edit has replaced already, or of another form's."""
    ancestor = db.submissions.find_one({"_id": submission.deprecated_id}, {"form_id": 1})
    if ancestor and ancestor["form_id"] != submission.form_id:
        return True
    edits = db.submissions.find({"deprecated_id": submission.deprecated_id}, {"_id": 1})
    others = [found["_id"] for found in edits]
    return bool(others) and submission.instance_id not in others


def _keep_aside(db: Db, document: Document) -> None:
    """Keep other content under a taken instance ID, so that a coordinator can compare the two."""
    aside = {"instance_id": document["_id"], **{key: document[key] for key in KEPT_ASIDE}}
    db.conflicting.update_one(
        {"_id": f"{document['_id']}:{document['sha256']}"}, {"$setOnInsert": aside}, upsert=True
    )


KEPT_ASIDE = (
    "form_id",
    "form_version",
    "xml",
    "sha256",
    "received_at",
    "worker_id",
    "device_id",
    "install_id",
    "user_agent",
    "attachments",
    "deprecated_id",
    "demo",
)
