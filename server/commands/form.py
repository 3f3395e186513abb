"""`pteah form`: check, publish and compare workbooks, and try what their rules make of some answers."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from server.commands import (
    form_change,
    form_draft,
    form_files,
    form_state,
    form_versions,
    sentences,
    with_database,
)
from server.commands.form_options import (
    WORKBOOK,
    book_of,
    json_option,
    media_of,
    media_option,
    renames_option,
    rules_of,
)
from server.config import Config
from sync.core.times import PHNOM_PENH, local_date
from sync.store import forms
from sync.store.connect import Db
from xlsforms.annotate import annotate
from xlsforms.findings import Finding, WorkbookRefused, has_errors
from xlsforms.publish import Published, Said, check, publish
from xlsforms.trials import try_published, try_workbook


@click.group()
def command() -> None:
    """Forms and the protocol: check a workbook, publish it, see what changed, try its rules."""


command.add_command(form_change.diff)
command.add_command(form_change.dry_run_)
for _one in (form_versions.versions, form_versions.undo, form_versions.translate, form_versions.template_):
    command.add_command(_one)
for _one in (form_files.files, form_files.put, form_files.return_):
    command.add_command(_one)
command.add_command(form_draft.draft)
command.add_command(form_draft.end_draft)
command.add_command(form_state.withdraw)
command.add_command(form_state.reopen)


@command.command("check")
@click.argument("files", nargs=-1, required=True, type=WORKBOOK)
@media_option
@click.option(
    "--annotate",
    "annotated",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a copy of the one FILE with every finding at its cell, and a list of them in front.",
)
@json_option
def check_(
    files: tuple[Path, ...], media_paths: tuple[Path, ...], annotated: Path | None, as_json: bool
) -> None:
    """Find everything that is wrong with workbooks; nothing is published.

    Needs no database, so that levels and dimensions are compared with the published protocol only when
    publishing; a protocol is compared with the forms given beside it. Exit code 1 when something must be
    mended.

    \b
    Example: pteah form check screening.xlsx --annotate to-mend.xlsx
    """
    if annotated and len(files) != 1:
        raise click.UsageError("--annotate marks one workbook; name one FILE.")
    found: dict[str, tuple[Finding, ...]] = {}
    with sentences():
        books = {path: book_of(path) for path in files}
        for path, book in books.items():
            found[str(path)] = check(
                None, book, media=media_of(media_paths), beside=rules_of(books.values(), but=book)
            )
            if annotated:
                annotated.write_bytes(annotate(path.read_bytes(), book, found[str(path)]))
    if as_json:
        click.echo(json.dumps({name: [asdict(f) for f in all_] for name, all_ in found.items()}))
    else:
        for name, findings in found.items():
            _show_findings(name, findings)
    raise SystemExit(1 if any(has_errors(findings) for findings in found.values()) else 0)


@command.command("publish")
@click.argument("files", nargs=-1, required=True, type=WORKBOOK)
@media_option
@click.option("--by", "published_by", default="operator", show_default=True, help="Who publishes.")
@click.option("--note", default="", help="What is new, in a sentence; kept with the version.")
@click.option("--confirm", default="", metavar="WORD", help="The form's ID, where `diff` says it is needed.")
@renames_option
@json_option
@with_database
def publish_(
    _config: Config,
    db: Db,
    *,
    files: tuple[Path, ...],
    media_paths: tuple[Path, ...],
    published_by: str,
    note: str,
    confirm: str,
    renames: Mapping[str, str],
    as_json: bool,
) -> None:
    """Publish workbooks: forms, or the protocol. A workbook with faults changes nothing.

    A protocol among them goes first, and may name rules that only the forms beside it have. The same
    content again is welcome; other content needs a new version.

    \b
    Example: pteah form publish intake.xlsx followup.xlsx
    """
    refused = 0
    books = [(path, book_of(path)) for path in files]
    for path, _ in sorted(books, key=lambda pair: not pair[1].is_protocol):
        try:
            done = publish(
                db,
                path.read_bytes(),
                path.name,
                datetime.now(UTC),
                published_by,
                media=media_of(media_paths),
                beside=rules_of([book for _, book in books]),
                said=Said(note=note, confirm=confirm, renames=renames),
            )
        except WorkbookRefused as refusal:
            refused += 1
            if as_json:
                findings = [asdict(finding) for finding in refusal.findings]
                click.echo(json.dumps({"file": path.name, "state": "refused", "findings": findings}))
            else:
                _show_findings(path.name, refusal.findings)
            click.echo(f"{path.name}: not published; everything is as it was.", err=True)
        else:
            _show_published(path, done, as_json=as_json)
    raise SystemExit(1 if refused else 0)


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Every version, not only the current one.")
@json_option
@with_database
def list_(_config: Config, db: Db, everything: bool, as_json: bool) -> None:
    """List the published forms.

    \b
    Example: pteah form list --all
    """
    current = forms.current(db, forms.STATES)
    shown = [v for form in current for v in forms.versions(db, form["form_id"])] if everything else current
    now = {(form["form_id"], form["version"]) for form in current}
    states = forms.states(db)
    rows = [
        {**_listed(form, (form["form_id"], form["version"]) in now), "state": states[form["form_id"]]}
        for form in shown
    ]
    if as_json:
        click.echo(json.dumps(rows))
        return
    table = Table("form", "version", "title", "published", "by", "languages", "files", "", box=None)
    for row in rows:
        files = len(row["media"]) + len(row["entity_lists"])
        state = ("current" if row["state"] == "open" else row["state"]) if row["current"] else ""
        table.add_row(
            *(row["form_id"], row["version"], row["title"], row["published_at"][:16], row["published_by"]),
            *(" ".join(row["languages"]), str(files), state),
        )
    _print(table)
    click.echo(f"{len(rows)} form versions")


@command.command("try")
@click.argument("form")
@click.option(
    "--answers", "answers_file", required=True, type=click.File(encoding="utf-8"), help="JSON; - for stdin."
)
@click.option("--on", "on_text", metavar="DATE", help="The day of the visit, YYYY-MM-DD. Default: today.")
@click.option("--json", is_flag=True, expose_value=False, help="JSON, for a program: it is that anyway.")
@with_database
def try_(_config: Config, db: Db, form: str, answers_file: Any, on_text: str | None) -> None:
    """Show what the rules make of some answers. Nothing is stored.

    FORM is the ID of a published form, or a workbook (.xlsx) whose rules are not published yet. The
    answers are a JSON object: question name -> value. The next steps are those the phone would show.

    \b
    Example: pteah form try followup --answers answers.json --on 2026-03-01
    """
    answers = _answers(answers_file)
    on = _day(on_text)
    if form.lower().endswith(".xlsx"):
        if not Path(form).is_file():
            raise click.UsageError(f"There is no file {form}.")
        trial = try_workbook(db, book_of(Path(form)), answers, on)
    else:
        trial = try_published(db, form, answers, on)
    for name in trial.unknown:
        click.echo(f"{name} is no question of this form; the answer was passed over.", err=True)
    for code, error in trial.errors.items():
        click.echo(f"Rule {code} could not be worked out: {error}", err=True)
    shown = asdict(trial)
    click.echo(json.dumps({k: shown[k] for k in _SHOWN}, ensure_ascii=False, indent=2, default=str))


_SHOWN = ("scores", "indicators", "next_steps", "level", "reason", "follow_ups")


def _answers(file: Any) -> Mapping[str, Any]:
    try:
        answers = json.load(file)
    except json.JSONDecodeError as error:
        raise click.UsageError(f"The answers are not JSON: {error}.") from None
    if not isinstance(answers, dict):
        raise click.UsageError('The answers must be an object such as {"phq9": "1"}.')
    return answers


def _day(written: str | None) -> date:
    try:
        return date.fromisoformat(written) if written else local_date(datetime.now(UTC))
    except ValueError:
        raise click.UsageError(f"{written} is not a date such as 2026-03-01.") from None


def _listed(form: Mapping[str, Any], is_current: bool) -> dict[str, Any]:
    kept = ("form_id", "version", "title", "languages", "entity_lists", "published_by", "md5")
    return {
        **{name: form[name] for name in kept},
        "media": [file["name"] for file in form["media"]],
        "published_at": form["published_at"].astimezone(PHNOM_PENH).isoformat(timespec="seconds"),
        "current": is_current,
    }


def _show_published(path: Path, done: Published, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"file": path.name, **asdict(done)}))
        return
    for finding in done.findings:
        click.echo(f"warning: {finding}", err=True)
    click.echo(f"{done.form_id} {done.version}: {done.state} ({len(done.findings)} warnings)")
    if done.forms_with_new_places:
        click.echo(f"New place lists go to phones with: {', '.join(done.forms_with_new_places)}")


def _show_findings(name: str, findings: tuple[Finding, ...]) -> None:
    errors = sum(finding.severity == "error" for finding in findings)
    if findings:
        table = Table("", "sheet", "row", "column", "what", "what to do", show_lines=True)
        for found in findings:
            row = str(found.row or "")
            table.add_row(found.severity, found.sheet, row, found.column, found.message, found.fix)
        _print(table)
    click.echo(f"{name}: {errors} errors, {len(findings) - errors} warnings")


def _print(table: Table) -> None:
    # Wide enough for whole sentences when the output goes into a file.
    console = Console(markup=False, highlight=False)
    console = console if console.is_terminal else Console(width=200, markup=False, highlight=False)
    console.print(table)
