"""Who may open what.

Every view of people's pages says with `@may("…")` what its reader must be allowed to do; one that says
nothing is refused to everyone. The pages of signing in are in `server.signing_in`, those of one's own
account in `server.own_account`; both hang on the blueprint here.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Flask, current_app, g, redirect, request, session, url_for
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from server import accounts, sessions, typed
from server.here import here
from sync.core.problem import Problem

blueprint = Blueprint("auth", "server.auth")

View = TypeVar("View", bound=Callable[..., Any])
Answer = str | Response | tuple[str, int]


def install(app: Flask) -> None:
    """Add the pages of signing in and of one's own account."""
    # These add their views to the blueprint, and need what is defined here.
    from server import (  # noqa: PLC0415
        organisation_pages,  # noqa: F401
        own_account,  # noqa: F401
        second_step_pages,  # noqa: F401
        signing_in,  # noqa: F401
    )

    app.register_blueprint(blueprint)


def may(what: str, *, unfinished: bool = False) -> Callable[[View], View]:
    """Say who may open a view: a key of `accounts.MAY`, `signed_in` (whoever has an account) or `anyone`.

    `unfinished`: also whoever still has to set up the second step and is past the days for it.
    """

    def mark(view: View) -> View:
        view.may, view.unfinished = what, unfinished  # type: ignore[attr-defined]
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
    def check() -> Response | None:
        refuse_other_sites()
        g.session = session_of_cookie()
        g.account = _account_of(g.session)
        view = _view_of_request()
        needed = getattr(view, "may", None)
        if needed == "anyone":
            return None
        if g.account is None:
            return _asked_to_sign_in()
        if session.get("user") != g.account.user:
            session["user"] = g.account.user  # whose typing is kept when this session ends
        if must_enrol() and not view.unfinished:
            return redirect(url_for("auth.show_second_step", next=own_path(request.full_path)), 303)
        if needed == "signed_in" or (needed and g.account.may(needed)):
            return None
        raise Problem("account.not_allowed")


def _asked_to_sign_in() -> Response:
    """The way to the sign-in page and from there back; a form that was sent waits for its writer."""
    wanted = own_path(request.full_path)
    if request.method == "POST":
        number = typed.keep(wanted)
        wanted = url_for("people.show_typed", number=number) if number else ""
    return redirect(url_for("auth.show_sign_in", next=wanted), 303)


def refuse_other_sites() -> None:
    """Refuse a form that another site sends in a reader's name, before its CSRF token is even looked at."""
    if request.method not in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Site") in (
        "cross-site",
        "same-site",
    ):
        raise Forbidden


def session_of_cookie() -> sessions.Session | None:
    """The session this browser is in, be it half-way; None for none."""
    session_id = session.get("id")
    if not session_id or not isinstance(session_id, str):
        return None
    return sessions.find(here().db, session_id, at=here().now())


def must_enrol() -> bool:
    """Whether nothing is open to this session but setting up the second step."""
    found: sessions.Session | None = g.session
    return bool(found and found.enrol_by and here().now() >= found.enrol_by)


def own_path(text: str) -> str:
    """The text if it is a path of this site, else nothing: `next` must lead nowhere else."""
    text = text.removesuffix("?")
    if not text.startswith("/") or text.startswith(("//", "/\\")) or any(c in text for c in "\r\n\t\\"):
        return ""
    return text


def _account_of(found: sessions.Session | None) -> accounts.Account | None:
    """Who asks, or None. Read anew at every request: a closed account or a new role counts at once."""
    return accounts.find(here().db, found.user) if found and not found.waits_for else None


def _view_of_request() -> Any:
    return current_app.view_functions.get(request.endpoint or "")


guard(blueprint)
