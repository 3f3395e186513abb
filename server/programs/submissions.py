"""Submissions for programs: what became of each; never what was answered."""

from collections.abc import Mapping
from typing import Any

from flask import g
from flask_smorest import Blueprint

from server.here import here
from server.people import access
from server.programs import tokens
from server.programs.schemas import SubmissionPage, SubmissionSchema, SubmissionsQuery
from sync.store import submission_lists

blueprint = Blueprint(
    "api-submissions",
    "server.programs.submissions",
    url_prefix="/api/v1/submissions",
    description="What phones sent, and how far it is",
)
tokens.guard(blueprint)


@blueprint.get("")
@blueprint.arguments(SubmissionsQuery, location="query")
@blueprint.response(200, SubmissionPage)
def list_submissions(query: Mapping[str, Any]) -> dict[str, Any]:
    """Submissions in the order of arrival; `state=set_aside` are those that need a person."""
    limit = query["limit"]
    db = here().db
    found = submission_lists.in_state(
        db,
        query.get("state"),
        within=access.submission_scope_of(db, g.token),
        limit=limit + 1,
        after=query.get("after") or None,
    )
    more = found[limit - 1]["_id"] if len(found) > limit else None
    return {"items": [_for_programs(item) for item in found[:limit]], "next": more}


@blueprint.get("/<path:instance_id>")
@blueprint.response(200, SubmissionSchema)
@blueprint.alt_response(404, description="No record with this instance ID was received.")
def get_submission(instance_id: str) -> dict[str, Any]:
    """How far this submission is: `received`, `processed` or `set_aside`, and its problem if it has one."""
    return _for_programs(access.submission_for(here().db, g.token, instance_id))


def _for_programs(found: Mapping[str, Any]) -> dict[str, Any]:
    return {**found, "instance_id": found["_id"], "entity_ids": found.get("touches") or []}
