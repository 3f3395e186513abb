"""`pteah form files`, `put-file`, `return-file`: pictures, sounds and CSV lists with own versions."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from server.commands import with_database
from server.commands.form_options import json_option
from server.config import Config
from sync.core.problem import Problem
from sync.store import form_files
from sync.store.connect import Db
from xlsforms.findings import Finding, WorkbookRefused
from xlsforms.form_files import former, put_file


def _said(command: Any) -> Any:
    """The options with which somebody says what is new, and that harm is meant."""
    for option in (
        click.option("--by", default="operator", show_default=True, help="Who replaces it."),
        click.option("--note", default="", help="What is new, in a sentence; kept with the version."),
        click.option(
            "--confirm", default="", metavar="NAME", help="The file's name, where that is asked for."
        ),
    ):
        command = option(command)
    return command


@click.command("files")
@json_option
@with_database
def files(_config: Config, db: Db, as_json: bool) -> None:
    """List the pictures, sounds and CSV lists that forms have, each with its versions, the newest first.

    \b
    Example: pteah form files
    """
    known = form_files.versions(db)
    if as_json:
        rows = [asdict(one) for versions in known.values() for one in versions]
        click.echo(json.dumps(rows, default=str, ensure_ascii=False))
        return
    for name, versions in known.items():
        click.echo(name)
        for place, one in enumerate(versions, start=1):
            where = f" in {', '.join(one.forms)}" if one.forms else ""
            click.echo(f"  {place}. {one.at:%Y-%m-%d %H:%M} {one.by}{where} {one.note}".rstrip())
    click.echo(f"{len(known)} files")


@click.command("put-file")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_said
@json_option
@with_database
def put(_config: Config, db: Db, *, file: Path, by: str, note: str, confirm: str, as_json: bool) -> None:
    """Give FILE to phones in place of the one of the same name, in every form that has it.

    It is checked against those forms first. Exit code 1: something must be mended, and nothing was changed.

    \b
    Example: pteah form put-file hospitals.csv --note "Two new hospitals"
    """
    _put(db, file.name, file.read_bytes(), by=by, note=note, confirm=confirm, as_json=as_json)


@click.command("return-file")
@click.argument("name")
@click.argument("number", type=click.IntRange(1))
@_said
@json_option
@with_database
def return_(
    _config: Config, db: Db, *, name: str, number: int, by: str, note: str, confirm: str, as_json: bool
) -> None:
    """Give phones again what the file NAME was; NUMBER as `pteah form files` counts its versions.

    \b
    Example: pteah form return-file hospitals.csv 2
    """
    versions = form_files.versions(db).get(name, [])
    if number > len(versions):
        raise Problem("media.unknown")
    content = former(db, name, versions[number - 1].sha256)
    _put(db, name, content, by=by, note=note, confirm=confirm, as_json=as_json)


def _put(db: Db, name: str, content: bytes, *, as_json: bool, **said: str) -> None:
    try:
        done = put_file(db, name, content, at=datetime.now(UTC), **said)
    except WorkbookRefused as refused:
        _show(refused.findings, as_json, {"name": name, "state": "refused", "forms": []})
        raise SystemExit(1) from None
    told = {"name": name, "state": done.state, "forms": list(done.forms)}
    _show(done.findings, as_json, told)
    if not as_json:
        click.echo(f"{name}: {done.state} in {', '.join(done.forms)}")


def _show(findings: Iterable[Finding], as_json: bool, told: dict[str, Any]) -> None:
    if as_json:
        click.echo(json.dumps({**told, "findings": [asdict(one) for one in findings]}, ensure_ascii=False))
        return
    for one in findings:
        click.echo(f"{one.severity}: {one}", err=True)
