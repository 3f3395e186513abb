"""`pteah device`: the phones that may fetch forms and send records."""

import json
from datetime import UTC, datetime
from io import StringIO
from typing import IO

import click
import segno

from server.commands import noted, with_database
from server.config import Config
from server.data_folder import Folder
from server.phones.connecting import connect, phones_in
from server.phones.lists import list_of
from server.phones.overview import for_programs, overview, people_on
from sync.core.phone_csv import MOST_BYTES, worker_fault
from sync.core.problem import Problem
from sync.core.times import local_date
from sync.core.worker import Worker
from sync.store import caseload, devices, workers
from sync.store.connect import Db

SHORT_ID = 12
"""How many characters of a phone's number are shown, and enough to name it."""


@click.group(name="device")
def command() -> None:
    """Phones that may fetch forms and send records.

    \b
    Example: pteah device add "Phone 7" --worker outreach-3
    """


@command.command()
@click.argument("name", required=False)
@click.option("--worker", "worker_id", default="outreach-1", show_default=True, help="Who carries it.")
@click.option("--worker-name", default="", help="The worker's name, for coordinators.  [the worker's ID]")
@click.option("--csv", "csv_file", type=click.File("rb"), help="Many at once: a file with name, worker, …")
@click.option("--url", default="", help="Address phones use; also PTEAH_PUBLIC_URL.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def add(
    config: Config,
    db: Db,
    *,
    name: str | None,
    worker_id: str,
    worker_name: str,
    csv_file: IO[bytes] | None,
    url: str,
    as_json: bool,
) -> None:
    """Register a phone, or all of a CSV file, and show each address and the code to scan, once.

    The file has a line for each phone: name, worker, and as wished worker name, team, places, covers,
    ahead days. Where anything in it is wrong, nothing is added and every fault is named.

    \b
    Example: pteah device add "Phone 7" --worker outreach-3 --worker-name "Worker Three"
    Example: pteah device add --csv phones.csv
    """
    if (name is None) == (csv_file is None):
        raise click.UsageError("Give the name of one phone, or --csv FILE.")
    phones = _of_file(db, csv_file) if csv_file else _one(db, str(name), worker_id, worker_name)
    base_url = url or address_of(config)
    connected = connect(db, phones, base_url=base_url, at=datetime.now(UTC))
    for one in connected:
        noted(db, "configuration", "phone added", phone=one.id[:SHORT_ID])
        if not as_json:
            click.echo(f"{one.name} is registered for {one.worker.name}. This is shown only now.\n")
            click.echo("In ODK Collect: “Configure with QR code”, and scan this:\n")
            click.echo(drawn(one.qr))
            click.echo(f"or “Configure manually”, and type this server URL:\n  {one.server_url}\n")
    if as_json:
        told = [{"id": o.id, "name": o.name, "server_url": o.server_url, "qr": o.qr} for o in connected]
        click.echo(json.dumps(told if csv_file else told[0], ensure_ascii=False))


def _one(db: Db, name: str, worker_id: str, worker_name: str) -> list[tuple[str, Worker]]:
    worker = workers.find(db, worker_id) or Worker(id=worker_id, name=worker_name or worker_id)
    if fault := worker_fault(worker):
        raise fault
    return [(name, worker)]


def _of_file(db: Db, file: IO[bytes]) -> list[tuple[str, Worker]]:
    """The phones of a CSV file; every fault in it on stderr and exit code 1 otherwise."""
    read = phones_in(db, file.read(MOST_BYTES + 1))
    for finding in read.findings:
        click.echo(
            f"line {finding.line}: {finding.problem}" if finding.line else str(finding.problem), err=True
        )
    if read.findings:
        raise SystemExit(1)
    return list(read.phones)


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def list_(config: Config, db: Db, as_json: bool) -> None:
    """Show every phone: its number, when it was last heard from, its worker and its name.

    \b
    Example: pteah device list
    """
    known = overview(db)
    if as_json:
        click.echo(json.dumps([for_programs(phone) for phone in known], ensure_ascii=False))
        return
    for phone in known:
        device = phone.device
        missing = f"  {phone.missing} records missing" if phone.missing else ""
        click.echo(
            f"{device.id[:SHORT_ID]}  {_state(device):24}  {device.worker_id:16}  {device.name}{missing}"
        )
    in_use = sum(not phone.device.revoked_at for phone in known)
    click.echo(f"{len(known)} phones, {in_use} in use")


@command.command()
@click.argument("name_or_number")
@with_database
def revoke(config: Config, db: Db, name_or_number: str) -> None:
    """Let a phone go, by its number or name: from now on it may neither ask nor send.

    \b
    Example: pteah device revoke 1f0c9a72be44
    """
    device = found_device(db, name_or_number)
    devices.revoke(db, device.id, at=datetime.now(UTC))
    noted(db, "configuration", "phone revoked", phone=device.id[:SHORT_ID])
    click.echo(f"{device.id[:SHORT_ID]} ({device.name}) is revoked")


@command.command()
@click.argument("name_or_number")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_database
def lost(config: Config, db: Db, name_or_number: str, yes: bool) -> None:
    """Lock out a lost phone at once, and list by case code the people whose list it held.

    \b
    Example: pteah device lost "Phone 7"
    """
    device = found_device(db, name_or_number)
    if not yes:
        click.confirm(f"Lock out {device.name} of {device.worker_name} for good?", abort=True)
    at = datetime.now(UTC)
    devices.revoke(db, device.id, at=at, lost=True)
    carried = people_on(db, device)
    codes = [file["case_code"] for file in caseload.among(db, carried.people, {})]
    noted(db, "configuration", "phone lost", phone=device.id[:SHORT_ID], about=carried.people)
    click.echo(f"{device.id[:SHORT_ID]} ({device.name}) is locked out.")
    if carried.at is None:
        click.echo("It never fetched a list of people.")
        return
    click.echo(
        f"It fetched its last list at {carried.at:%Y-%m-%d %H:%M} UTC, with {len(carried.people)} people:"
    )
    for code in sorted(codes):
        click.echo(f"  {code}")
    click.echo("Tell those who answer for them today: /phones has the steps.")


@command.command()
@click.argument("worker_id")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def preview(config: Config, db: Db, worker_id: str, as_json: bool) -> None:
    """Show the list of people as the phones of this worker get it now. It has names: mind who looks on.

    \b
    Example: pteah device preview outreach-3
    """
    worker = workers.named(db, worker_id)
    found = list_of(db, worker.id, local_date(datetime.now(UTC)))
    noted(db, "list", "list previewed", worker=worker.id, about=[row.entity_id for row in found.rows])
    if as_json:
        rows = [{"id": row.entity_id, "label": row.label, **row.properties} for row in found.rows]
        click.echo(json.dumps({"worker": worker.id, "md5": found.md5, "people": rows}, ensure_ascii=False))
        return
    for row in found.rows:
        said = row.properties
        click.echo(f"{row.label}  [{said['case_code']}]  {said['village_name']}  {said['visit_reason']}")
    click.echo(f"{len(found.rows)} people on the list of {worker.name}")


def found_device(db: Db, name_or_number: str) -> devices.Device:
    """The one phone in use that is meant. Raises Problem device.unregistered, device.ambiguous."""
    in_use = [device for device in devices.all(db) if not device.revoked_at]
    is_number = len(name_or_number) >= SHORT_ID
    meant = [one for one in in_use if is_number and one.id.startswith(name_or_number.lower())]
    meant = meant or [one for one in in_use if one.name == name_or_number]
    if not meant:
        raise Problem("device.unregistered")
    if len(meant) > 1:
        raise Problem("device.ambiguous", numbers=", ".join(one.id[:SHORT_ID] for one in meant))
    return meant[0]


def address_of(config: Config) -> str:
    """The address for phones and people: the public URL, or where the server last ran."""
    if config.public_url:
        return config.public_url
    try:
        return str(json.loads(Folder(config.data).first_run.read_text(encoding="utf-8"))["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return f"http://{config.host}:{config.port}"


def drawn(text: str) -> str:
    """The code as a terminal shows it."""
    drawn = StringIO()
    segno.make(text, error="l", micro=False).terminal(drawn, compact=True)
    return drawn.getvalue()


def _state(device: devices.Device) -> str:
    if device.lost_at:
        return f"lost {local_date(device.lost_at)}"
    if device.revoked_at:
        return f"revoked {local_date(device.revoked_at)}"
    return f"heard on {local_date(device.last_contact_at)}" if device.last_contact_at else "never heard from"
