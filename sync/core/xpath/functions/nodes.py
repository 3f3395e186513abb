"""Counting nodes, and finding one by number."""

from collections.abc import Callable, Sequence

from sync.core.xpath.errors import XPathError
from sync.core.xpath.frames import Frame, Piece, Run, number_run
from sync.core.xpath.functions.registry import Function
from sync.core.xpath.numbers import to_int
from sync.core.xpath.paths import CompiledStep, above, follow, places_in
from sync.core.xpath.syntax import Path
from sync.core.xpath.tree import ATTRIBUTE, Node
from sync.core.xpath.values import Nodes


def node_set(piece: Piece, function: str) -> Callable[[Frame], Nodes]:
    """The piece as nodes. Raises XPathError, when run, for anything else."""
    run = piece.run

    def nodes(frame: Frame) -> Nodes:
        result = run(frame)
        if isinstance(result, Nodes):
            return result
        raise XPathError(f"{function}() needs a path to a question or a repeat, not a value.")

    return nodes


def _count(arguments: Sequence[Piece]) -> Run:
    nodes = node_set(arguments[0], "count")
    return lambda frame: float(len(nodes(frame).nodes))


def _count_non_empty(arguments: Sequence[Piece]) -> Run:
    nodes = node_set(arguments[0], "count-non-empty")

    def count(frame: Frame) -> float:
        found = nodes(frame).nodes
        if found and _top(found[0]) is not frame.session.tree.top:
            raise XPathError("count-non-empty() works on questions of the form only, not on lists.")
        return float(sum(1 for node in found if _is_filled(node, frame)))

    return count


def _is_filled(node: Node, frame: Frame) -> bool:
    # An attribute always has a value, a group is filled when it has children.
    return node.place == ATTRIBUTE or bool(node.groups) or node.value_in(frame.session) != ""


def _top(node: Node) -> Node:
    while node.parent is not None:
        node = node.parent
    return node


def _position(arguments: Sequence[Piece]) -> Run:
    if not arguments:
        return lambda frame: float(frame.position or frame.node.place)
    nodes = node_set(arguments[0], "position")

    def position(frame: Frame) -> float:
        found = nodes(frame).nodes
        return float(found[0].place) if found else 0.0

    return position


def _way(frame: Frame, path: Path) -> list[tuple[str, int | None]]:
    """The names from the root to where a path leads, with the places that the context fixes."""
    steps = [CompiledStep(step.name, step.attribute, ()) for step in path.steps]
    if path.start == "root":
        fixed = places_in(frame, steps)
        return [(step.name, only[1] if only else None) for step, only in zip(steps, fixed, strict=True)]
    start = above((frame.origin or frame.node) if path.start == "current" else frame.node, path.ups)
    before: list[tuple[str, int | None]] = [(node.name, node.place) for node in start.chain()]
    return before + [(step.name, None) for step in steps]


def _indexed_repeat(arguments: Sequence[Piece]) -> Run:
    target, *rest = arguments
    groups = [piece.expr for piece in rest[0::2]]
    indexes = [number_run(piece) for piece in rest[1::2]]

    def indexed(frame: Frame) -> Nodes:
        way = _way(frame, _path(target.expr, plain=True))
        for group, index in zip(groups, indexes, strict=True):
            to_group = _way(frame, _path(group, plain=False))
            level = len(to_group) - 1
            if not 0 <= level < len(way) - 1 or any(
                a[0] != b[0] for a, b in zip(to_group, way, strict=False)
            ):
                raise XPathError("indexed-repeat(): the repeat must be around the question asked for.")
            way[level] = (way[level][0], max(1, to_int(index(frame))))
        steps = [CompiledStep(name, False, ()) for name, _ in way]
        fixed = [None if place is None else (name, place) for name, place in way]
        return Nodes(follow(frame, frame.session.tree.top, steps, fixed), frame.session)

    return indexed if len(indexes) == len(groups) else _odd


def _odd(_: Frame) -> Nodes:
    raise XPathError("indexed-repeat() needs a question, then pairs of a repeat and a number.")


def _path(expr: object, *, plain: bool) -> Path:
    if isinstance(expr, Path) and expr.start != "instance" and (expr.is_plain or not plain):
        return expr  # conditions on the repeat are not looked at
    raise XPathError("indexed-repeat() needs a path without conditions to the question.")


def _version(_: Sequence[Piece]) -> Run:
    def version(frame: Frame) -> str:
        roots = next(iter(frame.session.tree.top.groups.values()))
        attribute = roots[0].attribute("version")
        return attribute.text if attribute else ""

    return version


FUNCTIONS = {
    "count": Function(1, 1, "number", _count),
    "count-non-empty": Function(1, 1, "number", _count_non_empty),
    "position": Function(0, 1, "number", _position),
    "indexed-repeat": Function(3, 11, "nodes", _indexed_repeat),
    "version": Function(0, 0, "string", _version),
}
