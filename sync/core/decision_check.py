"""Whether something can be decided about a person, as her stored file stands: asked before it is kept."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sync.core import casework
from sync.core.again import told_in
from sync.core.consent import PURPOSES, allows
from sync.core.decision import Decision, Kind
from sync.core.problem import Problem
from sync.core.protocol import Protocol
from sync.core.visits import waits

AFTERCARE = "aftercare"
"""What a `close` is about when one look after closing is wanted."""
NEEDS_A_REASON: frozenset[Kind] = frozenset(
    {"override", "excuse", "close", "reopen", "correct", "note", "consent", "again"}
)
LONGEST_REASON = 2000
FURTHEST_DAYS = 366
"""No override and no agreed day reaches further ahead than this [proposal]: a year on, somebody looks."""
CALLED_BACK_DAYS = 30
"""A visit by phone is entered at most this long after it was made [proposal]."""
AHEAD: frozenset[Kind] = frozenset({"override", "move"})

PersonsFile = Mapping[str, Any]


def check(decision: Decision, file: PersonsFile, protocol: Protocol) -> None:
    """Whether this decision means something for the file as it stands.

    Raises Problem decision.reason_missing, reason_too_long, level_unknown, day_missing, day_not_ahead,
    day_not_past, own_signature, service_unknown, consent_missing, in_reflection, nothing_to_decide.
    """
    if decision.kind in NEEDS_A_REASON and not decision.reason.strip():
        raise Problem("decision.reason_missing")
    if len(decision.reason) > LONGEST_REASON:
        raise Problem("decision.reason_too_long", longest=LONGEST_REASON)
    if decision.kind == "override" and protocol.level(decision.level) is None:
        raise Problem("decision.level_unknown")
    _check_day(decision)
    if decision.kind not in _CAN or not _CAN[decision.kind](decision, file):
        raise Problem("decision.nothing_to_decide")
    if decision.kind == "sign" and decision.by == unsigned(file)[decision.about]:
        raise Problem("decision.own_signature")
    if decision.kind == "refer":
        _check_referral(decision, file, protocol)
    if decision.kind == "identify" and not _may_identify(decision, file):
        raise Problem("decision.in_reflection", on=date.fromisoformat(file["reflection_ends_on"]))


def _check_referral(decision: Decision, file: PersonsFile, protocol: Protocol) -> None:
    service = protocol.service(decision.about)
    if service is None:
        raise Problem("decision.service_unknown")
    if not allows(file, service.consent):
        raise Problem("decision.consent_missing")


def _check_day(decision: Decision) -> None:
    day = decision.until
    if decision.kind in ("move", "call") and day is None:
        raise Problem("decision.day_missing")
    if day is None:
        return
    if decision.kind in AHEAD and not _is_ahead(day, decision.on):
        raise Problem("decision.day_not_ahead", days=FURTHEST_DAYS)
    back = CALLED_BACK_DAYS if decision.kind == "call" else FURTHEST_DAYS
    if decision.kind not in AHEAD and not decision.on - timedelta(days=back) <= day <= decision.on:
        raise Problem("decision.day_not_past", days=back)


def is_closed_by(decided: Iterable[Decision]) -> bool:
    """Whether one of these decisions, not a death, is why the case is closed; then another can open it."""
    kinds = [one.kind for one in sorted(decided, key=lambda one: one.order)]
    return [kind for kind in kinds if kind in ("close", "reopen")][-1:] == ["close"]


def _is_ahead(day: date, today: date) -> bool:
    return today <= day <= today + timedelta(days=FURTHEST_DAYS)


def _is_open(_: Decision, file: PersonsFile) -> bool:
    return bool(file["status"] != "closed")


def _is_closed(_: Decision, file: PersonsFile) -> bool:
    return bool(file["status"] == "closed")


def _can_close(decision: Decision, file: PersonsFile) -> bool:
    return _is_open(decision, file) and decision.about in ("", AFTERCARE)


def unsigned(file: PersonsFile) -> dict[str, str]:
    """What waits for a second person: ID of the decision -> who made it."""
    level = file["risk"]["unsigned"]
    waiting = [*([level] if level else []), *(one for one in file["corrections"] if not one["counts"])]
    return {one["id"]: one["by"] for one in waiting}


def _awaits_signature(decision: Decision, file: PersonsFile) -> bool:
    return decision.about in unsigned(file)


def _is_in_force(decision: Decision, file: PersonsFile) -> bool:
    override = file["risk"]["override"]
    ids = {one["id"] for one in (*file["corrections"], *told_in(file)) if one.get("by")}
    ids |= {override["id"]} if override else set()
    return decision.about in ids or _awaits_signature(decision, file)


def _may_identify(decision: Decision, file: PersonsFile) -> bool:
    """Nobody formally decides before her time to rest and think is over, unless she asks in writing."""
    on = decision.until or decision.on
    return on.isoformat() > file["reflection_ends_on"] or decision.details.get("asked_in_writing") == "yes"


def _can_assign(decision: Decision, file: PersonsFile) -> bool:
    return _is_open(decision, file) and decision.about not in ("", file["worker_id"])


def _can_correct(decision: Decision, file: PersonsFile) -> bool:
    return decision.about in file["instances"] and bool(decision.details.get("path"))


def _referral_is_open(decision: Decision, file: PersonsFile) -> bool:
    return decision.details.get("answer") in casework.ANSWERS and any(
        one["id"] == decision.about and casework.is_open(one) for one in file["referrals"]
    )


def _can_identify(decision: Decision, _: PersonsFile) -> bool:
    return decision.about in casework.IDENTIFIED and decision.details.get("authority") in casework.AUTHORITIES


def _visit_waits(decision: Decision, file: PersonsFile) -> bool:
    return any(item["id"] == decision.about and waits(item) for item in file["follow_ups"])


def _alert_is_open(decision: Decision, file: PersonsFile) -> bool:
    return any(alert["id"] == decision.about and alert["acknowledged_at"] is None for alert in file["alerts"])


def _can_consent(decision: Decision, file: PersonsFile) -> bool:
    """She may say so at any time, also when her case is closed; the same word again says nothing new."""
    given = decision.details.get("given")
    known = {one["purpose"]: one["given"] for one in file.get("consent", ())}
    said = decision.about in PURPOSES and given in ("yes", "no")
    return said and known.get(decision.about) is not (given == "yes")


_CAN: dict[Kind, Callable[[Decision, PersonsFile], bool]] = {
    "override": _is_open,
    "sign": _awaits_signature,
    "take_back": _is_in_force,
    "excuse": _visit_waits,
    "move": _visit_waits,
    "acknowledge": _alert_is_open,
    "review": _is_open,
    "close": _can_close,
    "reopen": _is_closed,
    "assign": _can_assign,
    "correct": _can_correct,
    "call": _is_open,
    "trace": lambda decision, file: _is_open(decision, file) and decision.about in casework.TRACING,
    "refer": _is_open,
    "answer_referral": _referral_is_open,
    "identify": _can_identify,
    "note": lambda *_: True,
    "consent": _can_consent,
    "again": _is_open,
}
