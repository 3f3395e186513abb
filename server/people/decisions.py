"""What people decide about a case: the forms on a person's page end here."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from flask import g, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.people import access, meanwhile
from server.people.pages import blueprint
from server.people.records import record_of, record_page
from server.people.returnee import page_of
from server.people.words import told
from sync.core.decision import WHO_IS_WHO, Decision, Kind
from sync.core.decision_check import AFTERCARE, LONGEST_REASON, unsigned
from sync.core.problem import Problem
from sync.core.times import cut_to_ms, local_date
from sync.deciding import decide_once
from sync.store import workers
from sync.store.rules import current_rules

LONGEST_ID = 300


@blueprint.post("/caseload/<code>/decisions")
@may("decide")
def decide(code: str) -> Response | tuple[str, int]:
    """Keep what was decided with one of the forms on a person's page; anything but a signature."""
    kind = request.form.get("kind", "")
    if kind not in get_args(Kind) or kind in ("sign", *WHO_IS_WHO):
        raise Problem("decision.kind_unknown")
    return _decided(code, kind)  # type: ignore[arg-type]  # one of Kind


@blueprint.post("/caseload/<code>/signature")
@may("sign")
def sign(code: str) -> Response | tuple[str, int]:
    """Sign the lower level that somebody else asked for."""
    return _decided(code, "sign")


def _decided(code: str, kind: Kind) -> Response | tuple[str, int]:
    db = here().db
    file = access.look_at(db, g.account, code)
    rules = current_rules(db)
    if rules is None:
        raise Problem("protocol.missing")
    news: list[Markup] = []
    try:
        decision = _from_form(file, kind)
        news = meanwhile.news_of(file, request.form, decision.decision_id)
        if news:
            raise Problem("decision.changed_meanwhile")
        _, after = decide_once(db, decision, file, rules)
    except Problem as problem:
        if problem.kind != "invalid":
            raise
        # What was typed stays where it was typed.
        given = {"kind": kind, **{name: request.form.get(name, "") for name in GIVEN}}
        if kind == "correct":
            path = request.form.get("path", "")
            about = record_of(file, request.form.get("about", ""))
            return record_page(file, about, path, fault=told(problem), given=given), 400
        return page_of(file, fault=told(problem), given=given, news=news), 400
    waits = decision.decision_id in unsigned(after)
    done = "waits" if waits else kind
    return redirect(url_for("people.show_returnee", code=file["case_code"], done=done), 303)


GIVEN = ("about", "reason", "level", "until", "authority", "reference", "value")
DETAILS: Mapping[str, tuple[str, ...]] = {
    "correct": ("path", "value"),
    "answer_referral": ("answer",),
    "identify": ("authority", "reference", "asked_in_writing"),
    "consent": ("given",),
}
HAVE_A_DAY = ("override", "move", "call", "identify")


def _from_form(file: Mapping[str, Any], kind: Kind) -> Decision:
    form, at = request.form, cut_to_ms(here().now())
    about = form.get("about", "")[:LONGEST_ID]
    if kind == "close":
        if form.get("code", "").strip().upper() != file["case_code"]:
            raise Problem("decision.code_differs")
        about = AFTERCARE if form.get("aftercare") else ""
    if kind == "assign":
        about = workers.meant(here().db, about)
    return Decision(
        decision_id=_decision_id(form.get("decision_id", "")),
        entity_id=file["_id"],
        kind=kind,
        at=at,
        on=local_date(at),
        by=g.account.user,
        reason=form.get("reason", "").replace("\r\n", "\n").strip(),
        level=form.get("level", "") if kind == "override" else "",
        until=_day(form.get("until", "")) if kind in HAVE_A_DAY else None,
        about=about,
        # Several choices of one question come one by one.
        details={
            name: " ".join(form.getlist(name))[:LONGEST_REASON]
            for name in DETAILS.get(kind, ())
            if name in form
        },
    )


def _decision_id(text: str) -> str:
    """The number the form carried; one that is sent twice is one decision."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise Problem("decision.kind_unknown") from None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise Problem("decision.day_unreadable") from None
