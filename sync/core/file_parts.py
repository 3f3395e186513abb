"""The parts of a person's file as documents: what MongoDB keeps and every reader is shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from sync.core.decision import Decision
from sync.core.entity_list import EntityRow
from sync.core.gazetteer import label_of
from sync.core.person import last_measured
from sync.core.planned import FollowUp, Plan
from sync.core.protocol import Protocol, Rules
from sync.core.record import Record, plain
from sync.core.risk import Assessment
from sync.core.standing import Standing, is_same_day

PHQ = ("phq9", "gad7")
"""The long sets. Their first questions (PHQ-4) are asked at every visit and would hide when the rest was."""
PTSD = ("pcptsd5",)


def risk(last: Assessment, rules: Rules) -> dict[str, Any]:
    """The level that counts today, with every reason for it."""
    return {
        "level": last.level,
        "by_rules": last.by_rules,
        "on": last.on.isoformat(),
        "rules_version": rules.version,
        "reason": dict(last.reason),
        "held": last.held,
        "override": _override(last.override),
        "unsigned": _override(last.unsigned),
        "call_first": any(is_same_day(item) for item in last.standing),
        "indicators": [_indicator(item) for item in last.standing],
    }


def _override(decision: Any) -> dict[str, Any] | None:
    if decision is None:
        return None
    return {
        "id": decision.decision_id,
        "level": decision.level,
        "by": decision.by,
        "on": decision.on.isoformat(),
        "until": decision.until.isoformat() if decision.until else None,
        "reason": decision.reason,
    }


def _indicator(item: Standing) -> dict[str, Any]:
    indicator = item.indicator
    return {
        "name": indicator.code,
        "label": dict(indicator.label),
        "level": indicator.level,
        "dimension": indicator.dimension,
        "condition": indicator.condition,
        "source": indicator.source,
        "respond_within_hours": indicator.respond_within_hours,
        "answers": list(item.answers),
        "form_id": item.form_id,
        "form_version": item.form_version,
        "instance_id": item.instance_id,
        "since": item.since.isoformat(),
        "until": item.until.isoformat() if item.until else None,
    }


def scores(told: Sequence[Record]) -> dict[str, dict[str, Any]]:
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


def profile(told: Sequence[Record], protocol: Protocol) -> dict[str, dict[str, int]]:
    """How many of her last answers are good, middle and poor, by dimension.

    Our own profile, not the IOM RSS (domain.md 5). Empty while the protocol has no `profile` rows.
    """
    found: dict[str, dict[str, int]] = {}
    for item in protocol.profile:
        answers = [record.facts[item.question] for record in told if item.question in record.facts]
        counts = found.setdefault(item.dimension, {"good": 0, "middle": 0, "poor": 0})
        for rating in counts:
            if answers and answers[-1] in getattr(item, rating):
                counts[rating] += 1
    return found


def assessment(item: Assessment) -> dict[str, Any]:
    """One line of the history of her level."""
    return {
        "on": item.on.isoformat(),
        "level": item.level,
        "by_rules": item.by_rules,
        "held": item.held,
        "cause": item.cause,
        "instance_id": item.key if item.cause == "record" else None,
        "indicators": [standing.indicator.code for standing in item.standing],
    }


def follow_up(item: FollowUp) -> dict[str, Any]:
    """One visit, days as `YYYY-MM-DD`."""
    document = plain(item)
    for name in ("due_on", "opens_on", "closes_on", "retry_on", "done_on"):
        document[name] = document[name].isoformat() if document[name] else None
    document["reason"] = dict(item.reason)
    return document


def clock(visits: Plan, decided: Sequence[Decision]) -> dict[str, Any]:
    """Since when the plan of visits counts and until when at least, with every time it began anew."""
    by = {one.decision_id: one for one in decided}
    return {
        "since": visits.since.isoformat() if visits.since else None,
        "until": visits.until.isoformat() if visits.until else None,
        "again": [
            {
                "on": one.on.isoformat(),
                "id": one.key,
                "by": by[one.key].by if one.key in by else None,
                "reason": by[one.key].reason if one.key in by else "",
            }
            for one in visits.again
        ],
    }


def alias(entity_id: str, merge: Decision) -> dict[str, Any]:
    """An entity ID that lives on in this file, and the merge that brought it."""
    return {
        "entity_id": entity_id,
        "decision_id": merge.decision_id,
        "on": merge.on.isoformat(),
        "by": merge.by,
    }


def measured_on(told: Sequence[Record]) -> dict[str, str]:
    """The day each group of instruments was last answered; phones ask no more often than is right."""
    return last_measured(told, {"phq": PHQ, "ptsd": PTSD})


LABEL_PARTS = ("call_name", "due", "case_code", "village", "reason")
LABEL = "call_name due"
"""What a row is called on a phone, where the protocol's setting `phone_label` does not say otherwise."""
REASONS = {
    "visit": "សួរសុខទុក្ខ · visit",
    "full": "សួរសុខទុក្ខវែង · longer visit",
    "call_first": "សូមទូរស័ព្ទមុន · please call first",
}


def phone_row(file: Mapping[str, Any]) -> EntityRow:
    """What a phone's list says of the person whose stored file this is: how to find her, and nothing more.

    From her file alone, so that its version can follow its content (Collect keeps what it has otherwise).
    """
    entity, person = file["entity"], file["person"]
    next_visit = file["next_due_on"] or ""
    waiting = [item for item in file["follow_ups"] if not item["done_on"] and not item["ended"]]
    village = str(entity["properties"].get("village", ""))
    row = {
        "case_code": file["case_code"],
        "call_name": str(person.get("call_name", "")),
        "province": str(entity["properties"].get("province", "")),
        "village": village,
        "village_name": label_of(village),
        "is_child": "yes" if person["is_child"] else "no",
        "next_visit": next_visit,
        "visit_reason": _visit_reason(file, waiting),
        "last_visit": file["last_seen_on"] or "",
        "phq_on": file["measured_on"]["phq"],
        "ptsd_on": file["measured_on"]["ptsd"],
        "agreed": next((item["retry_on"] for item in waiting if item["agreed"]), ""),
        "as_of": file.get("known_on", ""),
    }
    return EntityRow(
        entity_id=file["_id"],
        label=_label(row, entity.get("label_of", LABEL)),
        version=entity.get("version", 1),
        properties=row,
    )


def _label(row: Mapping[str, str], parts: str) -> str:
    """These parts of the row, as the project chose; the code for whoever has no name to be called by."""
    said = {
        "call_name": row["call_name"] or row["case_code"],
        "case_code": row["case_code"],
        "due": f"{row['next_visit'][8:]}/{row['next_visit'][5:7]}" if row["next_visit"] else "",
        "village": row["village_name"],
        "reason": REASONS[row["visit_reason"]],
    }
    chosen = dict.fromkeys(said.get(part, "") for part in parts.split())
    return " · ".join(filter(None, chosen)) or row["case_code"]


def _visit_reason(file: Mapping[str, Any], waiting: Sequence[Mapping[str, Any]]) -> str:
    """Neutral words for a worker: `call_first`, `full` (the longer visit) or `visit`."""
    if file["risk"]["call_first"]:
        return "call_first"
    return "full" if waiting and waiting[0]["full"] else "visit"
