"""Whom other rules of a form can touch at all, so that a dry run folds only those anew.

Most people they do not: in none of her records does a rule that is another one now say anything else. What
such a rule makes of a record rests on the few answers it asks about, and these are worked out once for
everybody who answered them alike.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from sync.core.answers import contents_of
from sync.core.doubts import AGES
from sync.core.form import Field, FormDefinition
from sync.core.protocol import FormRules, Protocol, Rules, Visit
from sync.core.record import Observed, Record, Scored, record_of
from sync.core.scores import CompiledRules, compile_rules, expanded, findings_of, formulas_of, questions_in
from sync.core.submission import root_of

_CALLED = re.compile(r"([A-Za-z][\w-]*)\s*\(")
PLAIN = frozenset(
    (
        *("selected", "count-selected", "selected-at", "if", "coalesce", "number", "int", "string"),
        *("boolean", "not", "true", "false", "round", "min", "max", "contains", "starts-with"),
        *("string-length", "concat"),
    )
)
"""Functions whose result rests on what they are given alone."""
MOST_KEPT = 20_000
Answered = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What some rules make of one record."""

    scores: tuple[Scored, ...] = ()
    indicators: tuple[Observed, ...] = ()

    @classmethod
    def of(cls, record: Record) -> "Found":
        """What stands in this record."""
        return cls(record.scores, record.indicators)

    def met(self, code: str) -> bool | None:
        """Whether this indicator was met; None also where there is none."""
        return next((one.met for one in self.indicators if one.code == code), None)

    def value(self, name: str) -> object:
        """What this score came to."""
        return next((one.value for one in self.scores if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Change:
    """What of one form's rules is not as it was: before, and after. Scores are written out in full."""

    before: FormRules
    after: FormRules

    @property
    def codes(self) -> set[str]:
        """The indicators it is about."""
        return {one.code for one in (*self.before.indicators, *self.after.indicators)}

    @property
    def questions(self) -> set[str]:
        """What all of it asks about."""
        texts = [one.formula for rules in (self.before, self.after) for one in rules.scores]
        texts += [one.condition for rules in (self.before, self.after) for one in rules.indicators]
        return {name for text in texts for name in questions_in(text)}

    @property
    def rests_on_answers_alone(self) -> bool:
        """Whether nothing but these answers decides: no clock, no place in the form, no list."""
        texts = [one.formula for rules in (self.before, self.after) for one in rules.scores]
        texts += [one.condition for rules in (self.before, self.after) for one in rules.indicators]
        bare = [re.sub(r"\$\{[^}]*\}|'[^']*'|\"[^\"]*\"", " 0 ", text) for text in texts]
        return all(
            PLAIN.issuperset(_CALLED.findall(text)) and not re.search(r"[/\[\]@]|\.\.", text) for text in bare
        )


def changes_between(before: Rules, after: Rules) -> dict[str, Change]:
    """What changed, by form ID; forms whose rules are the same are left out."""
    found = {}
    for form_id, now in after.forms.items():
        was = before.forms.get(form_id, FormRules(form_id=form_id, version=now.version))
        old, new = _written_out(was), _written_out(now)
        change = Change(_without(old, new), _without(new, old))
        if change.codes or change.before.scores or change.after.scores:
            found[form_id] = change
    return found


def _written_out(rules: FormRules) -> FormRules:
    """The same rules with every score in a formula or condition written out, and no places of a sheet."""
    formulas = formulas_of(rules)
    return replace(
        rules,
        scores=tuple(
            replace(one, formula=formulas[one.name], minimum_answered=0, row=0) for one in rules.scores
        ),
        indicators=tuple(
            replace(one, condition=expanded(one.condition, formulas), row=0) for one in rules.indicators
        ),
    )


def _without(some: FormRules, others: FormRules) -> FormRules:
    return replace(
        some,
        scores=tuple(one for one in some.scores if one not in others.scores),
        indicators=tuple(one for one in some.indicators if one not in others.indicators),
    )


def levels_with_other_visits(before: Protocol, after: Protocol) -> frozenset[str] | None:
    """The levels whose planned visits are others now; None where more of the protocol is another one."""
    as_before = replace(after, version=before.version, schedule=before.schedule, examples=before.examples)
    if as_before != before:
        return None
    old, new = _visits_by_level(before), _visits_by_level(after)
    return frozenset(level for level in {*old, *new} if old.get(level) != new.get(level))


def _visits_by_level(protocol: Protocol) -> dict[str, list[Visit]]:
    found: dict[str, list[Visit]] = {}
    for visit in protocol.schedule:
        found.setdefault(visit.level, []).append(replace(visit, row=0))
    return found


class Looking:
    """What the changed rules make of records of one version of a form, before and after."""

    def __init__(
        self, change: Change, rules: Rules, form_before: FormDefinition, form_after: FormDefinition
    ) -> None:
        self.rules = rules
        self.before = compile_rules(change.before, form_before)
        self.after = compile_rules(change.after, form_after)
        self.names = self._names(change)
        self.known: dict[Answered, tuple[Found, Found]] = {}

    def _names(self, change: Change) -> tuple[str, ...] | None:
        """The nodes whose texts decide all of it, or None where more does."""
        if not change.rests_on_answers_alone:
            return None
        names = set[str]()
        for compiled in (self.before, self.after):
            form, called = compiled.form, {other: mine for mine, other in compiled.called.items()}
            for asked in change.questions:
                name = called.get(asked, asked)
                fields = [one for one in form.fields.values() if one.name == name]
                if len(fields) > 1 or any(_is_special(one) for one in fields) or asked in AGES:
                    return None
                names.add(name)
        return tuple(sorted(names))

    def answered(self, record: Record) -> Answered:
        """What decides here: of records with the same of it the same is found."""
        if self.names is None or not record.texts:
            return (record.instance_id,)
        return tuple(map(record.texts.get, self.names))

    def at(self, answered: Answered, submission: Mapping[str, Any], content: bytes) -> tuple[Found, Found]:
        """What the rules before and the rules after make of the record that answered this, as it was sent."""
        root = root_of(content)
        found = self._found(self.before, submission, root), self._found(self.after, submission, root)
        if self.names is not None and len(self.known) < MOST_KEPT:
            self.known[answered] = found
        return found

    def _found(self, compiled: CompiledRules, submission: Mapping[str, Any], root: etree._Element) -> Found:
        contents = contents_of(root, compiled.form, submission["received_at"])
        findings = findings_of(compiled, root, contents)
        made = record_of(submission, contents, findings, compiled, self.rules)
        return Found.of(made)


def _is_special(field: Field) -> bool:
    """Whether more than its own text decides what this question says."""
    return bool(field.repeat) or field.type in ("date", "dateTime") or field.name in ("today", "start", "end")


def with_found(before: Record, found: Found, change: Change, rules: FormRules, stamp: str) -> Record:
    """The record with what was worked out anew, and the rest as it was, in the order of the rules."""
    anew = {one.name for one in (*change.before.scores, *change.after.scores)}
    scores = {one.name: one for one in before.scores if one.name not in anew}
    scores |= {one.name: one for one in found.scores}
    indicators = {one.code: one for one in before.indicators if one.code not in change.codes}
    indicators |= {one.code: one for one in found.indicators}
    return replace(
        before,
        rules_stamp=stamp,
        scores=tuple(scores[one.name] for one in rules.scores if one.name in scores),
        indicators=tuple(indicators[one.code] for one in rules.indicators if one.code in indicators),
    )


def may_touch(
    change: Change, found: tuple[Found, Found], rules: Rules, *, elsewhere: set[str], assessed: bool
) -> bool:
    """Whether this record can make anything of her file another one.

    `elsewhere`: codes that other forms have too. `assessed`: whether the record was an assessment before.
    """
    before, after = found
    trends = {row.score for row in rules.protocol.trends}
    for name in trends & {one.name for one in (*change.before.scores, *change.after.scores)}:
        if before.value(name) != after.value(name):
            return True
    for code in change.codes:
        was, now = before.met(code), after.met(code)
        if was or now or (was != now and (was is False or not assessed or code in elsewhere)):
            return True
    return False
