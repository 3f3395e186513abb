"""What programs send and get, field by field. Only what stands here leaves the house."""

from typing import Any

from marshmallow import Schema, fields, validate


def text(description: str, **more: Any) -> fields.String:
    """A text field with its meaning."""
    return fields.String(metadata={"description": description}, **more)


def day(description: str) -> fields.String:
    """A day in Cambodia; stored as text, passed on as text."""
    return fields.String(metadata={"description": description, "format": "date"}, allow_none=True)


class ProblemSchema(Schema):
    """RFC 9457 problem details; `code` is stable."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    code = text("For programs: compare this.")
    detail = text("For people: what happened and what to do.")
    errors = fields.Dict(metadata={"description": "Field by field, when the request was not valid."})


class LanguageQuery(Schema):
    """In which language coordinators' words come."""

    lang = fields.String(load_default="en", validate=validate.OneOf(["en", "km"]))


class ReturneesQuery(Schema):
    """Which people, and from where on."""

    level = fields.String(validate=validate.OneOf(["high", "medium", "low"]))
    due = fields.String(load_default="all", validate=validate.OneOf(["all", "overdue", "week"]))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    after = fields.String(validate=validate.Length(max=200))


class SubmissionsQuery(Schema):
    """Which submissions, and from where on."""

    state = fields.String(validate=validate.OneOf(["received", "processed", "set_aside"]))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    after = fields.String(validate=validate.Length(max=300))


class ReturneeInList(Schema):
    """One line of the caseload; no name."""

    case_code = fields.String()
    entity_id = fields.String()
    status = text("screened, presumed, follow_up or closed")
    level = text("high, medium or low")
    level_on = day("The day the level was set.")
    next_due_on = day("The next visit, or null.")
    overdue_days = fields.Integer(
        metadata={"description": "Days past the due day, once the window has closed."}
    )
    last_seen_on = day("The last day somebody met the person, or null.")
    worker_id = fields.String()
    demo = fields.Boolean()


class ReturneePage(Schema):
    """A page of the caseload: most danger first, then soonest due. Closed cases are not listed."""

    items = fields.List(fields.Nested(ReturneeInList))
    next = fields.String(allow_none=True)


class AnswerSchema(Schema):
    """One answer behind an indicator."""

    name = text("Name of the question in the form.")
    label = fields.String()
    value = fields.Raw(
        allow_none=True,
        metadata={"description": "Null for a name, a place, a file and whatever is written freely."},
    )
    value_label = fields.String()


class IndicatorSchema(Schema):
    """One reason for the level."""

    name = text("Code of the rule, e.g. H1.")
    label = fields.String()
    level = fields.String()
    dimension = fields.String()
    condition = text("The rule itself, XForm XPath.")
    answers = fields.List(fields.Nested(AnswerSchema))
    form_id = fields.String()
    form_version = fields.String()
    instance_id = text("The submission that answered.")
    since = day("The day it was answered.")
    until = day("The last day it counts; null: until the same questions are answered again.")
    respond_within_hours = fields.Float(allow_none=True)
    source = fields.String()


class LookSchema(Schema):
    """One reason why a person must look at the case."""

    code = text("overdue, attempts, doubtful or supervisor_review")
    on = day("The day it counts from.")
    days = fields.Integer(metadata={"description": "How many days, attempts or answers it is about."})
    text = fields.String()


class OverrideSchema(Schema):
    """A level that a person set."""

    id = text("The decision's ID: what to sign or to take back.")
    level = fields.String()
    by = text("The account, or `program:` and the name of a token.")
    on = day("When.")
    until = day("The last day it counts; null: until it is taken back.")
    reason = text("The person's own words.")


class AlertSchema(Schema):
    """A same-day answer that somebody must take on."""

    id = fields.String()
    code = text("Code of the rule, e.g. H1.")
    label = fields.String()
    raised_at = fields.AwareDateTime(format="iso")
    answer_by = fields.AwareDateTime(format="iso")
    instance_id = text("The submission that raised it.")
    acknowledged_at = fields.AwareDateTime(format="iso", allow_none=True)
    acknowledged_by = fields.String(allow_none=True)


class RiskSchema(Schema):
    """The level with everything it rests on."""

    level = text("The level that counts.")
    by_rules = text("What the rules alone say; differs while a person's override counts.")
    on = day("The day the level was set.")
    rules_version = fields.String()
    reason = text("Why these indicators make this level, or what the person who set it said.")
    held = fields.Boolean(
        metadata={"description": "Kept from before although the last record alone is lower."}
    )
    override = fields.Nested(OverrideSchema, allow_none=True, metadata={"description": "In force, or null."})
    unsigned = fields.Nested(
        OverrideSchema, allow_none=True, metadata={"description": "Waits for a second person, or null."}
    )
    review = fields.Boolean(metadata={"description": "A person must look at the case."})
    look = fields.List(fields.Nested(LookSchema), metadata={"description": "Why, as far as time tells."})
    indicators = fields.List(fields.Nested(IndicatorSchema))


class ScoreSchema(Schema):
    """One instrument as last answered in full."""

    value = fields.Raw(metadata={"description": "A number; a word for classifications such as ilo_class."})
    band = fields.String(allow_none=True)
    band_label = fields.String()
    label = fields.String()
    on = day("The day it was answered.")
    instance_id = fields.String()


class AttemptSchema(Schema):
    """Somebody went and did not meet the person."""

    on = day("When.")
    outcome = fields.String()
    instance_id = fields.String()


class FollowUpSchema(Schema):
    """One visit of the plan."""

    id = fields.String()
    due_on = day("The day it is due.")
    opens_on = day("From then on it can be done.")
    closes_on = day("Afterwards it is overdue.")
    form_id = fields.String()
    level = fields.String()
    state = text("planned, open, done, done_late, missed, excused or cancelled")
    overdue_days = fields.Integer()
    reason = fields.String()
    full = fields.Boolean(metadata={"description": "A full assessment rather than a routine visit."})
    retry_on = day("After a failed attempt, or by agreement: the day to go.")
    agreed = fields.Boolean(metadata={"description": "That day was agreed with the person."})
    why = text("The words of whoever excused or moved it.")
    done_on = day("When it was done, or null.")
    done_by = text("The submission that did it, or null.", allow_none=True)
    attempts = fields.List(fields.Nested(AttemptSchema))


class AssessmentSchema(Schema):
    """The level at one time."""

    on = day("When.")
    level = text("The level that counted.")
    by_rules = fields.String()
    held = fields.Boolean()
    cause = text("record, decision or time")
    instance_id = fields.String(allow_none=True)
    indicators = fields.List(fields.String())


class SubmissionProblemSchema(Schema):
    """How a submission fared, when not well."""

    code = fields.String()
    message = fields.String()


class SubmissionSchema(Schema):
    """What became of one submission; without answers."""

    instance_id = fields.String()
    state = text("received, processed or set_aside")
    problem = fields.Nested(SubmissionProblemSchema, allow_none=True)
    form_id = fields.String()
    form_version = fields.String()
    received_at = fields.AwareDateTime(format="iso")
    processed_at = fields.AwareDateTime(format="iso", allow_none=True)
    worker_id = fields.String()
    failures = fields.Integer()
    entity_ids = fields.List(fields.String(), metadata={"description": "The people it says something about."})
    demo = fields.Boolean()


class SubmissionPage(Schema):
    """A page of submissions in the order of arrival."""

    items = fields.List(fields.Nested(SubmissionSchema))
    next = fields.String(allow_none=True)


class FormSchema(Schema):
    """A form as phones get it now."""

    form_id = fields.String()
    version = fields.String()
    title = fields.String()
    md5 = text("Of the XForm's bytes, as in the form list.")
    languages = fields.List(fields.String())
    entity_lists = fields.List(fields.String())
    published_at = fields.AwareDateTime(format="iso")


class FormList(Schema):
    """The forms in use."""

    items = fields.List(fields.Nested(FormSchema))


class NumbersSchema(Schema):
    """How many people are accompanied; null stands for a number too small to be shown."""

    on = day("The day the numbers are of.")
    everyone = fields.Integer(allow_none=True)
    levels = fields.Dict(keys=fields.String(), values=fields.Integer(allow_none=True))
    overdue = fields.Integer(allow_none=True, metadata={"description": "Past the due day."})
    week = fields.Integer(allow_none=True, metadata={"description": "Due within a week."})
