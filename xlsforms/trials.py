"""Trying rules against the published ones: a workbook not published yet, and the protocol's examples."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sync.core.form import FormDefinition, form_from
from sync.core.problem import Problem
from sync.core.protocol import Example, FormRules, Protocol, Rules
from sync.core.trial import Surprise, Trial, try_answers, try_examples
from sync.store import forms, protocols
from sync.store.connect import Db
from sync.store.rules import current_rules
from xlsforms.convert import Converted, examine
from xlsforms.findings import Finding, WorkbookRefused
from xlsforms.protocol_checks import Known, unknown_names
from xlsforms.sheets import Book
from xlsforms.validate import find_java


def try_published(db: Db, form_id: str, answers: Mapping[str, Any], on: date) -> Trial:
    """What the published rules make of these answers to the current version of a form.

    Raises Problem form.unpublished, protocol.missing.
    """
    version = forms.current_version(db, form_id)
    if version is None:
        raise Problem("form.unpublished", form_id=form_id)
    rules = current_rules(db)
    if rules is None:
        raise Problem("protocol.missing")
    return try_answers(answers, forms.form_definition(db, form_id, version), rules, on)


def try_workbook(db: Db, book: Book, answers: Mapping[str, Any], on: date) -> Trial:
    """The same for a form workbook, with the published protocol and the published rules of other forms.

    Raises WorkbookRefused, Problem protocol.missing.
    """
    protocol = protocols.current(db)
    if protocol is None:
        raise Problem("protocol.missing")
    converted, findings = examine(book, media={}, protocol=protocol, java=find_java(), files_needed=False)
    if converted is None:
        raise WorkbookRefused(findings)
    rules = rules_with(db, protocol, converted.rules)
    return try_answers(answers, form_from(converted.xform, privacy=converted.privacy), rules, on)


def examples_with_form(
    db: Db, converted: Converted, on: date, renames: Callable[[], Mapping[str, str]] = dict
) -> list[Finding]:
    """What the protocol's examples say against publishing this form.

    `renames`: question name now -> before; examples that still use the former name are asked by the new one.
    """
    protocol = protocols.current(db)
    if protocol is None:
        return []
    concerned = tuple(example for example in protocol.examples if example.form_id == converted.form_id)
    form = form_from(converted.xform, privacy=converted.privacy)

    def tried(examples: tuple[Example, ...]) -> list[Surprise]:
        rules = rules_with(db, replace(protocol, examples=examples), converted.rules)
        return try_examples(rules, {converted.form_id: form}, on)

    surprises = tried(concerned)
    if any(found.unknown for found in surprises):
        now = {before: after for after, before in renames().items()}
        surprises = tried(tuple(_asked_as(example, now) for example in concerned))
    wrong = [
        Finding(
            "risk", None, "", f"Example “{found.name}” of the protocol (row {found.row}) {_what(found)}", _FIX
        )
        for found in surprises
        if not found.unknown
    ]
    return [*_not_asked(surprises), *wrong]


def _asked_as(example: Example, now: Mapping[str, str]) -> Example:
    return replace(example, answers={now.get(name, name): value for name, value in example.answers.items()})


def _not_asked(surprises: Iterable[Surprise]) -> Iterator[Finding]:
    """One finding for all examples that answer questions which the form has no more."""
    lacking = [found for found in surprises if found.unknown]
    if lacking:
        rows = ", ".join(str(found.row) for found in lacking)
        names = ", ".join(dict.fromkeys(name for found in lacking for name in found.unknown))
        told = f"Examples of the protocol (rows {rows}) answer questions the form does not have: {names}."
        yield Finding("survey", None, "", told, _FIX_ANSWERS)


def examples_with_protocol(db: Db, protocol: Protocol, on: date) -> list[Finding]:
    """What the protocol's own examples say against publishing it; examples of unpublished forms wait."""
    published: dict[str, FormDefinition] = {
        form["form_id"]: forms.form_definition(db, form["form_id"], form["version"])
        for form in forms.current(db, forms.STATES)
    }
    surprises = try_examples(rules_with(db, protocol), published, on)
    failing = [found for found in surprises if found.level is not None]
    waiting: dict[str, list[Surprise]] = {}
    for found in surprises:
        if found.level is None:
            waiting.setdefault(found.form_id, []).append(found)
    return [
        Finding(
            "examples", found.row, "expected level", f"Example “{found.name}” {_what(found)}", _FIX_EXAMPLE
        )
        for found in failing
    ] + [
        Finding(
            "examples",
            examples[0].row,
            "form",
            f"Form {form_id} is not published, so that {len(examples)} examples were not tried.",
            "They are tried when it is.",
            "warning",
        )
        for form_id, examples in waiting.items()
    ]


def known_forms(db: Db | None, beside: Iterable[FormRules] = ()) -> Known:
    """The published forms, and those about to be published `beside` them."""
    listed = forms.current(db, forms.STATES) if db is not None else []
    mine = {rules.form_id: rules for rules in beside}
    if db is None:
        return Known(mine)
    kept = [(form["form_id"], form["version"]) for form in listed]
    return Known(
        {name: forms.rules_of(db, name, version) for name, version in kept} | mine,
        {name: forms.form_definition(db, name, version) for name, version in kept if name not in mine},
    )


def names_with_form(db: Db, converted: Converted) -> list[Finding]:
    """What the published protocol names and no form would have any more, were this form published."""
    protocol = protocols.current(db)
    if protocol is None:
        return []
    before = set(unknown_names(protocol, known_forms(db)))
    return [
        Finding("", None, "", f"The protocol ({found.place}): {found.message}", _FIX_NAME, found.severity)
        for found in unknown_names(protocol, known_forms(db, [converted.rules]))
        if found not in before and found.severity == "error"
    ]


def gone_with_form(db: Db, converted: Converted) -> list[Finding]:
    """The rules and scores of the current version that this one would end for everybody they stand for."""
    version = forms.current_version(db, converted.form_id)
    if version is None:
        return []
    before, after = forms.rules_of(db, converted.form_id, version), converted.rules
    codes = {rule.code for rule in before.indicators} - {rule.code for rule in after.indicators}
    scores = {score.name for score in before.scores} - {score.name for score in after.scores}
    told = "“{}” of version {} is gone: it no longer counts for anybody, also where it stands now."
    fix = "Put it back, unless that is meant."
    return [
        Finding(sheet, None, "", told.format(name, version), fix, "warning")
        for sheet, names in (("scores", scores), ("risk", codes))
        for name in sorted(names)
    ]


def rules_with(db: Db, protocol: Protocol, *changed: FormRules) -> Rules:
    """The published rules of all forms with this protocol and these forms' rules instead."""
    published = {
        form["form_id"]: forms.rules_of(db, form["form_id"], form["version"])
        for form in forms.current(db, forms.STATES)
    }
    mine = {rules.form_id: rules for rules in changed}
    return Rules(version="trial", protocol=protocol, forms={**published, **mine})


_FIX_NAME = "Keep it in this form, or publish the protocol without it first."
_FIX_ANSWERS = "Publish the protocol first, with these answers taken out of its examples; then this."
_FIX_EXAMPLE = "Mend what gives the level, or the example."
_FIX = (
    "Mend the rule. If the example expects the wrong level, publish the protocol without it, then this, "
    "then the protocol with the example mended."
)


def _what(found: Surprise) -> str:
    if found.unknown:
        return f"answers questions the form does not have: {', '.join(found.unknown)}."
    return f"gives {found.level}, not {found.expected}."
