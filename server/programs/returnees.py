"""Returnees for programs: the caseload in pages, one person's file."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from flask import g
from flask_smorest import Blueprint

from server.here import here
from server.people import access
from server.programs import tokens
from server.programs.deciding import DecisionSchema
from server.programs.file_schemas import DisclosureList, ReturneeSchema
from server.programs.schemas import LanguageQuery, ReturneePage, ReturneesQuery
from sync.core.decision import Decision
from sync.core.form import FormDefinition
from sync.core.masking import is_shown, kind_of
from sync.core.problem import Problem
from sync.core.times import cut_to_ms, local_date
from sync.core.visits import days_overdue, state_on
from sync.core.watch import with_sentences
from sync.deciding import decide_once
from sync.person_copy import disclosures
from sync.store import forms
from sync.store.caseload import Which
from sync.store.rules import current_rules

blueprint = Blueprint(
    "api-returnees",
    "server.programs.returnees",
    url_prefix="/api/v1/returnees",
    description="People and their plans",
)
tokens.guard(blueprint)

TEXTS = ("label", "value_label", "band_label", "reason", "text")
"""Fields that hold a coordinator's words in several languages."""


@blueprint.get("")
@blueprint.arguments(ReturneesQuery, location="query")
@blueprint.response(200, ReturneePage)
def list_returnees(query: Mapping[str, Any]) -> dict[str, Any]:
    """The caseload, most danger first, then soonest due."""
    db, today, limit = here().db, local_date(here().now()), query["limit"]
    after = access.position_from(query.get("after"))
    which = Which(level=query.get("level") or "", due=query["due"])
    found = access.caseload_of(db, g.token, which, today=today, limit=limit + 1, after=after)
    more = access.position_after(found[limit - 1]) if len(found) > limit else None
    return {"items": [_line(file, today) for file in found[:limit]], "next": more}


@blueprint.get("/<string:code>")
@blueprint.arguments(LanguageQuery, location="query")
@blueprint.response(200, ReturneeSchema)
@blueprint.alt_response(404, description="Nobody is registered under this code.")
def get_returnee(query: Mapping[str, Any], code: str) -> dict[str, Any]:
    """One person's file, by case code or entity ID."""
    file = access.look_at(here().db, g.token, code)
    answer: dict[str, Any] = in_language(file_for_programs(file, local_date(here().now())), query["lang"])
    return answer


@blueprint.get("/<string:code>/disclosures")
@blueprint.response(200, DisclosureList)
@blueprint.alt_response(404, description="Nobody is registered under this code.")
def list_disclosures(code: str) -> dict[str, Any]:
    """Who saw this person's data, took it out or carried it: the newest thousand, newest first."""
    file = access.look_at(here().db, g.token, code)
    return {"items": disclosures(here().db, file["_id"])}


@blueprint.post("/<string:code>/decisions")
@tokens.needs("decide")
@blueprint.arguments(DecisionSchema)
@blueprint.arguments(LanguageQuery, location="query")
@blueprint.response(201, ReturneeSchema)
@blueprint.alt_response(200, schema=ReturneeSchema, description="This decision was kept before.")
@blueprint.alt_response(403, description="The token may only read, or only a person can decide this.")
@blueprint.alt_response(404, description="Nobody is registered under this code.")
@blueprint.alt_response(409, description="It does not fit the case as it stands now.")
def decide(body: Mapping[str, Any], query: Mapping[str, Any], code: str) -> tuple[dict[str, Any], int]:
    """Decide something about a case; the file as it is afterwards. Needs a token that may decide."""
    if body["kind"] == "sign":
        raise Problem("decision.signed_by_people")
    db, at = here().db, cut_to_ms(here().now())
    file = access.look_at(db, g.token, code)
    rules = current_rules(db)
    if rules is None:
        raise Problem("protocol.missing")
    decision = Decision(
        **{**body, "decision_id": str(body["decision_id"]), "reason": body["reason"].strip()},
        entity_id=file["_id"],
        at=at,
        on=local_date(at),
        by=tokens.author(),
    )
    state, after = decide_once(db, decision, file, rules)
    told = in_language(file_for_programs(after, decision.on), query["lang"])
    return told, 201 if state == "created" else 200


def file_for_programs(file: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The stored file with what depends on the day of looking, without answers that are not for programs."""
    follow_ups = [
        {**item, "state": state_on(item, today), "overdue_days": days_overdue(item, today)}
        for item in file["follow_ups"]
    ]
    indicators = [{**item, "answers": list(_shown(item))} for item in file["risk"]["indicators"]]
    risk = {**with_sentences(file), "indicators": indicators}
    return {**file, "entity_id": file["_id"], "follow_ups": follow_ups, "risk": risk}


def _shown(indicator: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The answers behind an indicator, without those that say who somebody is or are her own words.

    What is told by no question (how a score changed) is shown; where the form is not known, nothing is.
    """
    answers = indicator["answers"]
    form = _form_of(indicator) if answers else None
    for answer in answers:
        asked = form.fields.get(form.paths.get(answer["name"], "")) if form else None
        if form and (asked is None or is_shown(asked.privacy, "program", kind_of(asked))):
            yield answer
        else:
            yield {**answer, "value": None, "value_label": {}}


def _form_of(indicator: Mapping[str, Any]) -> FormDefinition | None:
    with suppress(Problem):
        return forms.form_definition(here().db, indicator["form_id"], indicator["form_version"])
    return None


def in_language(value: Any, language: str) -> Any:
    """The same value with every coordinator's text in one language, else in the one there is."""
    if isinstance(value, Mapping):
        return {
            key: _text(part, language)
            if key in TEXTS and isinstance(part, Mapping)
            else in_language(part, language)
            for key, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [in_language(part, language) for part in value]
    return value


def _text(words: Mapping[str, str], language: str) -> str:
    return words.get(language) or words.get("en") or words.get("km") or ""


def _line(file: Mapping[str, Any], today: date) -> dict[str, Any]:
    waiting = [item for item in file["follow_ups"] if not item["done_on"] and not item["ended"]]
    return {
        **file,
        "entity_id": file["_id"],
        "level": file["risk"]["level"],
        "level_on": file["risk"]["on"],
        "overdue_days": max((days_overdue(item, today) for item in waiting), default=0),
    }
