"""Expressions in rule sheets: `${question}` and `${score_NAME}` checked against the form, then compiled."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sync.core.xpath import XPathError, check, compile_expression
from xlsforms.findings import did_you_mean
from xlsforms.survey import Survey, references

SCORE = "score_"


@dataclass(frozen=True)
class Vocabulary:
    """What an expression may mention: names with their paths, and what is known of those paths."""

    names: Mapping[str, str]
    types: Mapping[str, str] = field(default_factory=dict)
    repeats: frozenset[str] = frozenset()
    selects: frozenset[str] = frozenset()

    def with_scores(self, scores: Iterable[str], root: str) -> "Vocabulary":
        """The same with `${score_NAME}` for these scores; a score is a number or empty."""
        paths = {f"{SCORE}{name}": f"/{root}/{SCORE}{name}" for name in scores}
        return Vocabulary(
            names={**self.names, **paths},
            types={**self.types, **dict.fromkeys(paths.values(), "decimal")},
            repeats=self.repeats,
            selects=self.selects,
        )


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
