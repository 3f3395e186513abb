"""Where an expression stands while it is evaluated, and compiled pieces of expressions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sync.core.xpath.syntax import Expr
from sync.core.xpath.tree import Node, Session
from sync.core.xpath.values import Result, Value, to_boolean, to_number, to_string, unpack

StaticType: TypeAlias = Literal["boolean", "number", "date", "string", "mixed"]


class Frame:
    """The session, the node an expression is about, and current().

    `position` is the place in the list while a condition in brackets is tried, else 0. `alone` says that
    no node on the way to `node` has siblings of its name: absolute paths then mean the same everywhere.
    """

    __slots__ = ("_chain", "alone", "node", "origin", "position", "session")

    def __init__(
        self, session: Session, node: Node, origin: Node | None, position: int = 0, alone: bool = False
    ) -> None:
        self.session = session
        self.node = node
        self.origin = origin
        self.position = position
        self.alone = alone
        self._chain: list[Node] | None = None

    @property
    def chain(self) -> list[Node]:
        """The nodes from the root down to `node`."""
        if self._chain is None:
            self._chain = self.node.chain()
        return self._chain


def frame_at(session: Session, node: Node) -> Frame:
    """Where an expression stands that the node carries."""
    alone = all(len(n.parent.groups.get(n.name, ())) < 2 for n in node.chain() if n.parent)
    return Frame(session, node, node if node.parent is not None else None, 0, alone)


Run: TypeAlias = Callable[[Frame], Result]


@dataclass(frozen=True, slots=True)
class Piece:
    """A compiled part: how to run it, and what kind of value it is known to give (`nodes`, `any` …)."""

    run: Run
    kind: Literal["boolean", "number", "date", "string", "nodes", "any"]
    expr: Expr
    scalar: Callable[[Frame], Value] | None = None
    """For paths: straight to the one value."""


def value_run(piece: Piece) -> Callable[[Frame], Value]:
    """The piece as one value."""
    run = piece.run
    if piece.scalar is not None:
        return piece.scalar
    if piece.kind in ("nodes", "any"):
        return lambda frame: unpack(run(frame))
    return run  # type: ignore[return-value]  # the other kinds are never node-sets


def number_run(piece: Piece) -> Callable[[Frame], float]:
    """The piece as a number."""
    if piece.kind == "number":
        return piece.run  # type: ignore[return-value]
    run = value_run(piece)

    def number(frame: Frame) -> float:
        value = run(frame)
        return value if type(value) is float else to_number(value)

    return number


def text_run(piece: Piece) -> Callable[[Frame], str]:
    """The piece as a text, by the rules of string()."""
    if piece.kind == "string":
        return piece.run  # type: ignore[return-value]
    run = value_run(piece)

    def text(frame: Frame) -> str:
        value = run(frame)
        return value if type(value) is str else to_string(value)

    return text


def truth_run(piece: Piece) -> Callable[[Frame], bool]:
    """The piece as a condition."""
    if piece.kind == "boolean":
        return piece.run  # type: ignore[return-value]
    run = value_run(piece)
    return lambda frame: to_boolean(run(frame))
