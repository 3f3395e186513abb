"""`pteah form versions`, `undo`, `translate` and `template`: what was published, going back, languages."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from server.commands import with_database
from server.commands.form_options import json_option
from server.config import Config
from sync.core.problem import Problem
from sync.core.times import PHNOM_PENH, local_date
from sync.store import attachments, forms, protocols
from sync.store.connect import Db
from xlsforms.findings import has_errors
from xlsforms.impact import PROTOCOL
from xlsforms.publish import Said, publish
from xlsforms.sheets import read_book
from xlsforms.templates import TEMPLATES, template
from xlsforms.translations import SHEET, untranslated, with_translations
from xlsforms.versions import former, next_version

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("form_id")
@click.option(
    "--workbooks", type=click.Path(file_okay=False, path_type=Path), help="Write each workbook here."
)
@json_option
@with_database
def versions(_config: Config, db: Db, form_id: str, workbooks: Path | None, as_json: bool) -> None:
    """List every version of a form, or of the `protocol`, newest first: when, by whom, what was new.

    \b
    Example: pteah form versions followup --workbooks old
    """
    found = protocols.versions(db) if form_id == PROTOCOL else forms.versions(db, form_id)
    if not found:
        raise Problem("form.unpublished", form_id=form_id)
    rows = [
        {
            "version": one.get("version") or one["_id"],
            "published_at": one["published_at"].astimezone(PHNOM_PENH).isoformat(timespec="seconds"),
            "published_by": one["published_by"],
            "note": one.get("note", ""),
            "renames": one.get("renames") or {},
            "changes": [change["sentence"] for change in one.get("changes") or ()],
            "signed_by": (one.get("signed") or {}).get("by", ""),
        }
        for one in found
    ]
    if workbooks is not None:
        workbooks.mkdir(parents=True, exist_ok=True)
        for one, row in zip(found, rows, strict=True):
            content = attachments.open(db, one["workbook_sha256"]).read()
            (workbooks / f"{form_id}-{row['version']}.xlsx").write_bytes(content)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        note = f": {row['note']}" if row["note"] else ""
        click.echo(f"{row['version']}  {row['published_at'][:16]}  {row['published_by']}{note}")
        for sentence in row["changes"]:
            click.echo(f"    {sentence}")


@click.command()
@click.argument("form_id")
@click.option("--to", "version", help="The version to return to. Default: the one before the current.")
@click.option("--by", "published_by", default="operator", show_default=True, help="Who publishes.")
@click.option(
    "--confirm", default="", metavar="WORD", help="The form's ID, where stored answers would suffer."
)
@with_database
def undo(_config: Config, db: Db, form_id: str, version: str | None, published_by: str, confirm: str) -> None:
    """Put a former version of a form, or of the `protocol`, in force again, under a new number.

    What was published stays as it is; everybody is judged anew by the former rules.

    \b
    Example: pteah form undo followup
    """
    at = datetime.now(UTC)
    again = former(db, form_id, local_date(at), version)
    said = Said(note=f"Back to {version or 'the version before'}.", renames=again.renames, confirm=confirm)
    done = publish(db, again.workbook, again.filename, at, published_by, said=said)
    click.echo(f"{done.form_id} {done.version}: {done.state} (before: {done.before})")


@click.command()
@click.argument("form_id")
@click.option(
    "--language", default="", help="Write what is untranslated in this language, such as “Thai (th)”."
)
@click.option("--from", "translated", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A translated workbook, to be put into the form.")  # fmt: skip
@click.option("--out", required=True, type=FILE, help="The workbook to write.")
@with_database
def translate(
    _config: Config, db: Db, *, form_id: str, language: str, translated: Path | None, out: Path
) -> None:
    """Get what has no text in a language as a workbook, or put a translated one into the form.

    Publishes nothing: check and publish what it wrote. Exit code 1 when some texts did not fit.

    \b
    Example: pteah form translate intake --language "Thai (th)" --out to-translate.xlsx
             pteah form translate intake --from translated.xlsx --out intake.xlsx
    """
    version = forms.current_version(db, form_id)
    found = forms.find_version(db, form_id, version) if version else None
    if found is None or version is None:
        raise Problem("form.unpublished", form_id=form_id)
    content = attachments.open(db, found["workbook_sha256"]).read()
    book = read_book(content, filename=found["filename"])
    if translated is None:
        out.write_bytes(untranslated(book, language))
        left = len(read_book(out.read_bytes(), filename=out.name).sheet(SHEET).rows)
        click.echo(f"{out}: {left} texts without one in {language}. Fill the last column; then: --from {out}")
        return
    taken = [one["version"] for one in forms.versions(db, form_id)]
    number = next_version(version, local_date(datetime.now(UTC)), taken=taken)
    made, findings = with_translations(content, book, translated.read_bytes(), number)
    for one in findings:
        click.echo(f"{one.severity}: {one}", err=True)
    out.write_bytes(made)
    click.echo(f"{out}: version {number}. Check it, then publish it.")
    raise SystemExit(1 if has_errors(findings) else 0)


@click.command("template")
@click.argument("name", type=click.Choice(list(TEMPLATES)))
@click.option("--out", required=True, type=FILE, help="The workbook to write.")
def template_(name: str, out: Path) -> None:
    """Write a workbook to start from: our own four, a simple form, case data with the codes of HTCDS.

    \b
    Example: pteah form template simple --out visit.xlsx
    """
    out.write_bytes(template(name))
    click.echo(f"{out}: {TEMPLATES[name]['en']}")
