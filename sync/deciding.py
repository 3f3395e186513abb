"""From what a person decided to her file: looked at once more, kept once, folded at once."""

from dataclasses import replace
from typing import Literal

from sync import pipeline
from sync.core.decision import Decision
from sync.core.decision_check import check, is_closed_by
from sync.core.levels import order_of
from sync.core.problem import Problem
from sync.core.protocol import Rules
from sync.folding import PersonsFile, with_correction
from sync.store import audit, decisions, workers
from sync.store.connect import Db

SAID = ("entity_id", "kind", "by", "reason", "level", "until", "about", "details", "values")
"""What makes two sendings of one decision the same; the moment does not."""


def decide_once(
    db: Db, decision: Decision, file: PersonsFile, rules: Rules
) -> tuple[Literal["created", "same"], PersonsFile]:
    """Keep a decision about the person whose stored file this is, and her file as it is afterwards.

    The same decision once more (a page sent twice) changes nothing and is no fault. Raises Problem
    decision.conflict for something else under a known ID, worker.unknown, worker.left, and whatever
    `decision_check.check` raises.
    """
    known = decisions.find(db, decision.decision_id)
    if known is None:
        check(decision, file, rules.protocol)
        before = decisions.about(db, [decision.entity_id])[decision.entity_id]
        if decision.kind == "reopen" and not is_closed_by(before):
            raise Problem("decision.nothing_to_decide")
        if decision.kind == "assign" and not workers.named(db, decision.about).is_active:
            raise Problem("worker.left", worker_id=decision.about)
        if decision.kind == "correct":
            decision = replace(decision, to_be_signed=_lowers(db, decision, file, rules))
        audit.note(
            db,
            at=decision.at,
            by=decision.by,
            kind="decision",
            about=[decision.entity_id],
            fields=[decision.kind],
            more={"decision_id": decision.decision_id},
        )
        return "created", pipeline.decide(db, decision, rules) or file
    if any(getattr(known, name) != getattr(decision, name) for name in SAID):
        raise Problem("decision.conflict")
    return "same", pipeline.decide(db, known, rules) or file


def _lowers(db: Db, correction: Decision, file: PersonsFile, rules: Rules) -> bool:
    """Whether this correction would bring her level down: then it waits for a second person."""
    after = with_correction(db, correction, rules)
    protocol = rules.protocol
    return any(
        order_of(protocol, after["risk"][name]) < order_of(protocol, file["risk"][name])
        for name in ("level", "by_rules")
    )
