"""What is printed about a person: a summary for colleagues, and a sheet for herself, in a language she reads.

Pages with a print stylesheet: the reader's own browser makes the paper or the PDF. The sheet may be found by
others at her home: it says nothing of what she went through, no level, no score, and no name.
"""

from collections.abc import Mapping
from typing import Any

from flask import g, render_template, request, url_for
from werkzeug.exceptions import NotFound

from server.auth import may
from server.here import here
from server.people import access, casework, level
from server.people.forms import form_titles
from server.people.pages import blueprint
from server.people.places import place_name
from server.people.privacy import PURPOSE_NAMES
from server.people.returnee import STATE_NAMES, page_parts
from server.people.words import LANGUAGES, language, later
from server.people.words import gettext as _
from sync.core.times import local_date
from sync.store.rules import current_rules

PAPERS = {
    "summary": later("Case summary, for colleagues"),
    "sheet": later("Information sheet, for the person"),
}
AROUND = {
    "back": later("Back"),
    "print": later("Print"),
    "hint": later("Or with the browser’s own Print, which also makes a PDF."),
}
HELPS_WITH = {
    "health": later("health"),
    "talk": later("somebody to talk to"),
    "shelter": later("a place to stay"),
    "food": later("food"),
    "legal": later("questions of law"),
    "documents": later("papers"),
    "school": later("school"),
    "training": later("learning a trade"),
    "job": later("work"),
    "business": later("a small business"),
    "debt": later("debts"),
    "family": later("family"),
    "other": later("other things"),
}


@blueprint.get("/caseload/<code>/print")
@may("see_returnee")
def choose_print(code: str) -> str:
    """What to print, in which language, and what shall be on it."""
    file = access.look_at(here().db, g.account, code)
    return render_template("print.html", file=file, papers=PAPERS)


@blueprint.get("/caseload/<code>/print/<paper>")
@may("see_returnee")
def show_print(code: str, paper: str) -> str:
    """The paper itself. What leaves on paper is written down like any other export."""
    db = here().db
    file = access.look_at(db, g.account, code)
    if paper not in PAPERS:
        raise NotFound
    # Around the paper stand the words of whoever prints, on it those of whoever reads it.
    words = {name: _(message) for name, message in AROUND.items()} | {"reader": language()}
    if request.args.get("in") in LANGUAGES:
        g.read_in = request.args["in"]
    with_ = set(request.args.getlist("with"))
    access.noted(db, g.account, "export", [file["_id"]], access.WHOLE_FILE, what=f"{paper} to print")
    parts = _summary_parts(file) if paper == "summary" else {}
    rules = current_rules(db)
    return render_template(
        f"print_{paper}.html",
        file=file,
        title=PAPERS[paper],
        with_=with_,
        around=words,
        today=local_date(here().now()),
        back=url_for("people.choose_print", code=file["case_code"]),
        helps_words=HELPS_WITH,
        hotlines=rules.protocol.hotlines if rules else (),
        **{**page_parts(file), **parts},
    )


def _summary_parts(file: Mapping[str, Any]) -> dict[str, Any]:
    person = file["person"]
    return {
        "person": person,
        "place": place_name(person.get("village") or person.get("province"), language()),
        "titles": form_titles(here().db),
        "state_names": STATE_NAMES,
        "purpose_names": PURPOSE_NAMES,
        "identified_words": casework.IDENTIFIED,
        "decision_names": level.DECISIONS,
    }
