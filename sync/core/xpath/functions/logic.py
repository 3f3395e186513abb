"""Conditions and choices."""

from collections.abc import Sequence

from sync.core.xpath.errors import XPathError
from sync.core.xpath.frames import Frame, Piece, Run, number_run, text_run, truth_run
from sync.core.xpath.functions.registry import Function, Kind, of_value
from sync.core.xpath.numbers import to_int
from sync.core.xpath.values import Nodes, Result, is_empty, to_boolean, to_number


def common_kind(name: str, arguments: Sequence[Piece]) -> Kind:
    """What kind if(), coalesce(), once() or depend() is sure to give."""
    branches = {"if": arguments[1:], "coalesce": arguments, "depend": arguments[:1]}.get(name, ())
    kinds = {branch.kind for branch in branches}
    return kinds.pop() if len(kinds) == 1 else "any"


def _if(arguments: Sequence[Piece]) -> Run:
    condition = truth_run(arguments[0])
    yes, no = arguments[1].run, arguments[2].run
    return lambda frame: yes(frame) if condition(frame) else no(frame)


def _coalesce(arguments: Sequence[Piece]) -> Run:
    first, second = arguments[0].run, arguments[1].run

    def coalesce(frame: Frame) -> Result:
        value = first(frame)
        return second(frame) if is_empty(value) else value

    return coalesce


def _once(arguments: Sequence[Piece]) -> Run:
    value = arguments[0].run

    def once(frame: Frame) -> Result:
        new = value(frame)
        before = frame.node.value_in(frame.session)
        return new if before == "" else before

    return once


def _depend(arguments: Sequence[Piece]) -> Run:
    runs = [argument.run for argument in arguments]

    def depend(frame: Frame) -> Result:
        first, *_ = [run(frame) for run in runs]
        return first

    return depend


def _boolean_from_string(arguments: Sequence[Piece]) -> Run:
    run = text_run(arguments[0])
    return lambda frame: run(frame).lower() in ("true", "1")


def _factors(arguments: Sequence[Piece]) -> list[Piece]:
    return list(arguments[2:])


def _checklist(arguments: Sequence[Piece]) -> Run:
    low, high = number_run(arguments[0]), number_run(arguments[1])
    factors = _factors(arguments)
    runs = [factor.run for factor in factors]

    def checklist(frame: Frame) -> bool:
        least, most = to_int(low(frame)), to_int(high(frame))
        results = [run(frame) for run in runs]
        if len(results) == 1 and isinstance(results[0], Nodes):
            results = [*results[0].values()]
        count = sum([to_boolean(result) for result in results])
        return (least < 0 or count >= least) and (most < 0 or count <= most)

    return checklist


def _weighted_checklist(arguments: Sequence[Piece]) -> Run:
    low, high = number_run(arguments[0]), number_run(arguments[1])
    runs = [factor.run for factor in _factors(arguments)]

    def weighted(frame: Frame) -> bool:
        least, most = low(frame), high(frame)
        results = [run(frame) for run in runs]
        flags, weights = results[0::2], results[1::2]
        if not flags or len(flags) != len(weights):
            raise XPathError("weighted-checklist() needs pairs: a condition and its weight.")
        if len(flags) == 1 and isinstance(flags[0], Nodes) and isinstance(weights[0], Nodes):
            flags, weights = [*flags[0].values()], [*weights[0].values()]
            if len(flags) != len(weights):
                raise XPathError("weighted-checklist() needs as many weights as conditions.")
        total = 0.0
        for flag, weight in zip(flags, weights, strict=True):
            number = to_number(weight)
            if to_boolean(flag):
                total += number
        return least <= total <= most

    return weighted


def _constant(value: bool) -> Function:
    return Function(0, 0, "boolean", lambda _: lambda _: value)


FUNCTIONS = {
    "true": _constant(True),
    "false": _constant(False),
    "boolean": Function(1, 1, "boolean", of_value(to_boolean)),
    "not": Function(1, 1, "boolean", of_value(lambda value: not to_boolean(value))),
    "boolean-from-string": Function(1, 1, "boolean", _boolean_from_string),
    "if": Function(3, 3, "any", _if),
    "coalesce": Function(2, 2, "any", _coalesce),
    "once": Function(1, 1, "any", _once),
    "depend": Function(1, None, "any", _depend),
    "checklist": Function(2, None, "boolean", _checklist),
    "weighted-checklist": Function(2, None, "boolean", _weighted_checklist),
}
