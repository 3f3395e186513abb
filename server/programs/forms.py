"""Forms for programs."""

from typing import Any

from flask_smorest import Blueprint

from server.here import here
from server.programs import tokens
from server.programs.schemas import FormList
from sync.store import forms

blueprint = Blueprint(
    "api-forms", "server.programs.forms", url_prefix="/api/v1/forms", description="The forms phones have"
)
tokens.guard(blueprint)


@blueprint.get("")
@blueprint.response(200, FormList)
def list_forms() -> dict[str, Any]:
    """The current version of every open form."""
    return {"items": forms.current(here().db)}
