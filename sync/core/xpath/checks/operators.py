"""Checks of comparisons and arithmetic: where JavaRosa's rules surprise."""

import math

from sync.core.xpath.checks.facts import Facts, Here
from sync.core.xpath.checks.selects import check_choice
from sync.core.xpath.dates import days_from_text
from sync.core.xpath.numbers import number_from_text
from sync.core.xpath.syntax import Binary, Call, Expr, Logic, Number, Path, Text, walk
from sync.core.xpath.values import number_text

_CARE_FOR_EMPTY = frozenset(
    {"coalesce", "string-length", "count", "count-non-empty", "count-selected", "sum", "checklist"}
)
"""Functions that give something sensible for an empty answer."""
_RELATIONAL = frozenset({"<", "<=", ">", ">="})


def check_binary(binary: Binary, here: Here, facts: Facts, guarded: frozenset[str]) -> None:
    """Finds what is wrong with `left operator right`."""
    sides = ((binary.left, binary.right), (binary.right, binary.left))
    if binary.operator in ("=", "!="):
        for side, other in sides:
            _check_equality(binary, side, other, here, facts)
        if binary.operator == "!=":
            _check_unequal(binary, here, facts, guarded)
        return
    for side, other in sides:
        _check_text_as_number(side, other, here, facts)
        _check_date_against_text(binary, side, other, here, facts)
        if binary.operator in _RELATIONAL:
            _check_time_of_day(side, here, facts)
    if binary.operator == "div":
        _check_division(binary, here, facts, guarded)


def _is_number(text: str) -> bool:
    return not math.isnan(number_from_text(text))


def _is_day(text: str) -> bool:
    return days_from_text(text.partition("T")[0]) is not None


def _check_text_as_number(side: Expr, other: Expr, here: Here, facts: Facts) -> None:
    if not isinstance(side, Text) or _is_number(side.value):
        return
    if _is_day(side.value):
        facts.refuse(f"'{side.value}' is a text here, not a date. Write date('{side.value}').")
    elif facts.kind(other, here) != "date":
        facts.refuse(f"'{side.value}' is not a number; +, -, *, div, < and > need numbers or dates.")


def _check_date_against_text(binary: Binary, side: Expr, other: Expr, here: Here, facts: Facts) -> None:
    if facts.kind(side, here) != "date" or facts.kind(other, here) != "string":
        return
    if isinstance(other, Path) and not facts.is_select(other, here):
        name = facts.label(other, here)
        facts.refuse(
            f"{name} is a text, and a text is never a date for {binary.operator}. Write date({name})."
        )
    elif isinstance(other, Text) and not _is_number(other.value) and not _is_day(other.value):
        facts.refuse(f"'{other.value}' is no date. Write it as date('yyyy-mm-dd').")


def _check_time_of_day(side: Expr, here: Here, facts: Facts) -> None:
    if isinstance(side, Call) and side.name == "now":
        facts.refuse(
            "now() with < or > compares whole days only. Write today() for days, or decimal-date-time(now()) "
            "for the time of day."
        )
    elif isinstance(side, Path) and facts.types.get(facts.where(side, here)) in ("dateTime", "time"):
        facts.warn(
            f"{facts.label(side, here)} has a time of day, but < and > compare whole days only. If the time "
            "matters, write decimal-date-time()."
        )


def _check_equality(binary: Binary, side: Expr, other: Expr, here: Here, facts: Facts) -> None:
    kind = facts.kind(side, here)
    if isinstance(other, Text) and other.value:
        if kind == "boolean":
            facts.refuse(
                f"This part is true or false, and every text counts as true, also '{other.value}'. Leave the "
                "comparison out, or write not(…)."
            )
        elif kind == "date" and days_from_text(other.value) is None:
            facts.refuse(f"A date is never equal to '{other.value}'. Write it as 'yyyy-mm-dd'.")
        elif facts.is_select(side, here):
            check_choice(side, other.value, here, facts)
    elif isinstance(other, Number) and facts.is_select(side, here):
        check_choice(side, number_text(other.value), here, facts)
    elif (
        kind == "string"
        and isinstance(side, Path)
        and not facts.is_select(side, here)
        and _is_computed(other)
    ):
        facts.refuse(
            f"{facts.label(side, here)} is a text; a calculated number with decimals is seldom exactly equal "
            "to it. Compare with < and >, or round() both."
        )


def _is_computed(expr: Expr) -> bool:
    return any(isinstance(part, Binary) and part.operator == "div" for part in walk(expr)) and not (
        isinstance(expr, Call) and expr.name in ("round", "int")
    )


def paths_in(expr: Expr, here: Here, facts: Facts) -> set[str]:
    """Absolute paths of the questions whose emptiness a part suffers from."""
    match expr:
        case Path():
            where = facts.where(expr, here)
            return {where} if where else set()
        case Call(name=name) if name in _CARE_FOR_EMPTY:
            return set()
        case Call(arguments=parts) | Logic(operands=parts):
            return set().union(*(paths_in(part, here, facts) for part in parts))
        case Binary(left=left, right=right):
            return paths_in(left, here, facts) | paths_in(right, here, facts)
    return set()


def guards_in(expr: Expr, here: Here, facts: Facts) -> frozenset[str]:
    """Questions whose emptiness an expression cares for: compared with '', or met together with `and`."""
    found: set[str] = set()
    for part in walk(expr):
        match part:
            case Binary(operator="=" | "!=", left=left, right=right) if _is_empty(left) or _is_empty(right):
                found |= paths_in(part, here, facts)
            case Call(name=name, arguments=arguments) if name in _CARE_FOR_EMPTY:
                found |= {path for argument in arguments for path in paths_in(argument, here, facts)}
            case Logic(operator="and", operands=operands):
                for operand in operands:
                    if (isinstance(operand, Binary) and operand.operator != "!=") or (
                        isinstance(operand, Call) and operand.name in ("selected", "is-selected")
                    ):
                        found |= paths_in(operand, here, facts)
    return frozenset(found)


def _is_empty(expr: Expr) -> bool:
    return isinstance(expr, Text) and expr.value == ""


def _unguarded(expr: Expr, here: Here, facts: Facts, guarded: frozenset[str]) -> list[str]:
    open_paths = sorted(paths_in(expr, here, facts) - guarded)
    return [f"${{{facts.name_of[path]}}}" if path in facts.name_of else path for path in open_paths]


def _check_unequal(binary: Binary, here: Here, facts: Facts, guarded: frozenset[str]) -> None:
    if _is_empty(binary.left) or _is_empty(binary.right):
        return
    names = _unguarded(binary, here, facts, guarded)
    if names:
        facts.warn(
            f"!= is also true when {names[0]} was not answered. If that is not meant, add {names[0]} != ''."
        )


def check_not(call: Call, here: Here, facts: Facts, guarded: frozenset[str]) -> None:
    """Warns where not(…) turns a missing answer into true."""
    names = _unguarded(call.arguments[0], here, facts, guarded) if len(call.arguments) == 1 else []
    if names:
        facts.warn(
            f"not(…) is also true when {names[0]} was not answered. If that is not meant, add "
            f"{names[0]} != ''."
        )


def _check_division(binary: Binary, here: Here, facts: Facts, guarded: frozenset[str]) -> None:
    divisor = binary.right
    if isinstance(divisor, Number):
        if divisor.value == 0:
            facts.refuse("div 0 is infinite, and infinite is more than any limit.")
        return
    names = _unguarded(divisor, here, facts, guarded)
    if names:
        facts.warn(f"If {names[0]} is 0, the result is infinite and more than any limit. Add {names[0]} > 0.")
