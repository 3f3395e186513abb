"""Answering what a record asks: about whom it is, whether it is hers, which of two values is right."""

import uuid

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.people import access
from server.people.pages import blueprint
from server.people.who_she_is import Words, in_order
from server.people.words import later, told
from sync import comparing, who_is_who
from sync.comparing import Line
from sync.core.decision_check import LONGEST_REASON
from sync.core.entity_steps import ANOTHER, AS_IT_IS, HERS, NOW, OUT
from sync.core.problem import Problem
from sync.core.settling import ANSWERS, SOMEBODYS
from sync.core.times import cut_to_ms
from sync.store.rules import current_rules
from sync.who_is_who import Open, Said

TYPED = ("call_name",)
"""Properties of a row that can also be written anew; the others are chosen from what records say."""

# What each answer says to people.
WORDS = {
    SOMEBODYS: later("It is about a person who is registered: write the case code below."),
    NOW: later("It is right: let it count now."),
    HERS: later("It is the same person: the record is one more of hers."),
    ANOTHER: later("It is another person: she gets a file and a case code of her own."),
    OUT: later("It is a mistake: it is to count for nothing."),
    AS_IT_IS: later("It is right as it is, or as it is written above."),
}


def sentences() -> dict[str, str]:
    """Code of what records ask -> the sentence, in the reader's language."""
    return {code: told(Problem(code)) for code in ANSWERS}


@blueprint.get("/questions/records/<path:instance_id>")
@may("see_set_aside")
def show_question(instance_id: str) -> str:
    """What this record asks, and what can be answered."""
    return _page(instance_id)


@blueprint.post("/questions/records/<path:instance_id>")
@may("see_set_aside")
def settle_question(instance_id: str) -> Response | tuple[str, int]:
    """Keep the answer."""
    db, rules = here().db, current_rules(here().db)
    access.submission_for(db, g.account, instance_id)
    if rules is None:
        raise Problem("protocol.missing")
    try:
        code = request.form.get("code", "").strip()
        whose = access.look_at(db, g.account, code) if code else None
        said = _said(instance_id)
        who_is_who.settle(db, instance_id, request.form.get("answer", ""), said, rules, whose=whose)
    except Problem as problem:
        if problem.kind not in ("invalid", "missing"):
            raise
        return _page(instance_id, fault=told(problem)), 400
    return redirect(url_for("people.show_questions", settled="yes"), 303)


def _page(instance_id: str, fault: str = "") -> str:
    db = here().db
    submission = access.submission_for(db, g.account, instance_id)
    asked = who_is_who.question_of(db, instance_id)
    if asked and asked.file:
        access.noted(db, g.account, "look", [asked.file["_id"]], ("row",))
    code = asked.question["code"] if asked else ""
    return render_template(
        "settle.html",
        item=submission,
        asked=asked,
        sentence=told(Problem(code)) if code else "",
        answers=[(name, WORDS[name]) for name in ANSWERS[code]] if code else [],
        lines=_lines(asked, instance_id),
        chooses=AS_IT_IS in ANSWERS.get(code, ()),
        typed=TYPED,
        words=Words(db),
        decision_id=request.form.get("decision_id") or str(uuid.uuid4()),
        given=request.form,
        fault=fault,
    )


def _lines(asked: Open | None, instance_id: str) -> list[Line]:
    """Every property the record says something of, where the reader may see it; those in conflict first."""
    if asked is None or not g.account.may("see_returnee"):
        return []
    crossed = asked.question.get("crossed", ())
    found = comparing.row_lines(here().db, asked.file, asked.entity_id, instance_id, crossed)
    return sorted(found, key=lambda line: (len(line.options) < 2, in_order(line.name)))


def _said(instance_id: str) -> Said:
    try:
        decision_id = str(uuid.UUID(request.form.get("decision_id", "")))
    except ValueError:
        raise Problem("decision.kind_unknown") from None
    chosen = {
        line.name: _chosen(line)
        for line in _lines(who_is_who.question_of(here().db, instance_id), instance_id)
    }
    return Said(
        decision_id=decision_id,
        by=g.account.user,
        at=cut_to_ms(here().now()),
        reason=request.form.get("reason", "").strip()[:LONGEST_REASON],
        values={name: value for name, value in chosen.items() if value is not None},
    )


def _chosen(line: Line) -> str | None:
    """The value that is to count from now on; None where there is nothing to choose."""
    number, typed = request.form.get(f"choose.{line.name}", ""), request.form.get(f"value.{line.name}", "")
    if typed.strip() and line.name in TYPED and number in ("", "else"):
        return typed.strip()
    options = dict(enumerate(line.options))
    option = options.get(int(number)) if number.isascii() and number.isdigit() and len(number) < 3 else None
    return option.value if option and len(line.options) > 1 else None
