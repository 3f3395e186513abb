"""`pteah tick`: what falls due by time alone."""

from datetime import UTC, datetime

import click

from server.commands import with_database
from server.config import Config
from sync import rebuild
from sync.core.problem import Problem
from sync.core.times import local_date
from sync.store.connect import Db
from sync.store.rules import current_rules


@click.command()
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day; default: today in Cambodia.")
@with_database
def command(_config: Config, db: Db, day: datetime | None) -> None:
    """Bring every file up to today that time alone changes: visits missed, reasons and decisions that end.

    A running server does this by itself.

    \b
    Example: pteah tick
    """
    rules = current_rules(db)
    if rules is None:
        raise Problem("protocol.missing")
    # Noon in Cambodia of the day that was named
    now = day.replace(hour=5, tzinfo=UTC) if day else datetime.now(UTC)
    count = rebuild.tick(db, rules, now)
    click.echo(f"{count} returnees brought up to {local_date(now).isoformat()}")
