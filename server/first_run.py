"""What the first start of an empty Pteah makes: our workbooks, an administrator, a token, a phone.

`first-run.json` in the data folder (0600) holds the secrets that are shown only once. Each is written
there before anybody could need it, so that a start that was cut off is continued by the next one. The
operator deletes the file once everything is noted.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsforms
from server import accounts, tokens
from server.data_folder import Folder, write_private
from server.phones.settings_qr import settings_for
from sync.core.problem import Problem
from sync.store import devices, forms, protocols
from sync.store.connect import Db

PROJECT_NAME = "Pteah"
FIRST_WORKER = ("outreach-1", "First outreach worker")
# One of those whose list has invented people on it; see server.demo.stage.
DEMO_WORKER = ("demo-1", "Demo worker 1")

# Published after the protocol, whose levels and places they use.
FORM_WORKBOOKS = {"screening": "screening.xlsx", "intake": "intake.xlsx", "followup": "followup.xlsx"}
PROTOCOL_WORKBOOK = "protocol.xlsx"


@dataclass(frozen=True)
class FirstRun:
    """What there is to say at a start."""

    notes: dict[str, Any]
    """`url`, `admin` {`user`, `password`}, `api_token`, `phone` {`server_url`, `qr`}; empty when the
    file was deleted."""
    is_first: bool
    """Whether the administrator was made just now: the password is shown this once."""


def prepare(db: Db, data: Path, *, url: str, now: datetime, demo: bool) -> FirstRun:
    """Make whatever a first start makes and is not there yet; later starts only correct the address."""
    publish_our_workbooks(db, published_at=now)
    path = Folder(data).first_run
    notes = _read(path)
    is_first = not accounts.all_of(db)
    if is_first:
        # Kept from a start that was cut off, if there was one; nothing else in it means anything yet.
        kept = notes.get("admin", {}).get("password")
        notes = {"url": url, "admin": {"user": "admin", "password": kept or accounts.new_password()}}
        _write(path, notes)
        _add_administrator(db, notes["admin"]["password"], now)
    if not notes:
        return FirstRun({}, is_first=False)
    if "api_token" not in notes:
        notes["api_token"] = tokens.add(db, name="first run", made_by="admin", made_at=now)
        _write(path, notes)
    if "phone" not in notes:
        notes["phone"] = _add_phone(db, url, now, demo=demo)
        _write(path, notes)
    if notes["url"] != url:
        notes["phone"] = _phone(url, notes["phone"]["server_url"].rsplit("/", 1)[1])
        notes["url"] = url
        _write(path, notes)
    return FirstRun(notes, is_first)


def publish_our_workbooks(db: Db, *, published_at: datetime) -> None:
    """Publish those of our workbooks whose form was never published here in any version."""
    missing = [name for form_id, name in FORM_WORKBOOKS.items() if not forms.is_known(db, form_id)]
    if protocols.current(db) is None:
        missing.insert(0, PROTOCOL_WORKBOOK)
    if not missing:
        return
    # The converter takes a second to load and memory to keep: only where there is something to convert.
    from xlsforms.publish import publish  # noqa: PLC0415

    folder = Path(xlsforms.__file__).parent
    for filename in missing:
        publish(db, (folder / filename).read_bytes(), filename, published_at, "pteah")


def _add_administrator(db: Db, password: str, now: datetime) -> None:
    with suppress(Problem):  # another server that starts together with this one was quicker
        accounts.add(
            db, user="admin", name="Administrator", role="administrator", password=password, made_at=now
        )


def _add_phone(db: Db, url: str, now: datetime, *, demo: bool) -> dict[str, str]:
    worker_id, worker_name = DEMO_WORKER if demo else FIRST_WORKER
    token = devices.add(
        db, name="First phone", worker_id=worker_id, worker_name=worker_name, made_at=now, demo=demo
    )
    return _phone(url, token)


def _phone(url: str, token: str) -> dict[str, str]:
    server_url = f"{url}/key/{token}"
    return {"server_url": server_url, "qr": settings_for(server_url, PROJECT_NAME)}


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, notes: dict[str, Any]) -> None:
    write_private(path, json.dumps(notes, indent=2) + "\n")
