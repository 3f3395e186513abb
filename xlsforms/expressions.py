"""Expressions in rule sheets: `${question}` and `${score_NAME}` checked against the form, then compiled."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sync.core.protocol import Score
from sync.core.xpath import XPathError, XPathSyntaxError, check, compile_expression
from xlsforms.findings import did_you_mean
from xlsforms.survey import LAST_SAVED, Survey, references

SCORE = "score_"


@dataclass(frozen=True)
class Vocabulary:
    """What an expression may mention: names with their paths, and what is known of those paths."""

    names: Mapping[str, str]
    types: Mapping[str, str] = field(default_factory=dict)
    repeats: frozenset[str] = frozenset()
    selects: frozenset[str] = frozenset()

    def with_scores(self, scores: Iterable[Score], root: str) -> "Vocabulary":
        """The same with `${score_NAME}` for these scores; without min and max a score is a word."""
        names, types = dict(self.names), dict(self.types)
        for score in scores:
            path = f"/{root}/{SCORE}{score.name}"
            names[f"{SCORE}{score.name}"] = path
            types[path] = "string" if score.minimum is None and score.maximum is None else "decimal"
        return Vocabulary(names, types, self.repeats, self.selects)


def vocabulary_of(survey: Survey) -> Vocabulary:
    """The questions of a form."""
    return Vocabulary(survey.paths, survey.types, survey.repeats, survey.selects)


def faults_in(text: str, known: Vocabulary) -> Iterator[tuple[str, str]]:
    """(message, fix) for everything wrong with an expression; nothing where it can be used as a rule.

    Unknown names come first, all of them with the nearest name there is: JavaRosa would read a misspelt
    one as empty, and the rule would silently never hold.
    """
    unknown = [name for name in dict.fromkeys(references(text)) if name not in known.names]
    for name in unknown:
        yield (
            f"There is no {'score' if name.startswith(SCORE) else 'question'} named “{name}”.",
            did_you_mean(name, known.names, "Write the name of a question of this form."),
        )
    if unknown:
        return
    try:
        compile_expression(text, names=known.names)
        said = check(text, names=known.names, types=known.types, repeats=known.repeats, selects=known.selects)
    except XPathError as error:
        yield str(error), "Mend the expression."
        return
    for sentence in said:
        yield sentence, ""


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
