"""Who is who, for programs: what records ask of people, the answers, and merging two files into one."""

from collections.abc import Mapping
from typing import Any

from flask import g
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from server.here import here
from server.people import access
from server.programs import tokens
from server.programs.file_schemas import ReturneeSchema
from server.programs.returnees import file_for_programs, in_language
from server.programs.schemas import LanguageQuery, text
from sync import who_is_who
from sync.core.decision_check import LONGEST_REASON
from sync.core.problem import Problem
from sync.core.protocol import Rules
from sync.core.same_person import REASONS
from sync.core.settling import ALL_ANSWERS, ANSWERS, LONGEST_VALUE
from sync.core.times import cut_to_ms, local_date
from sync.store import submission_lists
from sync.store.rules import current_rules
from sync.who_is_who import Said

blueprint = Blueprint(
    "api-who-is-who",
    "server.programs.who_is_who",
    url_prefix="/api/v1",
    description="Who a record is about, and whether two are one",
)
tokens.guard(blueprint)


class SaidSchema(Schema):
    """What somebody says; sent again with the same `decision_id` it is the same."""

    decision_id = fields.UUID(required=True, metadata={"description": "Chosen by the program, once."})
    reason = text("Why.", load_default="", validate=validate.Length(max=LONGEST_REASON))
    values = fields.Dict(
        keys=fields.String(validate=validate.Length(max=64)),
        values=fields.String(validate=validate.Length(max=LONGEST_VALUE)),
        load_default=dict,
        validate=validate.Length(max=50),
        metadata={"description": "Properties of the row on phones, and what they shall be."},
    )


class SettleSchema(SaidSchema):
    """An answer to what a record asks."""

    answer = text("One of the question's `answers`.", required=True, validate=validate.OneOf(ALL_ANSWERS))
    person = text("somebodys: case code of the person it is about.", load_default="")


class MergeSchema(SaidSchema):
    """Two people who are one."""

    gone = text("Case code of the file that goes; it leads to the other from then on.", required=True)


class UnmergeSchema(SaidSchema):
    """A merge taken back."""

    merge_id = text("`decision_id` of the alias.", required=True)


class ApartSchema(SaidSchema):
    """Two people who are two."""

    one = text("Case code.", required=True)
    other = text("Case code.", required=True)


class DuplicateSchema(Schema):
    """Two files that may be of one person."""

    case_codes = fields.List(fields.String())
    reasons = fields.List(
        fields.String(validate=validate.OneOf(REASONS)),
        metadata={"description": "What speaks for it: the name, as it sounds, sex, age, village …"},
    )


class DuplicatesSchema(Schema):
    """A page of pairs, what speaks most for it first."""

    items = fields.List(fields.Nested(DuplicateSchema))
    next = fields.String(allow_none=True)


class OpenQuestionSchema(Schema):
    """What a record asks of people."""

    instance_id = fields.String()
    code = text("What is asked; see the catalogue of problems.")
    message = text("The same as a sentence.")
    answers = fields.List(fields.String(), metadata={"description": "What can be answered."})
    case_code = text("Of the person it is about, if she is registered.", allow_none=True)
    properties = fields.List(
        fields.String(), metadata={"description": "In conflict: set to two values. Never the values."}
    )
    crossed = fields.List(fields.String(), metadata={"description": "In conflict with these records."})
    until = text("Held: the last day it waits.", allow_none=True)
    received_at = fields.DateTime()


class OpenQuestionsSchema(Schema):
    """A page of questions, the oldest first."""

    items = fields.List(fields.Nested(OpenQuestionSchema))
    next = fields.String(allow_none=True)


class QuestionsQuery(Schema):
    """Which questions, and from where on."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    after = fields.String(load_default="")


@blueprint.get("/questions")
@blueprint.arguments(QuestionsQuery, location="query")
@blueprint.response(200, OpenQuestionsSchema)
def list_questions(query: Mapping[str, Any]) -> dict[str, Any]:
    """What records ask that only people can answer: about whom, whether two are one, which value is right."""
    db, limit = here().db, query["limit"]
    within = access.submission_scope_of(db, g.token)
    after = query["after"] or None
    found = submission_lists.needing_a_person(
        db, within=within, limit=limit + 1, after=after, codes=tuple(ANSWERS)
    )
    items = [item for submission in found[:limit] if (item := _item(submission))]
    return {"items": items, "next": found[limit - 1]["_id"] if len(found) > limit else None}


@blueprint.post("/questions/<path:instance_id>")
@tokens.needs("decide")
@blueprint.arguments(SettleSchema)
@blueprint.arguments(LanguageQuery, location="query")
@blueprint.response(200, ReturneeSchema)
@blueprint.alt_response(204, description="Settled; nobody is registered by this record.")
@blueprint.alt_response(404, description="No such record, or no such person.")
@blueprint.alt_response(409, description="The record asks nothing, or nothing that has this answer.")
def answer(body: Mapping[str, Any], query: Mapping[str, Any], instance_id: str) -> Any:
    """Answer what a record asks; the file of the person it is about, if there is one."""
    db = here().db
    access.submission_for(db, g.token, instance_id)
    whose = access.look_at(db, g.token, body["person"]) if body["person"] else None
    file = who_is_who.settle(db, instance_id, body["answer"], _said(body), _rules(), whose=whose)
    return _told(file, query["lang"]) if file else ("", 204)


@blueprint.get("/duplicates")
@blueprint.arguments(QuestionsQuery, location="query")
@blueprint.response(200, DuplicatesSchema)
def list_duplicates(query: Mapping[str, Any]) -> dict[str, Any]:
    """Files that may be of one person, what speaks most for it first. Nothing is merged by itself."""
    found, goes_on = access.pairs_for(here().db, g.token, limit=query["limit"], after=query["after"] or None)
    items = [
        {"case_codes": [file["case_code"] for file in pair["files"]], "reasons": pair["reasons"]}
        for pair in found
    ]
    return {"items": items, "next": goes_on}


@blueprint.post("/duplicates/apart")
@tokens.needs("decide")
@blueprint.arguments(ApartSchema)
@blueprint.response(204)
@blueprint.alt_response(404, description="Nobody is registered under one of the codes.")
def apart(body: Mapping[str, Any]) -> None:
    """Say that two are two; they are not proposed again."""
    db = here().db
    one, other = (access.look_at(db, g.token, body[name]) for name in ("one", "other"))
    who_is_who.apart(db, one, other, _said(body), _rules())


@blueprint.post("/returnees/<string:code>/merge")
@tokens.needs("decide")
@blueprint.arguments(MergeSchema)
@blueprint.arguments(LanguageQuery, location="query")
@blueprint.response(200, ReturneeSchema)
@blueprint.alt_response(404, description="Nobody is registered under one of the codes.")
@blueprint.alt_response(409, description="Somebody was quicker.")
def merge(body: Mapping[str, Any], query: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Say that another file (`gone`) is of the same person; the one file afterwards."""
    db = here().db
    stays, gone = access.look_at(db, g.token, code), access.look_at(db, g.token, body["gone"])
    return _told(who_is_who.merge(db, gone, stays, _said(body), _rules()), query["lang"])


@blueprint.post("/returnees/<string:code>/unmerge")
@tokens.needs("decide")
@blueprint.arguments(UnmergeSchema)
@blueprint.arguments(LanguageQuery, location="query")
@blueprint.response(200, ReturneeSchema(many=True))
@blueprint.alt_response(404, description="Nobody is registered under this code.")
@blueprint.alt_response(409, description="There is no such merge in this file.")
def unmerge(body: Mapping[str, Any], query: Mapping[str, Any], code: str) -> list[dict[str, Any]]:
    """Take a merge back; both files afterwards."""
    db = here().db
    file = access.look_at(db, g.token, code)
    both = who_is_who.unmerge(db, file, body["merge_id"], _said(body), _rules())
    return [_told(one, query["lang"]) for one in both]


def _item(submission: Mapping[str, Any]) -> dict[str, Any] | None:
    asked = who_is_who.question_of(here().db, submission["_id"])
    if asked is None:
        return None
    code, clashes = asked.question["code"], asked.file["clashes"] if asked.file else []
    names = [one["name"] for one in clashes if one["instance_id"] == submission["_id"]]
    return {
        **asked.question,
        "message": Problem(code).message("en"),
        "answers": ANSWERS[code],
        "case_code": asked.file["case_code"] if asked.file else None,
        "properties": names,
        "received_at": submission["received_at"],
    }


def _said(body: Mapping[str, Any]) -> Said:
    return Said(
        decision_id=str(body["decision_id"]),
        by=tokens.author(),
        at=cut_to_ms(here().now()),
        reason=body["reason"].strip(),
        values=body["values"],
    )


def _rules() -> Rules:
    rules = current_rules(here().db)
    if rules is None:
        raise Problem("protocol.missing")
    return rules


def _told(file: Mapping[str, Any], language: str) -> dict[str, Any]:
    told: dict[str, Any] = in_language(file_for_programs(file, local_date(here().now())), language)
    return told
