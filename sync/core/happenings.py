"""What a person's records, decisions and the passing of time mean for her schedule, in their order."""

from collections.abc import Mapping, Sequence
from typing import Any

from sync.core.again import AGAIN
from sync.core.decision import Decision
from sync.core.person import DECEASED, SCREENING, outcome_of, visits_wanted
from sync.core.planned import DONE, FOLLOW_UP, Happening
from sync.core.record import Record
from sync.core.risk import Assessment
from sync.core.standing import is_same_day
from sync.core.times import day_from


def happenings(
    told: Sequence[Record],
    decided: Sequence[Decision],
    assessments: Sequence[Assessment],
    was_child: Mapping[str, bool],
) -> list[Happening]:
    """What the records, the decisions and time mean for the schedule, in their order."""
    by_key = {item.key: item for item in assessments if item.key}
    ordered: list[tuple[Any, Happening]] = [
        (record.order, _of_record(record, by_key.get(record.instance_id), was_child, first=place == 0))
        for place, record in enumerate(told)
    ]
    children = {record.instance_id: was_child[record.instance_id] for record in told}
    ordered += [
        (decision.order, _of_decision(decision, by_key.get(decision.decision_id))) for decision in decided
    ]
    happened = [happening for _, happening in sorted(ordered, key=lambda one: one[0])]
    for item in assessments:  # time's own changes, behind everything that happened before that day
        if item.cause == "time":
            place = next((i for i, one in enumerate(happened) if one.on >= item.on), len(happened))
            happened.insert(place, Happening(on=item.on, key="", level=item.level))
    return _with_children(happened, children)


def _with_children(happened: Sequence[Happening], children: Mapping[str, bool]) -> list[Happening]:
    """Decisions and time keep what the last record said about her being a child."""
    found: list[Happening] = []
    child = False
    for one in happened:
        child = children.get(one.key, child)
        found.append(one if one.is_child == child else one.replaced(is_child=child))
    return found


def _of_record(
    record: Record, assessment: Assessment | None, was_child: Mapping[str, bool], *, first: bool
) -> Happening:
    outcome = outcome_of(record)
    newly = assessment.newly_met if assessment else ()
    start = ("screened" if record.form_id == SCREENING else "registered",) if first else ()
    return Happening(
        on=record.on,
        key=record.instance_id,
        form_id=record.form_id,
        outcome=outcome,
        level=assessment.level if assessment else None,
        is_child=was_child[record.instance_id],
        same_day=assessment is not None
        and any(is_same_day(item) for item in assessment.standing if item.indicator.code in newly),
        agreed_on=day_from(str(record.facts.get("new_date", ""))),
        visits_wanted=visits_wanted(record),
        ends=outcome == DECEASED,
        triggers=(*start, *newly),
    )


def _of_decision(decision: Decision, assessment: Assessment | None) -> Happening:
    kind = decision.kind
    if kind == "call":  # spoken with, not seen: it does what was due and judges nothing
        on = decision.until or decision.on
        return Happening(on=on, key=decision.decision_id, form_id=FOLLOW_UP, outcome=DONE)
    return Happening(
        on=decision.on,
        key=decision.decision_id,
        level=assessment.level if assessment else None,
        ends=kind == "close",
        aftercare=kind == "close" and decision.about == "aftercare",
        begins_again=kind == "reopen",
        excuses=decision.about if kind == "excuse" else "",
        moves=decision.about if kind == "move" else "",
        agreed_on=decision.until if kind == "move" else None,
        visits_wanted=_visits_by(decision),
        why=decision.reason,
        triggers=(AGAIN,) if kind == AGAIN else (),
    )


def _visits_by(decision: Decision) -> bool | None:
    """Her word on further visits, said to somebody who entered it."""
    if decision.kind == "consent" and decision.about == "visit":
        return decision.details.get("given") == "yes"
    return None
