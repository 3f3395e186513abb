"""What people decided about a case besides level and visits: who goes, who helps, what the State decided.

Pure: folded from decisions, as everything else. Sources: domain.md 1.1 (guidelines 16 to 20, 30, 37 to 41
and 44), 6.4 and 7.1 (HTCDS codes of the authority that decides).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal, get_args

from sync.core.decision import Decision
from sync.core.protocol import Protocol
from sync.core.record import Record

Answer = Literal["accepted", "declined", "done", "withdrawn"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)
"""What becomes of a referral after it was sent."""
TRACING = ("started", "found", "not_found", "contact_wished", "no_contact_wished", "stopped")
IDENTIFIED = ("identified", "not_identified")
AUTHORITIES = ("Police", "NGO", "CourtOrProsecution", "NonPoliceGovernmentalOrganization", "Other")
"""HTCDS 2.0, TraffickingStatusDecisionMakingOrg."""
REFLECTION_DAYS = 30
"""Guideline 30: recovery and reflection before anybody formally decides."""


def worker_of(birth: Record, decided: Iterable[Decision]) -> str:
    """Whose caseload she is in: the worker she was last assigned to, at first whoever registered her."""
    return next((one.about for one in reversed(list(decided)) if one.kind == "assign"), birth.worker_id)


def reflection_ends_on(birth: Record, protocol: Protocol) -> date:
    """The last day of her recovery and reflection period, counted from the first contact."""
    return birth.on + timedelta(days=int(protocol.number("reflection_days", REFLECTION_DAYS)))


def referrals_of(decided: Iterable[Decision]) -> list[dict[str, Any]]:
    """Every referral with what became of it, oldest first.

    `state` is `sent` or one of ANSWERS; `history` has each step with its day.
    """
    found: dict[str, dict[str, Any]] = {}
    for one in decided:
        if one.kind == "refer":
            step = {"state": "sent", "on": one.on.isoformat(), "by": one.by}
            found[one.decision_id] = {
                "id": one.decision_id,
                "service": one.about,
                "state": "sent",
                "sent_on": one.on.isoformat(),
                "history": [step],
            }
        elif one.kind == "answer_referral" and one.about in found:
            answer = one.details.get("answer", "")
            known = found[one.about]
            known["state"] = answer
            known["history"].append({"state": answer, "on": one.on.isoformat(), "by": one.by})
    return list(found.values())


def is_open(referral: Mapping[str, Any]) -> bool:
    """Whether something of this referral is still to come."""
    return referral["state"] in ("sent", "accepted")


def tracing_of(decided: Iterable[Decision]) -> dict[str, str] | None:
    """How far family tracing has come, or None if nobody began."""
    last = _last(decided, "trace")
    return {"state": last.about, "on": last.on.isoformat()} if last else None


def identification_of(decided: Iterable[Decision]) -> dict[str, str] | None:
    """The State's formal decision, None while there is none. She is helped alike either way (guideline 2)."""
    last = _last(decided, "identify")
    if last is None:
        return None
    on = last.until or last.on
    return {"outcome": last.about, "on": on.isoformat(), "authority": last.details.get("authority", "")}


def _last(decided: Iterable[Decision], kind: str) -> Decision | None:
    return next((one for one in reversed(list(decided)) if one.kind == kind), None)


def parts(birth: Record, decided: Sequence[Decision], protocol: Protocol) -> dict[str, Any]:
    """What her file says of all this."""
    return {
        "worker_id": worker_of(birth, decided),
        "referrals": referrals_of(decided),
        "tracing": tracing_of(decided),
        "identification": identification_of(decided),
        "reflection_ends_on": reflection_ends_on(birth, protocol).isoformat(),
        "corrections": [
            {
                "id": one.decision_id,
                "by": one.by,
                "on": one.on.isoformat(),
                "instance_id": one.about,
                "counts": counts,
            }
            for counts in (True, False)
            for one in _corrections(decided, counting=counts)
        ],
    }


def corrections_in_force(decided: Iterable[Decision]) -> dict[str, dict[str, str]]:
    """Instance ID -> path -> the text that counts in place of what was sent; later ones win."""
    found: dict[str, dict[str, str]] = {}
    for one in _corrections(decided, counting=True):
        found.setdefault(one.about, {})[one.details["path"]] = one.details.get("value", "")
    return found


def _corrections(decided: Iterable[Decision], *, counting: bool) -> list[Decision]:
    """The corrections that count, or those that wait for a second person; without those taken back."""
    every = list(decided)
    by = {one.decision_id: one.by for one in every if one.kind == "correct"}
    signed = {one.about for one in every if one.kind == "sign" and one.by != by.get(one.about)}
    gone = {one.about for one in every if one.kind == "take_back"}
    return [
        one
        for one in every
        if one.kind == "correct"
        and one.decision_id not in gone
        and (not one.to_be_signed or one.decision_id in signed) is counting
    ]
