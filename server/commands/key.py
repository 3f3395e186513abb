"""`pteah key`: the master key, and what it wraps."""

import json
import time

import click

from server import master_key
from server.commands import noted, with_database
from server.config import Config
from server.progress import progress
from sync.core.problem import Problem
from sync.store import keys, wrapping
from sync.store.connect import Db
from sync.store.keys import vault_of

AT_ONCE = 500
WAIT_SECONDS = 3


@click.group(name="key")
def command() -> None:
    """The master key, under which everything personal is sealed.

    \b
    Example: pteah key rotate
    """


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def status(config: Config, db: Db, as_json: bool) -> None:
    """Show how many keys there are and which master keys wrap them.

    \b
    Example: pteah key status
    """
    vault = vault_of(db)
    vault.check()
    count, former = db[keys.KEYS].count_documents({}), wrapping.count_wrapped_otherwise(db)
    if as_json:
        said = {"keys": count, "wrapped_by_former": former, "masters": wrapping.masters_in_use(db)}
        click.echo(json.dumps(said))
        return
    click.echo(f"{count:,} keys, {former:,} of them wrapped by a former master key")


@command.command()
@click.option("--continue", "no_new", is_flag=True, help="Make no new master key: the last one there is.")
@with_database
def rotate(config: Config, db: Db, no_new: bool) -> None:
    """Make a new master key, wrap every key by it, and destroy the former one.

    The server may run meanwhile. Cut off? Run it again with --continue. Afterwards replace your copy of
    master.key and destroy the old copies: older files of keys (pteah-keys-*.zip) can then be opened by
    nobody, so that whoever was erased is erased there too. Then make a backup.

    With PTEAH_MASTER_KEY or PTEAH_KMS: put the new key behind the old one there, start everything anew, and
    say --continue.

    \b
    Example: pteah key rotate
    """
    in_file = not config.master_key and not config.kms
    vault = vault_of(db)
    vault.check()
    if not no_new:
        if not in_file:
            raise Problem("key.not_in_a_file")
        master_key.add_new(config)
    wrapping.wrap_by_current(db)
    _rewrap_all(db)
    time.sleep(WAIT_SECONDS)  # a process that was just making a key has made it by now
    _rewrap_all(db)
    vault.reload()
    vault.check()
    gone = master_key.forget_others(config) if in_file else 0
    noted(db, "key", "master key changed", former=gone)
    click.echo(f"All keys are wrapped by the new master key; {gone} former one(s) destroyed here.")
    click.echo("Now replace your copy of the master key, destroy the old ones, and make a backup.")


def _rewrap_all(db: Db) -> None:
    left, done = wrapping.count_wrapped_otherwise(db), 0
    with progress("wrapping keys", left) as tell:
        while count := wrapping.rewrap(db, AT_ONCE):
            done += count
            tell(done)
