"""What people decide about a person: kept beside her records, and folded with them.

A decision is never changed; another one takes it back. That is why a rebuild comes out the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, get_args

Kind = Literal[
    "override", "sign", "take_back", "excuse", "move", "acknowledge", "review", "close", "reopen",
    "assign", "correct", "call", "trace", "refer", "answer_referral", "identify", "note",
    "settle", "merge", "unmerge", "apart", "consent", "again",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
WHO_IS_WHO: frozenset[Kind] = frozenset({"settle", "merge", "unmerge", "apart"})
"""Decided by `sync.who_is_who`, not on the page of one case: about records and pairs of people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One thing that one person decided, with the reason."""

    decision_id: str
    entity_id: str
    kind: Kind
    at: datetime
    on: date
    by: str
    """The account; shown to people, never to phones."""
    reason: str
    level: str = ""
    """override: the level that shall count."""
    until: date | None = None
    """override: the last day it counts; move: the day agreed; call, identify: the day it happened."""
    about: str = ""
    """sign, take_back, unmerge: the decision meant; excuse, move, call: the follow-up;
    acknowledge: the alert; assign: the worker; correct, settle: the record; refer: the service;
    answer_referral: the referral; trace, identify: what came of it;
    merge, apart: the entity ID of the other person (who stays); consent: the purpose."""
    details: Mapping[str, str] = field(default_factory=dict)
    """What else the kind asks for. correct: `path`, `value`; answer_referral: `answer`;
    identify: `authority`, `reference`, `asked_in_writing`; settle: `choice`;
    consent: `given` (yes or no)."""
    values: Mapping[str, str] = field(default_factory=dict)
    """settle, merge: property of her row on phones -> what it shall be."""
    to_be_signed: bool = False
    """A correction that would lower the level: it counts once a second person has signed."""

    @property
    def order(self) -> tuple[datetime, datetime, str]:
        """Among records, by when it was made; at one instant, a decision before what is said about it."""
        return self.at, self.at, f"{KINDS.index(self.kind)}{self.decision_id}"


def document_from(decision: Decision) -> dict[str, Any]:
    """The decision as MongoDB keeps it."""
    document = {name: getattr(decision, name) for name in Decision.__slots__}
    document["_id"] = document.pop("decision_id")
    document["on"] = decision.on.isoformat()
    document["until"] = decision.until.isoformat() if decision.until else None
    return document


def decision_from(found: Mapping[str, Any]) -> Decision:
    """The decision a document was made from."""
    more = {name: found[name] for name in Decision.__slots__ if name in found}
    more |= {
        "decision_id": found["_id"],
        "on": date.fromisoformat(found["on"]),
        "until": date.fromisoformat(found["until"]) if found["until"] else None,
    }
    return Decision(**more)
