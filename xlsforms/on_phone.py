"""The rules that phones work out themselves, as ordinary survey rows under neutral names.

What is not on a phone cannot be read there: no codes, no labels, no levels, no score names. A rule becomes
a calculate `step_N` (1 or 0), a score it needs `sum_N`, and each distinct next step one note `next_N`.
Where the form has a calculate `call_whom`, the notes go on with its value: names and numbers to call.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sync.core.protocol import FormRules, Indicator, Score
from sync.core.scores import formula_of
from xlsforms.expressions import SCORE
from xlsforms.sheets import Sheet
from xlsforms.survey import REFERENCE

CALL_WHOM = "call_whom"


@dataclass(frozen=True)
class PhoneRows:
    """Rows to add at the end of the survey sheet."""

    rows: tuple[Mapping[str, str], ...] = ()
    steps: Mapping[str, str] = field(default_factory=dict)
    """Node name -> indicator code."""
    sums: Mapping[str, str] = field(default_factory=dict)
    """Node name -> score name."""


def phone_rows(rules: FormRules, survey: Sheet, *, everything: bool) -> PhoneRows:
    """The rows for the rules marked `on phone`, or for all rules and scores (`everything`, for tests)."""
    indicators = [rule for rule in rules.indicators if rule.on_phone or everything]
    scores = rules.scores if everything else scores_used(rules, indicators)
    sums = {f"sum_{number}": score for number, score in enumerate(scores, start=1)}
    steps = {f"step_{number}": rule for number, rule in enumerate(indicators, start=1)}
    nodes = {f"{SCORE}{score.name}": node for node, score in sums.items()}
    rows = [_calculate(survey, node, _renamed(formula_of(score), nodes)) for node, score in sums.items()]
    rows += [
        _calculate(survey, node, f"if({_renamed(rule.condition, nodes)},1,0)") for node, rule in steps.items()
    ]
    return PhoneRows(
        rows=(*rows, *_notes(survey, steps)),
        steps={node: rule.code for node, rule in steps.items()},
        sums={node: score.name for node, score in sums.items()},
    )


def scores_used(rules: FormRules, indicators: Collection[Indicator]) -> tuple[Score, ...]:
    """The scores these indicators need, with the scores those need, in the order of the sheet."""
    needed = {name for indicator in indicators for _, name in REFERENCE.findall(indicator.condition)}
    used: list[Score] = []
    for score in reversed(rules.scores):
        if f"{SCORE}{score.name}" in needed:
            used.insert(0, score)
            needed |= {name for _, name in REFERENCE.findall(score.formula)}
    return tuple(used)


def _renamed(expression: str, nodes: Mapping[str, str]) -> str:
    def replace(match: re.Match[str]) -> str:
        return f"${{{nodes.get(match.group(2), match.group(2))}}}"

    return REFERENCE.sub(replace, expression)


def _calculate(survey: Sheet, node: str, expression: str) -> dict[str, str]:
    return {
        _column(survey, "type"): "calculate",
        _column(survey, "name"): node,
        _column(survey, "calculation", "calculate"): expression,
    }


def _notes(survey: Sheet, steps: Mapping[str, Indicator]) -> list[dict[str, str]]:
    by_text: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for node, rule in steps.items():
        if rule.next_step:
            by_text.setdefault(tuple(sorted(rule.next_step.items())), []).append(node)
    has_numbers = any(row.get("name") == CALL_WHOM for row in survey.rows)
    numbers = f"\n\n${{{CALL_WHOM}}}" if has_numbers else ""
    return [
        {
            _column(survey, "type"): "note",
            _column(survey, "name"): f"next_{number}",
            **_labels(survey, {language: step + numbers for language, step in text}),
            _column(survey, "relevant", "relevance"): " or ".join(f"${{{node}}} = 1" for node in nodes),
        }
        for number, (text, nodes) in enumerate(by_text.items(), start=1)
    ]


def _labels(survey: Sheet, text: Mapping[str, str]) -> dict[str, str]:
    """The text under the survey's own label columns; another language would need all labels again."""
    headers = survey.languages("label") or {"en": "label"}
    found = {header: text[language] for language, header in headers.items() if language in text}
    return found or {header: next(iter(text.values())) for header in headers.values()}


def _column(survey: Sheet, *names: str) -> str:
    """The header as this workbook writes it, or the usual one: two names for one column are refused."""
    return next((survey.header(name) for name in names if survey.header(name) in survey.headers), names[0])
