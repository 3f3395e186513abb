"""`pteah worker`: the outreach workers, whose people are on their phones, and what becomes of those when one
leaves."""

import json
from datetime import UTC, datetime
from typing import Any

import click

from server.commands import COMMAND_LINE, noted, with_database
from server.config import Config
from sync.core.phone_csv import worker_fault
from sync.core.times import local_date
from sync.core.worker import COVERS, Worker
from sync.handing_over import leave as let_leave
from sync.store import caseload, workers
from sync.store.connect import Db


@click.group(name="worker")
def command() -> None:
    """Outreach workers: who they are, and whose people are on their phones.

    \b
    Example: pteah worker add sophea --name "Sophea" --team north
    """


@command.command()
@click.argument("worker_id")
@click.option("--name", default="", help="For coordinators.  [the short name]")
@click.option("--team", default="", help="With whom they work.")
@click.option("--place", "places", multiple=True, help="Code of a province, district or commune.")
@click.option(
    "--covers", type=click.Choice(COVERS), default="own", show_default=True, help="Whose people are listed."
)
@click.option("--ahead-days", type=int, help="How long before a visit a person is listed; 0: always.")
@click.option("--organisation", default="", help="Another organisation's name.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def add(_config: Config, db: Db, *, worker_id: str, name: str, as_json: bool, **more: Any) -> None:
    """Enter a worker. The short name cannot be changed later: phones and records name them by it.

    \b
    Example: pteah worker add sophea --name "Sophea" --team north --place 2001 --covers team
    """
    worker = Worker(id=worker_id, name=name or worker_id, **more)
    if fault := worker_fault(worker):
        raise fault
    workers.add(db, worker)
    noted(db, "configuration", "worker added", worker=worker.id)
    if as_json:
        click.echo(json.dumps(_for_programs(worker, {}), ensure_ascii=False))
    else:
        click.echo(f"{worker.id} is entered. A phone: pteah device add NAME --worker {worker.id}")


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def list_(_config: Config, db: Db, as_json: bool) -> None:
    """Show every worker: how many people they visit, whose are on their phones, who left.

    \b
    Example: pteah worker list
    """
    known = sorted(workers.every(db), key=lambda worker: not worker.is_active)
    people = caseload.open_cases(db, [worker.id for worker in known])
    if as_json:
        click.echo(json.dumps([_for_programs(worker, people) for worker in known], ensure_ascii=False))
        return
    for worker in known:
        state = f"left {local_date(worker.left_at)}" if worker.left_at else "works here"
        words = (worker.name, worker.team, *worker.places)
        line = f"{worker.id:16}  {state:15}  {people.get(worker.id, 0):>5} people  {worker.covers:6}"
        click.echo(f"{line}  {' · '.join(filter(None, words))}")
    click.echo(f"{len(known)} workers, {sum(worker.is_active for worker in known)} work here")
    if left := sum(people.get(worker.id, 0) for worker in known if not worker.is_active):
        click.echo(f"{left} people are in the care of somebody who left: pteah worker leave ID --to ANOTHER")


@command.command()
@click.argument("worker_id")
@click.option("--to", default="", metavar="ID", help="The worker who takes all of their people over.")
@click.option("--wait", is_flag=True, help="Their people wait on Today until somebody hands them over.")
@click.option("--reason", default="", help="What the next worker should know; stays with each case.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def leave(
    _config: Config, db: Db, *, worker_id: str, to: str, wait: bool, reason: str, yes: bool, as_json: bool
) -> None:
    """A worker works here no longer: their people go to another, and the list on their phones is empty at
    the next refresh. What is still on the phones can be sent. Once more with --to: those who waited go over.

    \b
    Example: pteah worker leave sophea --to dara
    """
    worker = workers.named(db, worker_id)
    people = caseload.open_cases(db, [worker_id]).get(worker_id, 0)
    if not yes and (to or wait or not people):  # else it is refused, with the number
        becomes = f"go to {workers.named(db, to).name}" if to else "wait on Today"
        about = f" Their {people} people {becomes}." if people else ""
        click.confirm(f"{worker.name} works here no longer.{about} Go on?", abort=True)
    at = datetime.now(UTC)
    handed = let_leave(db, worker_id, to=to, wait=wait, by=COMMAND_LINE, at=at, reason=reason)
    noted(db, "configuration", "worker left", worker=worker_id, to=to, people=handed)
    left = caseload.open_cases(db, [worker_id])
    if as_json:
        told = _for_programs(workers.named(db, worker_id), left) | {"handed_over": handed}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"{worker_id} works here no longer; {handed} people went to {to or 'nobody'}.")
    if waiting := left.get(worker_id):
        click.echo(f"{waiting} people wait: pteah worker leave {worker_id} --to ANOTHER")
    click.echo(f"To undo it: pteah worker return {worker_id}")


@command.command(name="return")
@click.argument("worker_id")
@with_database
def return_(_config: Config, db: Db, worker_id: str) -> None:
    """A worker works here again. Whoever was handed over stays with the other.

    \b
    Example: pteah worker return sophea
    """
    workers.come_back(db, worker_id)
    noted(db, "configuration", "worker came back", worker=worker_id)
    people = caseload.open_cases(db, [worker_id]).get(worker_id, 0)
    click.echo(f"{worker_id} works here again, with {people} people")


def _for_programs(worker: Worker, people: dict[str, int]) -> dict[str, Any]:
    return {
        "worker_id": worker.id,
        "name": worker.name,
        "team": worker.team,
        "places": list(worker.places),
        "covers": worker.covers,
        "ahead_days": worker.ahead_days,
        "organisation": worker.organisation,
        "left_at": worker.left_at.isoformat() if worker.left_at else None,
        "people": people.get(worker.id, 0),
    }
