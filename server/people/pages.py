"""The blueprint all pages hang on, and what every page shows around its content."""

import importlib
from pathlib import Path
from typing import Any

import fontpkg_noto_sans_khmer
from flask import Blueprint, Flask, redirect, request, send_from_directory, url_for
from werkzeug.wrappers import Response

from server.auth import guard, may
from server.people.words import later

blueprint = Blueprint("people", "server.people")
guard(blueprint)

STATIC = Path(__file__).parent / "static"
FONT_FILES = Path(fontpkg_noto_sans_khmer.ROOT) / "files"
STATIC_SECONDS = 3600
FONT_SECONDS = 365 * 86_400

NAV = (
    ("people.show_caseload", later("Caseload"), "see_caseload"),
    ("people.show_questions", later("Needs a person"), "see_set_aside"),
    ("people.show_phones", later("Phones"), "manage_phones"),
)
ROLE_NAMES = {
    "administrator": later("Administrator"),
    "coordinator": later("Coordinator"),
    "case_manager": later("Case manager"),
    "outreach_worker": later("Outreach worker"),
}


def install(app: Flask) -> None:
    """Add the pages and what they look like."""
    # These add their views to the blueprint.
    for module in ("caseload", "decisions", "devices", "questions", "returnee"):
        importlib.import_module(f"server.people.{module}")

    app.register_blueprint(blueprint)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(frame)


def frame() -> dict[str, Any]:
    """What the frame around every page needs."""
    # Where the language switch leads back to; a page that answered a form has no address of its own.
    asked_again = request.method == "GET" and request.url_rule is not None
    return {
        "nav": NAV,
        "role_names": ROLE_NAMES,
        "here_path": request.full_path.removesuffix("?") if asked_again else url_for("people.home"),
    }


@blueprint.get("/")
@may("signed_in")
def home() -> Response:
    """The first page after signing in."""
    return redirect(url_for("people.show_caseload"), 303)


@blueprint.get("/static/<path:name>")
@may("anyone")
def show_static(name: str) -> Response:
    """A style sheet, a font or a picture. Nothing personal is ever among them."""
    if name == "noto-sans-khmer.ttf":
        answer = send_from_directory(FONT_FILES, next(FONT_FILES.glob("*.ttf")).name, mimetype="font/ttf")
        answer.headers["Cache-Control"] = f"public, max-age={FONT_SECONDS}, immutable"
    else:
        answer = send_from_directory(STATIC, name)
        answer.headers["Cache-Control"] = f"public, max-age={STATIC_SECONDS}"
    return answer
