"""What programs send to decide about a case, and to try a form's rules."""

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from server.programs.schemas import IndicatorSchema, text
from sync.core.decision import KINDS, WHO_IS_WHO
from sync.core.decision_check import LONGEST_REASON

DETAILS = ("path", "value", "answer", "authority", "reference", "asked_in_writing", "given")
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
EARLIEST, LATEST = 2000, 2100
MOST_DEEP = 4
"""All answers, a repeat, one row of it, the choices of a question in it."""


class DecisionSchema(Schema):
    """One thing decided about a case. Sent again with the same `decision_id` it is the same decision."""

    decision_id = fields.UUID(
        required=True, metadata={"description": "Chosen by the program, once for each decision."}
    )
    kind = text(
        "Only people can sign.",
        required=True,
        validate=validate.OneOf([kind for kind in KINDS if kind not in WHO_IS_WHO]),
    )
    reason = text(
        "Required for override, excuse, close, reopen and again.",
        load_default="",
        validate=validate.Length(max=LONGEST_REASON),
    )
    level = text("override: the level that shall count.", load_default="", validate=validate.Length(max=100))
    until = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "override: the last day it counts; move: the day agreed; call, identify: when."
        },
    )
    about = text(
        "take_back: the ID of the override, correction or again; excuse, move: of the follow-up; "
        "acknowledge: of the alert; close: `aftercare` when one look after closing is wanted; "
        "assign: of the worker; "
        "correct: of the record; refer: of the service; answer_referral: of the referral; "
        "trace, identify: what came of it; consent: the purpose (details: given).",
        load_default="",
        validate=validate.Length(max=300),
    )
    details = fields.Dict(
        keys=fields.String(validate=validate.OneOf(DETAILS)),
        values=fields.String(validate=validate.Length(max=LONGEST_REASON)),
        load_default=dict,
        metadata={
            "description": "correct: `path` and `value`; answer_referral: `answer`; "
            "identify: `authority`, `reference`, `asked_in_writing` (yes); "
            "consent: `given` (yes or no)."
        },
    )


def plausible_year(day: Any) -> None:
    """Whether a visit can have been on that day and a plan be laid out from it."""
    if not EARLIEST <= day.year <= LATEST:
        raise ValidationError(f"A day from {EARLIEST} to {LATEST}, please.")


def plain_answers(value: Any, depth: int = 0) -> None:
    """Whether these are answers a form could have: texts, numbers, yes or no, lists of those, repeats."""
    if isinstance(value, dict | list) and depth < MOST_DEEP:
        for one in value.values() if isinstance(value, dict) else value:
            plain_answers(one, depth + 1)
    elif isinstance(value, str):
        if _NOT_IN_XML.search(value):
            raise ValidationError("A text holds a character that no form can send.")
    elif value is not None and not isinstance(value, int | float):
        raise ValidationError("An answer is a text, a number, a list of them, or a list of rows of a repeat.")


class TryQuery(Schema):
    """Answers to try a form's rules with; nothing is stored."""

    answers = fields.Dict(
        keys=fields.String(),
        required=True,
        validate=plain_answers,
        metadata={"description": "Question name -> answer; of a repeat a list of such objects."},
    )
    on = fields.Date(
        load_default=None,
        allow_none=True,
        validate=plausible_year,
        metadata={"description": "The day of the visit. Default: today in Cambodia."},
    )


def words(description: str) -> fields.Dict:
    """A coordinator's text in every language it has."""
    return fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": description})


class TriedAnswer(Schema):
    """One answer behind an indicator."""

    name = fields.String()
    label = words("The question.")
    value = fields.Raw(allow_none=True)
    value_label = words("The answer.")


class TriedIndicator(IndicatorSchema):
    """A rule that was met; its words in every language."""

    label = words("The rule's words.")  # type: ignore[assignment]
    answers = fields.List(fields.Nested(TriedAnswer))


class TriedScore(Schema):
    """One instrument's result."""

    value = fields.Raw(allow_none=True, metadata={"description": "Null: an answer it needs is missing."})
    band = fields.String(allow_none=True)


class TriedFollowUp(Schema):
    """A visit the plan would have."""

    id = fields.String()
    due_on = fields.String()
    opens_on = fields.String()
    closes_on = fields.String()
    form_id = fields.String()
    level = fields.String()
    full = fields.Boolean()
    reason = words("Why this visit.")


class TrialSchema(Schema):
    """What `pteah form try` shows: what the rules make of the answers of somebody nobody has seen before."""

    scores = fields.Dict(keys=fields.String(), values=fields.Nested(TriedScore))
    indicators = fields.List(fields.Nested(TriedIndicator), metadata={"description": "Those that were met."})
    next_steps = fields.List(words("What the phone would show."))
    level = fields.String()
    reason = words("Why these indicators make this level.")
    follow_ups = fields.List(fields.Nested(TriedFollowUp))
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "Code of a rule -> why it could not be worked out."},
    )
    passed_over = fields.List(
        fields.String(),
        attribute="unknown",
        data_key="unknown",  # marshmallow keeps the name itself for something else
        metadata={"description": "Answers to questions this form does not have."},
    )
