"""`pteah submission`: what was received, what is stuck, and how to have it worked through again."""

import json
from datetime import UTC, datetime

import click

from server.commands import with_database
from server.config import Config
from sync.core.problem import Problem
from sync.core.times import PHNOM_PENH
from sync.store import submissions
from sync.store.connect import Db


@click.group()
def command() -> None:
    """Records that phones sent: list those that are stuck, replay them."""


@command.command("list")
@click.option(
    "--state",
    type=click.Choice(submissions.STATES),
    default="set_aside",
    show_default=True,
    help="Which ones.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for a program.")
@with_database
def list_(_config: Config, db: Db, state: str, as_json: bool) -> None:
    """List submissions in one state, those received first on top.

    \b
    Example: pteah submission list --state set_aside
    """
    wanted = {"form_id": 1, "received_at": 1, "failures": 1, "problem": 1, "worker_id": 1}
    count = 0
    for found in db.submissions.find({"state": state}, wanted).sort("received_at", 1):
        count += 1
        received = found["received_at"].astimezone(PHNOM_PENH).strftime("%Y-%m-%d %H:%M %z")
        problem = found["problem"] or {}
        if as_json:
            click.echo(json.dumps({"instance_id": found["_id"], "received_at": received, "problem": problem}))
        else:
            click.echo(f"{found['_id']}  {found['form_id']}  {received}  {problem.get('message', '')}")
    if not as_json:
        click.echo(f"{count} submissions {state}")


@command.command()
@click.argument("instance_ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every submission that was set aside.")
@with_database
def replay(_config: Config, db: Db, instance_ids: tuple[str, ...], everything: bool) -> None:
    """Have submissions worked through again from the start.

    \b
    Examples: pteah submission replay uuid:0f4c…
              pteah submission replay --all
    """
    wanted = list(instance_ids)
    if everything:
        wanted += [found["_id"] for found in db.submissions.find({"state": "set_aside"}, {"_id": 1})]
    if not wanted and not everything:
        raise click.UsageError("Name at least one instance ID, or --all.")
    unknown = 0
    for instance_id in wanted:
        try:
            submissions.replay(db, instance_id, at=datetime.now(UTC))
        except Problem as problem:
            unknown += 1
            click.echo(f"{instance_id}  {problem}", err=True)
    click.echo(f"{len(wanted) - unknown} submissions will be worked through again")
    raise SystemExit(1 if unknown else 0)
