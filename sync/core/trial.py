"""What the rules would make of some answers, for coordinators who try a rule. Nothing is stored.

The answers become the submission a phone would send, the form's own calculates are worked out, and then
everything goes the same way as a real submission: `findings_of`, `record_of`, `fold`.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from lxml import etree

from sync.core.answers import contents_of
from sync.core.entity_blocks import EntityAction
from sync.core.entity_list import PEOPLE
from sync.core.form import Field, FormDefinition
from sync.core.protocol import FormRules, Indicator, Rules
from sync.core.record import Record, record_of
from sync.core.returnee import fold
from sync.core.rows import Text
from sync.core.scores import CompiledRules, compile_rules, findings_of
from sync.core.submission import root_of
from sync.core.times import PHNOM_PENH
from sync.core.xpath import Expression, Session, XPathError, compile_expression, read_tree, written

SOMEBODY = "11111111-1111-4111-8111-111111111111"
"""The entity ID of the invented person the answers are about."""

CALCULATE_ROUNDS = 20
"""A calculate may rest on others; no form of ours goes deeper than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the rules make of the answers."""

    scores: Mapping[str, Mapping[str, Any]]
    """Name -> `value` (None: an answer it needs is missing) and `band`."""
    indicators: tuple[Mapping[str, Any], ...]
    """Those that were met, as the API shows them, the gravest first."""
    next_steps: tuple[Text, ...]
    """What the phone would show."""
    level: str
    reason: Text
    follow_ups: tuple[Mapping[str, Any], ...]
    errors: Mapping[str, str]
    """Indicator code -> why its condition could not be evaluated."""
    unknown: tuple[str, ...]
    """Answers to questions this form does not have."""


def try_answers(answers: Mapping[str, Any], form: FormDefinition, rules: Rules, on: date) -> Trial:
    """What `rules` make of these answers, given on that day to somebody nobody has seen before.

    `answers`: question name -> text or number; of a select_multiple also a list; of a repeat a list of such
    mappings. Relevance is not applied: what is given counts as answered.

    Raises XPathError when a rule is not in the language.
    """
    return _try(answers, _compiled(form, rules), rules, on)


def _compiled(form: FormDefinition, rules: Rules) -> CompiledRules:
    own = rules.forms.get(form.form_id, FormRules(form_id=form.form_id, version=form.version))
    return compile_rules(own, form)


def _try(answers: Mapping[str, Any], compiled: CompiledRules, rules: Rules, on: date) -> Trial:
    form = compiled.form
    at = datetime.combine(on, time(12), PHNOM_PENH)
    root = submission_of(answers, form)
    _calculate(root, compiled, at, given=answers.keys())
    return _judged(
        root, compiled, rules, at, unknown=tuple(name for name in answers if name not in form.paths)
    )


def try_filled(xml: bytes, form: FormDefinition, rules: Rules, on: date) -> Trial:
    """The same for a form that is being filled in: its XML as it is now, calculates and all.

    Raises Problem submission.unreadable.
    """
    return _judged(root_of(xml), _compiled(form, rules), rules, datetime.combine(on, time(12), PHNOM_PENH))


def _judged(
    root: etree._Element, compiled: CompiledRules, rules: Rules, at: datetime, unknown: tuple[str, ...] = ()
) -> Trial:
    record = _record(root, compiled, at, rules)
    file = fold(SOMEBODY, [record], rules)
    if file is None:  # the record registers her itself
        raise AssertionError("the invented person was not registered")
    met = {observed.code for observed in record.indicators if observed.met}
    return Trial(
        scores={score.name: {"value": score.value, "band": score.band} for score in record.scores},
        indicators=tuple(file.document["risk"]["indicators"]),
        next_steps=_next_steps(rule for rule in compiled.rules.indicators if rule.code in met),
        level=file.document["risk"]["level"],
        reason=file.document["risk"]["reason"],
        follow_ups=tuple(file.document["follow_ups"]),
        errors={observed.code: observed.error for observed in record.indicators if observed.error},
        unknown=unknown,
    )


def submission_of(answers: Mapping[str, Any], form: FormDefinition) -> etree._Element:
    """The submission with these answers; questions without one are left out, as if not relevant."""
    root = etree.Element(form.root, id=form.form_id, version=form.version)
    for path, known in form.fields.items():
        if known.control == "repeat" and isinstance(answers.get(known.name), list):
            for one in answers[known.name]:
                here = etree.SubElement(_parent(root, path), known.name)
                inside = {name: value for name, value in one.items() if name in form.paths}
                _put(here, form, inside, within=path)
    _put(root, form, answers, within="")
    return root


def _put(root: etree._Element, form: FormDefinition, answers: Mapping[str, Any], *, within: str) -> None:
    for path, known in form.fields.items():
        if known.name in answers and known.repeat == within and known.control not in ("group", "repeat"):
            steps = path.removeprefix(within).strip("/").split("/")[0 if within else 1 :]
            holder = root
            for step in steps[:-1]:
                found = holder.find(step)
                holder = etree.SubElement(holder, step) if found is None else found
            etree.SubElement(holder, known.name).text = _text(answers[known.name], known)


def _parent(root: etree._Element, path: str) -> etree._Element:
    holder = root
    for step in path.strip("/").split("/")[1:-1]:
        found = holder.find(step)
        holder = etree.SubElement(holder, step) if found is None else found
    return holder


def _text(value: Any, known: Field) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    if isinstance(value, float) and known.type == "int" and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _calculate(root: etree._Element, compiled: CompiledRules, at: datetime, *, given: Iterable[str]) -> None:
    """Work out the form's calculates outside repeats, until nothing changes any more.

    One that needs what is not here (a list on the phone, chance) is left out, as if not relevant.
    """
    form, told = compiled.form, frozenset(given)
    expressions = {
        path: _expression(text, path)
        for path, text in form.calculates.items()
        if not form.fields[path].repeat and form.fields[path].name not in told and "/meta/" not in path
    }
    for _ in range(CALCULATE_ROUNDS):
        session = Session(read_tree(root, form.types, compiled.calculate_types), now=at, zone=PHNOM_PENH)
        changed = False
        for path, expression in expressions.items():
            try:
                text = written(expression.evaluate(session), form.fields[path].type) or ""
            except XPathError:
                continue
            name = form.fields[path].name
            node = _parent(root, path).find(name)
            if node is None:
                node = etree.SubElement(_parent(root, path), name)
            changed = changed or (node.text or "") != text
            node.text = text
        if not changed:
            return


@lru_cache(maxsize=1024)
def _expression(text: str, path: str) -> Expression:
    """Compiled once for all examples of a form."""
    return compile_expression(text, context=path)


def _record(root: etree._Element, compiled: CompiledRules, at: datetime, rules: Rules) -> Record:
    """The record of this submission, as if it registered somebody."""
    contents = contents_of(root, compiled.form, at)
    said = hashlib.sha256(etree.tostring(root)).hexdigest()
    submission = {
        "_id": f"uuid:trial-{said[:12]}",
        "form_id": compiled.form.form_id,
        "form_version": compiled.form.version,
        "received_at": at,
        "worker_id": "",
    }
    record = record_of(submission, contents, findings_of(compiled, root, contents), compiled, rules)
    birth = EntityAction(
        entity_list=PEOPLE, entity_id=SOMEBODY, create=True, update=False, label="", properties={}
    )
    return replace(record, entities=(birth,))


def _next_steps(met: Iterable[Indicator]) -> tuple[Text, ...]:
    """Each sentence once, in the order of the sheet."""
    steps = {tuple(sorted(rule.next_step.items())): rule.next_step for rule in met if rule.on_phone}
    return tuple(step for step in steps.values() if step)


def try_examples(rules: Rules, forms: Mapping[str, FormDefinition], on: date) -> list["Surprise"]:
    """The protocol's examples that give another level than expected, or could not be tried.

    `forms`: form id -> its current version.
    """
    found = []
    compiled = {form_id: _compiled(form, rules) for form_id, form in forms.items()}
    for example in rules.protocol.examples:
        if example.form_id not in compiled:
            found.append(Surprise(example.row, example.form_id, example.name, example.level, None))
            continue
        trial = _try(example.answers, compiled[example.form_id], rules, on)
        if trial.level != example.level or trial.unknown:
            found.append(
                Surprise(
                    example.row, example.form_id, example.name, example.level, trial.level, trial.unknown
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class Surprise:
    """An example that does not come out as it should."""

    row: int
    form_id: str
    name: str
    expected: str
    level: str | None
    """None: its form is not published."""
    unknown: tuple[str, ...] = ()
    """Answers to questions the form does not have."""
