"""The caseload: whom to see next, most danger first."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.people import access
from server.people.pages import blueprint
from server.people.places import place_name
from server.people.words import gettext as _
from server.people.words import language, later, time_left
from sync.core.times import local_date
from sync.core.visits import days_overdue, state_on
from sync.store import devices

ROWS = 50
LEVELS = ("high", "medium", "low")
LEVEL_NAMES = {
    "high": later("High"),
    "medium": later("Medium"),
    "low": later("Low"),
}
DUE = {"all": later("Any time"), "overdue": later("Overdue"), "week": later("Within a week")}
MARK_NAMES = {
    "alert": later("Alerts"),
    "look": later("To be looked at"),
    "unsigned": later("To be signed"),
}
STATUS_NAMES = {
    "screened": later("Screened"),
    "presumed": later("Presumed victim"),
    "follow_up": later("In follow-up"),
    "closed": later("Closed"),
}


@blueprint.app_context_processor
def level_words() -> dict[str, Any]:
    """What templates need to show a level."""
    return {"level_names": LEVEL_NAMES, "status_names": STATUS_NAMES}


@blueprint.get("/caseload")
@may("see_caseload")
def show_caseload() -> str | Response:
    """Fifty people with level and next visit, filtered by level and by what is due."""
    db, today = here().db, local_date(here().now())
    sees_levels = g.account.may("see_levels")
    wanted_level = request.args.get("level", "") if sees_levels else ""
    level = wanted_level if wanted_level in LEVELS else ""
    due = request.args.get("due", "all") if request.args.get("due") in DUE else "all"
    mark = request.args.get("mark", "") if sees_levels and request.args.get("mark") in MARK_NAMES else ""
    after = access.position_from(request.args.get("after"))
    people = access.caseload_of(
        db,
        g.account,
        today=today,
        level=level or None,
        due=due,
        mark=mark or None,
        limit=ROWS + 1,
        after=after,
    )
    more = access.position_after(people[ROWS - 1]) if len(people) > ROWS else ""
    nobody_at_all = not people and not level and due == "all" and not mark and not after
    rows = [_row(person, today) for person in people[:ROWS]]
    if not sees_levels:  # neither order nor marks must tell what the reader is not to know
        rows = sorted(({**row, "marks": {}} for row in rows), key=lambda row: row["next_on"] or "9999")
    return render_template(
        "caseload.html",
        rows=rows,
        counts=access.counts_for(db, g.account, today=today) if not after else None,
        level=level,
        due=due,
        due_names=DUE,
        mark=mark,
        mark_names=MARK_NAMES,
        first=not after,
        more=more,
        nobody_at_all=nobody_at_all,
        phones=nobody_at_all and any(not phone.revoked_at for phone in devices.all(db)),
        sees_levels=sees_levels,
    )


@blueprint.get("/caseload/find")
@may("see_returnee")
def find_by_code() -> str | Response:
    """Go to the person with the case code that was typed."""
    code = request.args.get("code", "").strip()
    if not code:
        return redirect(url_for("people.show_caseload"), 303)
    case_code = access.case_code_of(here().db, g.account, code[:100])
    return redirect(url_for("people.show_returnee", code=case_code), 303)


def _row(person: Mapping[str, Any], today: date) -> dict[str, Any]:
    """One line of the caseload."""
    next_on = person["next_due_on"]
    waiting = [item for item in person["follow_ups"] if not item["done_on"] and not item["ended"]]
    place = person["person"].get("village") or person["person"].get("province")
    late = max((days_overdue(item, today) for item in waiting), default=0)
    return {
        "code": person["case_code"],
        "name": person["person"].get("call_name") or "",
        # Two names are enough in a list; the province is in the case code.
        "place": place_name(place, language(), parts=2),
        "level": person["risk"]["level"],
        "marks": _marks(person),
        "next_on": next_on,
        "in_days": (date.fromisoformat(next_on) - today).days if next_on else None,
        "late_days": late,
        "open": any(state_on(item, today) == "open" for item in waiting),
        "is_child": person["person"].get("is_child", False),
        "status": person["status"],
    }


def _marks(person: Mapping[str, Any]) -> dict[str, str]:
    """What waits for somebody in this file, each in words."""
    waiting = [alert["answer_by"] for alert in person["alerts"] if alert["acknowledged_at"] is None]
    found = {"alert": time_left(min(waiting), here().now())} if waiting else {}
    if person["risk"]["review"]:
        found["look"] = _("To be looked at")
    if person["risk"].get("unsigned"):
        found["unsigned"] = _("To be signed")
    return found
