"""Looks beyond one's own people: the page that asks why, and what those who answer for a case are told."""

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server import accounts
from server.auth import may
from server.here import here
from server.people import access
from server.people.level import by_name
from server.people.pages import blueprint
from server.people.words import told
from sync.core.problem import Problem
from sync.store import looks


@blueprint.get("/caseload/<code>/reason")
@may("see_returnee")
def ask_reason(code: str, fault: str = "") -> str:
    """Ask why this person's file must be seen; nothing of it is shown here."""
    db = here().db
    file = access.on_request(db, g.account, code)
    if file is None:
        raise Problem("returnee.unknown")
    names = by_name(db)
    told = [names.get(user, user) for user in access.told_of(db, file)]
    return render_template("reason.html", code=file["case_code"], told=told, fault=fault)


@blueprint.post("/caseload/<code>/reason")
@may("see_returnee")
def give_reason(code: str) -> Response | tuple[str, int]:
    """Keep the reason, tell those who answer for the case, and open the file."""
    try:
        case_code = access.look_beyond(
            here().db, g.account, code, request.form.get("reason", ""), at=here().now()
        )
    except Problem as problem:
        if problem.code != "returnee.reason_short":
            raise
        return ask_reason(code, fault=told(problem)), 400
    return redirect(url_for("people.show_returnee", code=case_code), 303)


@blueprint.get("/notices")
@may("see_caseload")
def show_notices() -> str:
    """Who looked at one of the reader's own people from outside, when and why; read once it was shown."""
    db = here().db
    found = looks.told_to(db, g.account.user)
    looks.mark_read(db, g.account.user, [look["_id"] for look in found if look["is_new"]])
    return render_template("notices.html", looks=found, people={one.user: one for one in accounts.all_of(db)})


@blueprint.app_context_processor
def unread_notices() -> dict[str, int]:
    """How many notices are new, for the frame around every page."""
    account = g.get("account")
    known = account is not None and account.may("see_caseload")
    return {"unread_notices": looks.unread(here().db, account.user) if known else 0}
