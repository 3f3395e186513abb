"""One person's page: the level with its reasons, the scores, when to go next, what was received."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.people import access, casework, charts, level, meanwhile, names, on_phone
from server.people.forms import choice_words, form_titles
from server.people.pages import blueprint
from server.people.places import place_name
from server.people.who_she_is import REASONS
from server.people.words import day, language, later, ngettext, number, time_left, told
from server.people.words import gettext as _
from sync.core import search
from sync.core.closure import criteria
from sync.core.decision_check import is_closed_by
from sync.core.problem import Problem
from sync.core.settling import ANSWERS
from sync.core.times import local_date
from sync.core.trend import trends_of
from sync.core.visits import days_overdue, state_on
from sync.store import assessments, decisions
from sync.store.rules import current_rules

STATE_NAMES = {
    "planned": later("Planned"),
    "open": later("Can be done now"),
    "overdue": later("Overdue"),
    "done": later("Done"),
    "done_late": later("Done late"),
    "missed": later("Missed"),
    "excused": later("Excused"),
    "cancelled": later("Cancelled"),
}
SHOWN_VISITS = 3
"""Visits to come that are shown at once; those behind them are folded away."""
SUBMISSION_STATES = {
    "received": later("Waiting to be worked through"),
    "processed": later("Worked through"),
    "set_aside": later("Set aside"),
}
DIMENSIONS = {"health": later("Health"), "safety": later("Safety"), "security": later("Security")}


DONE = {
    "override": later("The level is set."),
    "waits": later("Kept. It counts as soon as a second person has signed."),
    "sign": later("Signed. The level counts from now on."),
    "take_back": later("Taken back."),
    "excuse": later("The visit is excused."),
    "move": later("The visit is moved to the agreed day."),
    "acknowledge": later("The alert is yours; the others see your name."),
    "review": later("Kept: somebody has looked at this case."),
    "close": later("The case is closed."),
    "reopen": later("The case is open again."),
    "consent": later("Kept. It counts from now on."),
    "again": later("Kept. The plan of visits begins anew today."),
    "assign": later("Handed over."),
    "correct": later("The answer is put right."),
    "call": later("The visit by phone is entered."),
    "trace": later("Kept."),
    "refer": later("Passed on."),
    "answer_referral": later("Kept."),
    "identify": later("The decision is entered."),
    "note": later("The note is kept."),
    "merge": later("The two are one now. Below stands how to take them apart again."),
    "unmerge": later("They are two again, each with what was sent about each."),
}
"""What is said after a decision was kept."""


@blueprint.get("/caseload/<code>")
@may("see_returnee")
def show_returnee(code: str) -> str | Response:
    """Everything a case manager needs before a visit or a call, on one page."""
    try:
        file = access.look_at(here().db, g.account, code)
    except Problem as problem:
        if problem.code == "returnee.reason_needed":
            return redirect(url_for("people.ask_reason", code=code), 303)
        raise
    done = DONE.get(request.args.get("done", ""))
    return page_of(file, done=_(done) if done else "")


def page_of(
    file: Mapping[str, Any],
    *,
    done: str = "",
    fault: str = "",
    given: Mapping[str, str] | None = None,
    news: Sequence[Markup] = (),
) -> str:
    """The page of this file. `given`: what was typed into the form that met with `fault`.

    `news`: what changed while it was typed.
    """
    now = here().now()
    return render_template(
        "returnee.html",
        file=file,
        person=file["person"],
        place=place_name(file["person"].get("village") or file["person"].get("province"), language()),
        telephone=_telephone(file),
        titles=form_titles(here().db),
        done=done,
        fault=fault,
        news=news,
        seen=meanwhile.stamp(file),
        given=given or {},
        new_id=lambda: str(uuid.uuid4()),
        alike=access.pairs_of(here().db, g.account, file),
        reason_words=REASONS,
        question_words={code: told(Problem(code)) for code in ANSWERS},
        today=local_date(now),
        state_names=STATE_NAMES,
        submission_states=SUBMISSION_STATES,
        dimensions=DIMENSIONS,
        because=because,
        respond_within=respond_within,
        shown=shown,
        left=lambda until: time_left(until, now),
        **page_parts(file),
    )


def _telephone(file: Mapping[str, Any]) -> dict[str, Any] | None:
    """How she can be called, hidden as her name is; dialled only where she wants that and it is safe."""
    person = file["person"]
    number, safe = str(person.get("phone_number", "")), person.get("safe_call")
    if not number:
        return None
    words = [one["given"] for one in file.get("consent", ()) if one["purpose"] == "phone"]
    refused, shown_now = words == [False], names.are_shown()
    return {
        "refused": refused,
        "number": number if shown_now and not refused else "",
        "dialled": search.dialled(number) if safe != "no" else "",
        "unsafe": not refused and safe == "no",
        "unsure": not refused and safe not in ("yes", "no"),
    }


def page_parts(file: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the case, worked out for a reader: level, visits, help."""
    today = local_date(here().now())
    return {**_level_parts(file, today), **_visit_parts(file, today)}


def _level_parts(file: Mapping[str, Any], today: date) -> dict[str, Any]:
    """What the page says of the level: reasons, alerts, decisions, history, and what closing wants."""
    db = here().db
    rules = current_rules(db)
    protocol = rules.protocol if rules else None
    decided = decisions.about(db, [file["_id"]])[file["_id"]]
    return {
        "reasons": sorted(file["risk"]["indicators"], key=_danger),
        "open_alerts": sorted(
            (alert for alert in file["alerts"] if alert["acknowledged_at"] is None),
            key=lambda alert: alert["answer_by"],
        ),
        "taken_alerts": [alert for alert in file["alerts"] if alert["acknowledged_at"] is not None],
        "lowering": level.what_would_lower(file),
        "lower_needed": int(protocol.number("lowering_needs_assessments", 1)) if protocol else 1,
        "levels": sorted(protocol.levels, key=lambda one: -one.order) if protocol else [],
        "decided": level.newest_first(decided),
        "decision_names": level.DECISIONS,
        "people": level.by_name(db),
        "judged": list(reversed(assessments.about(db, file["_id"]))),
        "cause_names": level.CAUSES,
        "labels": level.labels_of(file, rules),
        "score_words": level.SCORE_WORDS,
        "criteria": criteria(file, protocol, today) if protocol and file["status"] != "closed" else [],
        "wanted": {row.name: row.value for row in protocol.closure if row.value.isdigit()}
        if protocol
        else {},
        "aftercare_days": int(protocol.number("aftercare_check_days")) if protocol else 0,
        "can_reopen": is_closed_by(decided),
        "charts": [charts.chart_of(trend) for trend in trends_of(access.told_by(db, file), rules)]
        if rules
        else [],
        "view": charts.VIEW,
        **casework.parts(db, file, protocol, today.isoformat()),
        **on_phone.parts(db, file, today),
    }


def _visit_parts(file: Mapping[str, Any], today: date) -> dict[str, Any]:
    """What the page says of visits and of what was received."""
    submissions = access.submissions_about(here().db, file)
    by_id = {item["_id"]: item for item in submissions}
    visits = [_visit(item, today, by_id) for item in file["follow_ups"]]
    waiting = [visit for visit in visits if visit["waits"]]
    return {
        "visits": waiting,
        "shown_visits": SHOWN_VISITS,
        "past_visits": [visit for visit in visits if not visit["waits"]],
        "next_visit": min(waiting, key=lambda visit: visit["next_on"], default=None),
        "submissions": submissions,
    }


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
