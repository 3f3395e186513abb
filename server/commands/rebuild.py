"""`pteah rebuild`: fold every record again, to prove or to mend what is shown."""

import json
from datetime import UTC, datetime

import click

from server.commands import with_database
from server.config import Config
from server.progress import progress
from sync import rebuild
from sync.core.problem import Problem
from sync.core.times import local_date
from sync.store.connect import Db
from sync.store.rules import current_rules


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; say whether everything is as the records say.")
@click.option("--json", "as_json", is_flag=True, help="The result for a program.")
@with_database
def command(_config: Config, db: Db, check: bool, as_json: bool) -> None:
    """Derive every file again from what phones sent.

    Nothing that was sent is changed. May be broken off and started again, also while phones send.
    With --check: exit code 1 and the first differences when a file is not what the records give.

    \b
    Example: pteah rebuild --check
    """
    rules = current_rules(db)
    if rules is None:
        raise Problem("protocol.missing")
    today = local_date(datetime.now(UTC))
    total = db.submissions.count_documents({"state": "processed"})
    with progress("folding", total) as tell:
        if not check:
            count = rebuild.rebuild(db, rules, today, tell)
            click.echo(json.dumps({"submissions": count}) if as_json else f"{count} submissions folded again")
            return
        checked = rebuild.check(db, rules, today, tell)
    if as_json:
        differences = [vars_of(item) for item in checked.differences]
        click.echo(
            json.dumps(
                {
                    "submissions": checked.submissions,
                    "returnees": checked.returnees,
                    "differences": differences,
                }
            )
        )
    else:
        _say(checked)
    raise SystemExit(1 if checked.differences else 0)


def vars_of(item: rebuild.Difference) -> dict[str, str]:
    """A difference as JSON says it."""
    return {"collection": item.collection, "key": item.key, "where": item.where}


def _say(checked: rebuild.Checked) -> None:
    click.echo(f"{checked.submissions} submissions and {checked.returnees} returnees folded again")
    if not checked.differences:
        click.echo("identical")
        return
    click.echo(f"{len(checked.differences)} differences; to mend them: pteah rebuild", err=True)
    for difference in checked.differences[:20]:
        click.echo(str(difference), err=True)
