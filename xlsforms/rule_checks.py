"""What is wrong with a form's conditions and rules though each can be read: what never holds, what is never
asked, words that nothing gives, scores that rest on each other.

JavaRosa says nothing of these: a rule with a misspelt word simply never holds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from sync.core.protocol import FormRules
from sync.core.xpath import XPathError
from sync.core.xpath.parser import parse
from sync.core.xpath.syntax import Expr
from xlsforms.expressions import SCORE
from xlsforms.findings import Finding, Place, did_you_mean
from xlsforms.logic import Domain, Domains, Range, can_hold, comparisons_with_words, words_of
from xlsforms.sheets import Book, Sheet
from xlsforms.survey import LAST_SAVED, Question, Survey, references

_CONDITIONS = ("relevant", "constraint", "calculation", "required", "choice filter")


def check_rules(book: Book, survey: Survey, rules: FormRules) -> Iterator[Finding]:
    """Findings about the survey, scores and risk sheets; what cannot be read is reported elsewhere."""
    logic = _Logic(survey, rules)
    yield from _never_asked(book.sheet("survey"), logic)
    yield from _words_in_survey(book.sheet("survey"), logic)
    yield from _circles(book.sheet("survey"), survey)
    yield from _scores(book.sheet("scores"), logic)
    for indicator in rules.indicators:
        place = Place(book.sheet("risk"), indicator.row)
        yield from _rule(place, "condition", indicator.condition, logic, is_condition=True)


class _Logic:
    """A form's expressions, read once, and what its nodes can be."""

    def __init__(self, survey: Survey, rules: FormRules) -> None:
        self.survey, self.rules = survey, rules
        self.scores = {f"{SCORE}{score.name}": score for score in rules.scores}
        self.names = {**survey.paths, **{name: f"/{survey.root}/{name}" for name in self.scores}}
        self._read: dict[str, Expr | None] = {}

    def read(self, text: str) -> Expr | None:
        """The expression, or None where it cannot be read or holds the last form's answers."""
        if text not in self._read:
            try:
                self._read[text] = None if LAST_SAVED.search(text) else parse(text, self.names)
            except (XPathError, RecursionError):
                self._read[text] = None
        return self._read[text]

    def asked_if(self, path: str) -> list[Expr]:
        """The conditions under which a node is there: its own and those of the groups around it."""
        found = [self.relevance.get(path[: len(path) - len(rest)]) for rest in _rests(path)]
        return [one for one in found if one is not None]

    @cached_property
    def relevance(self) -> dict[str, Expr]:
        """Path -> condition, of every question and group that has one."""
        read = ((asked.path, self.read(asked.row.get("relevant"))) for asked in self.survey.questions
                if asked.row.get("relevant"))  # fmt: skip
        return {path: expr for path, expr in read if expr is not None}

    @cached_property
    def domains(self) -> Domains:
        """What the nodes can be, those that are never asked for left empty."""
        first = Domains(self._values, self.several, self.asked_if)
        never = dict.fromkeys(self.never_asked_in(first), ("",))
        return replace(first, values={**first.values, **never})

    @cached_property
    def never_asked(self) -> list[str]:
        """Paths that are never there, groups among them, in form order."""
        return self.never_asked_in(self.domains)

    def never_asked_in(self, domains: Domains) -> list[str]:
        """The paths of which these domains alone tell that they are never there."""
        hopeless: set[str] = set()
        found = []
        for asked in self.survey.questions:
            around = asked.path.rpartition("/")[0]
            own = asked.path in self.relevance
            if around in hopeless or (own and not can_hold(self.asked_if(asked.path), domains)):
                hopeless.add(asked.path)
                found.append(asked.path)
        return found

    @cached_property
    def several(self) -> frozenset[str]:
        """Paths of questions with any number of answers."""
        return frozenset(asked.path for asked in self.survey.questions if "multiple" in asked.type)

    @cached_property
    def _values(self) -> dict[str, Domain]:
        found: dict[str, Domain] = {}
        for asked in self.survey.questions:
            choices = [row.get("name") for row in self.survey.lists.get(asked.list_name, ())]
            if choices and not asked.row.get("calculation") and "other" not in asked.type.split(" ", 2)[-1]:
                found[asked.path] = (*choices, "")
        for path, text in self.survey.calculates.items():
            self._give(found, path, text)
        for name, score in self.scores.items():
            path = f"/{self.survey.root}/{name}"
            if score.minimum is not None and score.maximum is not None:
                found[path] = Range(score.minimum, score.maximum)
            else:
                self._give(found, path, score.formula)
        return found

    def _give(self, found: dict[str, Domain], path: str, text: str) -> None:
        expr = self.read(text) if text else None
        words = words_of(expr, found) if expr is not None else None
        if words is not None:
            found[path] = words


def _rests(path: str) -> list[str]:
    """What stands behind each node on the way: `/a/b/c` -> `/b/c`, `/c`, ``."""
    steps = path.strip("/").split("/")
    return ["".join(f"/{step}" for step in steps[place:]) for place in range(1, len(steps) + 1)]


# --- the survey


def _never_asked(sheet: Sheet, logic: _Logic) -> Iterator[Finding]:
    hopeless = set(logic.never_asked)
    for asked in logic.survey.questions:
        if asked.path in hopeless and asked.path.rpartition("/")[0] not in hopeless:
            what = "“{}” is never asked: this can never hold." if asked.kind == "question" else (
                "Nothing in “{}” is ever asked: this can never hold.")  # fmt: skip
            fix = "Mend the condition, or remove the question."
            yield Place(sheet, asked.row.number).warning("relevant", what.format(asked.name), fix)


def _circles(sheet: Sheet, survey: Survey) -> Iterator[Finding]:
    """Questions whose calculation or condition rests on itself; phones refuse to open such a form.

    What a group rests on, everything inside rests on too. Repeats are left to ODK Validate: there a question
    may look at itself in the round before.
    """
    rests_on: dict[str, list[str]] = {}
    paths: dict[str, list[str]] = {}
    for asked in (one for one in survey.by_name.values() if not one.repeat):
        own = references(asked.row.get("relevant"))
        paths[asked.path] = [*paths.get(asked.path.rpartition("/")[0], ()), *own]
        worked_out = asked.row.get("calculation") or asked.row.get("calculate")
        named = [*paths[asked.path], *references(worked_out), *references(asked.row.get("required"))]
        rests_on[asked.name] = list(dict.fromkeys(named))
    while circle := _some_circle(rests_on):
        asked = survey.by_name[circle[0]]
        column = "relevant" if circle[1] in paths[asked.path] else "calculation"
        message = f"{' → '.join(circle)}: this rests on itself, and phones will not open the form."
        fix = "Break the circle: take one of these names out of the calculation or condition."
        yield Place(sheet, asked.row.number).error(column, message, fix)
        rests_on[circle[0]] = []


def _some_circle(rests_on: Mapping[str, list[str]]) -> list[str]:
    """One way from a name back to itself, or nothing."""
    try:
        TopologicalSorter(rests_on).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def _words_in_survey(sheet: Sheet, logic: _Logic) -> Iterator[Finding]:
    for asked in logic.survey.questions:
        for column in _CONDITIONS:
            text = asked.row.get(column)
            expr = logic.read(text) if text else None
            for told, fix in _strange_words(expr, logic, lists_too=True) if expr is not None else ():
                yield _at(sheet, asked, column, told, fix)


def _at(sheet: Sheet, asked: Question, column: str, told: str, fix: str) -> Finding:
    return Place(sheet, asked.row.number).error(column, told, fix)


def _strange_words(expr: Expr, logic: _Logic, *, lists_too: bool) -> Iterator[tuple[str, str]]:
    """(message, fix) for each comparison with a word that the other side never is."""
    for path, name, word in dict.fromkeys(comparisons_with_words(expr)):
        values = logic.domains.values.get(path)
        if values == ("",) or not isinstance(values, tuple):
            continue
        words = [value for value in values if isinstance(value, str) and value]
        if not words or len(words) < len(values) - 1 or word.strip() in words:
            continue
        is_list = path in logic.survey.selects
        if is_list and not lists_too:
            continue  # reported with the expression itself
        told = f"{name} has no choice “{word}”." if is_list else f"{name} never gives “{word}”."
        yield told, did_you_mean(word, words, f"Write one of: {', '.join(words[:12])}.")


# --- the rules


def _rule(place: Place, column: str, text: str, logic: _Logic, *, is_condition: bool) -> Iterator[Finding]:
    expr = logic.read(text)
    if expr is None:
        return
    strange = list(_strange_words(expr, logic, lists_too=False))
    yield from (place.error(column, told, fix) for told, fix in strange)
    hopeless = [name for name in dict.fromkeys(references(text)) if logic.names[name] in logic.never_asked]
    for name in hopeless:
        told = f"“{name}” is never asked, so that this rests on nothing."
        yield place.warning(column, told, "Mend when it is asked (column relevant), or leave it out here.")
    if is_condition and not strange and not can_hold([expr], logic.domains):
        yield place.error(
            column,
            "This can never hold, whatever is answered.",
            "Mend the condition; look also when its questions are asked (column relevant).",
        )


def _scores(sheet: Sheet, logic: _Logic) -> Iterator[Finding]:
    rests_on = {
        name: [other for other in references(score.formula) if other in logic.scores]
        for name, score in logic.scores.items()
    }
    order = list(logic.scores)
    for name, score in logic.scores.items():
        place = Place(sheet, score.row)
        circle = _circle(name, rests_on)
        if circle:
            told = f"{' → '.join(circle)}: this score rests on itself."
            yield place.error("formula", told, "Break the circle: a score may use only rows above it.")
        else:
            for other in rests_on[name]:
                if order.index(other) > order.index(name):
                    told = f"{other} stands in row {logic.scores[other].row}, below this one."
                    yield place.error("formula", told, "Move that row above this one.")
        yield from _rule(place, "formula", score.formula, logic, is_condition=False)


def _circle(start: str, rests_on: Mapping[str, list[str]]) -> list[str]:
    """The shortest way from a score back to itself, or nothing."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for other in rests_on[way[-1]]:
            if other == start:
                return [*way, start]
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return []
