"""`pteah key`: the master key, and what it wraps."""

import json
import time
from datetime import UTC, datetime

import click

from server import master_key
from server.commands import noted, with_database
from server.config import Config
from server.progress import progress
from sync.core.problem import Problem
from sync.store import destroyed, keys, resealing, settling, wrapping
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


@command.command()
@with_database
def renew(_config: Config, db: Db) -> None:
    """Give every person and the house a new data key, and destroy the former ones, should one have been seen.

    The house's key is that of staff's names and of what is about nobody. The server may run meanwhile, and
    must be running at some time after: an hour from now whatever lies under the former keys is sealed anew,
    and they are destroyed. Cut off? Nothing is lost; run it again. Reasons in the audit stay under the key
    they were written with. Backups made before cannot be restored afterwards: make a new one then.

    \b
    Example: pteah key renew
    """
    names = destroyed.names_in_use(db)
    with progress("retiring keys", len(names)) as tell:
        for done in range(0, len(names), AT_ONCE):
            destroyed.retire(db, names[done : done + AT_ONCE], at=datetime.now(UTC))
            tell(done + len(names[done : done + AT_ONCE]))
    noted(db, "key", "data keys retired", keys=len(names))
    click.echo(f"{len(names):,} keys are retired; new ones are made as they are needed. An hour from now a")
    click.echo("running server, or pteah key sweep, seals anew what is under them and destroys them. Then")
    click.echo("make a new backup: with the newest file of keys, older ones can no longer be read.")


@command.command()
@with_database
def sweep(_config: Config, db: Db) -> None:
    """Seal anew what lies under keys that were retired an hour ago or earlier, and destroy these.

    A running server does it by itself. Cut off? Run it again.

    \b
    Example: pteah key sweep
    """
    now = datetime.now(UTC)
    with progress("sealing anew", resealing.count(db)) as tell:
        gone = settling.sweep(db, at=now, tell=tell)
    if gone:
        noted(db, "key", "retired keys destroyed", keys=gone)
    click.echo(f"{gone:,} retired keys destroyed.")


@command.command()
@with_database
def seal(_config: Config, db: Db) -> None:
    """Seal what lies unsealed in this database since before Pteah sealed it; `pteah doctor` says whether any.

    The server may run meanwhile. Cut off? Run it again: what is sealed is passed over. Backups made before
    still hold everything in clear: make a new one, and destroy those.

    \b
    Example: pteah key seal
    """
    with progress("sealing", resealing.count(db)) as tell:
        done = resealing.seal_all(db, tell)
    if done:
        noted(db, "key", "sealed what was not", documents=sum(done.values()))
    for name, count in sorted(done.items()):
        click.echo(f"{count:8,}  {name}")
    left = resealing.unsealed(db)
    click.echo("Everything personal is sealed." if not left else f"Left: {left}. Run it again.")
    if done:
        click.echo("Backups made before hold it in clear: make a new backup, and destroy those.")
    raise SystemExit(bool(left))


def _rewrap_all(db: Db) -> None:
    left, done = wrapping.count_wrapped_otherwise(db), 0
    with progress("wrapping keys", left) as tell:
        while count := wrapping.rewrap(db, AT_ONCE):
            done += count
            tell(done)
