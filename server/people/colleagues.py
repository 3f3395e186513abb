"""Accounts: who may sign in and whom they see; inviting, changing, closing, for administrators."""

from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server import accounts, invitations, second_step, sessions
from server.accounts import Account
from server.auth import may
from server.here import here
from server.noting import noted
from server.people.pages import blueprint
from server.people.qr import qr_svg
from server.people.words import gettext as _
from server.people.words import later, told
from sync.core.problem import Problem

LONGEST = 100
DONE = {
    "changed": later("The account is changed."),
    "closed": later("The account is closed. Whoever was signed in to it is not any more."),
    "opened": later("The account is open again."),
    "sessions": later("The account is signed out everywhere."),
    "second-step": later("The second step is taken away. It has to be set up again at the next sign-in."),
}


@blueprint.get("/accounts")
@may("manage_accounts")
def show_accounts(fault: str = "") -> str:
    """Every account, and the form to invite somebody."""
    db = here().db
    return render_template(
        "accounts.html",
        accounts=accounts.all_of(db),
        closed=accounts.closed(db),
        waiting=invitations.open_ones(db, at=here().now()),
        enrolled=second_step.enrolled(db),
        roles=accounts.ROLES,
        given=request.form if fault else {},
        fault=fault,
    )


@blueprint.post("/accounts")
@may("manage_accounts")
def invite_somebody() -> str | tuple[str, int]:
    """Make an account nobody can sign in to yet, and show its invitation, once."""
    try:
        added = accounts.add(
            here().db,
            user=request.form.get("user", "")[:LONGEST],
            password="",
            made_at=here().now(),
            **_words(),
        )
    except Problem as problem:
        return show_accounts(told(problem)), 400
    noted("account", "account added", account=added.user, role=added.role, **_narrowing(added))
    return _invitation(added)


@blueprint.get("/accounts/<user>")
@may("manage_accounts")
def show_colleague(user: str, fault: str = "") -> str:
    """One account: whom it sees, where it is signed in, what can be done about it."""
    db, at = here().db, here().now()
    account = _account(user)
    done = DONE.get(request.args.get("done", ""))
    return render_template(
        "colleague.html",
        account_shown=account,
        sessions=sessions.of(db, user, at=at),
        second=second_step.of(db, user),
        waiting=invitations.open_ones(db, at=at).get(user),
        roles=accounts.ROLES,
        done=_(done) if done else "",
        fault=fault,
    )


@blueprint.post("/accounts/<user>")
@may("manage_accounts")
def change_colleague(user: str) -> Response | tuple[str, int]:
    """Change name, role and scope of an account; they count from the next page on."""
    before = _account(user)
    try:
        wanted = _words()
        if user == g.account.user and wanted["role"] != before.role:
            raise Problem("account.own_role")
        after = accounts.change(here().db, user, **wanted)
    except Problem as problem:
        return show_colleague(user, fault=told(problem)), 400
    noted(
        "account", "account changed", account=user, role=after.role, before=before.role, **_narrowing(after)
    )
    return _back(user, "changed")


@blueprint.post("/accounts/<user>/invitation")
@may("manage_accounts")
def invite_again(user: str) -> str:
    """Another invitation: for a password that was forgotten, or a link that was lost."""
    account = _account(user)
    noted("account", "invitation made", account=user)
    return _invitation(account)


@blueprint.post("/accounts/<user>/sessions/end")
@may("manage_accounts")
def end_sessions(user: str) -> Response:
    """Sign an account out everywhere."""
    _account(user)
    sessions.end_all(here().db, user)
    noted("account", "signed out everywhere", account=user)
    return _back(user, "sessions")


@blueprint.post("/accounts/<user>/second-step/end")
@may("manage_accounts")
def end_second_step(user: str) -> Response:
    """Take the second step away from somebody who lost the phone, and sign them out."""
    _account(user)
    second_step.take_away(here().db, user)
    sessions.end_all(here().db, user)
    noted("account", "second step taken away", account=user)
    return _back(user, "second-step")


@blueprint.post("/accounts/<user>/close")
@may("manage_accounts")
def close_account(user: str) -> Response | tuple[str, int]:
    """Nobody signs in to this account any more; typed once more, so that it is the right one."""
    _account(user)
    if user == g.account.user:
        return show_colleague(user, fault=told(Problem("account.own_role"))), 400
    if request.form.get("again", "").strip().lower() != user:
        return show_colleague(user, fault=_("The user name typed is not the one of this account.")), 400
    accounts.close(here().db, user, at=here().now())
    noted("account", "account closed", account=user)
    return redirect(url_for("people.show_accounts"), 303)


@blueprint.post("/accounts/<user>/open")
@may("manage_accounts")
def open_account(user: str) -> Response:
    """Open a closed account again."""
    accounts.reopen(here().db, user)
    noted("account", "account opened again", account=user)
    return _back(user, "opened")


def _words() -> dict[str, Any]:
    """What the form says of an account, and nothing else that was sent along."""
    form = {name: request.form.get(name, "").strip()[:LONGEST] for name in accounts.CHANGEABLE}
    several = {name: tuple(_parts(request.form.get(name, ""))) for name in ("teams", "places")}
    return {**form, **several}


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text[:1000].split(",") if part.strip()]


def _narrowing(account: Account) -> dict[str, Any]:
    return {
        "teams": list(account.teams),
        "places": list(account.places),
        "organisation": account.organisation,
    }


def _account(user: str) -> Account:
    found = accounts.find(here().db, user)
    if found is None:
        raise Problem("account.unknown", user=user[:LONGEST])
    return found


def _invitation(account: Account) -> str:
    token = invitations.invite(here().db, account.user, by=g.account.user, at=here().now())
    base = here().config.public_url or request.host_url.rstrip("/")
    link = base + url_for("auth.show_invitation", invitation=token)
    return render_template(
        "account_invited.html", invited=account, link=link, qr=qr_svg(link), days=invitations.LASTS.days
    )


def _back(user: str, done: str) -> Response:
    return redirect(url_for("people.show_colleague", user=user, done=done), 303)
