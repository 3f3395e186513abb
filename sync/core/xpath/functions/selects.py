"""Answers of select questions: names of choices with spaces between them."""

from collections.abc import Sequence

from sync.core.xpath.errors import XPathError
from sync.core.xpath.frames import Frame, Piece, Run, number_run, value_run
from sync.core.xpath.functions.registry import Function
from sync.core.xpath.numbers import TRIMMED, to_int
from sync.core.xpath.values import Value


def _answer(value: Value) -> str:
    if isinstance(value, str):
        return value
    raise XPathError(
        "selected(), count-selected() and selected-at() look into the answer of a select question; "
        "this value is a number, a date or true/false."
    )


def _choice(value: Value) -> str:
    if isinstance(value, str):
        return value.strip(TRIMMED)
    raise XPathError("The choice in selected() must be in quotes, as in selected(${question}, '1').")


def _selected(arguments: Sequence[Piece]) -> Run:
    answer, choice = value_run(arguments[0]), value_run(arguments[1])

    def selected(frame: Frame) -> bool:
        given, wanted = answer(frame), choice(frame)
        name = _choice(wanted)
        return f" {name} " in f" {_answer(given)} "

    return selected


def _chosen(answer: str) -> list[str]:
    return [name for name in answer.split(" ") if name]


def _count_selected(arguments: Sequence[Piece]) -> Run:
    answer = value_run(arguments[0])
    return lambda frame: float(len(_chosen(_answer(answer(frame)))))


def _selected_at(arguments: Sequence[Piece]) -> Run:
    answer, index = value_run(arguments[0]), number_run(arguments[1])

    def selected_at(frame: Frame) -> str:
        given = answer(frame)
        at = to_int(index(frame))
        names = _chosen(_answer(given))
        return names[at] if 0 <= at < len(names) else ""

    return selected_at


FUNCTIONS = {
    "selected": Function(2, 2, "boolean", _selected),
    "is-selected": Function(2, 2, "boolean", _selected),
    "count-selected": Function(1, 1, "number", _count_selected),
    "selected-at": Function(2, 2, "string", _selected_at),
}
