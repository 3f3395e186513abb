"""The one fold: from everything that was recorded and decided about a person to her file.

Pure and repeatable: the same records, decisions, rules and day give the same file, whatever the order of
arrival. Live processing and a rebuild both call `fold`, which is why they cannot differ.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sync.core import casework, file_parts, search
from sync.core.again import in_force
from sync.core.consent import consent_of
from sync.core.decision import Decision
from sync.core.entity_change import LABEL, Ledger, Settled, instance_of
from sync.core.entity_row import Row, row_of
from sync.core.entity_steps import out_of, settled_by, steps_of
from sync.core.happenings import happenings
from sync.core.levels import order_of
from sync.core.merging import carried, joined_to, merges_in_force, with_their_records
from sync.core.person import (
    child_by_record,
    known_of,
    outcome_of,
    places_of,
    status_of,
)
from sync.core.planned import DONE, Plan
from sync.core.protocol import Rules
from sync.core.record import Record
from sync.core.risk import Assessment, assess, next_change
from sync.core.row_questions import clashes_of, questions_of
from sync.core.schedule import plan
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
    ledger: Ledger
    """What the versions of her row were caused by, with what was new."""


def fold(
    entity_id: str,
    records: Sequence[Record],
    rules: Rules,
    *,
    decisions: Sequence[Decision] = (),
    ledgers: Mapping[str, Ledger] | None = None,
    as_of: date | None = None,
) -> File | None:
    """Her file, or None when nothing registers her (yet), or she lives on in another.

    `records` are those that name her, or whoever was ever merged with her, in any order, without superseded
    ones; `decisions` and `ledgers` are of the same people. `as_of` is the day up to which time has passed;
    None leaves what time alone does out of account.
    """
    history = judged(entity_id, records, rules, decisions=decisions, ledgers=ledgers, as_of=as_of)
    return file_of(entity_id, history) if history else None


def file_of(entity_id: str, history: "Judged") -> File:
    """Her file, made of how rules judge her."""
    told, decided = history.told, history.decided
    person = known_of(told, decided) | {"is_child": history.was_child[told[-1].instance_id]}
    return File(
        document={
            "_id": entity_id,
            **_case(history),
            **_who(person),
            **_danger(history),
            **_visits(history),
            "consent": consent_of(told, decided),
            "questions": questions_of(entity_id, history.row, history.settled),
            "clashes": clashes_of(history.row),
        },
        province=str(person.get("province", "")),
        registered_on=history.birth.on,
        ledger=history.row.ledger,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was worked out about her: her levels and visits, and what they rest on."""

    rules: Rules
    birth: Record
    told: Sequence[Record]
    decided: Sequence[Decision]
    joined: Mapping[str, Decision]
    """Who was merged into her, and by which merge."""
    was_child: Mapping[str, bool]
    assessments: Sequence[Assessment]
    visits: Plan
    as_of: date | None
    row: Row
    settled: Settled

    @property
    def next_on(self) -> date | None:
        """The day of her next visit."""
        return min((item.next_on for item in self.visits.follow_ups if item.waits), default=None)


def judged(
    entity_id: str,
    records: Sequence[Record],
    rules: Rules,
    *,
    decisions: Sequence[Decision] = (),
    ledgers: Mapping[str, Ledger] | None = None,
    as_of: date | None = None,
) -> Judged | None:
    """How these rules judge her, with the arguments of `fold`; None where that gives no file."""
    merges = merges_in_force(decisions)
    if entity_id in merges:
        return None
    joined = joined_to(entity_id, merges)
    decisions = with_their_records(entity_id, joined, records, decisions)
    decided = carried(entity_id, joined, decisions)
    told = _hers({entity_id, *joined}, records, decided)
    settled, said = settled_by(entity_id, decisions, merges)
    steps = [*steps_of(told, (entity_id, *joined)), *said]
    row = row_of(entity_id, steps, ledgers or {}, settled, as_of=as_of)
    if row is None:
        return None
    told = [record for record in told if record.instance_id not in map(instance_of, row.twice)]
    was_child = child_by_record(told)
    counting = in_force(decided)
    assessments = assess(told, rules, was_child, decisions=counting, as_of=as_of)
    visits = plan(happenings(told, counting, assessments, was_child), rules.protocol)
    return Judged(
        rules=rules,
        birth=next(one for one in told if one.instance_id == instance_of(row.births[entity_id])),
        told=told,
        decided=decided,
        joined=joined,
        was_child=was_child,
        assessments=assessments,
        visits=visits,
        as_of=as_of,
        row=row,
        settled=settled,
    )


def _hers(
    entity_ids: Collection[str], records: Sequence[Record], decided: Sequence[Decision]
) -> list[Record]:
    """The records that are about her and count, in their order."""
    out = out_of(decided)
    by_name = {
        record.instance_id: record.about(entity_ids)
        for record in records
        if record.instance_id not in out and any(one.entity_id in entity_ids for one in record.entities)
    }
    return sorted(by_name.values(), key=lambda record: record.order)


def _case(history: Judged) -> dict[str, Any]:
    properties = {name: value for name, value in history.row.values.items() if name != LABEL}
    label = history.row.values.get(LABEL, "")
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
        "aliases": [file_parts.alias(name, merge) for name, merge in sorted(history.joined.items())],
    }


def _who(person: Mapping[str, Any]) -> dict[str, Any]:
    return {"person": person, "places": places_of(person), "search": search.keys_of(person)}


def _danger(history: Judged) -> dict[str, Any]:
    protocol, last = history.rules.protocol, history.assessments[-1]
    look, look_again_on = reasons_to_look(
        last,
        _level_since(history.assessments),
        history.visits.follow_ups,
        decisions=history.decided,
        protocol=protocol,
        today=history.as_of,
        told=history.told,
    )
    records = {record.instance_id: record for record in history.told}
    forced_on = [one.until + timedelta(days=1) for one in history.row.held]
    ahead = [day for day in forced_on if history.as_of is None or day > history.as_of]
    changes = [day for day in (next_change(last), look_again_on, *ahead) if day]
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


def _visits(history: Judged) -> dict[str, Any]:
    seen_on = [record.on for record in history.told if outcome_of(record) == DONE]
    next_on = history.next_on
    return {
        "follow_ups": [file_parts.follow_up(item) for item in history.visits.follow_ups],
        "clock": file_parts.clock(history.visits, history.decided),
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
