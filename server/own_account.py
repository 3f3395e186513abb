"""One's own account: password, where one is signed in, the second step."""

from flask import g, redirect, render_template, request, session, url_for

from server import accounts, oidc, second_step, sessions, tries
from server.auth import Answer, blueprint, may
from server.here import here
from server.noting import noted
from server.people import words
from server.people.words import gettext as _
from server.signing_in import LONGEST_PASSWORD
from sync.core.problem import Problem


@blueprint.get("/account")
@may("signed_in")
def show_account(message: str = "", fault: str = "") -> str:
    """One's own account: password, second step, and where one is signed in."""
    db, user = here().db, g.account.user
    return render_template(
        "account.html",
        sessions=sessions.of(db, user, at=here().now()),
        this_one=sessions.short_id(session["id"]),
        second=second_step.of(db, user),
        connected=here().config.oidc is not None and oidc.linked(db, user),
        message=message,
        fault=fault,
    )


@blueprint.post("/account/password")
@may("signed_in")
def change_password() -> Answer:
    """Change one's own password; every session ends but a new one here."""
    db, user, at = here().db, g.account.user, here().now()
    try:
        prove_password("present")
        accounts.set_password(db, user, request.form.get("new", "")[:LONGEST_PASSWORD])
    except Problem as problem:
        return show_account(fault=words.told(problem)), 400
    session["id"] = sessions.begin(
        db, user, at=at, browser=request.user_agent.string, enrol_by=g.session.enrol_by
    )
    noted("account", "password changed")
    return show_account(message=_("The password is changed. You are signed out everywhere else."))


@blueprint.post("/account/sessions/end")
@may("signed_in")
def end_other_sessions() -> Answer:
    """Sign this account out everywhere but here."""
    sessions.end_others(here().db, g.account.user, session["id"])
    return show_account(message=_("You are signed out everywhere else."))


@blueprint.post("/account/sessions/<session_id>/end")
@may("signed_in")
def end_session(session_id: str) -> Answer:
    """Sign this account out in one place; where that is here, one is signed out."""
    if not sessions.end_one(here().db, g.account.user, session_id):
        raise Problem("session.unknown")
    if session_id == sessions.short_id(session["id"]):
        return redirect(url_for("auth.show_sign_in"), 303)
    return show_account(message=_("You are signed out there."))


def prove_password(field: str) -> None:
    """Make sure that it is the account's owner who asks, not whoever found the page open.

    Raises Problem account.sign_in_failed, account.tries_spent.
    """
    db, at = here().db, here().now()
    who = tries.Trier(f"own {g.account.user}", request.remote_addr or "")
    if tries.wait(db, who, at=at):
        raise Problem("account.tries_spent")
    try:
        accounts.signed_in_by(db, g.account.user, request.form.get(field, "")[:LONGEST_PASSWORD])
    except Problem:
        tries.count(db, who, at=at)
        raise
    tries.forget(db, who)
