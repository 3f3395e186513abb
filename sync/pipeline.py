"""What becomes of kept submissions, in order: their records, then the files of everyone they are about.

Each step is a write under an id that follows from what it is (instance ID, entity ID), so that a crash
anywhere only means: do it again. Nothing here can make a phone fail; that was answered long before.
Several are worked through together, because MongoDB answers one large question sooner than many small ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sync.core.answers import contents_of
from sync.core.correction import corrected, node_at
from sync.core.decision import Decision
from sync.core.doubts import lacking
from sync.core.entity_list import PEOPLE
from sync.core.file_parts import phone_row
from sync.core.identity import UNKNOWN_PROVINCE
from sync.core.parity import differences
from sync.core.problem import Problem
from sync.core.protocol import FormRules, Rules
from sync.core.record import Record, document_from, record_of
from sync.core.returnee import File, fold
from sync.core.running_number import running_number
from sync.core.scores import CompiledRules, compile_rules, findings_of
from sync.core.submission import root_of
from sync.core.times import local_date
from sync.reading import read
from sync.store import (
    assessments,
    case_codes,
    decisions,
    destroyed,
    erasures,
    forms,
    ledger,
    records,
    returnees,
    submissions,
)
from sync.store.case_codes import Given
from sync.store.connect import Db
from sync.store.ledger import Arrived
from sync.store.returnees import Change
from sync.store.submissions import Processed, content_of

Submission = Mapping[str, Any]
"""A document of the collection `submissions`."""
PersonsFile = Mapping[str, Any]
"""A document of the collection `returnees`."""

FOLD_TRIES = 20


def process(db: Db, batch: Sequence[Submission], rules: Rules, *, at: datetime) -> None:
    """Work these kept submissions through and mark them processed. May be done again at any time.

    Raises whatever one of them raises, with none of them marked; try them one by one then.
    """
    reads = [read(db, submission) for submission in batch]
    batch = [one.submission for one in reads]
    ledger.note(db, arrived(batch), at=at)  # also of one that fails below: it has arrived
    derived = dict(
        zip((submission["_id"] for submission in batch), derive_all(db, batch, rules), strict=True)
    )
    batch = _without_erased(db, batch, derived)
    kept = {submission["_id"] for submission in batch}
    touched = records.put_all(db, [derived[submission["_id"]][1] for submission in batch])
    everyone = {entity_id for ids in touched.values() for entity_id in ids}
    files = refold(db, everyone, rules, today=local_date(at))
    assessments.keep(db, filter(None, files.values()), made_at=at)
    done = []
    for one in reads:
        name = one.submission["_id"]
        if name not in kept:
            continue
        problem = one.problem or _question(derived[name][0], files)
        seen = one.submission.get("file_changes", 0)
        done.append(Processed(name, touched[name], problem, one.missing, seen))
    submissions.mark_processed(db, done, at=at)


def arrived(batch: Iterable[Submission]) -> list[Arrived]:
    """The running numbers of these submissions; none of a draft, a closed envelope, another's form."""
    found = []
    for submission in batch:
        if submission["draft"] or (submission["encrypted"] and not submission.get("opened")):
            continue
        with suppress(Problem):  # what cannot be read is said where it is worked through
            number = running_number(root_of(content_of(submission)))
            if number is not None:
                found.append(
                    Arrived(
                        device_id=submission["device_id"],
                        install_id=submission.get("install_id", ""),
                        form_id=submission["form_id"],
                        number=number,
                    )
                )
    return found


def _without_erased(
    db: Db, batch: Sequence[Submission], derived: Mapping[str, tuple[Record, dict[str, Any]]]
) -> list[Submission]:
    """Those that name nobody who was erased; what the others held is destroyed as it was for her."""
    named = {name: set(document["entity_ids"]) for name, (_, document) in derived.items()}
    gone = destroyed.is_destroyed(db, {one for ids in named.values() for one in ids})
    if not gone:
        return list(batch)
    erasures.empty(db, [name for name, ids in named.items() if ids & gone])
    return [submission for submission in batch if not named[submission["_id"]] & gone]


def derive_all(db: Db, batch: Sequence[Submission], rules: Rules) -> list[tuple[Record, dict[str, Any]]]:
    """The records of these submissions as people put them right, and their documents; nothing is written."""
    corrections = decisions.corrections(db, [submission["_id"] for submission in batch])
    return [derive(db, submission, rules, corrections.get(submission["_id"], {})) for submission in batch]


def derive(
    db: Db, submission: Submission, rules: Rules, corrections: Mapping[str, str]
) -> tuple[Record, dict[str, Any]]:
    """The record of this submission under these rules, and its document; nothing is written.

    `corrections`: exact path -> text that counts in place of what was sent.
    """
    compiled = compiled_rules(db, rules, submission["form_id"], submission["form_version"])
    root = sent = root_of(content_of(submission))
    if corrections:
        root = corrected(sent, corrections, compiled.form, at=submission["received_at"])
    contents = contents_of(root, compiled.form, submission["received_at"])
    findings = findings_of(compiled, root, contents)
    record = record_of(submission, contents, findings, compiled, rules)
    as_published = own_rules(db, submission["form_id"], submission["form_version"])
    is_same = compiled.rules == as_published.rules
    # What phone and server made of the same answers: those that were sent.
    before = contents_of(sent, compiled.form, submission["received_at"]) if corrections else contents
    judged = findings if is_same and not corrections else findings_of(as_published, sent, before)
    parity = differences(
        as_published.rules, {result.code: result for result in judged.indicators}, before.by_name
    )
    deprecated_id = submission.get("deprecated_id")
    gone = () if is_same else lacking(compiled.rules, as_published.rules)
    return record, document_from(record, contents, deprecated_id=deprecated_id, parity=parity, lacking=gone)


def refold(db: Db, entity_ids: Iterable[str], rules: Rules, *, today: date) -> dict[str, PersonsFile | None]:
    """Bring these people's files up to their records and to this day; None for those nothing registers.

    Two workers may do this at once: the one that read older records finds the revision changed, and
    folds again.
    """
    found: dict[str, PersonsFile | None] = {}
    left = set(entity_ids)
    for _ in range(FOLD_TRIES):
        if not left:
            return found
        before = returnees.stored(db, left)
        files = folded(db, _records_under(db, left, rules), rules, today=today)
        documents = _completed(db, {name: file for name, file in files.items() if file}, before)
        found |= {entity_id: documents.get(entity_id) for entity_id in left}
        changes = [
            Change(entity_id, document, before[entity_id]["revision"] if entity_id in before else None)
            for entity_id in sorted(left)
            if not _same(before.get(entity_id), document := documents.get(entity_id))
        ]
        left = returnees.replace(db, changes)
    raise RuntimeError("files changed again and again while they were folded")


def folded(
    db: Db, told: Mapping[str, Sequence[Record]], rules: Rules, *, today: date
) -> dict[str, File | None]:
    """The files of these people, given with their records, up to this day; nothing is written."""
    decided = decisions.about(db, told)
    return {
        entity_id: fold(entity_id, told[entity_id], rules, decisions=decided[entity_id], as_of=today)
        for entity_id in sorted(told)
    }


def decide(db: Db, decision: Decision, rules: Rules) -> PersonsFile | None:
    """Keep what somebody decided and bring that person's file up to it at once."""
    decisions.keep(db, decision)
    if instance_ids := _put_right_by(db, decision):
        fresh = derive_all(db, submissions.find_all(db, instance_ids), rules)
        records.put_all(db, [document for _, document in fresh])
    file = refold(db, [decision.entity_id], rules, today=local_date(decision.at))[decision.entity_id]
    assessments.keep(db, [file] if file else [], made_at=decision.at)
    return file


def with_correction(db: Db, correction: Decision, rules: Rules) -> Mapping[str, Any]:
    """Her file as it would be with this correction, which is not kept (yet).

    Raises Problem decision.question_unknown where the record has no such answer.
    """
    entity_id, instance_id, path = correction.entity_id, correction.about, correction.details["path"]
    submission = submissions.find(db, instance_id)
    if submission is None or node_at(root_of(content_of(submission)), path) is None:
        raise Problem("decision.question_unknown")
    counting = decisions.corrections(db, [instance_id]).get(instance_id, {})
    record, _ = derive(db, submission, rules, {**counting, path: correction.details.get("value", "")})
    told = _records_under(db, [entity_id], rules)[entity_id]
    file = fold(
        entity_id,
        [record if one.instance_id == instance_id else one for one in told],
        rules,
        decisions=decisions.about(db, [entity_id])[entity_id],
        as_of=correction.on,
    )
    if file is None:
        raise Problem("decision.question_unknown")
    return file.document


def _put_right_by(db: Db, decision: Decision) -> list[str]:
    """The records that this decision corrects, or lets a correction count or end in."""
    meant = decisions.find(db, decision.about) if decision.kind in ("sign", "take_back") else decision
    return [meant.about] if meant and meant.kind == "correct" else []


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
    db: Db, files: Mapping[str, File], before: Mapping[str, PersonsFile]
) -> dict[str, dict[str, Any]]:
    """The folded files with what is given and not folded: case codes and row versions."""
    given = case_codes.give(
        db,
        {
            entity_id: (file.province or UNKNOWN_PROVINCE, file.registered_on.year)
            for entity_id, file in files.items()
        },
    )
    documents = {entity_id: with_given(file, given[entity_id]) for entity_id, file in files.items()}
    changed = [name for name, document in documents.items() if _row_changed_alone(before.get(name), document)]
    case_codes.count_row_changes(db, [given[name].code for name in changed])
    for name in changed:
        documents[name]["entity"]["version"] += 1
    return documents


def with_given(file: File, given: Given) -> dict[str, Any]:
    """The file with its case code and the version of its row on phones."""
    version = 1 + file.updates + given.row_changes
    return {
        **file.document,
        "case_code": given.code,
        "entity": {**file.document["entity"], "version": version},
    }


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


def _question(record: Record, files: Mapping[str, PersonsFile | None]) -> Problem | None:
    """What this record asks people, if anything: about whom it is, or whether two are one."""
    for entity in record.entities:
        if entity.entity_list != PEOPLE:
            continue
        file = files.get(entity.entity_id)
        if file is None and entity.update:
            return Problem("entity.unknown")
        if file and any(asked["instance_id"] == record.instance_id for asked in file["questions"]):
            return Problem("entity.exists")
    return Problem("submission.doubtful", count=len(record.doubts)) if record.doubts else None


@lru_cache(maxsize=64)
def compiled_rules(db: Db, rules: Rules, form_id: str, form_version: str) -> CompiledRules:
    """This form's rules, ready for submissions of this version; kept as long as both are in use."""
    known = rules.forms.get(form_id, FormRules(form_id=form_id, version=form_version))
    return compile_rules(known, forms.form_definition(db, form_id, form_version))


@lru_cache(maxsize=64)
def own_rules(db: Db, form_id: str, form_version: str) -> CompiledRules:
    """The rules this form version was published with: those its phones work out."""
    form = forms.form_definition(db, form_id, form_version)
    return compile_rules(forms.rules_of(db, form_id, form_version), form)
