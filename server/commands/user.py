"""`pteah user`: who may sign in."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from server import accounts, invitations, second_step, sessions
from server.commands import noted, with_database
from server.commands.device import address_of
from server.config import Config
from sync.core.problem import Problem
from sync.store.connect import Db


@click.group(name="user")
def command() -> None:
    """Who may sign in.

    \b
    Example: pteah user add dara --name "Dara Chan" --role case_manager
    """


def scope_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Whom an account sees, as options of a command."""
    for option in (
        click.option("--organisation", help="Another organisation's name; empty for the one that runs this."),
        click.option("--place", "places", multiple=True, help="Code of a province, district or commune."),
        click.option("--team", "teams", multiple=True, help="Name of a team; may be given several times."),
    ):
        function = option(function)
    return function


@command.command()
@click.argument("user")
@click.option("--name", default="", help="As colleagues know the person; shown at the top of the page.")
@click.option("--role", type=click.Choice(accounts.ROLES), required=True)
@click.option("--worker-id", default="", help="For an outreach worker: the short name their phones have.")
@scope_options
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--invite", is_flag=True, help="Show a link with which the person chooses a password.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def add(
    config: Config, db: Db, *, user: str, password_stdin: bool, invite: bool, as_json: bool, **words: Any
) -> None:
    """Add an account and show its first password, or an invitation, once.

    \b
    Example: pteah user add dara --name "Dara Chan" --role case_manager --team north --invite
    """
    password = "" if invite else _password(password_stdin)
    words["organisation"] = words["organisation"] or ""
    made = accounts.add(db, user=user, password=password, made_at=datetime.now(UTC), **words)
    noted(db, "account", "account added", account=made.user, role=made.role)
    if invite:
        _invite(config, db, made.user, as_json=as_json)
    else:
        _say(made.user, password, as_json=as_json, given=password_stdin)


@command.command()
@click.argument("user")
@click.option("--name", help="As colleagues know the person.")
@click.option("--role", type=click.Choice(accounts.ROLES))
@click.option("--worker-id", help="For an outreach worker: the short name their phones have.")
@scope_options
@click.option("--everybody", is_flag=True, help="Take teams and places away: the whole organisation.")
@with_database
def change(config: Config, db: Db, user: str, everybody: bool, **words: Any) -> None:
    """Change role, name or whom an account sees; what is not named stays.

    \b
    Example: pteah user change dara --role coordinator --place 01
    """
    wanted = {name: value for name, value in words.items() if value not in (None, ())}
    if everybody:
        wanted |= {"teams": (), "places": ()}
    after = accounts.change(db, user.strip().lower(), **wanted)
    noted(db, "account", "account changed", account=after.user, role=after.role)
    click.echo(f"{after.user} is changed: {after.role}")


@command.command()
@click.argument("user")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def invite(config: Config, db: Db, user: str, as_json: bool) -> None:
    """Show a link, once, with which somebody chooses a new password; earlier links end.

    \b
    Example: pteah user invite dara
    """
    found = _named(db, user)
    noted(db, "account", "invitation made", account=found)
    _invite(config, db, found, as_json=as_json)


@command.command()
@click.argument("user")
@with_database
def close(config: Config, db: Db, user: str) -> None:
    """Close an account; whoever is signed in to it is not any more.

    \b
    Example: pteah user close dara
    """
    accounts.close(db, user.strip().lower(), at=datetime.now(UTC))
    noted(db, "account", "account closed", account=user.strip().lower())
    click.echo(f"{user.strip().lower()} is closed. To undo it: pteah user open {user.strip().lower()}")


@command.command(name="open")
@click.argument("user")
@with_database
def open_(config: Config, db: Db, user: str) -> None:
    """Open a closed account again.

    \b
    Example: pteah user open dara
    """
    accounts.reopen(db, user.strip().lower())
    noted(db, "account", "account opened again", account=user.strip().lower())
    click.echo(f"{user.strip().lower()} is open again")


@command.command(name="sign-out")
@click.argument("user")
@click.option("--second-step", "second", is_flag=True, help="Take the second step away too (a lost phone).")
@with_database
def sign_out(config: Config, db: Db, user: str, second: bool) -> None:
    """End every session of an account.

    \b
    Example: pteah user sign-out dara --second-step
    """
    found = _named(db, user)
    ended = sessions.end_all(db, found)
    if second:
        second_step.take_away(db, found)
        noted(db, "account", "second step taken away", account=found)
    noted(db, "account", "signed out everywhere", account=found)
    click.echo(f"{found} is signed out in {ended} places")


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
        click.echo(json.dumps([_line(a) for a in known]))
        return
    for account in known:
        sees = " ".join((*account.teams, *account.places, account.organisation, account.worker_id))
        click.echo(f"{account.user:20} {account.role:16} {sees}".rstrip())
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


def _line(account: accounts.Account) -> dict[str, Any]:
    return {
        "user": account.user,
        "role": account.role,
        "worker_id": account.worker_id,
        "teams": account.teams,
        "places": account.places,
        "organisation": account.organisation,
    }


def _named(db: Db, user: str) -> str:
    found = accounts.find(db, user.strip().lower())
    if found is None:
        raise Problem("account.unknown", user=user.strip().lower())
    return found.user


def _invite(config: Config, db: Db, user: str, *, as_json: bool) -> None:
    token = invitations.invite(db, user, by="command line", at=datetime.now(UTC))
    link, days = f"{address_of(config)}/invitation/{token}", invitations.LASTS.days
    if as_json:
        click.echo(json.dumps({"user": user, "invitation": link}))
    else:
        click.echo(f"{user} chooses a password with this link, once, within {days} days: {link}")


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
