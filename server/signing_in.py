"""Signing in and out: the password, the code after it, an invitation, the language of the pages."""

from datetime import datetime, timedelta

from flask import Response, g, redirect, render_template, request, session, url_for

from server import accounts, invitations, second_step, sessions, tries
from server.accounts import Account
from server.auth import Answer, blueprint, may, own_path, session_of_cookie
from server.here import here
from server.people import words
from server.people.words import gettext as _
from sync.core.problem import Problem
from sync.store import audit

BROWSER_COOKIE = "pteah-browser"
LONGEST_PASSWORD = 1000


@blueprint.get("/sign-in")
@may("anyone")
def show_sign_in() -> Answer:
    """The page that asks for user name and password."""
    if g.account:
        return redirect(url_for("people.home"), 303)
    return render_template("sign_in.html", next=own_path(request.args.get("next", "")))


@blueprint.post("/sign-in")
@may("anyone")
def sign_in() -> Answer:
    """Open a session for whoever gives the right password; or ask for the code."""
    at, db = here().now(), here().db
    user = request.form.get("user", "")[:100].strip().lower()
    wanted = own_path(request.form.get("next", ""))
    who = _trier(user)
    if left := tries.wait(db, who, at=at):
        return _again(user, wanted, wait_sentence(left), 429)
    try:
        account = accounts.signed_in_by(db, user, request.form.get("password", "")[:LONGEST_PASSWORD])
    except Problem as problem:
        if problem.code == "account.sign_in_failed":
            tries.count(db, who, at=at)
        return _again(user, wanted, words.told(problem), 401)
    tries.forget(db, who)
    return ask_code(account, wanted) if second_step.of(db, account.user) else let_in(account, wanted)


@blueprint.get("/sign-in/code")
@may("anyone")
def show_code(fault: str = "") -> Answer:
    """The page that asks for the code of the authenticator."""
    if not g.session or g.session.waits_for != "code":
        return redirect(url_for("auth.show_sign_in"), 303)
    wanted = own_path(request.values.get("next", ""))
    return render_template("sign_in_code.html", next=wanted, fault=fault)


@blueprint.post("/sign-in/code")
@may("anyone")
def give_code() -> Answer:
    """Open the session for whoever knows the password and has the phone, or a recovery code."""
    at, db = here().now(), here().db
    half = session_of_cookie()
    account = accounts.find(db, half.user) if half and half.waits_for == "code" else None
    if account is None:
        return redirect(url_for("auth.show_sign_in"), 303)
    who = _trier(f"code {account.user}", account.user)
    if left := tries.wait(db, who, at=at):
        return Response(show_code(wait_sentence(left)), 429)  # type: ignore[arg-type]
    if not second_step.check(db, account.user, request.form.get("code", "")[:100], at=at):
        tries.count(db, who, at=at)
        return Response(show_code(_("This code is not right, or it was used before.")), 401)  # type: ignore[arg-type]
    tries.forget(db, who)
    return let_in(account, own_path(request.form.get("next", "")), passed="code")


@blueprint.post("/sign-out")
@may("anyone")
def sign_out() -> Answer:
    """End this session, here and in the browser."""
    if session.get("id"):
        sessions.end(here().db, session["id"])
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    answer = redirect(url_for("auth.show_sign_in"), 303)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@blueprint.post("/language")
@may("anyone")
def choose_language() -> Answer:
    """Show the pages in another language from now on, and remember it with the account."""
    chosen = request.form.get("language", "")
    if chosen in words.LANGUAGES:
        session["language"] = chosen
        if g.account:
            accounts.set_language(here().db, g.account.user, chosen)
    return redirect(own_path(request.form.get("next", "")) or url_for("people.home"), 303)


@blueprint.get("/invitation/<invitation>")
@may("anyone")
def show_invitation(invitation: str, fault: str = "") -> Answer:
    """Whom a link invites, and the form for a password of their own."""
    account = invitations.account_of(here().db, invitation, at=here().now())
    return render_template("invitation.html", invitation=invitation, invited=account, fault=fault)


@blueprint.post("/invitation/<invitation>")
@may("anyone")
def take_up_invitation(invitation: str) -> Answer:
    """Keep the password; the link opens nothing any more. One signs in with it as always."""
    db, at = here().db, here().now()
    try:
        account = invitations.take_up(
            db, invitation, request.form.get("password", "")[:LONGEST_PASSWORD], at=at
        )
    except Problem as problem:
        if problem.code != "account.password_weak":
            raise
        return Response(show_invitation(invitation, words.told(problem)), 400)  # type: ignore[arg-type]
    audit.note(db, at=at, by=account.user, kind="account", more={"what": "invitation taken up"})
    said = _("Your password is kept. Sign in with it now.")
    return render_template("sign_in.html", next="", user=account.user, said=said)


def ask_code(account: Account, wanted: str) -> Answer:
    """Half-way in: the password was right, and the code is asked for."""
    _change_session(account, here().now(), waits_for="code")
    return redirect(url_for("auth.show_code", next=wanted or None), 303)


def let_in(account: Account, wanted: str, *, passed: str = "password") -> Response:
    """Open a session: a new one, whatever the browser had before, and remember the browser.

    Whoever needs a second step and has none is led there first.
    """
    db, at = here().db, here().now()
    enrol_by: datetime | None = None
    if account.needs_second_step and passed == "password":
        first = accounts.first_signed_in(db, account.user, at=at)
        enrol_by = first + timedelta(days=here().config.second_step_days)
    _change_session(account, at, enrol_by=enrol_by)
    audit.note(db, at=at, by=account.user, kind="account", more={"what": "signed in", "with": passed})
    if enrol_by:
        answer = redirect(url_for("auth.show_second_step", next=wanted or None), 303)
    else:
        answer = redirect(wanted or url_for("people.home"), 303)
    mark = tries.remember_browser(db, account.user, request.cookies.get(BROWSER_COOKIE, ""), at=at)
    secure = request.is_secure or here().config.public_url.startswith("https://")
    answer.set_cookie(
        BROWSER_COOKIE, mark, max_age=tries.REMEMBERED, secure=secure, httponly=True, samesite="Lax"
    )
    return answer  # type: ignore[return-value]


def wait_sentence(wait: timedelta) -> str:
    """How long to wait, in words."""
    seconds = int(wait.total_seconds()) + 1
    if seconds < 90:
        return _("Too many tries from here. Please wait %(count)s seconds.", count=words.number(seconds))
    minutes = words.number(-(-seconds // 60))
    return _("Too many tries from here. Please wait %(count)s minutes.", count=minutes)


def _change_session(
    account: Account, at: datetime, *, waits_for: str = "", enrol_by: datetime | None = None
) -> None:
    """Put the browser into a session of its own; nothing known before is worth anything afterwards."""
    db, before, language = here().db, session.get("id"), session.get("language")
    session.clear()
    if before:
        sessions.end(db, before)
    session["id"] = sessions.begin(
        db,
        account.user,
        at=at,
        browser=request.user_agent.string,
        waits_for=waits_for,
        enrol_by=enrol_by,
    )
    if language:
        session["language"] = language
        accounts.set_language(db, account.user, language)


def _trier(what: str, user: str = "") -> tries.Trier:
    mark = tries.known_browser(here().db, user or what, request.cookies.get(BROWSER_COOKIE, ""))
    return tries.Trier(what, request.remote_addr or "", mark)


def _again(user: str, wanted: str, fault: str, status: int) -> Answer:
    page = render_template("sign_in.html", next=wanted, user=user, fault=fault)
    return Response(page, status)
