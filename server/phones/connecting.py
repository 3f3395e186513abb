"""Connecting phones, one or many: what a phone is given, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.phones.settings_qr import settings_for
from sync.core.phone_csv import Read, read_phones
from sync.core.worker import Worker
from sync.store import devices, programme, workers
from sync.store.connect import Db


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A phone that was just registered. Its address and its code are known this once."""

    id: str
    name: str
    worker: Worker
    server_url: str
    qr: str
    """The text of the code it is to scan."""


def connect(db: Db, phones: Sequence[tuple[str, Worker]], *, base_url: str, at: datetime) -> list[Connected]:
    """Register these phones (name, whose), all or none. `base_url` is how phones reach this server."""
    settings = programme.phone_settings(db)
    tokens = devices.add_all(db, phones, made_at=at)
    connected = []
    for token, (name, worker) in zip(tokens, phones, strict=True):
        server_url = f"{base_url.rstrip('/')}/key/{token}"
        qr = settings_for(server_url, settings=settings, worker_id=worker.id)
        connected.append(
            Connected(id=devices.id_of(token), name=name, worker=worker, server_url=server_url, qr=qr)
        )
    return connected


def phones_in(db: Db, content: bytes) -> Read:
    """The phones that this CSV file wants connected here, or everything that is wrong in it."""
    in_use = {device.name for device in devices.all(db) if not device.revoked_at}
    return read_phones(content, {worker.id: worker for worker in workers.every(db)}, in_use)
