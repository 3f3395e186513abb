"""`pteah user`: who may sign in."""

import json
import sys
from datetime import UTC, datetime

import click

from server import accounts
from server.commands import noted, with_database
from server.config import Config
from sync.store.connect import Db


@click.group(name="user")
def command() -> None:
    """Who may sign in.

    \b
    Example: pteah user add dara --name "Dara Chan" --role case_manager
    """


@command.command()
@click.argument("user")
@click.option("--name", default="", help="As colleagues know the person; shown at the top of the page.")
@click.option("--role", type=click.Choice(accounts.ROLES), required=True)
@click.option("--worker-id", default="", help="For an outreach worker: the short name their phones have.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def add(  # noqa: PLR0917 - click hands them over by name
    config: Config,
    db: Db,
    user: str,
    name: str,
    role: str,
    worker_id: str,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Add an account and show its first password, once.

    \b
    Example: pteah user add dara --name "Dara Chan" --role case_manager
    """
    password = _password(password_stdin)
    made = accounts.add(
        db,
        user=user,
        name=name,
        role=role,
        password=password,
        made_at=datetime.now(UTC),
        worker_id=worker_id,
    )
    noted(db, "account", "account added", account=made.user, role=made.role)
    _say(made.user, password, as_json=as_json, given=password_stdin)


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def list_(config: Config, db: Db, as_json: bool) -> None:
    """Show every account.

    \b
    Example: pteah user list
    """
    known = accounts.all_of(db)
    if as_json:
        click.echo(json.dumps([{"user": a.user, "role": a.role, "worker_id": a.worker_id} for a in known]))
        return
    for account in known:
        click.echo(f"{account.user:20} {account.role:16} {account.worker_id}".rstrip())
    click.echo(f"{len(known)} accounts")


@command.command()
@click.argument("user")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def password(config: Config, db: Db, user: str, password_stdin: bool, as_json: bool) -> None:
    """Give an account another password and sign it out everywhere.

    \b
    Example: pteah user password dara
    """
    new = _password(password_stdin)
    accounts.set_password(db, user.strip().lower(), new)
    noted(db, "account", "password changed", account=user.strip().lower())
    _say(user.strip().lower(), new, as_json=as_json, given=password_stdin)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return accounts.new_password()


def _say(user: str, new: str, *, as_json: bool, given: bool) -> None:
    if as_json:
        click.echo(json.dumps({"user": user} if given else {"user": user, "password": new}))
    elif given:
        click.echo(f"{user} can sign in")
    else:
        click.echo(f"{user} can sign in with this password, shown only now: {new}")
