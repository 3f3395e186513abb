"""`pteah backup`: everything in one file."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from server import backup_file
from server.cli import installed_version
from server.commands import noted, with_database
from server.config import Config
from sync.store import dump
from sync.store.connect import Db


@click.command(epilog="Example: pteah backup /media/usb/pteah-2025-03-01.zip")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as JSON.")
@with_database
def command(config: Config, db: Db, file: Path, as_json: bool) -> None:
    """Write everything into one new FILE and read it back, and the keys to it into a file beside it.

    The server may go on meanwhile: the file holds one moment. Everything personal in it is sealed. The file
    of keys (pteah-keys-….zip) is written anew each time; keep only the newest, and the master key elsewhere:
    all three are needed to restore. Who is signed in is not part of it.
    """
    with progress_bar("Backing up", dump.size_of(db)) as advance:
        manifest = backup_file.write(
            db, file, made_at=datetime.now(UTC), version=installed_version(), progress=advance.update
        )
    noted(db, "operation", "backup", documents=sum(e["documents"] for e in manifest["collections"].values()))
    if as_json:
        click.echo(json.dumps({"file": str(file), **manifest}))
    else:
        click.echo(
            f"{counted(manifest)} in {file} ({file.stat().st_size:,} bytes), read back and found whole"
        )


def progress_bar(label: str, length: int) -> Any:
    """A bar on stderr, where somebody watches; nothing where nobody does."""
    return click.progressbar(
        length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty(), show_pos=True
    )


def counted(manifest: dict[str, Any]) -> str:
    """How much a manifest speaks of."""
    documents = sum(entry["documents"] for entry in manifest["collections"].values())
    return f"{documents:,} documents in {len(manifest['collections'])} collections"
