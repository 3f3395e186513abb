"""Submissions that need a person: set aside, or worked through with a question left."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.people.forms import form_titles
from server.people.pages import blueprint
from server.people.returnee import SUBMISSION_STATES
from server.people.words import later
from sync.store import submission_lists, submissions

ROWS = 50

# What a question asks of people, by the code of its problem.
QUESTIONS = {
    "entity.unknown": later("It is about a person who is not registered here (yet). Find out who it is."),
    "entity.exists": later(
        "It registers a person who is already registered. Find out whether they are one person."
    ),
}


@blueprint.get("/questions")
@may("see_set_aside")
def show_questions() -> str:
    """What the server could not settle by itself, the oldest first."""
    after = request.args.get("after") or None
    found = submission_lists.needing_a_person(here().db, limit=ROWS + 1, after=after)
    return render_template(
        "questions.html",
        submissions=found[:ROWS],
        more=found[ROWS - 1]["_id"] if len(found) > ROWS else "",
        titles=form_titles(here().db),
        questions=QUESTIONS,
        submission_states=SUBMISSION_STATES,
        replayed=request.args.get("replayed") == "yes",
    )


@blueprint.post("/questions/<path:instance_id>/replay")
@may("see_set_aside")
def replay(instance_id: str) -> Response:
    """Have a submission worked through again from the start."""
    submissions.replay(here().db, instance_id, at=here().now())
    here().wake()
    return redirect(url_for("people.show_questions", replayed="yes"), 303)
