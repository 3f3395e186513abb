"""The blueprint all pages hang on."""

from flask import Blueprint, Flask, g, redirect, send_from_directory, url_for
from werkzeug.wrappers import Response

from server.auth import guard, may
from server.here import here

blueprint = Blueprint("people", "server.people")
STATIC_SECONDS = 3600


def install(app: Flask) -> None:
    """Add the pages and what they look like."""
    guard(blueprint)
    app.register_blueprint(blueprint)


@blueprint.get("/")
@may("signed_in")
def home() -> Response:
    """The first page after signing in."""
    return redirect(url_for("people.show_caseload"), 303)


@blueprint.get("/caseload")
@may("see_caseload")
def show_caseload() -> str:
    """Whom to see next."""
    return f"{g.account.user} {here().now()}"


@blueprint.get("/static/<path:name>")
@may("anyone")
def show_static(name: str) -> Response:
    """A style sheet, a font or a picture. Nothing personal is ever among them."""
    answer = send_from_directory("people/static", name, max_age=STATIC_SECONDS)
    answer.headers["Cache-Control"] = f"public, max-age={STATIC_SECONDS}"
    return answer
