"""What she agreed to, purpose by purpose (domain.md 9): each word of hers is dated, and the last one counts.

A word comes from a record (she was asked) or from a decision (she said so to somebody). Nothing is ever
overwritten: the words before stay in her records. Taken back, a purpose stops at once: visits leave the
schedule, referrals and exports are refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sync.core.answers import REFUSED
from sync.core.decision import Decision
from sync.core.record import Record

PURPOSES = (
    "interview", "store", "visit", "phone", "share_health", "share_legal", "share_state", "share_partner",
    "statistics",
)  # fmt: skip
"""The words of the forms' list `consent`."""
_ASKED_ALONE = {
    "con_interview": "interview",
    "con_store": "store",
    "con_visit": "visit",
    "still_ok": "visit",
    "con_focal": "share_state",
}
"""Questions that are answered yes or no about one purpose each."""
NOTHING = "none"

Words = Iterator[tuple[str, bool]]


def words_in(record: Record) -> Words:
    """What this record says of each purpose it asked about; what was taken back comes last."""
    facts = record.facts
    for question, purpose in _ASKED_ALONE.items():
        if facts.get(question) in ("yes", "no"):
            yield purpose, facts[question] == "yes"
    agreed = _chosen(facts, "consents")
    if NOTHING in agreed:
        yield from ((purpose, False) for purpose in PURPOSES)
    elif REFUSED not in agreed:
        yield from ((purpose, True) for purpose in agreed)
    for question in ("consents_no", "consent_withdrawn"):
        yield from ((purpose, False) for purpose in _chosen(facts, question))


def consent_of(told: Iterable[Record], decided: Iterable[Decision]) -> list[dict[str, Any]]:
    """Her last word on each purpose she was ever asked about: purpose, given, on, by (record or account)."""
    last = {word["purpose"]: word for word in said(told, decided)}
    return [last[purpose] for purpose in PURPOSES if purpose in last]


def said(told: Iterable[Record], decided: Iterable[Decision]) -> list[dict[str, Any]]:
    """Every word of hers on any purpose, oldest first: purpose, given, on, by."""
    words = [
        (record.order, purpose, given, record.on, record.instance_id)
        for record in told
        for purpose, given in words_in(record)
    ]
    words += [
        (one.order, one.about, one.details.get("given") == "yes", one.on, one.by)
        for one in decided
        if one.kind == "consent"
    ]
    return [
        {"purpose": purpose, "given": given, "on": on.isoformat(), "by": by}
        for _, purpose, given, on, by in sorted(words, key=lambda word: word[0])
    ]


def allows(file: Mapping[str, Any], purpose: str) -> bool:
    """Whether the person with this file agreed to this purpose and did not take it back."""
    return any(one["given"] for one in file.get("consent", ()) if one["purpose"] == purpose)


def may_leave(file: Mapping[str, Any], purpose: str) -> bool:
    """Whether what is known of this person may leave for this purpose: she agreed to it, and has not taken
    back that it is kept at all."""
    kept = [one["given"] for one in file.get("consent", ()) if one["purpose"] == "store"]
    return allows(file, purpose) and kept != [False]


def _chosen(facts: Mapping[str, Any], question: str) -> Sequence[str]:
    chosen = facts.get(question, ())
    return [one for one in (chosen if isinstance(chosen, list) else [str(chosen)]) if one in _WORDS]


_WORDS = frozenset((*PURPOSES, NOTHING, REFUSED))
