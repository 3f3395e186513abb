"""Where invented people live: forms and rules in force, their places, their workers' phones."""

import csv
import io
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from server.demo.blank import Blank, blank_from
from server.demo.writing import list_from
from sync.core.person import SCREENING
from sync.core.problem import Problem
from sync.core.protocol import Rules
from sync.core.times import PHNOM_PENH
from sync.core.xpath import Tree
from sync.store import attachments, devices, forms
from sync.store.connect import Db
from sync.store.rules import current_rules

WORKERS = 4
USER_AGENT = "pteah demo"
PLACES = ("villages", "communes", "districts", "provinces")
AROUND = {"villages": "commune", "communes": "district", "districts": "province"}
"""Place list -> the column that names the place around."""

Rows = list[dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class Form:
    """One published form with the lists that come with it."""

    blank: Blank
    rows: Mapping[str, Rows]
    """List name -> its rows."""

    @cached_property
    def others(self) -> Mapping[str, Tree]:
        """The lists that are not places."""
        return {name: list_from(rows) for name, rows in self.rows.items() if name not in PLACES}

    def lists_near(self, chance: random.Random) -> Mapping[str, Tree]:
        """The lists, those of places cut down to one village's neighbourhood.

        The answers come out the same and ten thousand villages need not be looked through for each.
        """
        found = dict(self.others)
        wanted: str | None = None
        for name in PLACES:
            rows = self.rows.get(name, [])
            if not rows:
                continue
            here = next((row for row in rows if row["name"] == wanted), None) or chance.choice(rows)
            around = AROUND.get(name, "")
            wanted = here.get(around)
            near = [row for row in rows if row.get(around) == wanted] if name == PLACES[0] else [here]
            found[name] = list_from(near)
        return found


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The database, the forms and rules in force, and the moment it is."""

    db: Db
    rules: Rules
    forms: Mapping[str, Form]
    devices: Mapping[str, str]
    """Worker ID -> device ID, for everyone who visits invented people."""
    now: datetime

    @property
    def today(self) -> date:
        """The day in Cambodia."""
        return self.now.astimezone(PHNOM_PENH).date()

    @cached_property
    def workers(self) -> tuple[str, ...]:
        """Worker IDs, in order."""
        return tuple(sorted(self.devices))


def set_stage(db: Db, *, now: datetime) -> Stage:
    """Everything the invented people need; registers their workers' phones if nobody has yet.

    Raises Problem protocol.missing or form.unknown when nothing is published.
    """
    rules = current_rules(db)
    if rules is None:
        raise Problem("protocol.missing")
    known = {form["form_id"]: _form(db, form) for form in forms.current(db)}
    if SCREENING not in known:
        raise Problem("form.unknown")
    return Stage(db=db, rules=rules, forms=known, devices=_devices(db, now), now=now)


def _form(db: Db, form: Mapping[str, Any]) -> Form:
    return Form(
        blank=blank_from(forms.xform_of(db, form["form_id"], form["version"])),
        rows={
            media["name"].removesuffix(".csv"): _rows(attachments.open(db, media["sha256"]).read())
            for media in form["media"]
            if media["name"].endswith(".csv")
        },
    )


def _rows(content: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def _devices(db: Db, now: datetime) -> dict[str, str]:
    """The phones of a trial, and four more of invented workers."""
    known = {
        device.worker_id: device.id for device in devices.all(db) if device.demo and not device.revoked_at
    }
    for number in range(1, WORKERS + 1):
        worker_id = f"demo-{number}"
        if worker_id not in known:
            token = devices.add(
                db,
                name=f"Demo phone {number}",
                worker_id=worker_id,
                worker_name=f"Demo worker {number}",
                made_at=now,
                demo=True,
            )
            known[worker_id] = devices.id_of(token)
    return known
