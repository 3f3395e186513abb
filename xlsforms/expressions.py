"""Expressions in rule sheets: `${question}` and `${score_NAME}` checked against the form, then compiled."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from sync.core.protocol import Score
from sync.core.xpath import StaticType, XPathSyntaxError, calculate_types, check, compile_expression
from xlsforms.findings import Severity, did_you_mean
from xlsforms.rules_in_khmer import what_and_fix
from xlsforms.survey import LAST_SAVED, REFERENCE, Survey, references

SCORE = "score_"


@dataclass(frozen=True)
class Vocabulary:
    """What an expression may mention: names with their paths, and what is known of those paths."""

    names: Mapping[str, str]
    types: Mapping[str, str] = field(default_factory=dict)
    repeats: frozenset[str] = frozenset()
    selects: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Path -> names of the choices, empty where they come from a file."""
    calculates: Mapping[str, StaticType] = field(default_factory=dict)

    def with_scores(self, scores: Iterable[Score], root: str) -> "Vocabulary":
        """The same with `${score_NAME}` for these scores; without min and max a score is a word."""
        names, types = dict(self.names), dict(self.types)
        for score in scores:
            path = f"/{root}/{SCORE}{score.name}"
            names[f"{SCORE}{score.name}"] = path
            types[path] = "string" if score.minimum is None and score.maximum is None else "decimal"
        return replace(self, names=names, types=types)


def vocabulary_of(survey: Survey) -> Vocabulary:
    """The questions of a form."""
    return Vocabulary(
        names=survey.paths,
        types=survey.types,
        repeats=survey.repeats,
        selects={
            question.path: [row.get("name") for row in survey.lists.get(question.list_name, ())]
            for question in survey.questions
            if question.is_select
        },
        calculates=_calculates(survey),
    )


def _calculates(survey: Survey) -> dict[str, StaticType]:
    """What the calculates give; those with a fault are reported elsewhere and left out here."""

    def path_of(match: re.Match[str]) -> str:
        return survey.paths.get(match[2], f"/{survey.root}/{match[2]}")

    written = {path: LAST_SAVED.sub("''", text) for path, text in survey.calculates.items()}
    formulas = {path: REFERENCE.sub(path_of, text) for path, text in written.items()}
    return calculate_types(formulas, survey.types)


def faults_in(
    text: str, known: Vocabulary, *, result: Literal["condition", "any"] = "any"
) -> Iterator[tuple[Severity, str, str]]:
    """(severity, message, fix) for everything wrong with a rule's expression.

    Unknown names come first, all of them with the nearest name there is: JavaRosa would read a misspelt
    one as empty, and the rule would silently never hold.
    """
    unknown = [name for name in dict.fromkeys(references(text)) if name not in known.names]
    could_be = [one for one in known.names if " " not in one]
    for name in unknown:
        yield (
            "error",
            f"There is no {'score' if name.startswith(SCORE) else 'question'} named “{name}”.",
            did_you_mean(name, could_be, "Write the name of a question of this form."),
        )
    if unknown:
        return
    found = check(
        text,
        names=known.names,
        types=known.types,
        repeats=known.repeats,
        selects=known.selects,
        calculates=known.calculates,
        result=result,
    )
    yield from (("error", *what_and_fix(sentence)) for sentence in found.refusals)
    yield from (("warning", *what_and_fix(sentence)) for sentence in found.warnings)


def syntax_fault(text: str, survey: Survey) -> str:
    """What keeps an expression of a form from being read at all, or "".

    Forms may use more of the language than rules; names are looked at elsewhere.
    """
    names = {name: survey.paths.get(name, f"/{survey.root}/{name}") for name in references(text)}
    try:
        compile_expression(LAST_SAVED.sub("''", text), names=names, context=f"/{survey.root}/somewhere/here")
    except XPathSyntaxError as error:
        return str(error)
    return ""
