"""What becomes of kept submissions, in order: their records, then the files of everyone they are about.

Each step is a write under an id that follows from what it is (instance ID, entity ID), so that a crash
anywhere only means: do it again. Nothing here can make a phone fail; that was answered long before.
Several are worked through together, because MongoDB answers one large question sooner than many small ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sync.core.decision import Decision
from sync.core.entity_steps import ANOTHER, CHOICE, anothers_id
from sync.core.problem import Problem
from sync.core.protocol import Rules
from sync.core.record import Record
from sync.core.running_number import running_number
from sync.core.submission import root_of
from sync.core.times import local_date
from sync.deriving import Submission, derive_all
from sync.folding import PersonsFile, doubts_of, refold
from sync.reading import read
from sync.store import assessments, decisions, destroyed, erasures, ledger, records, submissions
from sync.store.connect import Db
from sync.store.ledger import Arrived
from sync.store.submissions import Processed, content_of


def process(db: Db, batch: Sequence[Submission], rules: Rules, *, at: datetime) -> None:
    """Work these kept submissions through and mark them processed. May be done again at any time.

    Raises whatever one of them raises, with none of them marked; try them one by one then.
    """
    reads = [read(db, submission) for submission in batch]
    batch = [one.submission for one in reads]
    ledger.note(db, arrived(batch), at=at)  # also of one that fails below: it has arrived
    derived = dict(
        zip((submission["_id"] for submission in batch), derive_all(db, batch, rules), strict=True)
    )
    batch = _without_erased(db, batch, derived)
    kept = {submission["_id"] for submission in batch}
    touched = records.put_all(db, [derived[submission["_id"]][1] for submission in batch])
    everyone = {entity_id for ids in touched.values() for entity_id in ids}
    folded = refold(db, everyone, rules, today=local_date(at))
    assessments.keep(db, filter(None, folded.files.values()), made_at=at)
    done = []
    for one in reads:
        name = one.submission["_id"]
        if name not in kept:
            continue
        asked = folded.asked.get(name)
        problem = one.problem or (Problem(asked["code"]) if asked else doubts_of(derived[name][0]))
        seen = one.submission.get("file_changes", 0)
        done.append(Processed(name, touched[name], problem, one.missing, seen))
    submissions.mark_processed(db, done, at=at)


def arrived(batch: Iterable[Submission]) -> list[Arrived]:
    """The running numbers of these submissions; none of a draft, a closed envelope, another's form."""
    found = []
    for submission in batch:
        if submission["draft"] or (submission["encrypted"] and not submission.get("opened")):
            continue
        with suppress(Problem):  # what cannot be read is said where it is worked through
            number = running_number(root_of(content_of(submission)))
            if number is not None:
                found.append(
                    Arrived(
                        device_id=submission["device_id"],
                        install_id=submission.get("install_id", ""),
                        form_id=submission["form_id"],
                        number=number,
                    )
                )
    return found


def _without_erased(
    db: Db, batch: Sequence[Submission], derived: Mapping[str, tuple[Record, dict[str, Any]]]
) -> list[Submission]:
    """Those that name nobody who was erased; what the others held is destroyed as it was for her."""
    named = {name: set(document["entity_ids"]) for name, (_, document) in derived.items()}
    gone = destroyed.is_destroyed(db, {one for ids in named.values() for one in ids})
    if not gone:
        return list(batch)
    erasures.empty(db, [name for name, ids in named.items() if ids & gone])
    return [submission for submission in batch if not named[submission["_id"]] & gone]


def decide(db: Db, decision: Decision, rules: Rules) -> PersonsFile | None:
    """Keep what somebody decided and bring that person's file up to it at once."""
    decisions.keep(db, decision)
    everyone = {decision.entity_id}
    if instance_ids := _put_right_by(db, decision):
        fresh = derive_all(db, submissions.find_all(db, instance_ids), rules)
        everyone.update(*records.put_all(db, [document for _, document in fresh]).values())
    files = refold(db, everyone, rules, today=local_date(decision.at)).files
    assessments.keep(db, filter(None, files.values()), made_at=decision.at)
    if decision.details.get(CHOICE) == ANOTHER:  # she is new here: the rest is done as for any registration
        submissions.replay(db, decision.about, at=decision.at)
        return files.get(anothers_id(decision.about, decision.entity_id))
    return files[decision.entity_id]


def _put_right_by(db: Db, decision: Decision) -> list[str]:
    """The records that this decision corrects, lets a correction count or end in, or gives another person."""
    meant = decisions.find(db, decision.about) if decision.kind in ("sign", "take_back") else decision
    is_another = decision.details.get(CHOICE) == ANOTHER
    return [meant.about] if meant and (meant.kind == "correct" or is_another) else []
