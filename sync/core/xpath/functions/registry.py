"""How a function is described, and how a call of it is compiled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sync.core.xpath.frames import Frame, Piece, Run, number_run, text_run, value_run
from sync.core.xpath.values import Nodes, Value, unpack

Kind: TypeAlias = Literal["boolean", "number", "date", "string", "nodes", "any"]
Build: TypeAlias = Callable[[Sequence[Piece]], Run]


@dataclass(frozen=True, slots=True)
class Function:
    """A function: how many arguments it takes (`most` None: any number), what it gives, how it is built."""

    least: int
    most: int | None
    kind: Kind
    build: Build

    def takes(self, count: int) -> bool:
        """Whether it can be called with that many arguments."""
        return count >= self.least and (self.most is None or count <= self.most)


def of_value(give: Callable[[Value], Value]) -> Build:
    """A function of one value of any kind."""

    def build(arguments: Sequence[Piece]) -> Run:
        run = value_run(arguments[0])
        return lambda frame: give(run(frame))

    return build


def of_number(give: Callable[[float], Value]) -> Build:
    """A function of one number."""

    def build(arguments: Sequence[Piece]) -> Run:
        run = number_run(arguments[0])
        return lambda frame: give(run(frame))

    return build


def of_text(give: Callable[[str], Value]) -> Build:
    """A function of one text."""

    def build(arguments: Sequence[Piece]) -> Run:
        run = text_run(arguments[0])
        return lambda frame: give(run(frame))

    return build


def of_two_texts(give: Callable[[str, str], Value]) -> Build:
    """A function of two texts."""

    def build(arguments: Sequence[Piece]) -> Run:
        first, second = text_run(arguments[0]), text_run(arguments[1])
        return lambda frame: give(first(frame), second(frame))

    return build


def spread(arguments: Sequence[Piece]) -> Callable[[Frame], list[Value]]:
    """All values of the arguments; a single node-set gives all of its nodes' values."""
    if len(arguments) != 1:
        runs = [value_run(argument) for argument in arguments]
        return lambda frame: [run(frame) for run in runs]
    only = arguments[0].run

    def values(frame: Frame) -> list[Value]:
        result = only(frame)
        return result.values() if type(result) is Nodes else [unpack(result)]

    return values
