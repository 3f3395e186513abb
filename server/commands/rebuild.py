"""`pteah rebuild`: fold every record again, to prove or to mend what is shown."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from server.commands import with_database
from server.config import Config
from server.hands import processes_option, sharing
from server.progress import progress
from sync import rebuild
from sync.core.problem import Problem
from sync.store import rebuilds
from sync.store.connect import Db
from sync.store.rules import current_rules


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; say whether everything is as the records say.")
@click.option("--json", "as_json", is_flag=True, help="The result for a program.")
@click.option("--anew", is_flag=True, help="Begin from the start, also where an earlier one was broken off.")
@processes_option
@with_database
def command(config: Config, db: Db, *, check: bool, as_json: bool, anew: bool, processes: int | None) -> None:
    """Derive every file again from what phones sent.

    Nothing that was sent is changed. May be broken off: started again the same day, it goes on where it
    stopped. Phones may send meanwhile.
    With --check: exit code 1 and the first differences when a file is not what the records give.

    \b
    Example: pteah rebuild --check
    """
    rules = current_rules(db)
    if rules is None:
        raise Problem("protocol.missing")
    if anew:
        rebuilds.end(db)
    now, size = datetime.now(UTC), rebuild.size(db)
    with sharing(processes, size, config, rules, now) as share, progress("folding", size) as tell:
        if check:
            folded = rebuild.check(db, rules, now, tell, share)
        else:
            folded = rebuild.rebuild(db, rules, now, tell, share)
    if as_json:
        click.echo(json.dumps(asdict(folded)))
    else:
        _say(folded, check=check)
    raise SystemExit(1 if folded.differences else 0)


def _say(folded: rebuild.Folded, *, check: bool) -> None:
    click.echo(f"{folded.submissions} submissions and {folded.returnees} returnees folded again")
    if check and not folded.differences:
        click.echo("identical")
    if folded.differences:
        click.echo(f"{len(folded.differences)} differences; to mend them: pteah rebuild", err=True)
    for difference in folded.differences[:20]:
        click.echo(str(difference), err=True)
