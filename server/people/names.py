"""Names are hidden until somebody asks to see them; that they asked is written down.

A screen in an office is read by whoever walks past. What is shown without asking is the case code.
"""

from datetime import timedelta

from flask import g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from server.auth import may, own_path
from server.here import here
from server.people import access
from server.people.pages import blueprint

SHOWN_FOR = timedelta(minutes=10)


def are_shown() -> bool:
    """Whether this reader asked to see names in the last minutes."""
    return access.fields_shown(g.account) == access.ONE_LINE


@blueprint.post("/names")
@may("see_caseload")
def show_names() -> Response:
    """Show names on every page for ten minutes, or hide them again; leads back to where the reader was."""
    if request.form.get("show") == "yes":
        access.noted(here().db, g.account, "look", [], ("names",), minutes=SHOWN_FOR.seconds // 60)
        session["names_until"] = (here().now() + SHOWN_FOR).timestamp()
    else:
        session.pop("names_until", None)
    return redirect(own_path(request.form.get("next", "")) or url_for("people.home"), 303)
