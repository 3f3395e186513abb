"""One person's page: the level with its reasons, the scores, when to go next, what was received."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import g, render_template
from markupsafe import Markup

from server.auth import may
from server.here import here
from server.people import access
from server.people.forms import choice_words, form_titles
from server.people.pages import blueprint
from server.people.places import place_name
from server.people.words import day, language, later, ngettext, number
from server.people.words import gettext as _
from sync.core.schedule import days_overdue, state_on
from sync.core.times import local_date

STATE_NAMES = {
    "planned": later("Planned"),
    "open": later("Can be done now"),
    "overdue": later("Overdue"),
    "done": later("Done"),
    "done_late": later("Done late"),
    "missed": later("Missed"),
    "excused": later("Excused"),
    "replaced": later("Replaced by a newer plan"),
    "cancelled": later("Cancelled"),
}
SUBMISSION_STATES = {
    "received": later("Waiting to be worked through"),
    "processed": later("Worked through"),
    "set_aside": later("Set aside"),
}
DIMENSIONS = {"health": later("Health"), "safety": later("Safety"), "security": later("Security")}


@blueprint.get("/caseload/<code>")
@may("see_returnee")
def show_returnee(code: str) -> str:
    """Everything a case manager needs before a visit or a call, on one page."""
    db, today = here().db, local_date(here().now())
    file = access.look_at(db, g.account, code)
    submissions = access.submissions_about(db, g.account, file)
    by_id = {item["_id"]: item for item in submissions}
    visits = [_visit(item, today, by_id) for item in file["follow_ups"]]
    person = file["person"]
    return render_template(
        "returnee.html",
        file=file,
        person=person,
        place=place_name(person.get("village") or person.get("province"), language()),
        reasons=sorted(file["risk"]["indicators"], key=_danger),
        visits=[visit for visit in visits if visit["waits"]],
        past_visits=[visit for visit in visits if not visit["waits"]],
        next_visit=min(
            (visit for visit in visits if visit["waits"]), key=lambda visit: visit["next_on"], default=None
        ),
        submissions=submissions,
        titles=form_titles(db),
        state_names=STATE_NAMES,
        submission_states=SUBMISSION_STATES,
        dimensions=DIMENSIONS,
        because=because,
        respond_within=respond_within,
        shown=shown,
    )


def because(sex: str | None, since: str) -> Markup:
    """The beginning of the sentence that answers why: who answered, and when."""
    if (sex or "").startswith("f"):
        return Markup(_("Because on %(on)s she answered:", on=day(since)))  # noqa: S704 - our own words
    if (sex or "").startswith("m"):
        return Markup(_("Because on %(on)s he answered:", on=day(since)))  # noqa: S704
    return Markup(_("Because on %(on)s the answer was:", on=day(since)))  # noqa: S704


def respond_within(hours: float) -> str:
    """By when somebody must act, in hours up to two days, then in days."""
    if hours < 48 or hours % 24:
        count = int(hours)
        return ngettext(
            "Respond within %(count)s hour.", "Respond within %(count)s hours.", count, count=number(count)
        )
    count = int(hours // 24)
    return ngettext(
        "Respond within %(count)s day.", "Respond within %(count)s days.", count, count=number(count)
    )


def shown(value: Any) -> str:
    """An answer that has no label of its own, as its reader writes it; several choices one after another."""
    return ", ".join(str(part) for part in value) if isinstance(value, list) else number(value)


def _danger(indicator: Mapping[str, Any]) -> tuple[int, str]:
    order = {"high": 0, "medium": 1, "low": 2}
    return order.get(indicator["level"], 3), indicator["since"]


def _visit(
    item: Mapping[str, Any], today: date, submissions: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    attempts = [
        {
            "on": attempt["on"],
            "outcome": choice_words(
                here().db, submissions.get(attempt["instance_id"]), "outcome", attempt["outcome"]
            ),
        }
        for attempt in item["attempts"]
    ]
    late_days = days_overdue(item, today)
    return {
        **item,
        # What still waits is overdue to a reader, whatever a report will call it.
        "state": "overdue" if late_days else state_on(item, today),
        "late_days": late_days,
        "waits": not item["done_on"] and not item["ended"],
        "next_on": item["retry_on"] or item["due_on"],
        "attempts": attempts,
    }
