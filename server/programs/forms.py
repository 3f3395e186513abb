"""Forms for programs."""

from collections.abc import Mapping
from typing import Any

from flask_smorest import Blueprint

from server.here import here
from server.programs import tokens
from server.programs.deciding import TrialSchema, TryQuery
from server.programs.schemas import FormList
from sync.core.problem import Problem
from sync.core.times import local_date
from sync.core.trial import Trial, try_answers
from sync.store import forms
from sync.store.rules import current_rules

blueprint = Blueprint(
    "api-forms", "server.programs.forms", url_prefix="/api/v1/forms", description="The forms phones have"
)
tokens.guard(blueprint, "forms")


@blueprint.get("")
@blueprint.response(200, FormList)
def list_forms() -> dict[str, Any]:
    """The current version of every open form."""
    return {"items": forms.current(here().db)}


@blueprint.post("/<string:form_id>/try")
@blueprint.arguments(TryQuery)
@blueprint.response(200, TrialSchema)
@blueprint.alt_response(404, description="No form of this ID is published, or no protocol.")
def try_form(query: Mapping[str, Any], form_id: str) -> Trial:
    """What the published rules make of these answers; nothing is stored. As `pteah form try`."""
    db = here().db
    version = forms.current_version(db, form_id)
    if version is None:
        raise Problem("form.unknown")
    rules = current_rules(db)
    if rules is None:
        raise Problem("protocol.missing")
    on = query["on"] or local_date(here().now())
    return try_answers(query["answers"], forms.form_definition(db, form_id, version), rules, on)
