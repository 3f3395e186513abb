"""Outreach workers: their team, their places, and the list of people on their phones."""

from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.noting import noted
from server.people import access
from server.people.pages import blueprint
from server.people.words import later, told
from server.phones.lists import list_of
from sync.core.entity_list import PROPERTIES
from sync.core.phone_csv import LONGEST_NAME, MOST_AHEAD_DAYS, worker_fault
from sync.core.problem import Problem
from sync.core.times import local_date
from sync.core.worker import COVERS, Worker
from sync.handing_over import leave
from sync.store import caseload, devices, phone_lists, workers

COVERS_NAMES = {
    "own": later("their own people"),
    "team": later("everybody their team visits"),
    "places": later("everybody in their places"),
}
ROWS = 100
WAIT = "-"
"""Chosen for: they wait on Today until somebody hands them over. No worker has such a name."""
REASON_NAMES = {
    "visit": later("visit"),
    "full": later("longer visit"),
    "call_first": later("please call first"),
}


@blueprint.get("/workers")
@may("manage_phones")
def show_workers() -> str:
    """Every worker, those who left last, and the form to enter one."""
    return _page()


@blueprint.post("/workers")
@may("manage_phones")
def add_worker() -> str | Response | tuple[str, int]:
    """Enter a worker."""
    given = _given()
    worker = _worker(given)
    try:
        if isinstance(worker, Problem):
            raise worker
        workers.add(here().db, worker)
    except Problem as problem:
        return _page(given=given, fault=told(problem)), 400
    noted("configuration", "worker added", worker=worker.id)
    return redirect(url_for("people.show_workers"), 303)


@blueprint.get("/workers/<worker_id>")
@may("manage_phones")
def show_worker(worker_id: str) -> str:
    """One worker, to be changed."""
    return _worker_page(workers.named(here().db, worker_id))


@blueprint.post("/workers/<worker_id>")
@may("manage_phones")
def change_worker(worker_id: str) -> str | Response | tuple[str, int]:
    """Change a worker; the short name stays, records and phones name them by it."""
    before = workers.named(here().db, worker_id)
    if request.form.get("do") == "leave":
        return _leave(before)
    if request.form.get("do") == "come_back":
        workers.come_back(here().db, worker_id)
        noted("configuration", "worker came back", worker=worker_id)
        return redirect(url_for("people.show_worker", worker_id=worker_id), 303)
    given = _given() | {"id": worker_id}
    worker = _worker(given)
    if isinstance(worker, Problem):
        return _worker_page(before, given=given, fault=told(worker)), 400
    names = ("name", "team", "places", "covers", "ahead_days")
    workers.change(here().db, worker_id, **{name: getattr(worker, name) for name in names})
    noted("configuration", "worker changed", worker=worker_id)
    return redirect(url_for("people.show_workers"), 303)


def _leave(worker: Worker) -> Response | tuple[str, int]:
    """Let a worker go once it is said what becomes of their people."""
    to = request.form.get("to", "")[:LONGEST_NAME]
    wait, to = to == WAIT, "" if to == WAIT else to
    try:
        handed = leave(here().db, worker.id, to=to, wait=wait, by=g.account.user, at=here().now())
    except Problem as problem:
        return _worker_page(worker, fault=told(problem)), 400
    noted("configuration", "worker left", worker=worker.id, to=to, people=handed)
    return redirect(url_for("people.show_worker", worker_id=worker.id, handed=handed or None), 303)


@blueprint.get("/phones/preview/<worker_id>")
@may("manage_phones")
def preview_list(worker_id: str) -> str:
    """The list of people as this worker's phones get it now."""
    db, today = here().db, local_date(here().now())
    worker = workers.named(db, worker_id)
    found = list_of(db, worker_id, today)
    mine = caseload.among(db, [row.entity_id for row in found.rows], access.scope_of(db, g.account))
    seen = {person["_id"] for person in mine}
    rows = [row for row in found.rows if row.entity_id in seen]
    access.noted(db, g.account, "list", [row.entity_id for row in rows], ("label", *PROPERTIES))
    return render_template(
        "phone_preview.html",
        worker=worker,
        rows=rows,
        hidden=len(found.rows) - len(rows),
        today=today.isoformat(),
        until=phone_lists.scope_of(db, worker_id, today).until,
        reason_names=REASON_NAMES,
        phones=[
            {"phone": phone, "same": bool(phone.list and phone.list["md5"] == found.md5)}
            for phone in devices.of_worker(db, worker_id)
        ],
    )


def _given() -> dict[str, str]:
    names = ("id", "name", "team", "places", "covers", "ahead_days")
    return {name: request.form.get(name, "").strip()[: 10 * LONGEST_NAME] for name in names}


def _worker(given: dict[str, str]) -> Worker | Problem:
    """The worker somebody typed in, or what is wrong."""
    days = given["ahead_days"]
    if days and not (days.isascii() and days.isdigit() and len(days) <= 4):
        return Problem("worker.ahead_days_invalid", most=MOST_AHEAD_DAYS)
    worker = Worker(
        id=given["id"],
        name=given["name"],
        team=given["team"],
        places=tuple(given["places"].replace(",", " ").split()),
        covers=given["covers"] or "own",  # type: ignore[arg-type]  # judged in the next line
        ahead_days=int(days) if days else None,
    )
    return worker_fault(worker) or worker


def _page(given: dict[str, str] | None = None, fault: str = "") -> str:
    known = workers.every(here().db)
    rows, after = sorted(known, key=lambda worker: not worker.is_active), request.args.get("after")
    begin = next((place for place, one in enumerate(rows, 1) if one.id == after), 0)
    shown = rows[begin : begin + ROWS]
    more = {"given": given or {}, "fault": fault}
    return render_template(
        "workers.html",
        workers=shown,
        more=shown[-1].id if len(rows) > begin + ROWS else "",
        people=caseload.open_cases(here().db, [one.id for one in shown if not one.is_active]),
        **_choices(known),
        **more,
    )


def _worker_page(worker: Worker, given: dict[str, str] | None = None, fault: str = "") -> str:
    shown = {
        "name": worker.name,
        "team": worker.team,
        "places": " ".join(worker.places),
        "covers": worker.covers,
        "ahead_days": "" if worker.ahead_days is None else str(worker.ahead_days),
    }
    known = workers.every(here().db)
    return render_template(
        "worker.html",
        worker=worker,
        given=given or shown,
        fault=fault,
        **_choices(known),
        people=caseload.open_cases(here().db, [worker.id]).get(worker.id, 0),
        handed=request.args.get("handed", 0, type=int),
        others=[one for one in known if one.is_active and one.id != worker.id],
        wait=WAIT,
        phones=list(devices.of_worker(here().db, worker.id)),
    )


def _choices(known: list[Worker]) -> dict[str, Any]:
    return {
        "covers": COVERS,
        "covers_names": COVERS_NAMES,
        "teams": sorted({worker.team for worker in known if worker.team}),
    }
