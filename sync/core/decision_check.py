"""Whether something can be decided about a person, as her stored file stands: asked before it is kept."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sync.core.decision import Decision, Kind
from sync.core.problem import Problem
from sync.core.protocol import Protocol
from sync.core.schedule import waits

AFTERCARE = "aftercare"
"""What a `close` is about when one look after closing is wanted."""
NEEDS_A_REASON: frozenset[Kind] = frozenset({"override", "excuse", "close", "reopen"})
LONGEST_REASON = 2000
FURTHEST_DAYS = 366
"""No override and no agreed day reaches further ahead than this [proposal]: a year on, somebody looks."""

PersonsFile = Mapping[str, Any]


def check(decision: Decision, file: PersonsFile, protocol: Protocol) -> None:
    """Whether this decision means something for the file as it stands.

    Raises Problem decision.reason_missing, reason_too_long, level_unknown, day_missing, day_not_ahead,
    own_signature, nothing_to_decide.
    """
    if decision.kind in NEEDS_A_REASON and not decision.reason.strip():
        raise Problem("decision.reason_missing")
    if len(decision.reason) > LONGEST_REASON:
        raise Problem("decision.reason_too_long", longest=LONGEST_REASON)
    if decision.kind == "override" and protocol.level(decision.level) is None:
        raise Problem("decision.level_unknown")
    if decision.kind == "move" and decision.until is None:
        raise Problem("decision.day_missing")
    if decision.until and not _is_ahead(decision.until, decision.on):
        raise Problem("decision.day_not_ahead", days=FURTHEST_DAYS)
    if not _CAN[decision.kind](decision, file):
        raise Problem("decision.nothing_to_decide")
    if decision.kind == "sign" and decision.by == file["risk"]["unsigned"]["by"]:
        raise Problem("decision.own_signature")


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


def _awaits_signature(decision: Decision, file: PersonsFile) -> bool:
    unsigned = file["risk"]["unsigned"]
    return bool(unsigned and unsigned["id"] == decision.about)


def _is_in_force(decision: Decision, file: PersonsFile) -> bool:
    override = file["risk"]["override"]
    return _awaits_signature(decision, file) or bool(override and override["id"] == decision.about)


def _visit_waits(decision: Decision, file: PersonsFile) -> bool:
    return any(item["id"] == decision.about and waits(item) for item in file["follow_ups"])


def _alert_is_open(decision: Decision, file: PersonsFile) -> bool:
    return any(alert["id"] == decision.about and alert["acknowledged_at"] is None for alert in file["alerts"])


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
}
