"""Every cut-off of a form's rules and scores, and answers that lie on it and on both its sides.

A cut-off is a number that a rule or a score's formula compares something with, or the edge of a band; where
a score gives words, each word. Answers are looked for with the server's own evaluator; what comes of them is
then for JavaRosa to say.
"""

import itertools
import math
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from sync.core.form import Field
from sync.core.scores import CompiledRules
from sync.core.times import PHNOM_PENH
from sync.core.trial import submission_of
from sync.core.xpath import Expression, Session, XPathError, compile_expression, read_tree, to_number, written
from sync.core.xpath.compiler import compile_expr
from sync.core.xpath.syntax import Binary, Expr, Number, Path, Text, walk
from tests.e2e.side_by_side import NOW

_RELATIONS = ("<", "<=", ">", ">=")
_PLACE = re.compile(r"\bat=\d+")
_STEPS = 400
_ALONE = frozenset(["none", "ref", "unk"])
"""Choices that go with no other."""


@dataclass(frozen=True)
class Target:
    """A value that something should have."""

    about: str
    """The rule or score it belongs to."""
    measure: Expression = field(repr=False)
    value: float | str = 0

    def reached(self, value: Any) -> float:
        """How far a value is from it; 0: it is there."""
        if isinstance(self.value, str):
            return 0.0 if written(value) == self.value else 1.0
        number = to_number(value)
        return 1e6 if math.isnan(number) else abs(number - self.value)


def targets_of(compiled: CompiledRules) -> list[Target]:
    """All of them, each once."""
    found: dict[tuple[str, float | str], Target] = {}
    value: float | str
    about = [(score.name, expression) for score, expression in compiled.scores]
    about += [(rule.code, expression) for rule, expression, _ in compiled.indicators]
    for name, expression in about:
        for part, values in _compared(expression.syntax):
            for near in values:
                measure = _measure(part, expression)
                found.setdefault((_plain(part), near), Target(name, measure, near))
    for score, expression in compiled.scores:
        edges = {edge for band in score.bands for edge in (band.low, band.high)}
        words = (
            {part.value for part in walk(expression.syntax) if isinstance(part, Text)} if not edges else ()
        )
        wanted: set[float | str] = {
            *edges,
            *(end for end in (score.minimum, score.maximum) if end is not None),
        }
        for value in wanted or set(words) - {""}:
            found.setdefault((_plain(expression.syntax), value), Target(score.name, expression, value))
    return list(found.values())


def _compared(syntax: Expr) -> Iterator[tuple[Expr, tuple[float, ...]]]:
    """What is compared with a number, and the values it should take: that number, and both its sides."""
    for part in walk(syntax):
        if not isinstance(part, Binary) or part.operator not in (*_RELATIONS, "=", "!="):
            continue
        for side, other in ((part.left, part.right), (part.right, part.left)):
            if isinstance(other, Number) and not isinstance(side, Number | Text):
                value = other.value
                yield side, (value - 1, value, value + 1) if part.operator in _RELATIONS else (value,)


def _measure(part: Expr, inside: Expression) -> Expression:
    return Expression(inside.text, inside.context, inside.references, part, compile_expr(part))


def _plain(part: Expr) -> str:
    return _PLACE.sub("", repr(part))


class Search:
    """Looks for answers that bring a target about."""

    def __init__(self, compiled: CompiledRules) -> None:
        self.compiled, self.form = compiled, compiled.form
        self.formulas = {
            path: compile_expression(text, context=path)
            for path, text in self.form.calculates.items()
            if not self.form.fields[path].repeat and "/meta/" not in path
        }

    def questions(self, target: Target) -> list[Field]:
        """The questions behind a target, through the form's own calculates."""
        waiting, seen = sorted(_paths(target.measure.syntax)), set[str]()
        while waiting:
            path = waiting.pop()
            if path not in seen:
                seen.add(path)
                waiting += sorted(self.formulas[path].references) if path in self.formulas else []
        known = [field for path, field in self.form.fields.items() if path in seen]
        return [
            one for one in known if one.control and one.control not in ("group", "repeat") and not one.repeat
        ]

    def value(self, target: Target, root: etree._Element) -> float:
        """How far this submission is from the target."""
        session = Session(
            read_tree(root, self.form.types, self.compiled.calculate_types), now=NOW, zone=PHNOM_PENH
        )
        try:
            return target.reached(target.measure.evaluate(session))
        except XPathError:
            return 1e6

    def answers(self, target: Target, chance: random.Random) -> dict[str, Any] | None:
        """Answers to the questions behind the target that bring it about, or None where none were found."""
        asked = self.questions(target)
        numbers = [part.value for part in walk(target.measure.syntax) if isinstance(part, Number)]
        near = sorted(
            {int(target.value) if not isinstance(target.value, str) else 0, *map(int, numbers), 17, 18}
        )
        here: dict[str, Any] = {one.name: self._some(one, chance, near) for one in asked}
        distance = self._distance(target, here)
        for _ in range(_STEPS if asked else 0):
            if distance == 0:
                return {name: answer for name, answer in here.items() if answer not in ("", [])}
            one = chance.choice(asked)
            tried = {**here, one.name: self._some(one, chance, near, before=here[one.name])}
            there = self._distance(target, tried)
            if there <= distance or chance.random() < 0.02:
                here, distance = tried, there
        return None

    def _distance(self, target: Target, answers: Mapping[str, Any]) -> float:
        root = submission_of({name: one for name, one in answers.items() if one not in ("", [])}, self.form)
        self._calculate(root, target)
        return self.value(target, root)

    def _calculate(self, root: etree._Element, target: Target) -> None:
        """The calculates the target rests on, as far as they need no list."""
        needed = [path for path in self.form.calculates if path in self._behind(target)]
        for _, path in itertools.product(range(3), needed):
            tree = read_tree(root, self.form.types, self.compiled.calculate_types)
            try:
                text = written(self.formulas[path].evaluate(Session(tree, now=NOW, zone=PHNOM_PENH))) or ""
            except XPathError:
                continue
            holder = root
            for step in path.strip("/").split("/")[1:]:
                node = holder.find(step)
                holder = etree.SubElement(holder, step) if node is None else node
            holder.text = text

    def _behind(self, target: Target) -> set[str]:
        waiting, seen = set(_paths(target.measure.syntax)), set[str]()
        while waiting:
            path = waiting.pop()
            if path in self.formulas and path not in seen:
                seen.add(path)
                waiting |= self.formulas[path].references
        return seen

    def _some(self, one: Field, chance: random.Random, near: list[int], before: Any = None) -> Any:
        choices = list(self.form.choices.get(one.path, ()))
        if one.control == "select1":
            return chance.choice([*choices, ""]) if choices else ""
        if one.control == "select":
            usual = [name for name in choices if name not in _ALONE]
            if not usual or chance.random() < 0.1:
                return [name for name in choices if name in _ALONE][:1]
            kept = set(before or ()) - _ALONE
            kept ^= {chance.choice(usual)}
            return [name for name in choices if name in kept]
        if one.type in ("int", "decimal"):
            return str(max(0, chance.choice(near) + chance.choice((-1, 0, 1))))
        return ""


def _paths(syntax: Expr) -> set[str]:
    roots = (part for part in walk(syntax) if isinstance(part, Path) and part.start == "root")
    return {"/" + "/".join(part.names) for part in roots}
