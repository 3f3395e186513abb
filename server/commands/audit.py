"""`pteah audit`: who saw, exported or changed what, and whether anybody has tampered with that."""

import json
from datetime import datetime
from typing import Any

import click

from server.commands import with_database
from server.config import Config
from server.data_folder import Folder, write_private
from server.progress import progress
from sync.core.times import PHNOM_PENH
from sync.store import audit, audit_check, returnees
from sync.store.audit_check import Heads
from sync.store.connect import Db


@click.group(name="audit")
def command() -> None:
    """Who saw, exported or changed what.

    \b
    Example: pteah audit verify
    """


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def verify(config: Config, db: Db, as_json: bool) -> None:
    """Look at every row: was one removed, changed, added or moved? Exit code 1 when something is wrong.

    Where the chains stand is noted in the data folder (audit-heads.json), outside the database, and the
    next check compares with it. Copy that file to where the database's administrator cannot write.

    \b
    Example: pteah audit verify
    """
    folder = Folder(config.data)
    with progress("checking the audit", audit_check.size_of(db)) as tell:
        found = audit_check.verify(db, known=noted_heads(folder), tell=tell)
    if as_json:
        said = {"rows": found.rows, "chains": found.chains, "findings": found.findings}
        click.echo(json.dumps(said))
    else:
        for sentence in found.findings:
            click.echo(sentence)
        state = "all whole" if found.is_whole else f"{len(found.findings)} findings"
        click.echo(f"{found.rows:,} rows in {found.chains:,} chains: {state}")
    if found.is_whole and folder.path.is_dir():
        note_heads(folder, found.heads)
    raise SystemExit(0 if found.is_whole else 1)


@command.command()
@click.option("--about", "code", default="", help="Only about the person with this case code or entity ID.")
@click.option("--by", default="", help="Only what this account, program or phone did.")
@click.option("--kind", type=click.Choice(audit.KINDS), help="Only rows of this kind.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Write JSON, one row a line.")
@with_database
def show(  # noqa: PLR0917 - click hands them over by name
    config: Config, db: Db, code: str, by: str, kind: str | None, limit: int, as_json: bool
) -> None:
    """Show the newest rows.

    \b
    Example: pteah audit show --about KH-12-2026-00017 --kind look
    """
    if code:
        found = audit.about(db, _entity_id(db, code), limit=limit)
        found = [row for row in found if by in ("", row["by"]) and kind in (None, row["kind"])]
    else:
        found = audit.recent(db, kind=kind or "", by=by, limit=limit)
    for row in found:
        click.echo(json.dumps(row, ensure_ascii=False, default=_plain) if as_json else line_of(row))


def line_of(row: dict[str, Any]) -> str:
    """One row for a terminal."""
    on = row["at"].astimezone(PHNOM_PENH)
    people = f"{len(row['about'])} people" if "about" in row and len(row["about"]) != 1 else ""
    parts = [row["kind"], row["more"].get("what", ""), ", ".join(row["fields"]), people, row["why"]]
    return f"{on:%Y-%m-%d %H:%M}  {row['by']:20}  {'; '.join(part for part in parts if part)}"


def noted_heads(folder: Folder) -> Heads:
    """Where the chains stood at the last check from this folder."""
    try:
        found = json.loads(folder.audit_heads.read_text(encoding="utf-8"))
        return {name: (int(count), bytes.fromhex(code)) for name, (count, code) in found.items()}
    except FileNotFoundError:
        return {}


def note_heads(folder: Folder, heads: Heads) -> None:
    """Note where the chains stand now."""
    said = {name: (count, code.hex()) for name, (count, code) in sorted(heads.items())}
    write_private(folder.audit_heads, json.dumps(said, indent=1) + "\n")


def _entity_id(db: Db, code: str) -> str:
    """Whose case code this is; an erased person has none any more, and is asked for by entity ID."""
    found = returnees.find(db, code)
    return str(found["_id"]) if found else code.strip().lower()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)
