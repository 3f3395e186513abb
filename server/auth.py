"""Signing in and out, and who may open what.

Every view of people's pages says with `@may("…")` what its reader must be allowed to do; one that says
nothing is refused to everyone.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as AnyResponse

from server import accounts, sessions
from server.here import here
from server.people import words
from server.people.words import gettext as _
from sync.core.problem import Problem

blueprint = Blueprint("auth", "server.auth")

View = TypeVar("View", bound=Callable[..., Any])
Answer = str | AnyResponse | tuple[str, int]


def install(app: Flask) -> None:
    """Add the sign-in pages."""
    app.register_blueprint(blueprint)


def may(what: str) -> Callable[[View], View]:
    """Say who may open a view: a key of `accounts.MAY`, `signed_in` (whoever has an account) or `anyone`."""

    def mark(view: View) -> View:
        view.may = what  # type: ignore[attr-defined]
        return view

    return mark


def takes(most_bytes: int) -> Callable[[View], View]:
    """Say that a view takes longer requests than others; told before anything is read."""

    def mark(view: View) -> View:
        view.takes = most_bytes  # type: ignore[attr-defined]
        return view

    return mark


def let_long_requests_in() -> None:
    """Allow what the asked view takes. Must come before whatever reads the body, such as a CSRF token."""
    most = getattr(_view_of_request(), "takes", None)
    if most:
        request.max_content_length = most


def guard(pages: Blueprint) -> None:
    """Let the pages of this blueprint be opened by those who may, and by nobody else."""

    @pages.before_request
    def check() -> AnyResponse | None:
        refuse_other_sites()
        g.account = account_of_session()
        view = _view_of_request()
        needed = getattr(view, "may", None)
        if needed == "anyone":
            return None
        if g.account is None:
            return redirect(url_for("auth.show_sign_in", next=own_path(request.full_path)), 303)
        if needed == "signed_in" or (needed and g.account.may(needed)):
            return None
        raise Problem("account.not_allowed")


def refuse_other_sites() -> None:
    """Refuse a form that another site sends in a reader's name, before its CSRF token is even looked at."""
    if request.method not in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Site") in (
        "cross-site",
        "same-site",
    ):
        raise Forbidden


def account_of_session() -> accounts.Account | None:
    """Who asks, or None. Read anew at every request: a closed account or a new role counts at once."""
    session_id = session.get("id")
    if not session_id:
        return None
    user = sessions.user_of(here().db, session_id, at=here().now())
    return accounts.find(here().db, user) if user else None


guard(blueprint)


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
    """Open a session for whoever gives the right password."""
    at, db = here().now(), here().db
    user, password = request.form.get("user", "")[:100], request.form.get("password", "")[:1000]
    address = request.remote_addr or ""
    wanted = own_path(request.form.get("next", ""))
    wait = sessions.wait_before_next_try(db, user, address, at=at)
    if wait:
        return _sign_in_again(user, wanted, _wait_sentence(wait), 429)
    try:
        account = accounts.signed_in_by(db, user, password)
    except Problem as problem:
        if problem.code == "account.sign_in_failed":
            sessions.count_failure(db, user, address, at=at)
        return _sign_in_again(user, wanted, problem.message(words.language()), 401)
    sessions.forget_failures(db, user, address)
    language = session.get("language")
    session.clear()  # nothing that was known before signing in is worth anything afterwards
    session["id"] = sessions.begin(db, account.user, at=at, browser=request.user_agent.string)
    if language:
        session["language"] = language
        accounts.set_language(db, account.user, language)
    return redirect(wanted or url_for("people.home"), 303)


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


@blueprint.get("/account")
@may("signed_in")
def show_account(message: str = "", fault: str = "") -> str:
    """One's own account: password, and where one is signed in."""
    open_sessions = sessions.of(here().db, g.account.user, at=here().now())
    return render_template("account.html", sessions=open_sessions, message=message, fault=fault)


@blueprint.post("/account/password")
@may("signed_in")
def change_password() -> Answer:
    """Change one's own password; every session ends but a new one here."""
    db, user = here().db, g.account.user
    try:
        accounts.signed_in_by(db, user, request.form.get("present", "")[:1000])
        accounts.set_password(db, user, request.form.get("new", "")[:1000])
    except Problem as problem:
        return show_account(fault=problem.message(words.language())), 400
    session["id"] = sessions.begin(db, user, at=here().now(), browser=request.user_agent.string)
    return show_account(message=_("The password is changed. You are signed out everywhere else."))


@blueprint.post("/account/sessions/end")
@may("signed_in")
def end_other_sessions() -> Answer:
    """Sign this account out everywhere but here."""
    sessions.end_others(here().db, g.account.user, session["id"])
    return show_account(message=_("You are signed out everywhere else."))


def _sign_in_again(user: str, wanted: str, fault: str, status: int) -> Answer:
    page = render_template("sign_in.html", next=wanted, user=user, fault=fault)
    return Response(page, status)


def _wait_sentence(wait: timedelta) -> str:
    seconds = int(wait.total_seconds()) + 1
    if seconds < 90:
        return _("Too many tries from here. Please wait %(count)s seconds.", count=words.number(seconds))
    minutes = words.number(-(-seconds // 60))
    return _("Too many tries from here. Please wait %(count)s minutes.", count=minutes)


def own_path(text: str) -> str:
    """The text if it is a path of this site, else nothing: `next` must lead nowhere else."""
    text = text.removesuffix("?")
    if not text.startswith("/") or text.startswith(("//", "/\\")) or any(c in text for c in "\r\n\t\\"):
        return ""
    return text


def _view_of_request() -> Any:
    return current_app.view_functions.get(request.endpoint or "")
