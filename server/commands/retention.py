"""`pteah retention`: whose data has been kept as long as the rules say."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import click

from server.commands import with_database
from server.commands.erase import administrator
from server.config import Config
from sync import erasing
from sync.core.problem import Problem
from sync.core.protocol import Protocol
from sync.core.retention import kept_until
from sync.core.times import local_date
from sync.store import decisions, erasures, protocols, returnees
from sync.store.connect import Db

WORDS = {
    "closed": "closed long enough",
    "child": "closed long enough, and grown up",
    "no_indication": "a first talk without any sign",
}


@click.command(epilog="Example: pteah retention --dry-run; then: pteah retention --by dara")
@click.option("--dry-run", is_flag=True, help="Only show who is due.")
@click.option("--by", default="", help="The administrator's account who asks for them to be erased.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day; default: today in Cambodia.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def command(_config: Config, db: Db, dry_run: bool, by: str, day: datetime | None, as_json: bool) -> None:
    """Show whose data is due to be erased by the protocol's rules, and ask for it.

    The rules are settings of the protocol: retention_years, retention_child_until_age,
    retention_no_indication_months. Whoever is under a legal hold is not due. Nobody is erased by this alone:
    another administrator confirms each, as with pteah erase.
    """
    protocol = protocols.current(db)
    if protocol is None:
        raise Problem("protocol.missing")
    if not dry_run:
        by = administrator(db, by)
    today = day.date() if day else local_date(datetime.now(UTC))
    count = 0
    for file, until, rule in due(db, protocol, today):
        count += 1
        if as_json:
            click.echo(
                json.dumps({"case_code": file["case_code"], "due_on": until.isoformat(), "rule": rule})
            )
        else:
            click.echo(f"{file['case_code']}  since {until.isoformat()}  {WORDS[rule]}")
        if not dry_run:
            why = f"Retention: {WORDS[rule]}, due since {until.isoformat()}"
            erasing.ask(db, file, at=datetime.now(UTC), by=by, why=why)
    if not as_json:
        click.echo(f"{count} due" if dry_run else f"{count} asked for; another administrator confirms each")


def due(db: Db, protocol: Protocol, today: date) -> Iterator[tuple[dict[str, Any], date, str]]:
    """Whose data is due, since when, by which rule; not those under a hold, nor those asked for already."""
    for file in returnees.every(db):
        decided = decisions.about(db, [file["_id"]])[file["_id"]]
        found = kept_until(file, decided, protocol)
        if found is None or found[0] >= today:
            continue
        if erasures.hold_of(db, file["_id"]) is None and erasures.open_of(db, file["_id"]) is None:
            yield file, *found
