"""Processes that share out long work over the whole database: Python uses one processor each."""

import gc
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from typing import Any, TypeVar

import click

from server.commands import database, quiet_libraries
from server.config import Config
from sync.core.protocol import Rules
from sync.rebuild import Share
from sync.store.connect import Db
from sync.store.stretches import Stretch

R = TypeVar("R")
Work = Callable[[Db, Rules, datetime, Stretch], R]

WORTH_SHARING = 3000
"""With fewer submissions and files one process is done before others have started."""

_until_the_end = ExitStack()
_given: tuple[Db, Rules, datetime]


processes_option = click.option(
    "--processes", type=click.IntRange(1, 64), help="How many share the work.  [one for each processor]"
)


@contextmanager
def sharing(
    processes: int | None, size: int, config: Config, rules: Rules, now: datetime
) -> Iterator[Share | None]:
    """As many processes as wanted, or as the machine has processors; None where one is enough."""
    count = processes or (1 if size < WORTH_SHARING else len(os.sched_getaffinity(0)))
    if count == 1:
        yield None
        return
    with hands(count, config, rules, now) as share:
        yield share


@contextmanager
def hands(count: int, config: Config, rules: Rules, now: datetime) -> Iterator[Share]:
    """So many processes, each with a connection of its own, for the time of the `with` block."""
    # Not forked: the driver's threads and locks would come along half-way through something.
    with get_context("spawn").Pool(count, _begin, (config, rules, now)) as pool:

        def share(work: Work[R], over: Sequence[Stretch]) -> Iterable[R]:
            return pool.imap(partial(_do, work), over)

        yield share


def _begin(config: Config, rules: Rules, now: datetime) -> None:
    global _given  # noqa: PLW0603 - one process, one connection
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that shares out
    seldom_collect()
    quiet_libraries()
    _given = (_until_the_end.enter_context(database(config, indexes=False)), rules, now)


def seldom_collect() -> None:
    """Look seldom for garbage that refers to itself, in a process that makes and drops many documents.

    Python would look after every 700 new objects; that was a fifth of the processor time of a recompute.
    """
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


def _do(work: Work[Any], stretch: Stretch) -> Any:
    return work(*_given, stretch)
