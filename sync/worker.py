"""The worker: takes up what was kept, again and again. Any number may run, in any number of processes.

A submission that fails is tried again later and set aside after five tries, with its reason; the others
do not wait for it.
"""

import os
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from sync import pipeline, rebuild
from sync.core.protocol import Rules
from sync.core.times import local_date
from sync.folding import refold
from sync.store import assessments, drafts, returnees, settling, submissions
from sync.store.connect import Db, Document
from sync.store.rules import current_rules
from sync.store.stretches import Stretch

log = structlog.get_logger(__name__)

AT_ONCE = 20
"""Submissions claimed together; few enough to be done long before the claim runs out."""
LOOK_EVERY_SECONDS = 0.5
"""How often a worker looks by itself when nobody wakes it."""
WAIT_AFTER_TROUBLE_SECONDS = 2.0


@dataclass
class Outcome:
    """What one round came to."""

    taken: int = 0
    done: int = 0
    refolded: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    """(instance ID, what kind of failure)."""


def worker_name() -> str:
    """A name for this worker that no other has: machine, process, thread."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"


def run(
    db: Db, stop: threading.Event, wake: threading.Event, give_way: Callable[[], None] = lambda: None
) -> None:
    """Work until `stop` is set; `wake` says that something has just come in.

    `give_way` is called before each round and may wait a moment: in a server's own process phones go first.
    """
    name = worker_name()
    while not stop.is_set():
        wake.clear()
        give_way()
        try:
            outcome = run_once(db, name)
        except Exception as error:  # the database may be away for a while; the worker must outlive that
            log.warning("worker.trouble", kind=type(error).__name__)
            stop.wait(WAIT_AFTER_TROUBLE_SECONDS)
            continue
        if not outcome.taken and not outcome.refolded and not _try_drafts(db, name):
            wake.wait(LOOK_EVERY_SECONDS)


def _try_drafts(db: Db, name: str) -> bool:
    """When nothing real waits: what test phones sent, under the rules of their draft. Was there any?"""
    outcomes = [run_once(drafts.space_of(db, draft), name) for draft in drafts.every(db)]
    return any(outcome.taken or outcome.refolded for outcome in outcomes)


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def run_once(db: Db, name: str, clock: Callable[[], datetime] = utc_now) -> Outcome:
    """Take up what waits now, at most AT_ONCE; when nothing waits, people whose file is behind.

    `clock` tells the time; a test sets its own.
    """
    outcome = Outcome()
    rules = current_rules(db)
    if rules is None:
        return outcome  # nothing is published; submissions wait, nothing is lost
    waiting = submissions.claim_some(db, now=clock(), worker_name=name, limit=AT_ONCE)
    try:
        pipeline.process(db, waiting, rules, at=clock())
    except Exception:  # one of them; the others must not wait for it
        _one_by_one(db, waiting, rules, outcome, clock)
    else:
        outcome.done = len(waiting)
    outcome.taken = len(waiting)
    if len(waiting) < AT_ONCE:  # where more waits, that comes first
        settling.settle(db, 2 * AT_ONCE)
    if not waiting:
        settling.sweep_hourly(db, at=clock())
        outcome.refolded = _catch_up(db, rules, clock())
    return outcome


def _one_by_one(
    db: Db, waiting: list[Document], rules: Rules, outcome: Outcome, clock: Callable[[], datetime]
) -> None:
    """Each by itself, so that what fails is known and the rest is done."""
    for submission in waiting:
        instance_id = submission["_id"]
        try:
            pipeline.process(db, [submission], rules, at=clock())
        except Exception as error:
            # Only the kind: the text of an unknown error may quote an answer.
            kind = type(error).__name__
            state = submissions.mark_failed(db, instance_id, at=clock(), error=kind)
            outcome.failed.append((instance_id, kind))
            log.warning("submission.failed", instance_id=instance_id, kind=kind, state=state)
        else:
            outcome.done += 1


def _catch_up(db: Db, rules: Rules, now: datetime) -> int:
    """Fold some people anew whose file rests on former rules, whom time has overtaken, or who have none yet.

    Stops and goes on at any point.
    """
    today = local_date(now)
    # From anywhere: of several workers, each finds others.
    anywhere = Stretch(low=secrets.token_hex(1))
    behind = (
        returnees.stale(db, rules.version, AT_ONCE, anywhere)
        or returnees.stale(db, rules.version, AT_ONCE)
        or returnees.due_by_time(db, today, AT_ONCE)
    )
    folded = refold(db, behind, rules, today=today)
    assessments.keep(db, filter(None, folded.files.values()), made_at=now)
    return len(behind) or rebuild.register_waiting(db, rules, now, AT_ONCE)
