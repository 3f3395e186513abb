"""The one fold: from everything that was recorded and decided about a person to her file.

Pure and repeatable: the same records, decisions, rules and day give the same file, whatever the order of
arrival. Live processing and a rebuild both call `fold`, which is why they cannot differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sync.core import casework, file_parts, search
from sync.core.decision import Decision
from sync.core.happenings import happenings
from sync.core.levels import order_of
from sync.core.person import (
    acts,
    child_by_record,
    known_of,
    outcome_of,
    places_of,
    row_of,
    status_of,
)
from sync.core.protocol import Rules
from sync.core.record import Record
from sync.core.risk import Assessment, assess, next_change
from sync.core.schedule import DONE, FollowUp, plan
from sync.core.times import local_date
from sync.core.watch import alerts_of, reasons_to_look
from sync.core.weights import official_scores

NO_VISIT = "9999-12-31"
"""Sorts a person without a planned visit behind all others; MongoDB would sort an absent day first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A person's file before her case code and row version are known (those are given, not folded)."""

    document: Mapping[str, Any]
    province: str
    registered_on: date
    updates: int
    """How many records changed her entity after it was made."""


def fold(
    entity_id: str,
    records: Sequence[Record],
    rules: Rules,
    *,
    decisions: Sequence[Decision] = (),
    as_of: date | None = None,
) -> File | None:
    """Her file, or None when nothing registers her (yet).

    `records` are those that name this entity, in any order, without superseded ones. `as_of` is the day up
    to which time has passed; None leaves what time alone does out of account.
    """
    told = sorted(records, key=lambda record: record.order)
    births = [record for record in told if acts(record, entity_id, "create")]
    if not births:
        return None
    twice = {record.instance_id for record in births[1:]}
    told = [record for record in told if record.instance_id not in twice]
    decided = sorted(decisions, key=lambda decision: decision.order)
    was_child = child_by_record(told)
    assessments = assess(told, rules, was_child, decisions=decided, as_of=as_of)
    follow_ups = plan(happenings(told, decided, assessments, was_child), rules.protocol)
    history = _History(rules, births[0], told, decided, assessments, follow_ups, as_of)
    person = known_of(told) | {"is_child": was_child[told[-1].instance_id]}
    return File(
        document={
            "_id": entity_id,
            **_case(history, entity_id),
            "person": person,
            "places": places_of(person),
            "search": search.keys_of(person),
            **_danger(history),
            **_visits(history),
            "questions": [{"code": "entity.exists", "instance_id": name} for name in sorted(twice)],
        },
        province=str(person.get("province", "")),
        registered_on=births[0].on,
        updates=sum(acts(record, entity_id, "update") for record in told),
    )


@dataclass(frozen=True, slots=True)
class _History:
    """Everything that was worked out about her."""

    rules: Rules
    birth: Record
    told: Sequence[Record]
    decided: Sequence[Decision]
    assessments: Sequence[Assessment]
    follow_ups: Sequence[FollowUp]
    as_of: date | None


def _case(history: _History, entity_id: str) -> dict[str, Any]:
    properties, label = row_of(history.told, entity_id)
    status = status_of(history.told, history.decided)
    return {
        "rules_version": history.rules.version,
        "demo": history.birth.demo,
        "status": status,
        "registered_on": history.birth.on.isoformat(),
        "entity": {
            "label": label,
            "label_of": history.rules.protocol.settings.get("phone_label") or file_parts.LABEL,
            "properties": properties,
            "deleted": status == "closed",
        },
        "instances": [record.instance_id for record in history.told],
        # A day that changes with what is known and never by itself: phones show it as the day of their list.
        "known_on": max(
            [
                *(local_date(record.received_at) for record in history.told),
                *(decision.on for decision in history.decided),
            ]
        ).isoformat(),
        "measured_on": file_parts.measured_on(history.told),
        **casework.parts(history.birth, history.decided, history.rules.protocol),
    }


def _danger(history: _History) -> dict[str, Any]:
    protocol, last = history.rules.protocol, history.assessments[-1]
    look, look_again_on = reasons_to_look(
        last,
        _level_since(history.assessments),
        history.follow_ups,
        decisions=history.decided,
        protocol=protocol,
        today=history.as_of,
        told=history.told,
    )
    records = {record.instance_id: record for record in history.told}
    changes = [day for day in (next_change(last), look_again_on) if day]
    return {
        "risk": file_parts.risk(last, history.rules) | {"review": last.review or bool(look), "look": look},
        "level_order": order_of(protocol, last.level),
        "scores": file_parts.scores(history.told),
        "profile": file_parts.profile(history.told, protocol),
        "official": official_scores(history.told, protocol),
        "assessments": [file_parts.assessment(item) for item in history.assessments],
        "alerts": alerts_of(history.assessments, records, history.decided),
        "changes_on": min(changes).isoformat() if changes else None,
    }


def _visits(history: _History) -> dict[str, Any]:
    seen_on = [record.on for record in history.told if outcome_of(record) == DONE]
    next_on = min((item.next_on for item in history.follow_ups if item.waits), default=None)
    return {
        "follow_ups": [file_parts.follow_up(item) for item in history.follow_ups],
        "next_due_on": next_on.isoformat() if next_on else None,
        "due_key": next_on.isoformat() if next_on else NO_VISIT,
        "last_seen_on": max(seen_on).isoformat() if seen_on else None,
    }


def _level_since(assessments: Sequence[Assessment]) -> date:
    """The day since which the present level counts without a break."""
    since = assessments[-1].on
    for item in reversed(assessments):
        if item.level != assessments[-1].level:
            break
        since = item.on
    return since
