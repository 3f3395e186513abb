"""`pteah form withdraw` and `reopen`: forms that phones are to have no longer, or again."""

import click

from server.commands import with_database
from server.config import Config
from sync.store import forms
from sync.store.connect import Db


@click.command()
@click.argument("form_id")
@click.option("--close", is_flag=True, help="Take no more records of it either.")
@with_database
def withdraw(_config: Config, db: Db, form_id: str, close: bool) -> None:
    """Take a form off phones. What was filled in before is still taken, unless --close says otherwise.

    Phones lose the form at their next refresh; drafts and records that wait to be sent stay on them.

    \b
    Example: pteah form withdraw followup_2024
    """
    before = forms.set_state(db, form_id, "closed" if close else "closing")
    now = "closed: no more records are taken" if close else "withdrawn: records on phones are still taken"
    click.echo(f"{form_id} was {before} and is {now}. To undo it: pteah form reopen {form_id}")


@click.command()
@click.argument("form_id")
@with_database
def reopen(_config: Config, db: Db, form_id: str) -> None:
    """Give a withdrawn form to phones again.

    \b
    Example: pteah form reopen followup_2024
    """
    before = forms.set_state(db, form_id, "open")
    click.echo(f"{form_id} was {before} and is open: phones get it at their next refresh.")
