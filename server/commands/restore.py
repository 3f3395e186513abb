"""`pteah restore`: a backup file becomes the database again."""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from server import accounts, backup_file, embedded, master_key
from server.commands import noted, with_config
from server.commands.backup import counted, progress_bar
from server.config import Config
from server.data_folder import Folder
from sync import erasing
from sync.core.problem import Problem
from sync.store import audit, destroyed, dump
from sync.store.connect import Db, ensure_indexes, open_database
from sync.store.keys import vault_of

Files = dict[Path, dict[str, Any]]


@click.command(epilog="Example: pteah restore /media/usb/pteah-2025-03-01.zip --data /srv/pteah")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--keys",
    "keys_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The newest file of keys.  [beside FILE]",
)
@click.option("--replace", is_flag=True, help="Also when the database holds something: all of it is lost.")
@click.option("--yes", is_flag=True, help="With --replace: do not ask whether you are sure.")
@with_config
def command(config: Config, file: Path, keys_file: Path | None, replace: bool, yes: bool) -> None:
    """Put the content of a backup FILE into an empty database.

    The files are checked before anything is touched, and the database is compared with them afterwards. The
    master key must be where Pteah looks for it. Stop the server first. Cut off half-way? Run it again.
    Whoever was erased since the backup was made stays erased.
    """
    files = _verified(file, keys_file)
    owner = Folder(config.data).owner
    if not config.mongodb_uri and owner.is_held() and owner.holder().what == "server":
        raise Problem("restore.server_running", pid=owner.holder().pid)
    if len(files) > 1 and not master_key.is_there(config):
        raise Problem("key.file_lost", file=master_key.file_of(config))
    with embedded.mongodb(config) as uri:
        db = open_database(uri, config.database)
        with closing(db.client):
            _make_room(db, replace=replace, yes=yes)
            _load(config, db, files)
    click.echo(f"Restored {counted(files[file])}, compared with the file and found the same")


def _verified(file: Path, keys_file: Path | None) -> Files:
    """The file and the file of its keys, with their manifests."""
    files = {file: backup_file.verify(file)}
    click.echo(f"{file} of {files[file]['made_at'][:16]} UTC is whole: {counted(files[file])}")
    if "keys" not in files[file]:
        return files  # of a Pteah that sealed nothing yet
    keys_file = keys_file or file.with_name(files[file]["keys"])
    if not keys_file.exists():
        raise Problem("restore.keys_missing", file=keys_file)
    files[keys_file] = backup_file.verify(keys_file)
    if files[keys_file].get("keys") != files[file]["keys"]:
        raise Problem("restore.keys_of_another", file=keys_file)
    if files[keys_file]["made_at"] < files[file]["made_at"]:
        raise Problem("restore.keys_old", file=keys_file)
    renewed = destroyed.renewed_at(backup_file.destroyed_in(keys_file))
    if renewed and renewed > datetime.fromisoformat(files[file]["made_at"]):
        raise Problem("restore.keys_renewed", file=file, keys=keys_file, on=renewed.date())
    return files


def _make_room(db: Db, *, replace: bool, yes: bool) -> None:
    if dump.is_empty(db) or dump.is_half_restored(db):
        return
    if not replace:
        raise Problem("restore.not_empty", documents=dump.size_of(db))
    if not yes:
        click.confirm(f"Delete the {dump.size_of(db):,} documents that are there now?", abort=True)


def _load(config: Config, db: Db, files: Mapping[Path, dict[str, Any]]) -> None:
    documents = sum(entry["documents"] for one in files.values() for entry in one["collections"].values())
    with progress_bar("Restoring", documents) as advance:
        backup_file.load(db, files, progress=advance.update)
    ensure_indexes(db)
    accounts.ensure_indexes(db)
    master_key.unlock(config, db)
    vault_of(db).check()
    gone = erasing.take_away_again(db)
    audit.begin_anew(db)
    # Rows written after the backup was made are not in it: the next check begins from what is there now.
    if (heads := Folder(config.data).audit_heads).exists():
        heads.replace(heads.with_name("audit-heads-before-restore.json"))
    noted(db, "operation", "restore", of=min(one["made_at"] for one in files.values()), erased_again=gone)
