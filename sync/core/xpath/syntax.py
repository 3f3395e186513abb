"""What an expression is made of: the tree between the parser and the compiler, also read by `check`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, e.g. `38.5`."""

    value: float
    at: int


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes."""

    value: str
    at: int


@dataclass(frozen=True, slots=True)
class Step:
    """One name in a path, with the conditions in brackets after it."""

    name: str
    attribute: bool = False
    predicates: tuple["Expr", ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """A way to nodes. `start`: from the root, from here, from current(), or from instance('…')."""

    start: Literal["root", "here", "current", "instance"]
    steps: tuple[Step, ...]
    at: int
    ups: int = 0
    """How many `..`; they are taken first, wherever they were written."""
    instance: str = ""
    question: str = ""
    """The name, where it was written `${name}`."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names on the way, attributes with `@`."""
        return tuple(f"@{step.name}" if step.attribute else step.name for step in self.steps)

    @property
    def is_plain(self) -> bool:
        """Without conditions and wildcards."""
        return not any(step.predicates or step.name == "*" for step in self.steps)


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments. Whether it exists is only found out when it is evaluated."""

    name: str
    arguments: tuple["Expr", ...]
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right` for arithmetic and comparisons; `operator` as written."""

    operator: str
    left: "Expr"
    right: "Expr"
    at: int


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or` over two or more operands."""

    operator: Literal["and", "or"]
    operands: tuple["Expr", ...]
    at: int


@dataclass(frozen=True, slots=True)
class Negative:
    """Unary minus."""

    operand: "Expr"
    at: int


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something JavaRosa reads and then refuses to evaluate: `a | b`, `(x)[1]`."""

    reason: str
    operands: tuple["Expr", ...]
    at: int


Expr: TypeAlias = Number | Text | Path | Call | Binary | Logic | Negative | Unsupported


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside this one; conditions of paths too."""
    match expr:
        case Call(arguments=inside) | Logic(operands=inside) | Unsupported(operands=inside):
            return inside
        case Binary(left=left, right=right):
            return (left, right)
        case Negative(operand=operand):
            return (operand,)
        case Path(steps=steps):
            return tuple(predicate for step in steps for predicate in step.predicates)
        case _:
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and everything in it."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def depth(expr: Expr) -> int:
    """How deep the deepest part lies; 1 for a literal. Does not recurse, so it can guard what does."""
    deepest, waiting = 0, [(expr, 1)]
    while waiting:
        part, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in children(part))
    return deepest


def absolute_names(path: Path, here: str, current: str) -> tuple[str, ...]:
    """The names from the root to where a path leads, seen from a node and from current()."""
    if path.start in ("root", "instance"):
        return path.names
    base = (current if path.start == "current" else here).strip("/")
    names = tuple(base.split("/")) if base else ()
    return names[: max(0, len(names) - path.ups)] + path.names
