"""What becomes of one kept submission, in order: its record, then the file of everyone it is about.

Each step is a write under an id that follows from what it is (instance ID, entity ID), so that a crash
anywhere only means: do it again. Nothing here can make a phone fail; that was answered long before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sync.core.answers import contents_of
from sync.core.entity_list import PEOPLE
from sync.core.identity import UNKNOWN_PROVINCE
from sync.core.problem import Problem
from sync.core.protocol import FormRules, Rules
from sync.core.record import Record, document_from, record_of
from sync.core.returnee import File, fold, phone_row
from sync.core.scores import CompiledRules, compile_rules, findings_of
from sync.core.submission import root_of
from sync.store import case_codes, forms, records, returnees, submissions
from sync.store.connect import Db

FOLD_TRIES = 20


@dataclass(frozen=True, slots=True)
class Done:
    """What one submission came to."""

    touches: frozenset[str]
    problem: Problem | None
    """A question for people; the submission is processed all the same."""


def process(db: Db, submission: Mapping[str, Any], rules: Rules, *, at: datetime) -> Done:
    """Work one kept submission through and mark it processed. May be done again at any time."""
    record, touched = put_record(db, submission, rules)
    files = {entity_id: refold(db, entity_id, rules) for entity_id in sorted(touched)}
    problem = Problem("submission.encrypted") if submission["encrypted"] else _question(record, files)
    submissions.mark_processed(db, submission["_id"], at=at, touches=touched, problem=problem)
    return Done(touched, problem)


def put_record(db: Db, submission: Mapping[str, Any], rules: Rules) -> tuple[Record, frozenset[str]]:
    """Derive this submission's record; answers it and the entity IDs whose files it touches."""
    record, document = derive(db, submission, rules)
    return record, records.put(db, document, deprecated_id=submission.get("deprecated_id"))


def derive(db: Db, submission: Mapping[str, Any], rules: Rules) -> tuple[Record, dict[str, Any]]:
    """The record of this submission under these rules, and its document; nothing is written."""
    compiled = compiled_rules(db, rules, submission["form_id"], submission["form_version"])
    root = root_of(submission["xml"])
    contents = contents_of(root, compiled.form, submission["received_at"])
    record = record_of(submission, contents, findings_of(compiled, root, contents), compiled, rules.version)
    return record, document_from(record, contents)


def refold(db: Db, entity_id: str, rules: Rules) -> dict[str, Any] | None:
    """Bring one person's file up to her records; None when nothing registers her.

    Two workers may do this at once: the one that read older records finds the revision changed, and
    folds again.
    """
    for _ in range(FOLD_TRIES):
        before = db.returnees.find_one({"_id": entity_id})
        file = fold(entity_id, _records_under(db, entity_id, rules), rules)
        if file is None:
            if before is None or returnees.remove(db, entity_id, revision_before=before["revision"]):
                return None
            continue
        document = _completed(db, file, before)
        if before is not None and _same(before, document):
            return before
        if returnees.replace(db, document, revision_before=before["revision"] if before else None):
            return document
    raise RuntimeError("a file changed again and again while it was folded")


def _records_under(db: Db, entity_id: str, rules: Rules) -> list[Record]:
    """Her records, each derived anew first if that was done under other rules."""
    found = records.about(db, entity_id)
    fresh = []
    for record in found:
        if record.rules_version != rules.version:
            stored = submissions.find(db, record.instance_id)
            if stored is not None:
                record, _ = put_record(db, stored, rules)  # noqa: PLW2901  # the same record, newer
        fresh.append(record)
    return fresh


def _completed(db: Db, file: File, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """The folded file with what is given and not folded: case code, row version, revision."""
    entity_id = file.document["_id"]
    given = case_codes.give(
        db, entity_id, province=file.province or UNKNOWN_PROVINCE, year=file.registered_on.year
    )
    document = {**file.document, "case_code": given.code, "revision": before["revision"] + 1 if before else 1}
    document["entity"] = {**document["entity"], "version": 1 + file.updates + given.row_changes}
    if before is not None and before["entity"]["version"] == document["entity"]["version"]:
        old, new = phone_row(before), phone_row(document)
        if (old.label, old.properties) != (new.label, new.properties):
            # Collect keeps its own row unless the version is higher, so a change that did not come from
            # a phone (new rules, another due date) must raise it too.
            document["entity"]["version"] += case_codes.count_row_change(db, given.code)
    return document


def _same(before: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    return {**before, "revision": 0} == {**document, "revision": 0}


def _question(record: Record, files: Mapping[str, Mapping[str, Any] | None]) -> Problem | None:
    """What this record asks people, if anything: about whom it is, or whether two are one."""
    for entity in record.entities:
        if entity.entity_list != PEOPLE:
            continue
        file = files.get(entity.entity_id)
        if file is None and entity.update:
            return Problem("entity.unknown")
        if file and any(asked["instance_id"] == record.instance_id for asked in file["questions"]):
            return Problem("entity.exists")
    return None


@lru_cache(maxsize=64)
def compiled_rules(db: Db, rules: Rules, form_id: str, form_version: str) -> CompiledRules:
    """This form's rules, ready for submissions of this version; kept as long as both are in use."""
    known = rules.forms.get(form_id, FormRules(form_id=form_id, version=form_version))
    return compile_rules(known, forms.form_definition(db, form_id, form_version))
