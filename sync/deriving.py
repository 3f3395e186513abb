"""From a kept submission to its record, under the rules in force."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sync.core.answers import contents_of
from sync.core.asked import as_asked
from sync.core.doubts import lacking
from sync.core.parity import differences
from sync.core.protocol import FormRules, Rules
from sync.core.record import Record, document_from, record_of
from sync.core.scores import CompiledRules, compile_rules, findings_of
from sync.core.submission import root_of
from sync.store import decisions, forms
from sync.store.connect import Db
from sync.store.submissions import content_of

Submission = Mapping[str, Any]
"""A document of the collection `submissions`."""


def derive_all(db: Db, batch: Sequence[Submission], rules: Rules) -> list[tuple[Record, dict[str, Any]]]:
    """The records of these submissions as people put them right, and their documents; nothing is written."""
    corrections = decisions.corrections(db, [submission["_id"] for submission in batch])
    another = decisions.said_another(db, batch)
    return [
        derive(db, one, rules, corrections.get(one["_id"], {}), another.get(one["_id"], {})) for one in batch
    ]


def derive(
    db: Db,
    submission: Submission,
    rules: Rules,
    corrections: Mapping[str, str],
    another: Mapping[str, str],
) -> tuple[Record, dict[str, Any]]:
    """The record of this submission under these rules, and its document; nothing is written.

    `corrections`: exact path -> text that counts in place of what was sent. `another`: the number of a person
    in it -> whose it is; see `decisions.said_another`.
    """
    compiled = compiled_rules(db, rules, submission["form_id"], submission["form_version"])
    root = sent = root_of(content_of(submission))
    if corrections:
        root = as_asked(sent, corrections, compiled.form, at=submission["received_at"])
    contents = contents_of(root, compiled.form, submission["received_at"])
    if another:
        entities = (
            replace(one, entity_id=another.get(one.entity_id, one.entity_id)) for one in contents.entities
        )
        contents = replace(contents, entities=tuple(entities))
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
    gone = () if is_same else lacking(compiled.rules, as_published.rules)
    return record, document_from(record, contents, parity=parity, lacking=gone)


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
