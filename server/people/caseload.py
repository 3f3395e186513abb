"""The caseload: whom to see next, most danger first; and finding one person."""

import re
from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.people import access, choice
from server.people.lines import lines
from server.people.pages import blueprint
from server.people.words import later, told
from sync.core.identity import typed_case_code
from sync.core.problem import Problem
from sync.core.times import local_date
from sync.store import devices, views, workers

ROWS = 50
CASE_CODE = re.compile(r"KH-", re.IGNORECASE)
LEVEL_NAMES = {
    "high": later("High"),
    "medium": later("Medium"),
    "low": later("Low"),
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
def show_caseload() -> str:
    """Fifty people with level and next visit, of those the reader chose."""
    db, today = here().db, local_date(here().now())
    chosen = choice.from_request(db)
    after = access.position_from(request.args.get("after"))
    people = access.caseload_of(db, g.account, chosen.which, today=today, limit=ROWS + 1, after=after)
    more = access.position_after(people[ROWS - 1]) if len(people) > ROWS else ""
    nobody_at_all = not people and chosen.is_everything and not after
    return render_template(
        "caseload.html",
        rows=lines(people[:ROWS]),
        choice=chosen,
        due_names=choice.DUE,
        mark_names=choice.MARK_NAMES,
        offered=choice.offered(db, chosen),
        views=views.of(db, g.account.user),
        first=not after,
        more=more,
        nobody_at_all=nobody_at_all,
        phones=nobody_at_all and bool(devices.visitors(db)),
        sees_levels=g.account.may("see_levels"),
    )


@blueprint.post("/narrow")
@may("see_caseload")
def narrow() -> Response:
    """The page of this form with what was chosen in it. Asked with POST: a worker's name is to stand in no
    address either."""
    db, form = here().db, dict(request.form.items())
    worker = workers.meant(db, form.get("worker", "").strip())
    page = form.get("page")
    if page == "handover":
        return redirect(url_for("people.show_handover", **{"from": worker}), 303)  # type: ignore[arg-type]
    args = choice.of(db, {**form, "worker": worker}).args
    return redirect(url_for("people.home" if page == "today" else "people.show_caseload", **args), 303)  # type: ignore[arg-type]


@blueprint.post("/search")
@may("see_returnee")
def find_people() -> str | Response | tuple[str, int]:
    """The person with the case code that was typed, or those a name or telephone number may mean.

    Asked with POST: a name must not stand in an address.
    """
    text = request.form.get("text", "").strip()[:200]
    if not text:
        return redirect(url_for("people.show_caseload"), 303)
    db = here().db
    if typed_case_code(text) or CASE_CODE.match(text):
        try:
            case_code = access.case_code_of(db, g.account, text)
        except Problem as problem:
            fault = {"fault": told(problem), "code": problem.code}
            return render_template("search.html", text=text, rows=[], **fault), 404
        return redirect(url_for("people.show_returnee", code=case_code), 303)
    found = access.found_by(db, g.account, text)
    return render_template("search.html", text=text, rows=lines(found))


@blueprint.post("/views")
@may("see_caseload")
def keep_view() -> Response:
    """Keep the present choice under a name, for this account alone."""
    db = here().db
    args = choice.of(db, request.form).args
    views.keep(db, g.account.user, request.form.get("name", ""), args)
    return redirect(url_for("people.show_caseload", **args), 303)  # type: ignore[arg-type]


@blueprint.post("/views/forget")
@may("see_caseload")
def forget_view() -> Response:
    """Forget a kept choice; the people in it stay as they are."""
    views.forget(here().db, g.account.user, request.form.get("view", ""))
    return redirect(url_for("people.show_caseload"), 303)
