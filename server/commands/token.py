"""`pteah token`: programs that may ask under /api/v1."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from server import tokens
from server.commands import noted, with_database
from server.commands.user import scope_options
from server.config import Config
from sync.store.connect import Db


@click.group(name="token")
def command() -> None:
    """Programs that may ask under /api/v1.

    \b
    Example: pteah token add "Monthly report"
    """


@command.command()
@click.argument("name")
@click.option("--may-decide", is_flag=True, help="It may also decide about cases, not only read.")
@click.option("--may-manage-phones", is_flag=True, help="It may also connect and lock out phones.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(tokens.SCOPES),
    help="What it may ask for; may be given several times. Default: read.",
)
@click.option("--days", type=click.IntRange(1, 3650), help="How long it opens anything. Default: no end.")
@scope_options
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def add(
    config: Config,
    db: Db,
    *,
    name: str,
    may_decide: bool,
    may_manage_phones: bool,
    scopes: tuple[str, ...],
    days: int | None,
    as_json: bool,
    **words: Any,
) -> None:
    """Make a token for a program and show it, once.

    \b
    Example: pteah token add "Monthly report" --scope numbers --days 90
    """
    at = datetime.now(UTC)
    more = (*(["read", "decide"] if may_decide else []), *(["read", "phones"] if may_manage_phones else []))
    wanted = tuple(dict.fromkeys((*scopes, *more))) or ("read",)
    words["organisation"] = words["organisation"] or ""
    token = tokens.add(
        db,
        name=name,
        made_by="command line",
        made_at=at,
        scopes=wanted,
        expires_at=at + timedelta(days=days) if days else None,
        **words,
    )
    noted(db, "configuration", "token added", name=name, scopes=list(wanted))
    click.echo(json.dumps({"name": name, "token": token}) if as_json else token)


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def list_(config: Config, db: Db, as_json: bool) -> None:
    """Show every token by its number; the tokens themselves are not kept.

    \b
    Example: pteah token list
    """
    known = tokens.all_of(db)
    if as_json:
        rows = [
            {
                "id": t.id,
                "name": t.name,
                "scopes": t.scopes,
                "revoked": t.revoked_at is not None,
                "expires_at": t.expires_at.isoformat() if t.expires_at else None,
            }
            for t in known
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for token in known:
        used = (
            token.last_used_at.strftime("last used %Y-%m-%d %H:%M UTC")
            if token.last_used_at
            else "never used"
        )
        state = token.revoked_at.strftime("revoked %Y-%m-%d") if token.revoked_at else used
        if token.expires_at and not token.revoked_at:
            state = token.expires_at.strftime("until %Y-%m-%d, ") + state
        click.echo(f"{token.id}  {state:32}  {','.join(token.scopes):11}  {token.name}")
    click.echo(f"{len(known)} tokens")


@command.command()
@click.argument("token_id")
@with_database
def revoke(config: Config, db: Db, token_id: str) -> None:
    """End a token by its number, as `pteah token list` shows it.

    \b
    Example: pteah token revoke 1f0c9a72be44
    """
    ended = tokens.revoke(db, token_id, at=datetime.now(UTC))
    noted(db, "configuration", "token revoked", name=ended.name)
    click.echo(f"{ended.id} ({ended.name}) is revoked")
