"""People into other hands: some of them, or everybody when a worker leaves. Nobody is left without a visitor
unless somebody says that they shall wait."""

import uuid
from datetime import datetime
from typing import Any

from sync.core.decision import Decision
from sync.core.problem import Problem
from sync.core.protocol import Rules
from sync.core.scope import EVERYBODY
from sync.core.times import cut_to_ms, local_date
from sync.deciding import decide_once
from sync.folding import PersonsFile
from sync.store import caseload, returnees, workers
from sync.store.connect import Db
from sync.store.rules import current_rules

ALL = 0
"""MongoDB's word for no limit."""


def hand_over(
    db: Db, file: PersonsFile, to: str, *, handover_id: str, by: str, at: datetime, rules: Rules, reason: str
) -> None:
    """Give the person of this file to another worker; the same handover again changes nothing.

    Raises Problem worker.unknown, worker.left, and whatever `decide_once` raises.
    """
    at = cut_to_ms(at)
    decision = Decision(
        decision_id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{handover_id}:{file['_id']}")),
        entity_id=file["_id"],
        kind="assign",
        at=at,
        on=local_date(at),
        by=by,
        reason=reason,
        about=to,
    )
    decide_once(db, decision, file, rules)


def leave(
    db: Db, worker_id: str, *, to: str = "", wait: bool = False, by: str, at: datetime, reason: str = ""
) -> int:
    """A worker works here no longer; how many people went `to` another, one decision each.

    With neither `to` nor `wait` (somebody hands them over later) a worker with people stays. Their people go
    first: after a crash the same again does the rest. Raises Problem worker.unknown, worker.left,
    worker.has_people, worker.takes_own, protocol.missing.
    """
    worker = workers.named(db, worker_id)
    if to == worker_id:
        raise Problem("worker.takes_own")
    if to and not workers.named(db, to).is_active:
        raise Problem("worker.left", worker_id=to)
    handed = _everybody(db, worker_id, to, by=by, at=at, reason=reason) if to else 0
    if not wait and (count := caseload.open_cases(db, [worker_id]).get(worker_id, 0)):
        raise Problem("worker.has_people", worker_id=worker_id, count=count)
    if worker.is_active:
        workers.leave(db, worker_id, at=at)
    return handed


def _everybody(db: Db, worker_id: str, to: str, **about: Any) -> int:
    rules, handed = current_rules(db), 0
    handover_id = str(uuid.uuid4())
    for one in caseload.of_worker(db, worker_id, EVERYBODY, limit=ALL):
        if rules is None:
            raise Problem("protocol.missing")
        file = returnees.find(db, one["_id"])
        if file is not None and file["worker_id"] == worker_id:  # else somebody was quicker
            hand_over(db, file, to, handover_id=handover_id, rules=rules, **about)
            handed += 1
    return handed
