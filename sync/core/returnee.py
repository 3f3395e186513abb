"""The one fold: from everything that was recorded about a person to her file.

Pure and repeatable: the same records and rules give the same file, whatever the order of arrival. Live
processing and a rebuild both call `fold`, which is why they cannot differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sync.core.answers import Value
from sync.core.entity_list import PEOPLE, EntityRow
from sync.core.protocol import Rules
from sync.core.record import WHO_SHE_IS, Record, plain
from sync.core.risk import Assessment, assess
from sync.core.schedule import DONE, INTAKE, FollowUp, Happening, plan
from sync.core.times import day_from

SCREENING = "screening"
ENDED_BY_DEATH = "deceased"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A person's file before her case code and row version are known (those are given, not folded)."""

    document: Mapping[str, Any]
    province: str
    registered_on: date
    updates: int
    """How many records changed her entity after it was made."""


def fold(entity_id: str, records: Sequence[Record], rules: Rules) -> File | None:
    """Her file, or None when nothing registers her (yet).

    `records` are those that name this entity, in any order, without superseded ones.
    """
    told = sorted(records, key=lambda record: record.order)
    births = [record for record in told if _acts(record, entity_id, "create")]
    if not births:
        return None
    twice = {record.instance_id for record in births[1:]}
    told = [record for record in told if record.instance_id not in twice]
    person = _person(told)
    was_child = _child_by_record(told)
    person["is_child"] = was_child[told[-1].instance_id]
    assessments = assess(told, rules, was_child)
    follow_ups = plan(_happenings(told, assessments, was_child), rules.protocol)
    waiting = [item for item in follow_ups if item.waits]
    last = assessments[-1]
    seen_on = [record.on for record in told if _outcome(record) == DONE]
    next_on = min((item.next_on for item in waiting), default=None)
    status = _status(told, births[0])
    properties, label = _row(told, entity_id)
    document = {
        "_id": entity_id,
        "rules_version": rules.version,
        "demo": births[0].demo,
        "worker_id": births[0].worker_id,
        "status": status,
        "registered_on": births[0].on.isoformat(),
        "person": person,
        "entity": {"label": label, "properties": properties, "deleted": status == "closed"},
        "risk": _risk(last, rules),
        "level_order": next((x.order for x in rules.protocol.levels if x.name == last.level), 0),
        "scores": _scores(told),
        "assessments": [_assessment(item) for item in assessments],
        "follow_ups": [_follow_up(item) for item in follow_ups],
        "next_due_on": next_on.isoformat() if next_on else None,
        "last_seen_on": max(seen_on).isoformat() if seen_on else None,
        "instances": [record.instance_id for record in told],
        "questions": [{"code": "entity.exists", "instance_id": name} for name in sorted(twice)],
    }
    return File(
        document=document,
        province=str(person.get("province", "")),
        registered_on=births[0].on,
        updates=sum(_acts(record, entity_id, "update") for record in told),
    )


def phone_row(file: Mapping[str, Any]) -> EntityRow:
    """What a phone's list says of the person whose stored file this is."""
    entity, person = file["entity"], file["person"]
    next_visit = file["next_due_on"] or ""
    name = str(person.get("call_name") or entity["label"])
    properties = {
        **entity["properties"],
        "case_code": file["case_code"],
        "call_name": str(person.get("call_name", "")),
        "is_child": "yes" if person["is_child"] else "no",
        "next_visit": next_visit,
        "visit_reason": "call_first" if file["risk"]["call_first"] else "visit",
        "last_visit": file["last_seen_on"] or "",
    }
    label = f"{name} · {next_visit[8:]}/{next_visit[5:7]}" if next_visit else name
    return EntityRow(
        entity_id=file["_id"], label=label, version=entity.get("version", 1), properties=properties
    )


def _acts(record: Record, entity_id: str, what: str) -> bool:
    return any(
        entity.entity_list == PEOPLE and entity.entity_id == entity_id and getattr(entity, what)
        for entity in record.entities
    )


def _person(told: Sequence[Record]) -> dict[str, Value | bool]:
    """What is known about her, each thing as it was last answered."""
    person: dict[str, Value | bool] = {}
    for record in told:
        for name in WHO_SHE_IS:
            value = record.facts.get(name)
            if value not in (None, "", "ref", "unk"):
                person["sex" if name == "sex_i" else name] = value
    return person


def _child_by_record(told: Sequence[Record]) -> dict[str, bool]:
    """Whether she counted as a child at each record: under 18, or her age is in doubt (guideline 5)."""
    found: dict[str, bool] = {}
    child = False
    for record in told:
        facts = record.facts
        if facts.get("is_child") in ("yes", "no"):
            child = facts["is_child"] == "yes"
        elif "age_now" in facts or "age_sure" in facts:
            age = facts.get("age_now")
            child = facts.get("age_sure") == "no" or (isinstance(age, int) and age < 18)
        found[record.instance_id] = child
    return found


def _outcome(record: Record) -> str:
    """What came of going there: `done` when she was met, else the reason why not."""
    outcome = record.facts.get("outcome")
    if outcome:
        return str(outcome)
    if record.facts.get("private", "yes") != "yes" and record.facts.get("go_how") != "go_on":
        return "not_alone"
    return DONE


def _visits_wanted(record: Record) -> bool | None:
    for name in ("still_ok", "con_visit"):
        if record.facts.get(name) in ("yes", "no"):
            return record.facts[name] == "yes"
    return None


def _happenings(
    told: Sequence[Record], assessments: Sequence[Assessment], was_child: Mapping[str, bool]
) -> list[Happening]:
    by_record = {item.instance_id: item for item in assessments}
    found = []
    for place, record in enumerate(told):
        assessment = by_record.get(record.instance_id)
        outcome = _outcome(record)
        newly = assessment.newly_met if assessment else ()
        first = ("screened" if record.form_id == SCREENING else "registered",) if place == 0 else ()
        found.append(
            Happening(
                on=record.on,
                instance_id=record.instance_id,
                form_id=record.form_id,
                outcome=outcome,
                level=assessment.level if assessment else None,
                is_child=was_child[record.instance_id],
                same_day=assessment is not None and _same_day(assessment),
                agreed_on=day_from(str(record.facts.get("new_date", ""))),
                visits_wanted=_visits_wanted(record),
                ends=outcome == ENDED_BY_DEATH,
                triggers=(*first, *newly),
            )
        )
    return found


def _same_day(assessment: Assessment) -> bool:
    return any(
        item.indicator.code in assessment.newly_met
        and item.indicator.respond_within_hours is not None
        and item.indicator.respond_within_hours < 24
        for item in assessment.standing
    )


def _status(told: Sequence[Record], birth: Record) -> str:
    if any(_outcome(record) == ENDED_BY_DEATH for record in told):
        return "closed"
    if any(record.form_id == INTAKE and _outcome(record) == DONE for record in told):
        return "follow_up"
    found = next((score.value for score in birth.scores if score.name == "palermo"), "presumed_victim")
    return "presumed" if found == "presumed_victim" else "screened"


def _row(told: Sequence[Record], entity_id: str) -> tuple[dict[str, str], str]:
    """The properties phones saved and the label they gave, each as last sent."""
    properties: dict[str, str] = {}
    label = ""
    for record in told:
        for entity in record.entities:
            if entity.entity_id == entity_id and (entity.create or entity.update):
                properties.update(entity.properties)
                label = entity.label or label
    return properties, label


def _risk(last: Assessment, rules: Rules) -> dict[str, Any]:
    return {
        "level": last.level,
        "on": last.on.isoformat(),
        "rules_version": rules.version,
        "reason": dict(last.reason),
        "held": last.held,
        "review": last.review,
        "call_first": _call_first(last),
        "indicators": [
            {
                "name": item.indicator.code,
                "label": dict(item.indicator.label),
                "level": item.indicator.level,
                "dimension": item.indicator.dimension,
                "condition": item.indicator.condition,
                "source": item.indicator.source,
                "respond_within_hours": item.indicator.respond_within_hours,
                "answers": [plain(answer) for answer in item.answers],
                "form_id": item.form_id,
                "form_version": item.form_version,
                "instance_id": item.instance_id,
                "since": item.since.isoformat(),
                "until": item.until.isoformat() if item.until else None,
            }
            for item in last.standing
        ],
    }


def _call_first(last: Assessment) -> bool:
    """Whether the worker should call the coordinator before going: a same-day reason stands."""
    return any(
        item.indicator.respond_within_hours is not None and item.indicator.respond_within_hours < 24
        for item in last.standing
    )


def _scores(told: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """Each instrument as last answered in full."""
    found: dict[str, dict[str, Any]] = {}
    for record in told:
        for score in record.scores:
            if score.value is not None:
                found[score.name] = {
                    "value": score.value,
                    "band": score.band,
                    "band_label": dict(score.band_label),
                    "label": dict(score.label),
                    "on": record.on.isoformat(),
                    "instance_id": record.instance_id,
                }
    return found


def _assessment(item: Assessment) -> dict[str, Any]:
    return {
        "on": item.on.isoformat(),
        "level": item.level,
        "held": item.held,
        "instance_id": item.instance_id,
        "indicators": [standing.indicator.code for standing in item.standing],
    }


def _follow_up(item: FollowUp) -> dict[str, Any]:
    document = plain(item)
    for name in ("due_on", "opens_on", "closes_on", "retry_on", "done_on"):
        document[name] = document[name].isoformat() if document[name] else None
    document["reason"] = dict(item.reason)
    return document
