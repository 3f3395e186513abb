"""Syntax tree -> closures. Every piece is compiled once and run many times."""

import math
from collections.abc import Callable

from sync.core.xpath.errors import XPathError
from sync.core.xpath.frames import Frame, Piece, Run, number_run, truth_run, value_run
from sync.core.xpath.functions import compile_call
from sync.core.xpath.numbers import NAN
from sync.core.xpath.paths import compile_path
from sync.core.xpath.syntax import Binary, Call, Expr, Logic, Negative, Number, Path, Text, Unsupported
from sync.core.xpath.values import are_equal


def compile_expr(expr: Expr) -> Piece:
    """The piece of an expression."""
    match expr:
        case Number(value=number):
            return Piece(lambda _: number, "number", expr)
        case Text(value=text):
            return Piece(lambda _: text, "string", expr)
        case Path():
            return compile_path(expr, compile_expr)
        case Call():
            return compile_call(expr, compile_expr)
        case Negative(operand=operand):
            run = number_run(compile_expr(operand))
            return Piece(lambda frame: -run(frame), "number", expr)
        case Logic():
            return Piece(_logic(expr), "boolean", expr)
        case Binary():
            return _binary(expr)
        case Unsupported():
            return Piece(_refusal(expr), "any", expr)


def _refusal(expr: Unsupported) -> Run:
    def refuse(_: Frame) -> bool:
        raise XPathError(expr.reason, at=expr.at)

    return refuse


def _logic(expr: Logic) -> Run:
    runs = [truth_run(compile_expr(operand)) for operand in expr.operands]
    decides = expr.operator == "or"

    def logic(frame: Frame) -> bool:
        for run in runs:  # any() and all() would cost a generator per evaluation
            if run(frame) is decides:
                return decides
        return not decides

    return logic


def _binary(expr: Binary) -> Piece:
    left, right = compile_expr(expr.left), compile_expr(expr.right)
    if expr.operator in ("=", "!="):
        return Piece(_equality(left, right, expr.operator == "="), "boolean", expr)
    a, b = number_run(left), number_run(right)
    if expr.operator in _COMPARISONS:
        return Piece(_COMPARISONS[expr.operator](a, b), "boolean", expr)
    return Piece(_ARITHMETIC[expr.operator](a, b), "number", expr)


def _equality(left: Piece, right: Piece, wanted: bool) -> Run:
    a, b = value_run(left), value_run(right)

    def equality(frame: Frame) -> bool:
        x, y = a(frame), b(frame)
        if type(x) is str and type(y) is str:
            return (x == y) is wanted
        return are_equal(x, y) is wanted

    return equality


def _divided(a: float, b: float) -> float:
    if b:
        return a / b
    if a == 0 or a != a or b != b:  # noqa: PLR0124  # NaN
        return NAN
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def _remainder(a: float, b: float) -> float:
    if b == 0 or math.isinf(a) or a != a or b != b:  # noqa: PLR0124  # NaN
        return NAN
    return math.fmod(a, b)


_Number = Callable[[Frame], float]

# Both sides are always numbers; a comparison with NaN (an empty answer) is false.
_COMPARISONS: dict[str, Callable[[_Number, _Number], Run]] = {
    "<": lambda a, b: lambda frame: a(frame) < b(frame),
    "<=": lambda a, b: lambda frame: a(frame) <= b(frame),
    ">": lambda a, b: lambda frame: a(frame) > b(frame),
    ">=": lambda a, b: lambda frame: a(frame) >= b(frame),
}
_ARITHMETIC: dict[str, Callable[[_Number, _Number], Run]] = {
    "+": lambda a, b: lambda frame: a(frame) + b(frame),
    "-": lambda a, b: lambda frame: a(frame) - b(frame),
    "*": lambda a, b: lambda frame: a(frame) * b(frame),
    "div": lambda a, b: lambda frame: _divided(a(frame), b(frame)),
    "mod": lambda a, b: lambda frame: _remainder(a(frame), b(frame)),
}
