"""Paths -> closures that find nodes, with JavaRosa's ideas about repeats.

An absolute path takes over the places of the nodes it shares with the context: inside the second
household `/data/hh/age` is that household's age. A condition in brackets on the repeat lifts this.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from sync.core.xpath.errors import XPathError
from sync.core.xpath.frames import Frame, Piece, Run
from sync.core.xpath.syntax import Expr, Path
from sync.core.xpath.tree import Node
from sync.core.xpath.values import Nodes, Value, several


class CompiledStep:
    """A step with its conditions compiled."""

    __slots__ = ("attribute", "name", "predicates", "prefix")

    def __init__(self, name: str, attribute: bool, predicates: tuple[Run, ...]) -> None:
        self.prefix, _, self.name = name.rpartition(":")
        self.attribute = attribute
        self.predicates = predicates


Finder = Callable[[Frame], list[Node]]
Fixed: TypeAlias = list[tuple[str, int] | None]
"""For every step the name and place (1 = first) that the context fixes, or None."""


def compile_path(path: Path, compile_expr: Callable[[Expr], Piece]) -> Piece:
    """The piece of a path."""
    find = _finder(path, compile_expr)
    key = path.names
    remembered = path.start == "root" and path.is_plain

    def nodes(frame: Frame) -> Nodes:
        return Nodes(find(frame), frame.session)

    def scalar(frame: Frame) -> Value:
        if remembered and frame.alone and key in frame.session.scalars:
            return frame.session.scalars[key]
        found = find(frame)
        if len(found) > 1:
            raise several(found[0])
        value: Value = found[0].value_in(frame.session) if found else ""
        if remembered and frame.alone:
            frame.session.scalars[key] = value
        return value

    return Piece(nodes, "nodes", path, scalar)


def _finder(path: Path, compile_expr: Callable[[Expr], Piece]) -> Finder:
    steps = [
        CompiledStep(step.name, step.attribute, tuple(compile_expr(p).run for p in step.predicates))
        for step in path.steps
    ]
    if path.start == "root":
        key = path.names if path.is_plain else None
        return lambda frame: _relevant(frame, _from_root(frame, steps, key))
    if path.start == "instance":
        name = path.instance
        return lambda frame: follow(frame, frame.session.top_of(name), steps, places_in(frame, steps))
    ups, current = path.ups, path.start == "current"
    if path.is_plain:
        return lambda frame: _relevant(frame, _plainly(above(_start(frame, current), ups), steps))
    free: Fixed = [None] * len(steps)
    return lambda frame: _relevant(frame, follow(frame, above(_start(frame, current), ups), steps, free))


def _relevant(frame: Frame, nodes: list[Node]) -> list[Node]:
    hidden = frame.session.tree.hidden
    return [node for node in nodes if not node.is_hidden(hidden)] if hidden else nodes


def _start(frame: Frame, current: bool) -> Node:
    return (frame.origin or frame.node) if current else frame.node


def _from_root(frame: Frame, steps: list[CompiledStep], key: tuple[str, ...] | None) -> list[Node]:
    session = frame.session
    if key is None or not frame.alone:
        return follow(frame, session.tree.top, steps, places_in(frame, steps))
    found = session.found.get(key)
    if found is None:
        found = session.found[key] = _plainly(session.tree.top, steps)
    return found


def _plainly(top: Node, steps: Sequence[CompiledStep]) -> list[Node]:
    """`follow` for steps without conditions, where the context fixes nothing."""
    if top.parent is None:
        found, steps = _root(top, steps)
    else:
        found = [top]
    for step in steps:
        if len(found) == 1:
            found = _children(found[0], step)
        else:
            found = [child for node in found for child in _children(node, step)]
    return found


def above(node: Node, ups: int) -> Node:
    """The node that many levels up. Raises XPathError above the root."""
    for _ in range(ups):
        if node.parent is None:
            raise XPathError("There are more .. in a path than levels above the question.")
        node = node.parent
    return node


def places_in(frame: Frame, steps: Sequence[CompiledStep]) -> Fixed:
    """What the context fixes of a path from the root: as far as both go the same way."""
    fixed: Fixed = [None] * len(steps)
    for level, (node, step) in enumerate(zip(frame.chain, steps, strict=False)):
        if step.name not in (node.name, "*"):
            break
        if not step.predicates:
            fixed[level] = (node.name, node.place)
    return fixed


def follow(frame: Frame, start: Node, steps: Sequence[CompiledStep], fixed: Fixed) -> list[Node]:
    """The nodes reached from `start`, in document order."""
    if start.parent is None:
        found, steps = _root(start, steps)
        fixed = fixed[1:]
    else:
        found = [start]
    for step, only in zip(steps, fixed, strict=True):
        reached: list[Node] = []
        for node in found:
            if only is None:
                candidates = _children(node, step)
            else:
                candidates = [child for child in node.groups.get(only[0], ()) if child.place == only[1]]
            for predicate in step.predicates:
                candidates = _kept(frame, candidates, predicate)
            reached.extend(candidates)
        if not reached:
            return reached
        found = reached
    return found


def _root(top: Node, steps: Sequence[CompiledStep]) -> tuple[list[Node], Sequence[CompiledStep]]:
    """The root element, and the steps that remain. There is only one, so its name does not count."""
    if not steps:
        raise XPathError("A path leads to above the form. Name a question.")
    return next(iter(top.groups.values())), steps[1:]


def _children(node: Node, step: CompiledStep) -> list[Node]:
    if step.attribute:
        attribute = node.attribute(step.name)
        return [attribute] if attribute is not None else []
    if step.prefix:
        found = node.groups.get(step.name, ())
        return [child for child in found if child.element is not None and child.element.prefix == step.prefix]
    if step.name != "*":
        return node.groups.get(step.name, [])
    if len(node.groups) > 1:
        raise XPathError("* (any name) in a path cannot be evaluated. Name the question.")
    return next(iter(node.groups.values()), [])


def _kept(frame: Frame, nodes: list[Node], predicate: Run) -> list[Node]:
    kept = []
    for position, node in enumerate(nodes, start=1):
        origin = frame.origin or (frame.node if frame.node.parent is not None else node)
        # Only a condition that is a boolean counts: numbers, texts and nodes are never true.
        if predicate(Frame(frame.session, node, origin, position)) is True:
            kept.append(node)
    return kept
