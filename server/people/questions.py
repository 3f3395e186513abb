"""Submissions that need a person: set aside, or worked through with a question left."""

from collections.abc import Mapping
from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.people import access, aside, who_is_who
from server.people.forms import form_titles
from server.people.pages import blueprint
from server.people.returnee import SUBMISSION_STATES
from server.people.words import later, told
from sync.core.problem import CATALOGUE, Problem
from sync.core.rows import Text
from sync.core.scope import Filter
from sync.store import forms, records, submission_lists
from sync.store.connect import Db

ROWS = 50

# What a question asks of people, by the code of its problem.
QUESTIONS = {
    "submission.doubtful": later(
        "Some of its answers cannot be right. Nothing was changed: "
        "ask whoever wrote them, or look and put them right."
    ),
    "entity.unknown": later("It is about a person who is not registered here (yet). Find out who it is."),
    "entity.exists": later(
        "It registers a person who is already registered. Find out whether they are one person."
    ),
}

# What a difference between phone and server most likely is; see `sync.core.parity.Cause`.
CAUSES = {
    "rule": later("The server cannot work this rule out. Have whoever wrote it look at it."),
    "clock": later("The rule asks for the day: the clock of the phone may be wrong."),
    "list": later("The rule looks into a list, and the list has changed since."),
    "unknown": later("Not known. Please report it: the two should never differ."),
}


@blueprint.get("/questions")
@may("see_set_aside")
def show_questions() -> str:
    """What the server could not settle by itself, the oldest first."""
    after = request.args.get("after") or None
    db = here().db
    within = access.submission_scope_of(db, g.account)
    found = submission_lists.needing_a_person(db, within=within, limit=ROWS + 1, after=after)
    return render_template(
        "questions.html",
        submissions=found[:ROWS],
        more=found[ROWS - 1]["_id"] if len(found) > ROWS else "",
        titles=form_titles(db),
        differing=[] if after else _differing(db, within),
        causes=CAUSES,
        questions=QUESTIONS,
        sentences=who_is_who.sentences(),
        problem_said=problem_said,
        case_codes=access.case_codes_of(db, g.account, [item["_id"] for item in found]),
        submission_states=SUBMISSION_STATES,
        replayed=request.args.get("replayed") == "yes",
        settled=request.args.get("settled") == "yes",
        **aside.waiting(db),
    )


@blueprint.post("/questions/<path:instance_id>/replay")
@may("see_set_aside")
def replay(instance_id: str) -> Response:
    """Have a submission worked through again from the start."""
    access.replay(here().db, g.account, instance_id, at=here().now())
    here().wake()
    return redirect(url_for("people.show_questions", replayed="yes"), 303)


def problem_said(code: str) -> str:
    """The sentence of this problem in the reader's language; "" where only the record has its details."""
    entry = CATALOGUE.get(code)
    return "" if entry is None or "{" in entry.en else told(Problem(code))


def _differing(db: Db, within: Filter) -> list[dict[str, Any]]:
    """The newest differences between phone and server, one line for each rule."""
    return [
        {**record, **difference, "label": _rule_labels(db, record).get(difference["code"])}
        for record in records.differing(db, ROWS, within)
        for difference in record["parity"]
    ]


def _rule_labels(db: Db, record: Mapping[str, Any]) -> dict[str, Text]:
    """Code of a rule -> its words, as the form version that was filled has them."""
    if not forms.exists(db, record["form_id"], record["form_version"]):
        return {}
    rules = forms.rules_of(db, record["form_id"], record["form_version"])
    return {indicator.code: indicator.label for indicator in rules.indicators}
