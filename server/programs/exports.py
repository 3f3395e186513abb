"""Exports for programs."""

from collections.abc import Mapping
from typing import Any

from flask import Response, g
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from server.export_file import FORMATS, TYPES
from server.here import here
from server.people import passing_on
from server.people.exports import LEFT_OUT, sent
from server.programs import tokens
from sync.core.consent import PURPOSES

blueprint = Blueprint(
    "api-exports", "server.programs.exports", url_prefix="/api/v1/exports", description="Data that leaves"
)
tokens.guard(blueprint, "export")


class ExportQuery(Schema):
    """What the export is for, and how it is written."""

    purpose = fields.String(
        load_default="statistics",
        validate=validate.OneOf(PURPOSES),
        metadata={"description": "Who did not agree to it is left out. Without the scope read: statistics."},
    )
    format = fields.String(load_default="csv", validate=validate.OneOf(FORMATS))


FILE = {"schema": {"type": "string", "format": "binary"}}


@blueprint.get("/<string:what>")
@tokens.needs("export", "token.exports_not")
@blueprint.arguments(ExportQuery, location="query")
@blueprint.alt_response(404, description="There is no such form.")
@blueprint.doc(
    responses={
        "200": {
            "description": "The file. Who is in it was written into the audit.",
            "content": {kind.partition(";")[0]: FILE for kind in TYPES.values()},
            "headers": {LEFT_OUT: {"schema": {"type": "integer"}, "description": "How many did not agree."}},
        }
    }
)
def get_export(query: Mapping[str, Any], what: str) -> Response:
    """One row for each person (`people`), or for each record of the form of this ID."""
    export = passing_on.export_for(here().db, g.token, what, query["purpose"])
    return sent(g.token, export, query["format"])
