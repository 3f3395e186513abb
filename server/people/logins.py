"""User names and passwords under …/openrosa: of phones without a token, of tools that read records out."""

from datetime import timedelta

from flask import g, render_template, request
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.noting import noted
from server.people.forms import form_titles
from server.people.pages import blueprint
from server.people.words import gettext as _
from server.secret import LOGINS, derived_key
from sync.core.problem import Problem
from sync.store import devices, forms, logins
from sync.store.logins import Login

LASTS_DAYS = (3, 7, 30)
LONGEST_NAME = 100


@blueprint.get("/logins")
@may("make_logins")
def show_logins(made: tuple[str, str] | None = None, message: str = "", fault: str = "") -> str:
    """The user names this reader may end, and the forms to make one."""
    db = here().db
    base_url = here().config.public_url or request.host_url.rstrip("/")
    return render_template(
        "logins.html",
        logins=_visible(),
        phones={phone.id: phone for phone in devices.all(db)} if g.account.may("manage_phones") else {},
        forms=sorted(forms.states(db)),
        titles=form_titles(db),
        lasts_days=LASTS_DAYS,
        given=request.form if fault else {},
        chosen=request.form.getlist("form") if fault else (),
        server_url=f"{base_url}/openrosa",
        now=here().now(),
        made=made,
        message=message,
        fault=fault,
    )


@blueprint.post("/logins/phone")
@may("manage_phones")
def make_phone_login() -> str | tuple[str, int]:
    """Make a user name for a phone: it opens what the phone's token does, until it is ended."""
    phone = devices.in_use(here().db, request.form.get("phone", ""))
    if phone is None:
        return show_logins(fault=_("Choose a phone that is connected.")), 400
    return _made("phone", phone.name, device_id=phone.id)


@blueprint.post("/logins/tool")
@may("make_logins")
def make_tool_login() -> str | tuple[str, int]:
    """Make a user name for a tool: for some days it reads those records of some forms that its maker sees."""
    form = request.form
    name = form.get("name", "").strip()[:LONGEST_NAME]
    form_ids = tuple(one for one in sorted(forms.states(here().db)) if one in form.getlist("form"))
    days = next((one for one in LASTS_DAYS if str(one) == form.get("days")), None)
    if not name or not form_ids or days is None:
        return show_logins(fault=_("Say what it is for, which forms it reads and how long.")), 400
    return _made("pull", name, forms=form_ids, days=days)


@blueprint.post("/logins/<login>/end")
@may("make_logins")
def end_login(login: str) -> str | Response:
    """End a user name of one's own; administrators end any."""
    found = {one.user: one for one in _visible()}.get(login)
    if found is None:
        raise Problem("login.unknown", user=login[:LONGEST_NAME])
    logins.end(here().db, found.user, at=here().now())
    noted("configuration", "user name ended", user=found.user)
    return show_logins(message=_("The user name is ended. Whatever used it is answered no more."))


def _made(
    opens: logins.May, name: str, *, device_id: str = "", forms: tuple[str, ...] = (), days: int = 0
) -> str:
    """The page that shows the new user name and its password, this once."""
    at = here().now()
    made = logins.add(
        here().db,
        derived_key(here().config.data, LOGINS),
        made_at=at,
        made_by=g.account.user,
        may=opens,
        name=name,
        device_id=device_id,
        forms=forms,
        ends_at=at + timedelta(days=days) if days else None,
        sees=g.account.reader if opens == "pull" else None,
    )
    noted("configuration", "user name made", user=made[0], may=opens, forms=list(forms), days=days)
    return show_logins(made=made)


def _visible() -> list[Login]:
    sees_all = g.account.may("manage_phones")
    return [one for one in logins.every(here().db) if sees_all or one.made_by == g.account.user]
