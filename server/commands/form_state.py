"""`pteah form withdraw` and `reopen`: forms that phones are to have no longer, or again."""

import json

import click

from server.commands import noted, with_database
from server.commands.form_options import json_option
from server.config import Config
from sync.store import forms
from sync.store.connect import Db


@click.command()
@click.argument("form_id")
@click.option("--close", is_flag=True, help="Take no more records of it either.")
@json_option
@with_database
def withdraw(_config: Config, db: Db, form_id: str, close: bool, as_json: bool) -> None:
    """Take a form off phones. What was filled in before is still taken, unless --close says otherwise.

    Phones lose the form at their next refresh; drafts and records that wait to be sent stay on them.

    \b
    Example: pteah form withdraw followup_2024
    """
    before = _set(db, form_id, "closed" if close else "closing", as_json)
    now = "closed: no more records are taken" if close else "withdrawn: records on phones are still taken"
    if not as_json:
        click.echo(f"{form_id} was {before} and is {now}. To undo it: pteah form reopen {form_id}")


def _set(db: Db, form_id: str, state: forms.State, as_json: bool) -> forms.State:
    before = forms.set_state(db, form_id, state)
    noted(db, "configuration", state, form=form_id, before=before)
    if as_json:
        click.echo(json.dumps({"form_id": form_id, "before": before, "state": state}))
    return before


@click.command()
@click.argument("form_id")
@json_option
@with_database
def reopen(_config: Config, db: Db, form_id: str, as_json: bool) -> None:
    """Give a withdrawn form to phones again.

    \b
    Example: pteah form reopen followup_2024
    """
    before = _set(db, form_id, "open", as_json)
    if not as_json:
        click.echo(f"{form_id} was {before} and is open: phones get it at their next refresh.")
