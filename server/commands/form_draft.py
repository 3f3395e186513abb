"""`pteah form draft`: try a form on phones before anybody depends on it."""

from datetime import UTC, datetime
from pathlib import Path

import click

from server.commands import noted, with_database
from server.commands.device import address_of, drawn
from server.config import Config
from server.phones.settings_qr import settings_for
from sync.core.problem import Problem
from sync.store import drafts
from sync.store.connect import Db
from xlsforms.draft import Sheets, publish_draft
from xlsforms.findings import WorkbookRefused


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--media",
    "media_paths",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file the form needs. May be given again.",
)
@click.option("--by", "made_by", default="operator", show_default=True, help="Who tries it.")
@click.option("--url", default="", help="Address phones use; also PTEAH_PUBLIC_URL.")
@with_database
def draft(
    config: Config,
    db: Db,
    *,
    files: tuple[Path, ...],
    media_paths: tuple[Path, ...],
    made_by: str,
    url: str,
) -> None:
    """Give a form, or a protocol and forms, to test phones only, and show the code they are to scan.

    With a protocol test phones get every form that is in use, those named here in place of published ones.

    What they send is kept apart from everything real, and thrown away with the next draft or when the form
    is published. The code stays the same as long as the form is tried out.

    \b
    Example: pteah form draft followup.xlsx protocol.xlsx
    """
    media = {path.name: path.read_bytes() for path in media_paths}
    tried = [Sheets(workbook=file.read_bytes(), filename=file.name, media=media) for file in files]
    try:
        made, findings = publish_draft(db, tried, datetime.now(UTC), made_by)
    except WorkbookRefused as refusal:
        for finding in refusal.findings:
            click.echo(f"{finding.severity}: {finding}", err=True)
        click.echo("No draft was made; everything is as it was.", err=True)
        raise SystemExit(1) from None
    for finding in findings:
        click.echo(f"warning: {finding}", err=True)
    server_url = f"{(url or address_of(config)).rstrip('/')}/test/{made.token}"
    click.echo(f"{made.form_id} can be tried out. In ODK Collect: “Configure with QR code”, and scan this:\n")
    click.echo(drawn(settings_for(server_url, f"Trial {made.form_id}")))
    click.echo(f"or “Configure manually”, and type this server URL:\n  {server_url}")


@click.command(name="end-draft")
@click.argument("form_id")
@with_database
def end_draft(_config: Config, db: Db, form_id: str) -> None:
    """End the trial of a form; what test phones sent for it goes.

    \b
    Example: pteah form end-draft followup
    """
    if not drafts.discard(db, form_id):
        raise Problem("draft.unknown", form_id=form_id)
    noted(db, "configuration", "draft ended", form=form_id)
    click.echo(f"The trial of {form_id} has ended, and what was sent for it is gone.")
