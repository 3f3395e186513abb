"""A form's own rules over one submission: its scores and which indicators were met.

The expressions are the coordinators', in XForm XPath, evaluated exactly as the phone's engine does
(`sync.core.xpath`). A published instrument is whatever its row in the workbook says, with its source.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

from sync.core.answers import REFUSED, UNKNOWN, Contents
from sync.core.form import FormDefinition, Value
from sync.core.protocol import Band, FormRules, Indicator, Score
from sync.core.times import PHNOM_PENH
from sync.core.xpath import (
    Expression,
    Session,
    StaticType,
    XPathError,
    calculate_types,
    compile_expression,
    read_tree,
    to_boolean,
    written,
)

_REFERENCE = re.compile(r"\$\{\s*([^}\s]+)\s*\}")
SCORE_PREFIX = "score_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreResult:
    """One instrument's result. `value` is None when an answer it needs is missing or was refused."""

    name: str
    value: float | int | str | None
    band: Band | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorResult:
    """Whether one indicator's condition held.

    `met` is None when it cannot be said: nothing it asks about was asked, or an answer is missing,
    refused or unknown, or the rule could not be evaluated (`error`). None never lowers a level.
    """

    code: str
    met: bool | None
    questions: tuple[str, ...]
    """Names of the questions in the condition, in form order."""
    holds: bool | None = None
    """What the condition itself gave, whatever was left open; None when it could not be evaluated."""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the rules make of one submission."""

    scores: tuple[ScoreResult, ...]
    indicators: tuple[IndicatorResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRules:
    """One form's rules, ready to be run over submissions of one version of that form."""

    rules: FormRules
    form: FormDefinition
    scores: tuple[tuple[Score, Expression], ...]
    indicators: tuple[tuple[Indicator, Expression, tuple[str, ...]], ...]
    calculate_types: Mapping[str, StaticType]
    unknown: frozenset[str] = frozenset()
    """Questions of the rules that this form version does not have: it is older than they are."""
    called: Mapping[str, str] = field(default_factory=dict)
    """Question of this form version -> what the rules call it, where it was renamed in between."""


def questions_in(text: str) -> list[str]:
    """The names written as `${name}`, each once, in order."""
    return list(dict.fromkeys(_REFERENCE.findall(text)))


def formula_of(score: Score) -> str:
    """The score's formula with its own *minimum answered* in it: empty when too few were answered.

    Phone and server both compile this text, so that they cannot differ.
    """
    if not score.minimum_answered:
        return score.formula
    counted = " + ".join(
        f"(${{{name}}} != '' and ${{{name}}} != '{REFUSED}' and ${{{name}}} != '{UNKNOWN}')"
        for name in questions_in(score.formula)
        if not name.startswith(SCORE_PREFIX)
    )
    return f"if({counted} >= {score.minimum_answered}, {score.formula}, '')"


def expanded(text: str, scores: Mapping[str, str]) -> str:
    """The expression with every `${score_NAME}` replaced by that score's whole formula."""

    def formula(match: re.Match[str]) -> str:
        name = match.group(1)
        known = scores.get(name.removeprefix(SCORE_PREFIX)) if name.startswith(SCORE_PREFIX) else None
        return match.group(0) if known is None else f"({known})"

    return _REFERENCE.sub(formula, text)


def formulas_of(rules: FormRules) -> dict[str, str]:
    """Score name -> its formula with earlier scores written out, so that only questions remain."""
    found: dict[str, str] = {}
    for score in rules.scores:
        found[score.name] = expanded(formula_of(score), found)
    return found


def compile_rules(rules: FormRules, form: FormDefinition) -> CompiledRules:
    """The rules, ready for submissions of this form version.

    The rules may be newer than the form version: a question that version did not have reads as not
    asked, as an unknown path does on the phone.

    Raises XPathError when a rule is not in the language; publishing refuses such a workbook.
    """
    formulas = formulas_of(rules)
    unknown: set[str] = set()
    called: dict[str, str] = {}

    def compiled(text: str) -> Expression:
        full = expanded(text, formulas)
        unknown.update(name for name in questions_in(full) if name not in form.paths)
        called.update((form.also[name], name) for name in questions_in(full) if name in form.also)
        names = {name: form.paths.get(name, f"/{form.root}/{name}") for name in questions_in(full)}
        return compile_expression(full, names=names)

    order = {path: place for place, path in enumerate(form.fields)}
    indicators = []
    for indicator in rules.indicators:
        expression = compiled(indicator.condition)
        paths = sorted(expression.references, key=lambda path: order.get(path, len(order)))
        questions = tuple(dict.fromkeys(path.rsplit("/", 1)[-1] for path in paths))
        indicators.append((indicator, expression, questions))
    return CompiledRules(
        rules=rules,
        form=form,
        scores=tuple((score, compiled("${" + SCORE_PREFIX + score.name + "}")) for score in rules.scores),
        indicators=tuple(indicators),
        calculate_types=calculate_types(form.calculates, form.types),
        unknown=frozenset(unknown),
        called=called,
    )


def findings_of(compiled: CompiledRules, root: etree._Element, contents: Contents) -> Findings:
    """What these rules make of one submission; its own time stamp is the clock of `today()`."""
    tree = read_tree(root, compiled.form.types, compiled.calculate_types)
    session = Session(tree, now=contents.at, zone=PHNOM_PENH)
    indicators = [
        _indicator(indicator.code, expression, questions, session, contents, unknown=compiled.unknown)
        for indicator, expression, questions in compiled.indicators
    ]
    return Findings(
        scores=tuple(_score(score, expression, session, contents) for score, expression in compiled.scores),
        indicators=tuple(_as_rules_call_it(result, compiled.called) for result in indicators),
    )


def _as_rules_call_it(result: IndicatorResult, called: Mapping[str, str]) -> IndicatorResult:
    """Under one name through all versions: a later record takes a reason back by the questions it asks."""
    if called.keys().isdisjoint(result.questions):
        return result
    return replace(result, questions=tuple(called.get(name, name) for name in result.questions))


def band_of(score: Score, value: float) -> Band | None:
    """The published band this value falls into, or None."""
    return next((band for band in score.bands if band.low <= value <= band.high), None)


def _score(score: Score, expression: Expression, session: Session, contents: Contents) -> ScoreResult:
    asked = {path.rsplit("/", 1)[-1] for path in expression.references}
    if not asked.isdisjoint(contents.doubtful):
        # A sum of answers that cannot be right is no result; what rests on it still counts as it stands.
        return ScoreResult(name=score.name, value=None, band=None)
    try:
        text = written(expression.evaluate(session)) or ""
    except XPathError:
        text = ""
    if not text:
        return ScoreResult(name=score.name, value=None, band=None)
    try:
        number = float(text)
    except ValueError:
        return ScoreResult(name=score.name, value=text, band=None)
    value = int(number) if number.is_integer() else number
    return ScoreResult(name=score.name, value=value, band=band_of(score, number))


def _indicator(
    code: str,
    expression: Expression,
    questions: tuple[str, ...],
    session: Session,
    contents: Contents,
    *,
    unknown: frozenset[str],
) -> IndicatorResult:
    try:
        holds = to_boolean(expression.evaluate(session))
    except XPathError as error:
        return IndicatorResult(code=code, met=None, questions=questions, error=str(error))
    absent = [name for name in questions if name in unknown]
    settled = not absent and _settled(questions, contents)
    met = True if holds else (False if settled else None)
    told = "" if met is not None or not absent else f"This form version does not ask {', '.join(absent)}."
    return IndicatorResult(code=code, met=met, questions=questions, holds=holds, error=told)


def _settled(questions: tuple[str, ...], contents: Contents) -> bool:
    """Whether a *no* may be believed: something was asked, and nothing of it left open or doubtful."""
    asked = [name for name in questions if name in contents.by_name]
    return (
        bool(asked)
        and contents.doubtful.isdisjoint(questions)
        and not any(name in contents.unanswered for name in questions)
        and not any(_open(contents.by_name[name]) for name in asked)
    )


def _open(value: Value) -> bool:
    tokens = value if isinstance(value, list) else [value]
    return REFUSED in tokens or UNKNOWN in tokens
