"""`pteah restore`: a backup file becomes the database again."""

from contextlib import closing
from pathlib import Path
from typing import Any

import click

from server import accounts, backup_file, embedded
from server.commands import with_config
from server.commands.backup import counted, progress_bar
from server.config import Config
from server.data_folder import Folder
from sync.core.problem import Problem
from sync.store import dump
from sync.store.connect import Db, ensure_indexes, open_database


@click.command(epilog="Example: pteah restore /media/usb/pteah-2025-03-01.zip --data /srv/pteah")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Also when the database holds something: all of it is lost.")
@click.option("--yes", is_flag=True, help="With --replace: do not ask whether you are sure.")
@with_config
def command(config: Config, file: Path, replace: bool, yes: bool) -> None:
    """Put the content of a backup FILE into an empty database.

    The file is checked before anything is touched, and the database is compared with it afterwards. Stop
    the server first. Cut off half-way? Run it again.
    """
    manifest = backup_file.verify(file)
    click.echo(f"{file} of {manifest['made_at'][:16]} UTC is whole: {counted(manifest)}")
    owner = Folder(config.data).owner
    if not config.mongodb_uri and owner.is_held() and owner.holder().what == "server":
        raise Problem("restore.server_running", pid=owner.holder().pid)
    with embedded.mongodb(config) as uri:
        db = open_database(uri, config.database)
        with closing(db.client):
            _make_room(db, replace=replace, yes=yes)
            _load(db, file, manifest)
    click.echo(f"Restored {counted(manifest)}, compared with the file and found the same")


def _make_room(db: Db, *, replace: bool, yes: bool) -> None:
    if dump.is_empty(db) or dump.is_half_restored(db):
        return
    if not replace:
        raise Problem("restore.not_empty", documents=dump.size_of(db))
    if not yes:
        click.confirm(f"Delete the {dump.size_of(db):,} documents that are there now?", abort=True)


def _load(db: Db, file: Path, manifest: dict[str, Any]) -> None:
    documents = sum(entry["documents"] for entry in manifest["collections"].values())
    with progress_bar("Restoring", documents) as advance:
        backup_file.load(db, file, manifest, progress=advance.update)
    ensure_indexes(db)
    accounts.ensure_indexes(db)
