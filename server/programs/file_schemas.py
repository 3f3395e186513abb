"""One person's file as programs get it: no name, no place."""

from marshmallow import Schema, fields

from server.programs.schemas import (
    AlertSchema,
    AssessmentSchema,
    FollowUpSchema,
    RiskSchema,
    ScoreSchema,
    day,
)


class QuestionSchema(Schema):
    """Something the server leaves to people."""

    code = fields.String()
    instance_id = fields.String()


class ReferralStepSchema(Schema):
    """One step of a referral."""

    state = fields.String(metadata={"description": "sent, accepted, declined, done, withdrawn"})
    on = day("When.")
    by = fields.String()


class ReferralSchema(Schema):
    """Something passed on to a service of the directory."""

    id = fields.String()
    service = fields.String()
    state = fields.String()
    sent_on = day("When it was passed on.")
    history = fields.List(fields.Nested(ReferralStepSchema))


class TracingSchema(Schema):
    """How far looking for family has come."""

    state = fields.String()
    on = day("When this was said.")


class IdentificationSchema(Schema):
    """The State's formal decision; help does not depend on it."""

    outcome = fields.String()
    on = day("The day of the decision.")
    authority = fields.String(metadata={"description": "HTCDS TraffickingStatusDecisionMakingOrg"})


class CorrectionSchema(Schema):
    """An answer that somebody put right; neither the old nor the new answer is here."""

    id = fields.String()
    by = fields.String()
    on = day("When.")
    instance_id = fields.String()
    counts = fields.Boolean(metadata={"description": "False: waits for a second person."})


class EpisodeSchema(Schema):
    """It happened again: from that day on a new plan of visits counts."""

    on = day("When that was said.")
    id = fields.String(metadata={"description": "Of the record or the decision that says so."})
    by = fields.String(allow_none=True, metadata={"description": "Who decided it; null: a record says so."})


class ClockSchema(Schema):
    """What the plan of visits goes by."""

    since = day("The day from which it counts, or null.")
    until = day("The day of its last visit, or null.")
    again = fields.List(fields.Nested(EpisodeSchema), metadata={"description": "Oldest first."})


class ReturneeSchema(Schema):
    """One person's file; no name, no place."""

    case_code = fields.String()
    entity_id = fields.String()
    status = fields.String()
    registered_on = day("The day of the first record.")
    worker_id = fields.String()
    demo = fields.Boolean()
    next_due_on = day("The next visit, or null.")
    last_seen_on = day("The last day somebody met the person, or null.")
    risk = fields.Nested(RiskSchema)
    alerts = fields.List(fields.Nested(AlertSchema), metadata={"description": "Oldest first."})
    scores = fields.Dict(keys=fields.String(), values=fields.Nested(ScoreSchema))
    follow_ups = fields.List(fields.Nested(FollowUpSchema))
    clock = fields.Nested(ClockSchema)
    assessments = fields.List(fields.Nested(AssessmentSchema), metadata={"description": "Oldest first."})
    referrals = fields.List(fields.Nested(ReferralSchema), metadata={"description": "Oldest first."})
    tracing = fields.Nested(TracingSchema, allow_none=True)
    identification = fields.Nested(IdentificationSchema, allow_none=True)
    reflection_ends_on = day("The last day of her time to rest and to think.")
    corrections = fields.List(fields.Nested(CorrectionSchema))
    questions = fields.List(fields.Nested(QuestionSchema))
    instances = fields.List(fields.String(), metadata={"description": "Instance IDs, in order."})


class DisclosureSchema(Schema):
    """Somebody saw this person's data, took it out or carried it."""

    at = fields.AwareDateTime(metadata={"description": "When."})
    by = fields.String(metadata={"description": "An account, `program:…`, `phone:…` or `command line`."})
    kind = fields.String(metadata={"description": "look, list, export, phone_list, message, decision …"})
    parts = fields.List(fields.String(), attribute="fields", metadata={"description": "Which parts."})
    what = fields.String()


class DisclosureList(Schema):
    """Who saw a person's data, newest first."""

    items = fields.List(fields.Nested(DisclosureSchema))
