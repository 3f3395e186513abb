"""Numbers for programs that have no need of people."""

from typing import Any

from flask import g
from flask_smorest import Blueprint

from server.here import here
from server.people.numbers import numbers_for
from server.programs import tokens
from server.programs.schemas import NumbersSchema

blueprint = Blueprint(
    "api-numbers", "server.programs.numbers", url_prefix="/api/v1/numbers", description="How many, never who"
)
tokens.guard(blueprint, "numbers")


@blueprint.get("")
@blueprint.response(200, NumbersSchema)
def get_numbers() -> dict[str, Any]:
    """How many people there are by level and how many visits are due; small numbers are left out."""
    return numbers_for(here().db, g.token)
