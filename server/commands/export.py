"""`pteah export`: data that leaves."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from server import export_file, person_copy
from server.commands import COMMAND_LINE, noted, with_database
from server.config import Config
from server.progress import progress
from sync import exporting
from sync.core.consent import PURPOSES
from sync.core.problem import Problem
from sync.core.scope import EVERYBODY, Sight
from sync.store import returnees
from sync.store.connect import Db


@click.group(name="export")
def command() -> None:
    """Data that leaves Pteah. Each export is written into the audit.

    \b
    Example: pteah export rows people people.xlsx
    """


@command.command()
@click.argument("what")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--for",
    "purpose",
    type=click.Choice(PURPOSES),
    default="statistics",
    show_default=True,
    help="What for: who did not agree to that is left out.",
)
@click.option(
    "--with-names", is_flag=True, help="As a coordinator sees it; default: nobody can be found again."
)
@with_database
def rows(_config: Config, db: Db, what: str, file: Path, purpose: str, with_names: bool) -> None:
    """Write one row for each person (WHAT: people), or for each record of the form with the ID WHAT.

    FILE ends in .csv or .xlsx. Nothing in it is taken for a formula. A question keeps the column it had
    first, whatever it is called by now.

    \b
    Example: pteah export rows followup visits.csv
    """
    kind = file.suffix.lower().removeprefix(".")
    if kind not in export_file.FORMATS:
        raise Problem("export.file_unknown")
    sight: Sight = "people" if with_names else "nobody"
    export = exporting.prepare(db, what, sight=sight, within=EVERYBODY, purpose=purpose)
    noted(
        db, "export", what, about=export.people, columns=list(export.columns), purpose=export.purpose,
        format=kind, left_out=export.left_out,
    )  # fmt: skip
    with (
        progress("exporting", len(export.people)) as tell,
        os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
    ):
        if kind == "xlsx":
            out.writelines(export_file.xlsx_pieces(export, by=COMMAND_LINE, at=datetime.now(UTC), tell=tell))
        else:
            out.writelines(piece.encode() for piece in export_file.csv_lines(export, tell))
    click.echo(
        f"{file}: {len(export.people):,} people; {export.left_out:,} left out, who did not agree to it."
    )


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
