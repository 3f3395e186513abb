"""`pteah erase`: everything about one person, for ever, once two people have said so."""

import json
from datetime import UTC, datetime
from typing import Any

import click

from server import accounts
from server.commands import with_database
from server.config import Config
from sync import erasing
from sync.core.problem import Problem
from sync.store import erasures, returnees
from sync.store.connect import Db
from sync.store.rules import current_rules


@click.command(
    epilog="Example: pteah erase KH-12-2026-00017 --by dara --why 'She asked for it'; then, as another "
    "administrator: pteah erase KH-12-2026-00017 --by bopha --confirm"
)
@click.argument("case", required=False, default="")
@click.option("--by", required=True, help="The administrator's account who asks, confirms or refuses.")
@click.option("--why", default="", help="Why; needed to ask, to refuse and to hold.")
@click.option("--confirm", is_flag=True, help="Confirm what somebody else asked for: it is done at once.")
@click.option("--refuse", is_flag=True, help="Refuse what was asked for.")
@click.option("--hold", is_flag=True, help="Legal hold: from now on nobody may erase this person.")
@click.option("--release", is_flag=True, help="Take the legal hold off.")
@click.option("--json", "as_json", is_flag=True, help="Write the certificate as JSON.")
@with_database
def command(_config: Config, db: Db, **words: Any) -> None:
    """Erase the person with this CASE code: her key is destroyed, and what was sealed under it with it.

    One administrator asks, another confirms. Nothing brings her back, no backup either; see README, “Erasing
    a person”, for what you must do about older copies.
    """
    by, at = administrator(db, words["by"]), datetime.now(UTC)
    file = returnees.find(db, words["case"])
    if file is None:
        raise Problem("returnee.unknown")
    if words["hold"]:
        erasing.hold(db, file, at=at, by=by, why=words["why"])
        click.echo(f"{file['case_code']} is held: nobody may erase it")
    elif words["release"]:
        erasing.release(db, file, at=at, by=by)
        click.echo(f"{file['case_code']} is held no longer")
    elif words["confirm"] or words["refuse"]:
        _answer(db, file, words, by=by, at=at)
    else:
        erasing.ask(db, file, at=at, by=by, why=words["why"])
        click.echo(f"Asked. Another administrator confirms: pteah erase {file['case_code']} --by … --confirm")


def _answer(db: Db, file: dict[str, Any], words: dict[str, Any], *, by: str, at: datetime) -> None:
    request = erasures.open_of(db, file["_id"])
    if request is None:
        raise Problem("erasure.unknown")
    if words["refuse"]:
        erasing.refuse(db, request["_id"], at=at, by=by, why=words["why"])
        click.echo(f"{file['case_code']} is not erased")
        return
    rules = current_rules(db)
    if rules is None:
        raise Problem("protocol.missing")
    certificate = erasing.confirm(db, request["_id"], rules, at=at, by=by)
    if words["as_json"]:
        click.echo(json.dumps(certificate, default=str))
        return
    click.echo(f"{certificate['case_code']} is erased. Taken away:")
    for name, count in certificate["taken_away"].items():
        click.echo(f"  {count:6,}  {name}")
    click.echo("Now: pteah key rotate, and pteah backup into each folder that holds backups.")


def administrator(db: Db, user: str) -> str:
    """The account of this name, which may erase. Raises Problem account.not_allowed."""
    account = accounts.find(db, user)
    if account is None or not account.may("erase"):
        raise Problem("account.not_allowed")
    return account.user
