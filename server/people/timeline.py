"""What happened with a person on one line of time: visits, decisions, referrals, messages, looks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from flask import g, render_template, request, url_for
from markupsafe import Markup

from server.auth import may
from server.here import here
from server.people import access, casework, level
from server.people.forms import form_titles
from server.people.pages import blueprint
from server.people.privacy import PURPOSE_NAMES
from server.people.returnee import STATE_NAMES
from server.people.words import day, later, ngettext, number, said
from server.people.words import gettext as _
from server.person_copy import KIND_NAMES
from sync.core import consent
from sync.core.decision import Decision
from sync.core.record import Record
from sync.core.times import local_date
from sync.core.visits import state_on
from sync.store import assessments, audit, decisions, workers
from sync.store.rules import current_rules

KINDS = {
    "visit": later("Visits and records"),
    "level": later("Level and alerts"),
    "decision": later("Decisions"),
    "referral": later("Help by others"),
    "consent": later("Consent"),
    "message": later("Messages"),
    "look": later("Who looked"),
}
PAGE = 100
"""Lines on one page; a day is never torn apart."""
REFERRALS = ("refer", "answer_referral")
SAID_ELSEWHERE = ("decision", "consent")
"""Kinds of the audit that stand on the line as what was decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened."""

    kind: str
    on: date
    at: datetime | None = None
    what: str
    more: str = ""
    by: str = ""
    """Account, phone or program."""
    level: str = ""
    link: str = ""

    @property
    def order(self) -> tuple[date, float]:
        """By day, then by hour where that is known."""
        return self.on, self.at.timestamp() if self.at else 0.0


@blueprint.get("/caseload/<code>/timeline")
@may("see_returnee")
def show_timeline(code: str) -> str:
    """What happened, the newest first; `?kind=` shows one kind, `?until=` what was up to that day.

    Who looked stands here for whoever may read the file, as on the page about consent and privacy.
    """
    db = here().db
    file = access.look_at(db, g.account, code)
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS else ""
    events = [one for one in events_of(file) if kind in ("", one.kind)]
    shown, older = page_of(events, request.args.get("until", ""))
    return render_template(
        "timeline.html",
        file=file,
        days=[(on, list(some)) for on, some in groupby(shown, key=lambda one: one.on)],
        older=older,
        kind=kind,
        kinds=KINDS,
        people={worker.id: worker.name for worker in workers.every(db)} | level.by_name(db),
    )


def page_of(events: Iterable[Event], until: str) -> tuple[list[Event], str]:
    """Whole days from this one backwards until a page is full, and the day on which the next page begins."""
    wanted = [one for one in events if not until or one.on.isoformat() <= until]
    wanted.sort(key=lambda one: one.order, reverse=True)
    shown = wanted[:PAGE]
    shown += [one for one in wanted[PAGE:] if one.on == shown[-1].on]
    return shown, wanted[len(shown)].on.isoformat() if len(wanted) > len(shown) else ""


def events_of(file: Mapping[str, Any]) -> Iterator[Event]:
    """Everything that is known to have happened with the person with this file, in no order."""
    db = here().db
    told = access.told_by(db, file)
    # Whoever lives on in this file brought what was decided about her and who looked at her.
    ids = [file["_id"], *(one["entity_id"] for one in file["aliases"])]
    decided = [one for some in decisions.about(db, ids).values() for one in some]
    yield from _visits(file, told)
    yield from _levels(file)
    yield from _decided(decided)
    yield from _said(told, decided)
    yield from _seen(row for name in ids for row in audit.about(db, name))


def _visits(file: Mapping[str, Any], told: Sequence[Record]) -> Iterator[Event]:
    titles, today = form_titles(here().db), local_date(here().now())
    for one in told:
        yield Event(
            kind="visit",
            on=one.on,
            at=one.at,
            what=titles.get(one.form_id, one.form_id),
            more=_arrived(one),
            by=one.worker_id,
            link=url_for("people.show_record", code=file["case_code"], instance_id=one.instance_id),
        )
    for item in file["follow_ups"]:
        state = state_on(item, today)
        if state in ("missed", "excused") and item["due_on"] <= today.isoformat():
            yield Event(
                kind="visit",
                on=date.fromisoformat(item["due_on"]),
                what=_("A visit was due: %(state)s", state=_(STATE_NAMES[state])),
                more=item["why"],
            )


def _arrived(record: Record) -> str:
    on = local_date(record.received_at)
    return "" if on == record.on else Markup(_("arrived on %(on)s", on=day(on)))  # noqa: S704 - our words


def _levels(file: Mapping[str, Any]) -> Iterator[Event]:
    for item in assessments.about(here().db, file["_id"]):
        yield Event(
            kind="level",
            on=local_date(item["made_at"]),
            at=item["made_at"],
            what=_("The level was worked out:"),
            more=Markup(", ").join(said(one["label"]) for one in item["indicators"]),
            level=item["level"],
        )
    for alert in file["alerts"]:
        what = Markup(_("Alert: %(what)s", what=said(alert["label"])))  # noqa: S704 - escaped by `said`
        yield Event(kind="level", on=local_date(alert["raised_at"]), at=alert["raised_at"], what=what)


def _decided(decided: Iterable[Decision]) -> Iterator[Event]:
    rules = current_rules(here().db)
    services = {one.name: said(one.label) for one in rules.protocol.services} if rules else {}
    passed_on = {one.decision_id: one.about for one in decided if one.kind == "refer"}
    for one in decided:
        if one.kind == "consent":
            continue
        what = _(level.DECISIONS[one.kind])
        if one.kind in REFERRALS:
            service = passed_on.get(one.about, one.about)
            answer = casework.REFERRAL_STATES.get(one.details.get("answer", ""), "")
            told = filter(None, (services.get(service, service), answer and _(answer)))
            what = Markup("{}: {}").format(what, Markup(" – ").join(told))
        yield Event(
            kind="referral" if one.kind in REFERRALS else "decision",
            on=one.on,
            at=one.at,
            what=what,
            more=one.reason,
            by=one.by,
            level=one.level,
        )


def _said(told: Sequence[Record], decided: Sequence[Decision]) -> Iterator[Event]:
    """What was agreed to and taken back; what was only said again is left out."""
    last: dict[str, bool] = {}
    for word in consent.said(told, decided):
        purpose, given = word["purpose"], word["given"]
        if last.get(purpose) is not given:
            what = _("Agreed: %(to)s") if given else _("Not agreed: %(to)s")
            yield Event(
                kind="consent",
                on=date.fromisoformat(word["on"]),
                what=what % {"to": _(PURPOSE_NAMES[purpose])},
                by="" if word["by"].startswith("uuid:") else word["by"],
            )
        last[purpose] = given


def _seen(rows: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
    """Who saw her, and what went out about her; the same by the same reader on one day is one line."""
    shown = [row for row in rows if row["kind"] not in SAID_ELSEWHERE]
    same: dict[tuple[date, str, str, str], list[Mapping[str, Any]]] = {}
    for row in shown:
        key = (local_date(row["at"]), row["by"], row["kind"], row.get("why", ""))
        same.setdefault(key, []).append(row)
    for (on, by, kind, why), some in same.items():
        times = len(some)
        more = ngettext("%(count)s time", "%(count)s times", times, count=number(times)) if times > 1 else ""
        yield Event(
            kind="message" if kind == "message" else "look",
            on=on,
            at=some[0]["at"],
            what=_(KIND_NAMES.get(kind, kind)),
            more=" · ".join(filter(None, (more, why))),
            by=by,
        )
