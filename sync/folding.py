"""From records and decisions to people's files: read everything about them, fold, write what changed.

Two workers may fold one person at once: whoever read older things finds the revision of her file or the
version of her row changed, and folds again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sync.core.asked import is_taken
from sync.core.correction import corrected, node_at
from sync.core.decision import Decision
from sync.core.entity_change import Ledger
from sync.core.entity_list import PEOPLE
from sync.core.file_parts import phone_row
from sync.core.identity import UNKNOWN_PROVINCE
from sync.core.problem import Problem
from sync.core.protocol import Rules
from sync.core.record import Record
from sync.core.returnee import File, Judged, file_of, judged
from sync.core.row_questions import Question, asked_about_nobody, most_urgent
from sync.core.submission import root_of
from sync.deriving import derive, derive_all
from sync.store import case_codes, decisions, pairs, questions, records, returnees, submissions
from sync.store.case_codes import Given
from sync.store.connect import Db
from sync.store.forms import form_definition
from sync.store.returnees import Change

PersonsFile = Mapping[str, Any]
"""A document of the collection `returnees`."""

FOLD_TRIES = 50
"""Each time somebody else was quicker, and whoever was is done: many more than there are ever workers."""


@dataclass
class Folded:
    """What some people's files came to."""

    files: dict[str, PersonsFile | None] = field(default_factory=dict)
    """By the entity ID that was asked about; None where nothing registers her. Whoever was merged into
    another has the other's."""
    asked: dict[str, Question] = field(default_factory=dict)
    """Instance ID -> what that record asks of people."""


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that is stored about some people and whoever they were ever merged with."""

    groups: Mapping[str, frozenset[str]]
    told: Mapping[str, list[Record]]
    decided: Mapping[str, list[Decision]]
    given: Mapping[str, Given]

    def fold(self, entity_id: str, rules: Rules, today: date) -> File | None:
        """Her file."""
        history = self.judged(entity_id, rules, today)
        return file_of(entity_id, history) if history else None

    def judged(self, entity_id: str, rules: Rules, today: date) -> Judged | None:
        """How these rules judge her: what her file would rest on."""
        group = self.groups[entity_id]
        return judged(
            entity_id,
            [record for name in sorted(group) for record in self.told[name]],
            rules,
            decisions=self._decisions(entity_id),
            ledgers={name: self.given[name].ledger for name in group if name in self.given},
            as_of=today,
        )

    def asked(self, entity_id: str, file: PersonsFile | None) -> list[Question]:
        """What the records about her ask of people."""
        if file is not None:
            questions: list[Question] = file["questions"]
            return questions
        ledger = self.given[entity_id].ledger if entity_id in self.given else Ledger()
        return asked_about_nobody(entity_id, self.told[entity_id], ledger, self._decisions(entity_id))

    def _decisions(self, entity_id: str) -> list[Decision]:
        return [one for name in sorted(self.groups[entity_id]) for one in self.decided[name]]


def refold(db: Db, entity_ids: Iterable[str], rules: Rules, *, today: date) -> Folded:
    """Bring these people's files up to everything known about them and to this day."""
    asked_for = set(entity_ids)
    left, done = asked_for, Folded()
    for _ in range(FOLD_TRIES):
        if not left:
            _lead_on(db, asked_for, done.files)
            return done
        groups = decisions.ever_merged(db, left)
        # First what is replaced, then what it is made of: whatever else comes in between is seen to.
        before = returnees.stored(db, groups)
        known = known_about(db, left, rules, groups)
        files = {name: known.fold(name, rules, today) for name in sorted(known.groups)}
        documents, again = _completed(db, {name: file for name, file in files.items() if file}, known, before)
        changes = [
            Change(name, document, before[name]["revision"] if name in before else None)
            for name in sorted(known.groups.keys() - again)
            if not _same(before.get(name), document := documents.get(name))
        ]
        left = again | returnees.replace(db, changes)
        settled = known.groups.keys() - left
        done.files |= {name: documents.get(name) for name in settled}
        done.asked |= _ask(db, known, {name: documents.get(name) for name in settled})
        _compare_anew(db, {name: (before.get(name), documents.get(name)) for name in settled})
    raise RuntimeError("files changed again and again while they were folded")


def _compare_anew(db: Db, files: Mapping[str, tuple[PersonsFile | None, PersonsFile | None]]) -> None:
    """Look for those who may be the same person, where something new is said of who somebody is."""
    pairs.forget(db, [name for name, (before, now) in files.items() if before and not now])
    stay = [(before, now) for before, now in files.values() if now]
    pairs.look_for(db, [now for before, now in stay if pairs.says_who(before) != pairs.says_who(now)])
    pairs.follow(db, [now for before, now in stay if before and pairs.side_of(before) != pairs.side_of(now)])


def with_given(file: File, given: Mapping[str, Given]) -> dict[str, Any]:
    """The file with her case code, those of whoever was merged into her, and the version of her row."""
    document = file.document
    return {
        **document,
        "case_code": given[document["_id"]].code if document["_id"] in given else "",
        "entity": {**document["entity"], "version": file.ledger.version},
        "aliases": [
            {**alias, "case_code": given[alias["entity_id"]].code if alias["entity_id"] in given else None}
            for alias in document["aliases"]
        ],
    }


def with_correction(db: Db, correction: Decision, rules: Rules) -> Mapping[str, Any]:
    """Her file as it would be with this correction, which is not kept (yet).

    Raises Problem decision.question_unknown where the record has no such answer, decision.answer_not_taken
    where a phone would not have taken the right one.
    """
    entity_id, instance_id, path = correction.entity_id, correction.about, correction.details["path"]
    submission = submissions.find(db, instance_id)
    sent = root_of(submissions.content_of(submission)) if submission else None
    if submission is None or sent is None or node_at(sent, path) is None:
        raise Problem("decision.question_unknown")
    counting = decisions.corrections(db, [instance_id]).get(instance_id, {})
    changes = {**counting, path: correction.details.get("value", "")}
    form, at = (
        form_definition(db, submission["form_id"], submission["form_version"]),
        submission["received_at"],
    )
    if not is_taken(corrected(sent, changes, form, at=at), path, form, at=at):
        raise Problem("decision.answer_not_taken")
    another = decisions.said_another(db, [submission]).get(submission["_id"], {})
    record, _ = derive(db, submission, rules, changes, another)
    known = known_about(db, [entity_id], rules)
    told = {
        name: [record if one.instance_id == instance_id else one for one in found]
        for name, found in known.told.items()
    }
    file = replace(known, told=told).fold(entity_id, rules, correction.on)
    if file is None:
        raise Problem("decision.question_unknown")
    return file.document


def as_if(db: Db, decision: Decision, rules: Rules) -> dict[str, Mapping[str, Any] | None]:
    """The files of the two whom this merge or unmerge is about, as they would be; it is not kept (yet)."""
    merged = decisions.find(db, decision.about) if decision.kind == "unmerge" else decision
    both = {decision.entity_id, merged.about if merged else decision.entity_id}
    known = known_about(db, both, rules)
    group = frozenset(known.groups)
    decided = {**known.decided, decision.entity_id: [*known.decided[decision.entity_id], decision]}
    joined = replace(known, groups=dict.fromkeys(group, group), decided=decided)
    files = {name: joined.fold(name, rules, decision.on) for name in both}
    return {name: file.document if file else None for name, file in files.items()}


def known_about(
    db: Db,
    entity_ids: Iterable[str],
    rules: Rules | None = None,
    groups: Mapping[str, frozenset[str]] | None = None,
) -> Known:
    """Everything that is stored about these people; their records under these rules, or as they are.

    `groups`: whoever they were ever merged with, if that was asked already.
    """
    groups = groups or decisions.ever_merged(db, entity_ids)
    given = case_codes.find(db, groups)  # first, since what follows is written down there
    told = _records_under(db, groups, rules) if rules else records.about(db, groups)
    return Known(groups, told, decisions.about(db, groups), given)


def _records_under(db: Db, entity_ids: Iterable[str], rules: Rules) -> dict[str, list[Record]]:
    """Their records, each derived anew first if that was done under other rules."""
    told = records.about(db, entity_ids)
    stale = {
        record.instance_id
        for found in told.values()
        for record in found
        if record.rules_stamp != rules.stamps.get(record.form_id, "")
    }
    if not stale:
        return told
    fresh = derive_all(db, submissions.find_all(db, stale), rules)
    records.put_all(db, [document for _, document in fresh])
    newer = {record.instance_id: record for record, _ in fresh}
    return {
        entity_id: [newer.get(record.instance_id, record) for record in found]
        for entity_id, found in told.items()
    }


def _completed(
    db: Db, files: Mapping[str, File], known: Known, before: Mapping[str, PersonsFile]
) -> tuple[dict[str, dict[str, Any]], set[str]]:
    """The folded files with what is given and not folded, and whom to fold again: another was quicker.

    A version is written down before any phone can see it.
    """
    given = case_codes.give(
        db,
        {
            entity_id: (file.province or UNKNOWN_PROVINCE, file.registered_on.year)
            for entity_id, file in files.items()
        },
        known.given,
    )
    ledgers = {name: file.ledger for name, file in files.items()}
    documents = {name: with_given(file, given) for name, file in files.items()}
    alone = {name for name, document in documents.items() if _row_changed_alone(before.get(name), document)}
    for name in alone:
        version = ledgers[name].version + 1
        ledgers[name] = replace(ledgers[name], version=version)
        documents[name]["entity"]["version"] = version
    again = case_codes.remember(
        db,
        {
            name: (given[name].ledger, ledger)
            for name, ledger in ledgers.items()
            if ledger != given[name].ledger
        },
    )
    return documents, again


def _row_changed_alone(before: PersonsFile | None, document: PersonsFile) -> bool:
    """Whether a phone's row changed without a phone's doing: by new rules, or another due date.

    Collect keeps its own row unless the version is higher, so such a change must raise it too.
    """
    if before is None or before["entity"]["version"] != document["entity"]["version"]:
        return False
    return phone_row(before) != phone_row(document)


def _same(before: PersonsFile | None, document: PersonsFile | None) -> bool:
    if before is None or document is None:
        return before is document
    return {**before, "revision": None} == {**document, "revision": None}


def _lead_on(db: Db, asked_for: Iterable[str], files: dict[str, PersonsFile | None]) -> None:
    """Give whoever was merged into another the other's file."""
    for file in [one for one in files.values() if one and one["aliases"]]:
        files |= {alias["entity_id"]: file for alias in file["aliases"]}
    for name in files.keys() - set(asked_for):
        del files[name]


def _ask(db: Db, known: Known, files: Mapping[str, PersonsFile | None]) -> dict[str, Question]:
    """What the records about these people ask now; submissions worked through before say so too."""
    asked: dict[str, list[Question]] = {}
    for name, file in files.items():
        for question in known.asked(name, file):
            asked.setdefault(question["instance_id"], []).append(question)
    found = {name: one for name, some in asked.items() if (one := most_urgent(some))}
    stored = questions.asking(db, files)
    told = {record.instance_id: record for name in files for record in known.told[name]}
    problems: dict[str, Problem | None] = {
        name: Problem(one["code"]) for name, one in found.items() if stored.get(name) != one["code"]
    }
    for name, code in stored.items():
        settled = code.startswith("entity.") and name not in found and name in told
        if settled and not _asks_about_others(db, told[name], known):
            problems[name] = doubts_of(told[name])
    questions.ask(db, problems)
    return found


def _asks_about_others(db: Db, record: Record, known: Known) -> bool:
    """Whether this record, which names several people, asks something about one who is not folded now."""
    named = {
        one.entity_id for one in record.entities if one.entity_list == PEOPLE and (one.create or one.update)
    }
    others = named - known.groups.keys()
    files = returnees.stored(db, others) if others else {}
    asked = [one["instance_id"] for file in files.values() for one in file["questions"]]
    return record.instance_id in asked or bool(others - files.keys())


def doubts_of(record: Record) -> Problem | None:
    """That answers of this record cannot be right, if so."""
    return Problem("submission.doubtful", count=len(record.doubts)) if record.doubts else None
