"""Tokens of programs: made (shown once), seen, ended by their maker. Never more than their maker sees."""

from datetime import timedelta

from flask import g, render_template, request
from werkzeug.wrappers import Response

from server import tokens
from server.auth import may
from server.here import here
from server.noting import noted
from server.people.pages import blueprint
from server.people.words import gettext as _
from server.people.words import later
from server.tokens import Token
from sync.core.problem import Problem

SCOPE_NAMES = {
    "read": later("Read everything you may read"),
    "decide": later("Decide about cases (needs reading)"),
    "forms": later("See the forms"),
    "numbers": later("See numbers, never a person"),
    "phones": later("Connect phones and lock them out (needs reading)"),
    "export": later("Take out exports; without reading, rows in which nobody is found again"),
}
MAY_GIVE = {
    "administrator": tuple(SCOPE_NAMES),
    "coordinator": ("read", "decide", "forms", "numbers", "export"),
    "analyst": ("numbers", "export"),
}
"""Which scopes a role may give: none that opens what the role itself does not."""
LASTS_DAYS = (30, 90, 365)
LONGEST_NAME = 100


@blueprint.get("/tokens")
@may("make_tokens")
def show_tokens(made: str = "", message: str = "", fault: str = "") -> str:
    """One's own tokens, for administrators everybody's, and the form to make one."""
    return render_template(
        "tokens.html",
        tokens=_visible(),
        scope_names=SCOPE_NAMES,
        may_give=MAY_GIVE[g.account.role],
        lasts_days=LASTS_DAYS,
        given=request.form if fault else {},
        chosen=request.form.getlist("scope"),
        now=here().now(),
        made=made,
        message=message,
        fault=fault,
    )


@blueprint.post("/tokens")
@may("make_tokens")
def make_token() -> str | tuple[str, int]:
    """Make a token that sees whom its maker sees, and show it, once."""
    form, account, at = request.form, g.account, here().now()
    name = form.get("name", "").strip()[:LONGEST_NAME]
    scopes = tuple(one for one in MAY_GIVE[account.role] if one in form.getlist("scope"))
    days = next((one for one in LASTS_DAYS if str(one) == form.get("days")), None)
    if not name or not scopes or days is None:
        return show_tokens(fault=_("Give it a name, choose what it may do and how long.")), 400
    if {"decide", "phones"} & set(scopes) and "read" not in scopes:
        return show_tokens(fault=_("What decides or connects phones has to read, too.")), 400
    token = tokens.add(
        here().db,
        name=name,
        made_by=account.user,
        made_at=at,
        scopes=scopes,
        expires_at=at + timedelta(days=days),
        teams=account.teams,
        places=account.places,
        organisation=account.organisation,
    )
    noted("configuration", "token added", name=name, scopes=list(scopes), days=days)
    return show_tokens(made=token)


@blueprint.post("/tokens/<token_id>/revoke")
@may("make_tokens")
def revoke_token(token_id: str) -> str | Response:
    """End a token of one's own; administrators end any."""
    found = {one.id: one for one in _visible()}.get(token_id)
    if found is None:
        raise Problem("token.id_unknown", token_id=token_id[:12])
    tokens.revoke(here().db, found.id, at=here().now())
    noted("configuration", "token revoked", name=found.name)
    return show_tokens(message=_("The token is ended. Whatever used it is answered no more."))


def _visible() -> list[Token]:
    sees_all = g.account.role == "administrator"
    return [one for one in tokens.all_of(here().db) if sees_all or one.made_by == g.account.user]
