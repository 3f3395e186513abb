"""`pteah form diff` and `dry-run`: what a change would do, before it is published."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from server.commands import with_database
from server.commands.form_options import (
    WORKBOOK,
    book_of,
    json_option,
    media_of,
    media_option,
    renames_option,
)
from server.config import Config
from server.dry_run import in_processes
from server.progress import progress
from sync import dry_run
from sync.core.problem import Problem
from sync.core.times import local_date
from sync.dry_run import Trying
from sync.store import forms, protocols, records
from sync.store.connect import Db
from sync.store.rules import current_rules
from xlsforms.convert import look
from xlsforms.findings import has_errors
from xlsforms.impact import impact_of
from xlsforms.publish import ready_of
from xlsforms.trials import rules_with


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
        raise Problem("form.unpublished", form_id=book.form_id)
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


@click.command("dry-run")
@click.argument("file", type=WORKBOOK)
@media_option
@renames_option
@json_option
@with_database
def dry_run_(
    config: Config,
    db: Db,
    *,
    file: Path,
    media_paths: tuple[Path, ...],
    renames: Mapping[str, str],
    as_json: bool,
) -> None:
    """Try FILE on today's caseload: who would change level, whose visit would move. Nothing is written.

    Exit code 0: nobody's level changes; 2: somebody's does; 1: the workbook has faults.

    \b
    Example: pteah form dry-run followup.xlsx --json
    """
    today = local_date(datetime.now(UTC))
    content = file.read_bytes()
    looked = look(content, file.name, protocol=protocols.current(db))
    ready = ready_of(db, looked, on=today, media=media_of(media_paths), renames=renames)
    if has_errors(ready.findings):
        for found in ready.findings:
            click.echo(f"{found.severity}: {found}", err=True)
        raise SystemExit(1)
    before = current_rules(db)
    if before is None:
        raise Problem("protocol.missing")
    after = (
        rules_with(db, ready.protocol)
        if ready.protocol
        else rules_with(db, before.protocol, *([ready.form.rules] if ready.form else []))
    )
    named = {ready.form.form_id: renames} if ready.form else {}
    trying = Trying(before=before, after=after, today=today, renames=named)
    everyone = dry_run.people(db)
    with progress("Trying it on everybody", len(everyone)) as tell:
        seen = in_processes(config, db, trying, everyone, tell)
    summary = dry_run.summary_of(seen)
    changed = [one for one in seen if one.changes]
    if as_json:
        people = [{**asdict(one), "changes_level": one.changes_level} for one in changed]
        click.echo(json.dumps({**summary, "changed": people}, ensure_ascii=False))
    else:
        _show(summary)
    raise SystemExit(2 if summary["raised"] or summary["lowered"] else 0)


def _show(summary: Mapping[str, Any]) -> None:
    click.echo(
        f"{summary['people']} people: {summary['raised']} to a higher level, {summary['lowered']} lower"
    )
    for move, count in summary["levels"].items():
        click.echo(f"  {move.replace('>', ' to ')}: {count}")
    if summary["reasons"]:
        reasons = ", ".join(f"{code} ({count})" for code, count in summary["reasons"].items())
        click.echo(f"  by the reasons {reasons}")
    click.echo(f"{summary['visits_moved']} people have their next visit on another day")
    click.echo(f"visits in the next four weeks: {summary['visits_before']}, then {summary['visits_after']}")
    for worker, counts in summary["workers"].items():
        click.echo(f"  {worker or '(nobody)'}: {counts['before']}, then {counts['after']}")
    click.echo("Nothing was written.")
