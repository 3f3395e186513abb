"""What people must be told about somebody: alerts to answer soon, and reasons to look at a case.

An alert comes from a same-day answer. A reason to look comes from time and failed attempts; it raises no
level. Source: domain.md 6.2 and 3.4 (hours and days are our proposal, in the protocol's settings).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sync.core.decision import Decision
from sync.core.planned import FollowUp
from sync.core.protocol import Protocol
from sync.core.record import Record
from sync.core.risk import Assessment
from sync.core.rows import Text

ALERT_WITHIN_HOURS = 24
"""Indicators to be answered within this time raise an alert; later ones wait in the caseload."""

TEXTS: dict[str, Text] = {
    "overdue": {
        "en": "The visit of {on} is {days} days late, or more.",
        "km": "ការចុះសួរសុខទុក្ខថ្ងៃ {on} យឺត {days} ថ្ងៃ ឬលើសពីនេះ។",
    },
    "attempts": {
        "en": "{days} attempts in a row failed.",
        "km": "ទៅ {days} ដងជាប់គ្នា ហើយមិនបានជួប។",
    },
    "doubtful": {
        "en": "The record of {on} holds what cannot be right ({days}): ask, or look at it.",
        "km": "ទិន្នន័យថ្ងៃ {on} មានអ្វីដែលមិនអាចត្រឹមត្រូវ ({days})៖ សូមសួរ ឬពិនិត្យមើល។",
    },
    "supervisor_review": {
        "en": "No coordinator has looked at this case since {on}.",
        "km": "គ្មានអ្នកសម្របសម្រួលពិនិត្យករណីនេះ តាំងពីថ្ងៃ {on} មក។",
    },
}


def alerts_of(
    assessments: Iterable[Assessment], records: Mapping[str, Record], decisions: Iterable[Decision]
) -> list[dict[str, Any]]:
    """An alert for every same-day indicator at the moment a record raised it, oldest first."""
    seen = {one.about: one for one in decisions if one.kind == "acknowledge"}
    found = []
    for assessment in assessments:
        for item in assessment.standing:
            hours = item.indicator.respond_within_hours
            if item.indicator.code not in assessment.newly_met or hours is None or hours > ALERT_WITHIN_HOURS:
                continue
            record = records[assessment.key]
            name = f"{assessment.key}:{item.indicator.code}"
            known = seen.get(name)
            found.append(
                {
                    "id": name,
                    "code": item.indicator.code,
                    "label": dict(item.indicator.label),
                    "raised_at": record.received_at,
                    "answer_by": record.received_at + timedelta(hours=hours),
                    "instance_id": assessment.key,
                    "acknowledged_at": known.at if known else None,
                    "acknowledged_by": known.by if known else None,
                }
            )
    return found


def reasons_to_look(
    last: Assessment,
    since: date,
    follow_ups: Sequence[FollowUp],
    *,
    decisions: Iterable[Decision],
    protocol: Protocol,
    today: date | None,
    told: Iterable[Record] = (),
) -> tuple[list[dict[str, Any]], date | None]:
    """Why a coordinator must look at this case today, and the next day on which another reason may come.

    `since`: the day the present level was set. `told`: her records; what is doubtful in one is a reason until
    somebody has reviewed the case. `today` None: time is left out of account.
    """
    waiting = [item for item in follow_ups if item.waits]
    found: list[dict[str, Any]] = []
    later: list[date] = []

    def after(days: float, code: str, on: date) -> None:
        day = on + timedelta(days=days)
        if today is not None and day <= today:
            found.append(_reason(code, on, int(days)))
        else:
            later.append(day)

    if waiting and (days := protocol.number(f"overdue_review_days_{last.level}")):
        after(days, "overdue", waiting[0].due_on)
    failed = max((len(item.attempts) for item in waiting), default=0)
    if failed and failed >= protocol.number("failed_attempts_before_review", 3):
        found.append(_reason("attempts", last.on, failed))
    reviews = [one for one in decisions if one.kind == "review"]
    found += [
        _reason("doubtful", record.on, len(record.doubts))
        for record in told
        if record.doubts and not any(one.at >= record.received_at for one in reviews)
    ]
    days = protocol.number("supervisor_review_days")
    lowest = min((level.order for level in protocol.levels), default=0)
    if days and waiting and (protocol.level(last.level) or protocol.levels[0]).order > lowest:
        looked_on = max([since, *(one.on for one in reviews)])
        after(days, "supervisor_review", looked_on)
    return found, min(later, default=None)


def sentence(reason: Mapping[str, Any], written: Callable[[object], str] = str) -> Text:
    """What a reason to look says, in each language, with its day and number as they are `written`."""
    if "days" not in reason:  # folded before day and number stood apart from the words
        return dict(reason["text"])
    on, days = written(date.fromisoformat(reason["on"])), written(reason["days"])
    return {language: words.format(on=on, days=days) for language, words in TEXTS[reason["code"]].items()}


def with_sentences(file: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says of the risk, for whoever has no words for reasons to look: with their sentences."""
    risk = file["risk"]
    return {**risk, "look": [{**one, "text": sentence(one)} for one in risk.get("look", ())]}


def _reason(code: str, on: date, days: int) -> dict[str, Any]:
    return {"code": code, "on": on.isoformat(), "days": days}
