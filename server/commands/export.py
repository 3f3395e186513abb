"""`pteah export`: data that leaves."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from server import person_copy
from server.commands import noted, with_database
from server.config import Config
from sync.core.problem import Problem
from sync.store import returnees
from sync.store.connect import Db


@click.group(name="export")
def command() -> None:
    """Data that leaves Pteah. Each export is written into the audit.

    \b
    Example: pteah export person KH-12-2026-00017 copy.zip
    """


@command.command()
@click.argument("case")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--lang", type=click.Choice(["en", "km"]), default="km", show_default=True)
@with_database
def person(_config: Config, db: Db, case: str, file: Path, lang: str) -> None:
    """Write everything about the person with this CASE code into FILE, a zip to hand to that person.

    \b
    Example: pteah export person KH-12-2026-00017 copy.zip
    """
    found = returnees.find(db, case)
    if found is None:
        raise Problem("returnee.unknown")
    noted(db, "export", "a copy for the person", about=[found["_id"]])
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        count = person_copy.write(db, found, out, at=datetime.now(UTC), language=lang)
    click.echo(f"{file}: person.html, person.json and {count} files. Give it to nobody else.")
