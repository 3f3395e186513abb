"""What can be known of a condition before anybody has answered: can it ever hold?

Every question with a list, and every calculation or score that gives one of a few words, is tried with each
of its values; whatever else an expression holds is left open. An answer is only ever called impossible when
no choice of values makes it possible, so that a sound rule is never refused.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Final, TypeAlias

from sync.core.xpath.numbers import number_from_text
from sync.core.xpath.syntax import Binary, Call, Expr, Logic, Negative, Number, Path, Text, walk

MOST_TRIES = 2000
"""Combinations of values that are tried; beyond them the questions with most choices are left open."""


class _Open:
    """Nothing is known."""


@dataclass(frozen=True, slots=True)
class Range:
    """A number between two numbers, or no answer."""

    low: float
    high: float


OPEN: Final = _Open()
Known: TypeAlias = str | float | bool | Range | _Open
Domain: TypeAlias = tuple[str | float, ...] | Range
"""The values a question, calculation or score can have, the empty text among them."""


@dataclass(frozen=True)
class Domains:
    """What the nodes of a form can be, by path."""

    values: Mapping[str, Domain] = field(default_factory=dict)
    several: Collection[str] = ()
    """Paths of select_multiple questions: any set of their values."""
    asked_if: Callable[[str], Sequence[Expr]] = lambda _: ()
    """Path -> the conditions under which it is asked."""


def can_hold(conditions: Sequence[Expr], domains: Domains) -> bool:
    """Might all these conditions hold together for some answers?"""
    paths = list(dict.fromkeys(path for condition in conditions for path in paths_in(condition)))
    # Whoever has an answer was asked for it.
    behind = {path: tuple(domains.asked_if(path)) for path in paths if path in domains.values}
    everything = [*conditions, *(one for found in behind.values() for one in found)]
    tried = _to_try(everything, domains)
    fixed = {path: values for path, values in domains.values.items() if isinstance(values, Range)}
    for chosen in product(*tried.values()):
        here: dict[str, Known] = {**fixed, **dict(zip(tried, chosen, strict=True))}
        if any(value_of(condition, here) is False for condition in conditions):
            continue
        if all(
            here[path] == "" or all(value_of(one, here) is not False for one in found)
            for path, found in behind.items()
            if path in tried
        ):
            return True
    return False


def paths_in(expr: Expr) -> Iterator[str]:
    """The absolute paths of the questions an expression reads."""
    for part in walk(expr):
        if isinstance(part, Path) and part.start == "root":
            yield "/" + "/".join(part.names)


def words_of(expr: Expr, domains: Mapping[str, Domain]) -> tuple[str | float, ...] | None:
    """The few values an expression can give, the empty text always among them; None where they are many."""
    found = _results(expr, domains)
    return None if found is None else tuple(dict.fromkeys((*found, "")))


def comparisons_with_words(expr: Expr) -> Iterator[tuple[str, str, str]]:
    """(path, name, word) for every `${name} = 'word'`, `!=` and `selected(${name}, 'word')`."""
    for part in walk(expr):
        pairs: tuple[tuple[Expr, Expr], ...] = ()
        if isinstance(part, Binary) and part.operator in ("=", "!="):
            pairs = ((part.left, part.right), (part.right, part.left))
        elif isinstance(part, Call) and part.name in ("selected", "is-selected") and len(part.arguments) == 2:
            pairs = ((part.arguments[0], part.arguments[1]),)
        for path, word in pairs:
            if isinstance(path, Path) and path.start == "root" and isinstance(word, Text) and word.value:
                yield "/" + "/".join(path.names), path.question or path.names[-1], word.value


def value_of(expr: Expr, here: Mapping[str, Known]) -> Known:
    """What an expression gives while the nodes are these; OPEN where that cannot be said."""
    match expr:
        case Number(value=value) | Text(value=value):
            return value
        case Path():
            plain = expr.start == "root" and expr.is_plain
            return here.get("/" + "/".join(expr.names), OPEN) if plain else OPEN
        case Logic(operator=operator, operands=operands):
            return _logic(operator, (truth(value_of(operand, here)) for operand in operands))
        case Binary(operator=operator, left=left, right=right):
            return _compared(operator, value_of(left, here), value_of(right, here))
        case Negative(operand=operand):
            number = _number(value_of(operand, here))
            return OPEN if number is None else -number
        case Call():
            return _called(expr, here)
    return OPEN


def truth(value: Known) -> Known:
    """True, False or OPEN: how the value counts in a condition."""
    if isinstance(value, bool):
        return value
    if isinstance(value, float | int):
        return value != 0 and not math.isnan(value)
    return OPEN


def _to_try(conditions: Iterable[Expr], domains: Domains) -> dict[str, tuple[str | float, ...]]:
    """Path -> values worth trying: those the conditions mention, one they do not, and no answer."""
    parts = list(conditions)
    words = {one.value for expr in parts for one in walk(expr) if isinstance(one, Text)}
    tried: dict[str, tuple[str | float, ...]] = {}
    for path in dict.fromkeys(path for expr in parts for path in paths_in(expr)):
        values = domains.values.get(path)
        if values is None or isinstance(values, Range):
            continue
        mentioned = [value for value in values if value in words or _is_number(value)]
        others = [value for value in values if value not in mentioned]
        few = (*mentioned, *others[:1], *(("",) if "" in values else ()))
        tried[path] = tuple(dict.fromkeys(_sets(mentioned, others) if path in domains.several else few))
    while math.prod(len(values) for values in tried.values()) > MOST_TRIES:
        del tried[max(tried, key=lambda path: len(tried[path]))]
    return tried


def _sets(mentioned: Sequence[str | float], others: Sequence[str | float]) -> Iterator[str]:
    """Answers to a select_multiple, as text."""
    names = [str(name) for name in (*mentioned[:8], *others[:1]) if name != ""]
    return (
        " ".join(name for name, taken in zip(names, mask, strict=True) if taken)
        for mask in islice(product((True, False), repeat=len(names)), MOST_TRIES)
    )


def _results(expr: Expr, domains: Mapping[str, Domain]) -> tuple[str | float, ...] | None:
    branches: tuple[Expr, ...]
    match expr:
        case Number(value=value) | Text(value=value):
            return (value,)
        case Path() if expr.start == "root" and expr.is_plain:
            known = domains.get("/" + "/".join(expr.names))
            return known if isinstance(known, tuple) else None
        case Call(name="if", arguments=(_, yes, no)):
            branches = (yes, no)
        case Call(name="coalesce", arguments=arguments):
            branches = arguments
        case _:
            return None
    found = [_results(branch, domains) for branch in branches]
    return tuple(one for values in found if values for one in values) if None not in found else None


def _logic(operator: str, values: Iterable[Known]) -> Known:
    found = list(values)
    decides = operator == "or"
    if any(value is decides for value in found):
        return decides
    return (not decides) if all(value is not decides and value is not OPEN for value in found) else OPEN


def _compared(operator: str, left: Known, right: Known) -> Known:
    if left is OPEN or right is OPEN:
        return OPEN
    if operator in ("=", "!="):
        return _equal(operator, left, right)
    if isinstance(left, Range) or isinstance(right, Range):
        return _ranged(operator, left, right)
    one, other = _number(left), _number(right)
    if one is None or other is None:
        return OPEN
    match operator:
        case "<":
            return one < other
        case "<=":
            return one <= other
        case ">":
            return one > other
        case ">=":
            return one >= other
    if math.isnan(one) or math.isnan(other):
        return OPEN
    return {"+": one + other, "-": one - other, "*": one * other}.get(operator, OPEN)


def _equal(operator: str, left: Known, right: Known) -> Known:
    for side, other in ((left, right), (right, left)):
        number = _number(other)
        if isinstance(side, Range) and number is not None and not math.isnan(number):
            return OPEN if side.low <= number <= side.high else operator == "!="
    same_kind = isinstance(left, str) and isinstance(right, str)
    numbers = isinstance(left, float | int) and isinstance(right, float | int)
    if same_kind or numbers:
        return (left == right) is (operator == "=")
    return OPEN


def _ranged(operator: str, left: Known, right: Known) -> Known:
    """A comparison with a score: False where no value of it would do. It may always be unanswered."""
    low, high = ((side.low, side.high) if isinstance(side, Range) else (_number(side),) * 2
                 for side in (left, right))  # fmt: skip
    if None in low or None in high or operator not in ("<", "<=", ">", ">="):
        return OPEN
    (left_low, left_high), (right_low, right_high) = low, high
    possible = {
        "<": left_low < right_high,  # type: ignore[operator]  # None was excluded
        "<=": left_low <= right_high,  # type: ignore[operator]
        ">": left_high > right_low,  # type: ignore[operator]
        ">=": left_high >= right_low,  # type: ignore[operator]
    }[operator]
    return OPEN if possible else False


def _called(call: Call, here: Mapping[str, Known]) -> Known:
    match call:
        case Call(name="true", arguments=()):
            return True
        case Call(name="false", arguments=()):
            return False
        case Call(name="not", arguments=(one,)):
            value = truth(value_of(one, here))
            return OPEN if value is OPEN else not value
        case Call(name="boolean", arguments=(one,)):
            return truth(value_of(one, here))
        case Call(name="if", arguments=(condition, yes, no)):
            decided = truth(value_of(condition, here))
            if decided is not OPEN:
                return value_of(yes if decided else no, here)
            both = value_of(yes, here), value_of(no, here)
            return both[0] if both[0] == both[1] else OPEN
        case Call(name="selected" | "is-selected", arguments=(answer, choice)):
            told, wanted = value_of(answer, here), value_of(choice, here)
            if isinstance(told, str) and isinstance(wanted, str):
                return wanted.strip() in told.split()
    return OPEN


def _is_number(value: str | float) -> bool:
    return not isinstance(value, str) or not math.isnan(number_from_text(value))


def _number(value: Known) -> float | None:
    if isinstance(value, str):
        return number_from_text(value)
    return float(value) if isinstance(value, float | int) else None
