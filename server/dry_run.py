"""A dry run in several processes: as many as there are cores, each with people of its own."""

import gc
import multiprocessing
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress

from server.commands import database
from server.config import Config
from sync.core.forecast import Ahead
from sync.dry_run import Trying, try_on
from sync.store.connect import Db

EACH = 250
"""People handed out at a time."""
MOST = 5
"""Processes: what the other work of a large machine leaves."""
FEWEST = 1000
"""Below this a second process costs more than it brings."""


def in_processes(
    config: Config,
    db: Db,
    trying: Trying,
    people: Sequence[str],
    tell: Callable[[int], None] = lambda _: None,
) -> list[Ahead]:
    """`dry_run.try_on` with these people, shared out. `tell` hears how many are done."""
    count = os.cpu_count() or 1
    if count == 1 or len(people) < FEWEST:
        return try_on(db, trying, people, tell)
    shares = [people[at : at + EACH] for at in range(0, len(people), EACH)]
    found: list[Ahead] = []
    done = 0
    # Not forked from this process, which has threads and connections, but from one that only has the code:
    # it is read once. One more than cores: each waits for MongoDB.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with context.Pool(min(count + 1, MOST), _begin, (config, trying)) as pool:
        for some in pool.imap_unordered(_share, shares):
            found += some
            done = min(done + EACH, len(people))
            tell(done)
    return sorted(found, key=lambda one: one.entity_id)


_open = ExitStack()
_mine: tuple[Db, Trying] | None = None


def _begin(config: Config, trying: Trying) -> None:
    global _mine  # noqa: PLW0603 - a process of a pool has nowhere else to keep it
    with suppress(OSError):
        os.nice(5)  # phones go first
    gc.disable()  # it lives for seconds, and what it makes refers to nothing in a circle
    _mine = _open.enter_context(database(config, indexes=False)), trying


def _share(people: Sequence[str]) -> list[Ahead]:
    if _mine is None:
        raise RuntimeError("the process was not begun")
    return try_on(*_mine, people)
