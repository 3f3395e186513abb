"""Who a record is about, and whether two are one: what only people can say, kept and folded at once.

Nothing here happens by itself, and all of it can be taken back but the settling of a question, which another
correction or merge overrules.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sync import pipeline
from sync.core.decision import Decision, Kind
from sync.core.entity_list import PEOPLE
from sync.core.entity_steps import CHOICE
from sync.core.problem import Problem
from sync.core.protocol import Rules
from sync.core.row_questions import Question, most_urgent
from sync.core.settling import SOMEBODYS, check_answer, check_values
from sync.core.times import local_date
from sync.deciding import SAID
from sync.folding import PersonsFile, as_if, known_about
from sync.store import audit, decisions, pairs, records, returnees
from sync.store.connect import Db


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody says, once; sent again it is the same."""

    decision_id: str
    by: str
    at: datetime
    reason: str
    values: Mapping[str, str] = field(default_factory=dict)
    """Properties of her row on phones, and what they shall be."""


@dataclass(frozen=True, slots=True)
class Open:
    """What a record asks, and about whom."""

    question: Question
    entity_id: str
    """The one the record names."""
    file: PersonsFile | None
    """Of the person registered under that ID, or under the one it was merged into."""


def question_of(db: Db, instance_id: str) -> Open | None:
    """What this record asks of people now, or None."""
    record = records.find(db, instance_id)
    acting = [
        one["entity_id"]
        for one in (record["entities"] if record else ())
        if one["entity_list"] == PEOPLE and (one["create"] or one["update"])
    ]
    found: list[Open] = []
    for entity_id in dict.fromkeys(acting):
        file = returnees.find(db, entity_id)
        asked = file["questions"] if file else known_about(db, [entity_id]).asked(entity_id, None)
        found += [Open(one, entity_id, file) for one in asked if one["instance_id"] == instance_id]
    first = most_urgent([one.question for one in found])
    return next((one for one in found if one.question is first), None)


def settle(
    db: Db, instance_id: str, answer: str, said: Said, rules: Rules, *, whose: PersonsFile | None = None
) -> PersonsFile | None:
    """Answer what a record asks; the file of the person it is about afterwards.

    `whose`: with the answer `somebodys`, the person it is about. Raises Problem decision.nothing_to_decide,
    decision.values_unreadable, decision.conflict.
    """
    if (known := decisions.find(db, said.decision_id)) is not None:
        return _again(db, known, said, rules, kind="merge" if answer == SOMEBODYS else "settle")
    asked = question_of(db, instance_id)
    if asked is None:
        raise Problem("decision.nothing_to_decide")
    check_answer(asked.question["code"], answer, said.values)
    if asked.file:
        check_values(said.values, asked.file["entity"]["properties"])
    if answer == SOMEBODYS:
        if whose is None:
            raise Problem("returnee.unknown")
        return _keep(db, _decision("merge", asked.entity_id, whose["_id"], said), rules)
    entity_id = asked.file["_id"] if asked.file else asked.entity_id
    return _keep(db, _decision("settle", entity_id, instance_id, said, {CHOICE: answer}), rules)


def merge(db: Db, gone: PersonsFile, stays: PersonsFile, said: Said, rules: Rules) -> PersonsFile:
    """Say that two are one person: one file from both histories, under the number of the one who stays.

    Raises Problem decision.reason_missing, decision.same_file, decision.nothing_to_decide (somebody was
    quicker), decision.values_unreadable, decision.conflict.
    """
    if (known := decisions.find(db, said.decision_id)) is not None:
        return _there(_again(db, known, said, rules, kind="merge"))
    _needs_a_reason(said)
    if gone["_id"] == stays["_id"]:
        raise Problem("decision.same_file")
    check_values(said.values, {**gone["entity"]["properties"], **stays["entity"]["properties"]})
    after = _there(_keep(db, _decision("merge", gone["_id"], stays["_id"], said), rules))
    if said.decision_id not in [alias["decision_id"] for alias in after["aliases"]]:
        raise Problem("decision.nothing_to_decide")
    return after


def unmerge(
    db: Db, file: PersonsFile, merge_id: str, said: Said, rules: Rules
) -> tuple[PersonsFile, PersonsFile]:
    """Take a merge back: the file it was merged into, and the one that is there again.

    Raises Problem decision.reason_missing, decision.nothing_to_decide, decision.conflict.
    """
    if (known := decisions.find(db, said.decision_id)) is not None:
        again = _again(db, known, said, rules, kind="unmerge")
        return _there(returnees.find(db, file["_id"])), _there(again)
    _needs_a_reason(said)
    entity_id = _merged_by(db, file, merge_id)
    there_again = _keep(db, _decision("unmerge", entity_id, merge_id, said), rules)
    return _there(returnees.find(db, file["_id"])), _there(there_again)


def as_one(db: Db, gone: PersonsFile, stays: PersonsFile, said: Said, rules: Rules) -> PersonsFile:
    """The one file that merging these two would give; nothing is kept. Raises as `merge` does, but for the
    reason."""
    if gone["_id"] == stays["_id"]:
        raise Problem("decision.same_file")
    check_values(said.values, {**gone["entity"]["properties"], **stays["entity"]["properties"]})
    after = as_if(db, _decision("merge", gone["_id"], stays["_id"], said), rules)[stays["_id"]]
    return {**_there(after), "case_code": stays["case_code"]}


def as_two(
    db: Db, file: PersonsFile, merge_id: str, said: Said, rules: Rules
) -> tuple[PersonsFile, PersonsFile]:
    """The two files that taking this merge back would give; nothing is kept.

    Raises Problem decision.nothing_to_decide.
    """
    gone = _merged_by(db, file, merge_id)
    after = as_if(db, _decision("unmerge", gone, merge_id, said), rules)
    codes = {alias["entity_id"]: alias["case_code"] for alias in file["aliases"]}
    both = {file["_id"]: file["case_code"], gone: codes.get(gone)}
    first, second = ({**_there(after.get(name)), "case_code": code} for name, code in both.items())
    return first, second


def apart(db: Db, one: PersonsFile, other: PersonsFile, said: Said, rules: Rules) -> None:
    """Say that two are two, whatever speaks for their being one; they are not proposed again.

    Raises Problem decision.same_file, decision.conflict.
    """
    if (known := decisions.find(db, said.decision_id)) is not None:
        _again(db, known, said, rules, kind="apart")
        return
    if one["_id"] == other["_id"]:
        raise Problem("decision.same_file")
    _keep(db, _decision("apart", one["_id"], other["_id"], said), rules)
    pairs.look_for(db, [one])


def _merged_by(db: Db, file: PersonsFile, merge_id: str) -> str:
    """The entity ID that this merge brought into this file. Raises Problem decision.nothing_to_decide."""
    alias = next((one for one in file["aliases"] if one["decision_id"] == merge_id), None)
    if alias is None:
        raise Problem("decision.nothing_to_decide")
    merged = decisions.find(db, merge_id)
    return str(merged.entity_id if merged else alias["entity_id"])


def _needs_a_reason(said: Said) -> None:
    if not said.reason.strip():
        raise Problem("decision.reason_missing")


def _decision(
    kind: Kind, entity_id: str, about: str, said: Said, details: Mapping[str, str] | None = None
) -> Decision:
    return Decision(
        decision_id=said.decision_id,
        entity_id=entity_id,
        kind=kind,
        at=said.at,
        on=local_date(said.at),
        by=said.by,
        reason=said.reason.strip(),
        about=about,
        details=details or {},
        values=dict(said.values),
    )


def _keep(db: Db, decision: Decision, rules: Rules) -> PersonsFile | None:
    audit.note(
        db,
        at=decision.at,
        by=decision.by,
        kind="decision",
        about=[decision.entity_id, *([decision.about] if decision.kind in ("merge", "apart") else [])],
        fields=[decision.kind],
        more={"decision_id": decision.decision_id},
    )
    return pipeline.decide(db, decision, rules)


def _again(db: Db, known: Decision, said: Said, rules: Rules, *, kind: Kind) -> PersonsFile | None:
    """What was kept under this number before, if it is the same."""
    same = _decision(kind, known.entity_id, known.about, said, known.details)
    if any(getattr(known, name) != getattr(same, name) for name in SAID):
        raise Problem("decision.conflict")
    return pipeline.decide(db, known, rules)


def _there(file: PersonsFile | None) -> PersonsFile:
    if file is None:
        raise Problem("returnee.unknown")
    return file
