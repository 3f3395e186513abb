"""Invented people, so that somebody can look around before there are real ones."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from server.demo.history import live
from server.demo.stage import set_stage
from sync.store.connect import Db

COMES_TO_NOTHING = 4
"""At most this many first talks for one returnee: a form that registers nobody must not go on for ever."""


@dataclass(frozen=True, kw_only=True)
class Added:
    """What adding people came to."""

    returnees: int
    """Those wanted, whether they are new or were there already."""
    new: int
    submissions: int


def add_people(
    db: Db,
    *,
    returnees: int,
    seed: int,
    now: datetime,
    stop: threading.Event | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> Added:
    """See to it that the first `returnees` people of this seed are there, with their histories until `now`.

    The same seed again adds nobody twice. `stop` ends it between two people; `tell` hears how many there
    are. Raises Problem protocol.missing or form.unknown when nothing is published.
    """
    stage = set_stage(db, now=now)
    found = new = submissions = 0
    for number in range(1, COMES_TO_NOTHING * returnees + 1):
        if found == returnees or (stop and stop.is_set()):
            break
        lived = live(stage, seed, number)
        submissions += lived.sent
        found += lived.is_returnee
        new += lived.is_returnee and lived.is_new
        tell(found)
    return Added(returnees=found, new=new, submissions=submissions)
