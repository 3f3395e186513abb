"""Programs: the JSON API under /api/v1, described by /api/v1/openapi.json."""

from typing import Any, ClassVar

from flask import Blueprint, Flask
from flask_smorest import Api

from server.programs.schemas import ProblemSchema


class PteahApi(Api):
    """flask-smorest with our own errors: one shape, `server.problems.problem_json`, whatever went wrong."""

    ERROR_SCHEMA: ClassVar[Any] = ProblemSchema

    def _register_error_handlers(self) -> None:
        """`server.problems` answers for the whole application."""


def install(app: Flask) -> list[Blueprint]:
    """Add the API; its blueprints, so that the application can exempt them from CSRF tokens."""
    from server.programs import (  # noqa: PLC0415
        exports,
        forms,
        numbers,
        phones,
        returnees,
        submissions,
        who_is_who,
    )  # fmt: skip

    app.config.update(
        API_TITLE="Pteah",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Khmer in UTF-8 is half as long
    api = PteahApi(app, spec_kwargs={"info": {"description": DESCRIPTION}, "security": [{"token": []}]})
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    found = [returnees.blueprint, submissions.blueprint, forms.blueprint, numbers.blueprint]
    found += [phones.device_blueprint, phones.worker_blueprint, who_is_who.blueprint, exports.blueprint]
    for blueprint in found:
        api.register_blueprint(blueprint)
    return found


DESCRIPTION = """\
Every request carries `Authorization: Bearer TOKEN`; make one with `pteah token add`.

Days are `YYYY-MM-DD` in Cambodia, instants RFC 3339 in UTC. Whatever goes wrong is answered as
`application/problem+json`; compare its `code`, not its sentence. Lists come in pages: pass `next` of one
answer as `after` of the following request, until `next` is null. Coordinators' words (labels, reasons)
come in English, or in Khmer with `lang=km`; where one language is missing, in the other.
"""
