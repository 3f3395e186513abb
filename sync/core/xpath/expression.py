"""A compiled expression, and what it reads."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from sync.core.xpath.compiler import compile_expr
from sync.core.xpath.errors import XPathError, XPathSyntaxError
from sync.core.xpath.frames import Piece, StaticType, frame_at
from sync.core.xpath.kinds import static_type_of
from sync.core.xpath.parser import parse
from sync.core.xpath.syntax import Expr, Path, absolute_names, children
from sync.core.xpath.tree import Node, Session
from sync.core.xpath.values import Value, unpack


@dataclass(frozen=True)
class Expression:
    """An expression, ready to be evaluated many times, on many trees. Make it with `compile_expression`."""

    text: str
    """As the coordinator wrote it."""
    context: str
    """Absolute path of the node that carries it; "" for none."""
    references: frozenset[str]
    """Absolute paths (without conditions) of the form's nodes it reads. Secondary instances are left out."""
    syntax: Expr = field(repr=False)
    _piece: Piece = field(repr=False)

    def evaluate(self, session: Session, at: Node | None = None) -> Value:
        """The value: float, str, bool or Moment. Raises XPathError; never answers false instead.

        `at` is the node carrying the expression; needed when that is in a repeat. Without it, it is the
        node of `context`, whether the submission has it or not.
        """
        key = self.context if at is None else at
        frame = session.frames.get(key)
        if frame is None:
            node = at if at is not None else _standing(session, self.context)
            frame = session.frames[key] = frame_at(session, node)
        try:
            return unpack(self._piece.run(frame))
        except RecursionError as error:
            raise XPathError("The formula has too many parts inside one another.") from error

    def static_type(
        self, types: Mapping[str, str], calculate_types: Mapping[str, StaticType] | None = None
    ) -> StaticType:
        """What kind of value it gives: boolean, number, date, string, or mixed (depends on the answers).

        `types`: bind types by path. `calculate_types`: static types of other calculates by path.
        """
        return static_type_of(self.syntax, types, calculate_types or {}, self.context)


def compile_expression(text: str, *, names: Mapping[str, str] | None = None, context: str = "") -> Expression:
    """An expression of XForm XPath as JavaRosa 5.1 understands it.

    `names`: question name -> absolute path, for `${name}`. `context`: absolute path of the node carrying
    the expression. Unknown functions and wrong numbers of arguments are only found on evaluation, as on
    the phone; `check` finds them before.

    Raises XPathError when the text is no expression or names an unknown question.
    """
    try:
        syntax = parse(text, names or {})
        piece = compile_expr(syntax)
    except RecursionError as error:
        raise XPathSyntaxError("The formula has too many parts inside one another.") from error
    return Expression(text, context, frozenset(_references(syntax, context, context)), syntax, piece)


def calculate_types(calculates: Mapping[str, str], types: Mapping[str, str]) -> dict[str, StaticType]:
    """The type with which each calculate's text must be read back, as the phone had it in its session.

    `calculates`: absolute path -> formula with paths, not `${…}`. `types`: bind types by path. A formula
    that cannot be read is left out and its answer stays text: no rule may use it.
    """
    compiled = {}
    for path, text in calculates.items():
        with suppress(XPathError):
            compiled[path] = compile_expression(text, context=path)
    found: dict[str, StaticType] = {}
    for _ in compiled:  # a calculate may use another one that stands further down
        before = found
        found = {path: expression.static_type(types, before) for path, expression in compiled.items()}
        if found == before:
            break
    return found


def _standing(session: Session, context: str) -> Node:
    """The node of a path, or a stand-in for it where the submission has none."""
    node = session.tree.top
    if not context:
        return node
    for name in context.strip("/").split("/"):
        found = node.groups.get(name)
        if found and len(found) > 1:
            raise XPathError(f"{context} is in a repeat: say which node the formula is about.")
        node = found[0] if found else Node(name, node, f"{node.path}/{name}", 1)
    return node


def _references(expr: Expr, here: str | None, current: str) -> Iterator[str]:
    """`here` is None inside a list, where relative paths are columns and not questions."""
    if not isinstance(expr, Path):
        for child in children(expr):
            yield from _references(child, here, current)
        return
    names = absolute_names(expr, here or "", current)
    if expr.start in ("root", "current") or (expr.start == "here" and here is not None):
        yield "/" + "/".join(names)
    before = len(names) - len(expr.steps)
    for index, step in enumerate(expr.steps, start=1):
        inside = None if expr.start == "instance" else "/" + "/".join(names[: before + index])
        for predicate in step.predicates:
            yield from _references(predicate, inside, current or inside or "")
