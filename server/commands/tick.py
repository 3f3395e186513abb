"""`pteah tick`: what falls due by time alone."""

from datetime import UTC, datetime

import click

from server.commands import with_database
from server.config import Config
from server.hands import processes_option, sharing
from server.progress import progress
from sync import rebuild
from sync.core.problem import Problem
from sync.core.times import local_date
from sync.store import returnees
from sync.store.connect import Db
from sync.store.rules import current_rules


@click.command()
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day; default: today in Cambodia.")
@processes_option
@with_database
def command(config: Config, db: Db, *, day: datetime | None, processes: int | None) -> None:
    """Bring every file up to today and to the rules in force: visits missed, reasons and decisions that end.

    A running server does this by itself, little by little; this does it at once. May be broken off and
    started again.

    \b
    Example: pteah tick
    """
    rules = current_rules(db)
    if rules is None:
        raise Problem("protocol.missing")
    # Noon in Cambodia of the day that was named
    now = day.replace(hour=5, tzinfo=UTC) if day else datetime.now(UTC)
    count = returnees.count(db)
    with sharing(processes, count, config, rules, now) as share, progress("folding", count) as tell:
        moved = rebuild.tick(db, rules, now, tell, share)
    click.echo(f"{moved} returnees brought up to {local_date(now).isoformat()}")
