"""Leaving: at once and looking harmless, or after nobody did anything for a while."""

import calendar
from datetime import date
from typing import Any

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError, ValidationError, validate_csrf

from server import sessions, typed
from server.auth import may, own_path
from server.here import here
from server.people.pages import blueprint
from server.people.words import language
from sync.core.problem import Problem
from sync.core.times import local_date

unguarded = Blueprint("session_left", "server.people")
"""Asking how long a session lasts must not make it last longer, so nobody looks who asks."""


@blueprint.post("/leave")
@may("anyone")
def leave() -> Any:
    """Sign out and show a page that gives nothing away."""
    if session.get("id"):
        sessions.end(here().db, session["id"])
    chosen = language()
    session.clear()
    session["language"] = chosen
    answer = redirect(url_for("people.show_month"), 303)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@blueprint.get("/month")
@may("anyone")
def show_month() -> str:
    """A month as a wall calendar has it, and nothing else."""
    today = local_date(here().now())
    weeks = calendar.Calendar(firstweekday=0).monthdatescalendar(today.year, today.month)
    return render_template("month.html", weeks=weeks, today=today, first=date(today.year, today.month, 1))


@unguarded.get("/session")
def show_session() -> Response:
    """How many seconds this session has left if nothing is done; `?stay=yes`: make it last on."""
    at, number = here().now(), session.get("id", "")
    if request.args.get("stay") == "yes":
        sessions.find(here().db, number, at=at)
    return jsonify(left=sessions.seconds_left(here().db, number, at=at))


@unguarded.post("/session/end")
def end_idle() -> Any:
    """Sign out because nobody did anything; what was typed into a form waits until its writer is back."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError as refused:
        raise CSRFError(refused.args[0]) from refused
    number = typed.keep(own_path(request.form.get("typed_for", ""))) if request.form.get("typed_for") else ""
    if session.get("id"):
        sessions.end(here().db, session["id"])
    chosen = language()
    session.clear()
    session["language"] = chosen
    back = url_for("people.show_typed", number=number) if number else own_path(request.form.get("here", ""))
    return redirect(url_for("auth.show_sign_in", next=back or None, idle="yes"), 303)


@blueprint.get("/typed/<number>")
@may("signed_in")
def show_typed(number: str) -> str:
    """What was typed when the session ended, to be sent now or dropped."""
    kept = typed.found(g.account.user, number)
    if kept is None:
        raise Problem("typed.gone")
    path, fields = kept
    return render_template("typed.html", path=path, fields=fields)
