"""`pteah form diff`, and what else looks at a change before it is published."""

import json
from collections.abc import Mapping
from pathlib import Path

import click

from server.commands import with_database
from server.commands.form_options import WORKBOOK, book_of, json_option, renames_option
from server.config import Config
from server.progress import progress
from sync.core.problem import Problem
from sync.store import forms, records
from sync.store.connect import Db
from xlsforms.impact import impact_of


@click.command()
@click.argument("file", type=WORKBOOK)
@renames_option
@json_option
@with_database
def diff(_config: Config, db: Db, file: Path, renames: Mapping[str, str], as_json: bool) -> None:
    """Say in words what FILE changes against the published version, and how many stored answers it is about.

    Exit code 2 when stored answers would lose their meaning: publishing then wants --confirm.

    \b
    Example: pteah form diff intake.xlsx --rename debt=debts
    """
    book = book_of(file)
    if not book.is_protocol and forms.current_version(db, book.form_id) is None:
        raise Problem("form.unknown")
    with progress("Looking through records", records.how_many(db, book.form_id)) as tell:
        impact = impact_of(db, book, renames, tell)
    if as_json:
        click.echo(json.dumps(impact.document(), ensure_ascii=False))
    else:
        for change in impact.changes:
            click.echo(f"! {change}" if change.breaks else str(change))
        for now, was in impact.proposed.items():
            click.echo(f"If {now} is {was} under another name, say so: --rename {now}={was}", err=True)
        click.echo(f"{len(impact.changes)} differences from version {impact.before}")
        if impact.word:
            click.echo(
                f"Stored answers would lose their meaning; to publish: --confirm {impact.word}", err=True
            )
    raise SystemExit(2 if impact.breaks else 0)
