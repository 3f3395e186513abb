"""Phones at a glance: heard from when, with what on them, and what of theirs is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sync.store import audit, devices, forms, ledger
from sync.store.connect import Db, Document
from sync.store.devices import Device

SHORT_ID = 12
"""How much of a phone's number names it in the audit."""
TOGETHER = timedelta(hours=24)
ROWS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneState:
    """One phone as its coordinator needs to see it."""

    device: Device
    missing: int
    """Records begun on it that have not arrived and that nobody looked into."""
    behind: tuple[str, ...]
    """Forms of which it fetched an older version than the one in force."""
    shared: bool
    """Two installations of Collect use its code at the same time: it was scanned twice."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The list of people a phone fetched last."""

    at: datetime | None
    """None: it never fetched one."""
    people: tuple[str, ...]
    """Entity IDs."""


def overview(db: Db, device_ids: Sequence[str] | None = None) -> list[PhoneState]:
    """Every phone ever registered, by name; or these, in this order."""
    missing = ledger.missing_by_device(db)
    newest = {form["form_id"]: form["version"] for form in forms.current(db)}
    phones = devices.all(db) if device_ids is None else devices.these(db, device_ids)
    return [state_of(device, missing.get(device.id, 0), newest) for device in phones]


def state_of(device: Device, missing: int, newest: Mapping[str, str]) -> PhoneState:
    """The state of one phone; `newest` are the versions in force by form ID."""
    behind = [
        form["form_id"]
        for form in device.forms
        if newest.get(form["form_id"], form["version"]) != form["version"]
    ]
    ends = sorted(one["last_at"] for one in device.installs)
    begun = max((one["first_at"] for one in device.installs), default=None)
    # The one before was heard from after the newest one had begun.
    shared = len(ends) > 1 and begun is not None and ends[-2] > begun + TOGETHER
    return PhoneState(device=device, missing=missing, behind=tuple(sorted(behind)), shared=shared)


def people_on(db: Db, device: Device) -> Carried:
    """Who was on the list that this phone fetched last, as the audit has it."""
    by, after = f"phone:{device.id[:SHORT_ID]}", None
    newest: Document | None = None
    while rows := audit.recent(db, by=by, kind="phone_list", after=after, limit=ROWS):
        newest = newest or rows[0]
        for row in rows:
            # A list that was fetched again is named without its people, who stand in the row before it.
            if row["more"].get("md5") == newest["more"].get("md5") and not row["more"].get("again"):
                return Carried(newest["at"], tuple(row["about"]))
        after = rows[-1]["at"], rows[-1]["_id"]
    return Carried(newest["at"] if newest else None, ())


def for_programs(phone: PhoneState) -> dict[str, Any]:
    """A phone as programs are told of it; never its token."""
    device = phone.device

    def said(at: datetime | None) -> str | None:
        return at.isoformat() if at else None

    return {
        "id": device.id,
        "name": device.name,
        "worker_id": device.worker_id,
        "worker_name": device.worker_name,
        "made_at": said(device.made_at),
        "revoked": device.revoked_at is not None,
        "revoked_at": said(device.revoked_at),
        "lost_at": said(device.lost_at),
        "last_contact_at": said(device.last_contact_at),
        "collect_version": device.collect_version,
        "installs": len(device.installs),
        "scanned_twice": phone.shared,
        "forms": [{"form_id": one["form_id"], "version": one["version"]} for one in device.forms],
        "forms_behind": list(phone.behind),
        "list": {"people": device.list["people"], "fetched_at": said(device.list["at"])}
        if device.list
        else None,
        "records_missing": phone.missing,
        "demo": device.demo,
    }
