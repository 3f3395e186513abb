"""Signing in with an organisation's own account, and connecting it with the account here."""

import hmac

from flask import g, redirect, render_template, request, session, url_for

from server import accounts, oidc, second_step
from server.auth import Answer, blueprint, may, own_path
from server.config import Oidc
from server.here import here
from server.noting import noted
from server.own_account import prove_password, show_account
from server.people import words
from server.people.words import gettext as _
from server.signing_in import ask_code, let_in
from sync.core.problem import Problem


@blueprint.get("/sign-in/organisation")
@may("anyone")
def begin_at_organisation() -> Answer:
    """Send the browser to the organisation's sign-in."""
    return redirect(_begin(next=own_path(request.args.get("next", ""))), 303)


@blueprint.post("/account/organisation")
@may("signed_in")
def connect_organisation() -> Answer:
    """Connect one's account here with the one at the organisation, for whoever gives the password.

    The way there is a link and no redirect: a form of ours may lead nowhere else.
    """
    try:
        prove_password("password")
    except Problem as problem:
        return show_account(fault=words.told(problem)), 400
    return render_template("organisation.html", away=_begin(connect=g.account.user), name=_configured().name)


@blueprint.post("/account/organisation/end")
@may("signed_in")
def disconnect_organisation() -> str:
    """The account at the organisation opens the one here no more."""
    oidc.unlink(here().db, g.account.user)
    noted("account", "organisation's sign-in disconnected")
    return show_account(message=_("Disconnected. You sign in with your password."))


@blueprint.get("/sign-in/organisation/back")
@may("anyone")
def come_back() -> Answer:
    """Back from the organisation's sign-in: open the session, or connect the two accounts."""
    db, at, started = here().db, here().now(), session.pop("oidc", None)
    state = request.args.get("state", "")
    if not started or not hmac.compare_digest(started["state"].encode(), state.encode()):
        return _refused(Problem("oidc.refused"))
    try:
        who = oidc.finish(_configured(), started, request.args.get("code", ""), _back_address(), at=at)
        if started.get("connect"):
            if not g.account or g.account.user != started["connect"]:
                raise Problem("oidc.refused")
            oidc.link(db, g.account.user, who, at=at)
            noted("account", "organisation's sign-in connected")
            return redirect(url_for("auth.show_account"), 303)
    except Problem as problem:
        return _refused(problem)
    account = accounts.find(db, oidc.user_of(db, who) or "")
    if account is None:
        return _refused(Problem("oidc.not_linked"))
    wanted = own_path(started.get("next", ""))
    if who.two_factors:
        return let_in(account, wanted, passed="organisation")
    if second_step.of(db, account.user):
        return ask_code(account, wanted)
    return let_in(account, wanted)


def _begin(**more: str) -> str:
    away, started = oidc.begin(_configured(), _back_address())
    session["oidc"] = {**started, **more}
    return away


def _configured() -> Oidc:
    found = here().config.oidc
    if found is None:
        raise Problem("oidc.not_configured")
    return found


def _back_address() -> str:
    base = here().config.public_url or request.host_url.rstrip("/")
    return base + url_for("auth.come_back")


def _refused(problem: Problem) -> Answer:
    fault = words.told(problem)
    if g.account:
        return show_account(fault=fault), 400
    return render_template("sign_in.html", next="", fault=fault), 401
