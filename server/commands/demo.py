"""`pteah demo`: invented people, to look around with; and their removal."""

import json
from datetime import UTC, datetime

import click

from server.commands import with_database
from server.config import Config
from server.demo import Added, add_people
from server.progress import progress
from sync.store import demo
from sync.store.connect import Db


@click.command()
@click.option(
    "--returnees", type=click.IntRange(1, 1_000_000), default=50, show_default=True, help="How many people."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same people.")
@click.option("--remove", is_flag=True, help="Take all invented people away again, and their phones.")
@click.option("--yes", is_flag=True, help="Do not ask before removing.")
@click.option("--json", "as_json", is_flag=True, help="The result for a program.")
@with_database
def command(
    _config: Config, db: Db, *, returnees: int, seed: int, remove: bool, yes: bool, as_json: bool
) -> None:
    """Invent people and their histories up to today, or take them away again.

    Their forms are filled in with the published questions and go the way of real ones. Everything about
    them is marked as demo. Asked again with the same seed, nobody is added twice.

    \b
    Examples:
        pteah demo --returnees 200 --seed 7
        pteah demo --remove
    """
    if remove:
        _remove(db, yes=yes, as_json=as_json)
        return
    added = _add(db, returnees, seed)
    if as_json:
        found = {"returnees": added.returnees, "new": added.new, "submissions": added.submissions}
        click.echo(json.dumps(found))
    else:
        click.echo(
            f"{added.new} invented people added with {added.submissions} forms; {added.returnees} in all."
        )
        click.echo("To take them away again: pteah demo --remove")


def _add(db: Db, returnees: int, seed: int) -> Added:
    with progress("inventing people", returnees) as tell:
        return add_people(db, returnees=returnees, seed=seed, now=datetime.now(UTC), tell=tell)


def _remove(db: Db, *, yes: bool, as_json: bool) -> None:
    found = demo.count(db)
    if not yes:
        click.confirm(
            f"Take away {found['returnees']} invented people, {found['submissions']} records about them "
            f"and {found['devices']} demo phones for ever?",
            abort=True,
            err=True,
        )
    removed = demo.remove(db)
    if as_json:
        click.echo(json.dumps(removed))
    else:
        click.echo(
            f"{removed['returnees']} invented people, {removed['submissions']} records and "
            f"{removed['devices']} demo phones removed."
        )
