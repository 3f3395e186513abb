"""`pteah device`: the phones that may fetch forms and send records."""

import json
from datetime import UTC, datetime
from io import StringIO

import click
import segno

from server.commands import noted, with_database
from server.config import Config
from server.data_folder import Folder
from server.phones.settings_qr import settings_for
from sync.core.problem import Problem
from sync.core.times import local_date
from sync.store import devices
from sync.store.connect import Db

PROJECT_NAME = "Pteah"
SHORT_ID = 12
"""How many characters of a phone's number are shown, and enough to name it."""


@click.group(name="device")
def command() -> None:
    """Phones that may fetch forms and send records.

    \b
    Example: pteah device add "Phone 7" --worker outreach-3
    """


@command.command()
@click.argument("name")
@click.option("--worker", "worker_id", default="outreach-1", show_default=True, help="Who carries it.")
@click.option("--worker-name", default="", help="The worker's name, for coordinators.  [the worker's ID]")
@click.option("--url", default="", help="Address phones use; also PTEAH_PUBLIC_URL.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def add(
    config: Config, db: Db, *, name: str, worker_id: str, worker_name: str, url: str, as_json: bool
) -> None:
    """Register a phone and show its address and the code it is to scan, once.

    \b
    Example: pteah device add "Phone 7" --worker outreach-3 --worker-name "Worker Three"
    """
    token = devices.add(
        db, name=name, worker_id=worker_id, worker_name=worker_name or worker_id, made_at=datetime.now(UTC)
    )
    noted(db, "configuration", "phone added", phone=devices.id_of(token)[:SHORT_ID])
    server_url = f"{(url or address_of(config)).rstrip('/')}/key/{token}"
    qr = settings_for(server_url, PROJECT_NAME)
    if as_json:
        added = {"id": devices.id_of(token), "name": name, "server_url": server_url, "qr": qr}
        click.echo(json.dumps(added, ensure_ascii=False))
        return
    click.echo(f"{name} is registered for {worker_name or worker_id}. This is shown only now.\n")
    click.echo("In ODK Collect: “Configure with QR code”, and scan this:\n")
    click.echo(drawn(qr))
    click.echo(f"or “Configure manually”, and type this server URL:\n  {server_url}")


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_database
def list_(config: Config, db: Db, as_json: bool) -> None:
    """Show every phone: its number, when it was last heard from, its worker and its name.

    \b
    Example: pteah device list
    """
    known = list(devices.all(db))
    if as_json:
        click.echo(json.dumps([_row(device) for device in known], ensure_ascii=False))
        return
    for device in known:
        click.echo(f"{device.id[:SHORT_ID]}  {_state(device):24}  {device.worker_id:16}  {device.name}")
    in_use = sum(not device.revoked_at for device in known)
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
    """What phones are told where nobody says otherwise: the public URL, or where the server last ran."""
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
    if device.revoked_at:
        return f"revoked {local_date(device.revoked_at)}"
    return f"heard on {local_date(device.last_contact_at)}" if device.last_contact_at else "never heard from"


def _row(device: devices.Device) -> dict[str, object]:
    heard = device.last_contact_at
    return {
        "id": device.id,
        "name": device.name,
        "worker_id": device.worker_id,
        "worker_name": device.worker_name,
        "revoked": device.revoked_at is not None,
        "last_contact_at": heard.isoformat() if heard else None,
        "demo": device.demo,
    }
