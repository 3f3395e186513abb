"""`pteah login`: user names and passwords, for whoever cannot carry a token in the address."""

import json
from datetime import UTC, datetime, timedelta

import click

from server.commands import noted, with_database
from server.commands.device import address_of, found_device
from server.config import Config
from server.secret import LOGINS, derived_key
from sync.core.times import local_date
from sync.store import logins
from sync.store.connect import Db


@click.group(name="login")
def command() -> None:
    """User names and passwords, where an address with a token in it will not do.

    \b
    Example: pteah login add --phone "Phone 7"
    """


@command.command()
@click.option("--phone", metavar="NAME", help="A registered phone, by name or number.")
@click.option(
    "--tool", metavar="NAME", help="A program that reads forms and records out, such as ODK Briefcase."
)
@click.option("--form", "forms", multiple=True, help="With --tool: only this form. May be given again.")
@click.option("--days", default=7, show_default=True, help="With --tool: for how long.")
@click.option("--by", "made_by", default="operator", show_default=True, help="Who makes it.")
@click.option("--url", default="", help="Address phones use; also PTEAH_PUBLIC_URL.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def add(
    config: Config,
    db: Db,
    *,
    phone: str | None,
    tool: str | None,
    forms: tuple[str, ...],
    days: int,
    made_by: str,
    url: str,
    as_json: bool,
) -> None:
    """Make a user name and a password, and show them once.

    A phone keeps what its token may do. A tool reads published forms and every record of them with all
    answers, and can do nothing else; give it to nobody who may not read these.

    \b
    Example: pteah login add --tool "Yearly report" --form followup --days 3
    """
    if bool(phone) == bool(tool):
        raise click.UsageError("Name either a --phone or a --tool.")
    now = datetime.now(UTC)
    device = found_device(db, phone) if phone else None
    user, password = logins.add(
        db,
        derived_key(config.data, LOGINS),
        made_at=now,
        made_by=made_by,
        may="phone" if device else "pull",
        name=device.name if device else str(tool),
        device_id=device.id if device else "",
        forms=() if device else forms,
        ends_at=None if device else now + timedelta(days=days),
    )
    noted(db, "configuration", "user name made", user=user, may="phone" if device else "pull")
    server_url = f"{(url or address_of(config)).rstrip('/')}/openrosa"
    if as_json:
        click.echo(json.dumps({"server_url": server_url, "user": user, "password": password}))
        return
    click.echo("This is shown only now.\n")
    click.echo(f"  server URL  {server_url}\n  user name   {user}\n  password    {password}")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def list_(_config: Config, db: Db, as_json: bool) -> None:
    """Show every user name: what it may do, until when, and what it is for.

    \b
    Example: pteah login list
    """
    rows = [
        {
            "user": login.user,
            "may": login.may,
            "name": login.name,
            "forms": list(login.forms),
            "made_by": login.made_by,
            "ends_at": login.ends_at.isoformat() if login.ends_at else None,
        }
        for login in logins.every(db)
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for login in logins.every(db):
        until = f"until {local_date(login.ends_at)}" if login.ends_at else "until it is ended"
        click.echo(
            f"{login.user:16}  {login.may:6}  {until:20}  {login.name}  {' '.join(login.forms)}".rstrip()
        )
    click.echo(f"{len(rows)} user names")


@command.command()
@click.argument("user")
@with_database
def end(_config: Config, db: Db, user: str) -> None:
    """End a user name: from now on it opens nothing.

    \b
    Example: pteah login end pull-7k3mq9ax
    """
    logins.end(db, user, at=datetime.now(UTC))
    noted(db, "configuration", "user name ended", user=user)
    click.echo(f"{user} has ended")
