"""`pteah work`: turn what phones sent into people's files, as a process of its own."""

import signal
import threading
from typing import Any

import click

from server.commands import with_database
from server.config import Config
from server.messages import loop as messages
from sync import worker
from sync.store import submissions
from sync.store.connect import Db


@click.command()
@click.option("--once", is_flag=True, help="Work through what waits now, then stop.")
@with_database
def command(config: Config, db: Db, once: bool) -> None:
    """Work through the records that phones sent.

    `pteah serve` does this by itself. Start more of these on as many machines as you like; they share
    the work and never do it twice.

    \b
    Example: pteah work --once
    """
    if once:
        raise SystemExit(_once(db))
    stop, wake = threading.Event(), threading.Event()

    def leave(*_: Any) -> None:
        stop.set()
        wake.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    threading.Thread(target=messages.run, args=(config, db, stop), name="messages", daemon=True).start()
    click.echo(f"worker {worker.worker_name()} is at work; Ctrl+C stops it")
    worker.run(db, stop, wake)


def _once(db: Db) -> int:
    """Everything that waits, then the counts; 1 when something failed."""
    taken = done = 0
    failed: list[tuple[str, str]] = []
    name = worker.worker_name()
    while (outcome := worker.run_once(db, name)).taken or outcome.refolded:
        taken, done = taken + outcome.taken, done + outcome.done
        failed += outcome.failed
    click.echo(f"{taken} submissions taken up, {done} done, {len(failed)} failed")
    for instance_id, kind in failed:
        click.echo(f"{instance_id}  {kind}", err=True)
    waiting = submissions.counts(db)["received"]
    if waiting:
        click.echo(f"{waiting} wait for another try; see: pteah submission list")
    return 1 if failed else 0
