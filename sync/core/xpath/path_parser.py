"""Paths, literals and function calls: the operands of an expression.

JavaRosa knows a small part of XPath's paths; everything else is refused here, as it refuses the form.
"""

from abc import ABC, abstractmethod
from typing import Literal

from sync.core.xpath.errors import XPathSyntaxError
from sync.core.xpath.lexer import Token
from sync.core.xpath.syntax import Call, Expr, Number, Path, Step, Text, Unsupported

_NODE_TESTS = frozenset({"node", "text", "comment", "processing-instruction"})
_STEP_STARTS = frozenset({".", "..", "@", "name", "any"})
Start = Literal["root", "here", "current", "instance"]


class PathParser(ABC):
    """The part of the parser below the operators."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.index = 0
        self.idle = 0
        """Steps of the present path that lead nowhere: `.`, and `..` from the root."""

    @abstractmethod
    def expression(self) -> Expr:
        """A whole expression; given by the parser of operators."""

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.index]

    def take(self) -> Token:
        """The next token, which is then gone."""
        token = self.token
        if token.kind != "end":  # the end stays
            self.index += 1
        return token

    def expect(self, kind: str) -> Token:
        """The next token, which must be of this kind."""
        token = self.token
        if token.kind != kind:
            wanted = "the end of the formula" if kind == "end" else f"“{kind}”"
            found = f"“{token.text}”" if token.kind != "end" else "the end of the formula"
            raise XPathSyntaxError(f"Expected {wanted} but found {found}.", at=token.at)
        return self.take()

    def path(self) -> Expr:
        """One operand: a path, a literal, a call or something in parentheses."""
        token = self.token
        if token.kind == "question":
            return self._question()
        if token.kind == "//":
            raise self._refused("//", "Write the whole path, or ${question}.", token)
        if token.kind == "/":
            self.take()
            if not self._at_step():
                return Path("root", (), token.at)
            return self._steps("root", token.at)
        if self._at_step():
            return self._steps("here", token.at)
        return self._filtered(self._primary())

    def _question(self) -> Expr:
        token = self.take()
        steps = tuple(Step(name) for name in token.text.strip("/").split("/"))
        name = steps[-1].name
        if self.token.kind == "[":
            steps = (*steps[:-1], Step(name, predicates=self._predicates()))
        if self.token.kind in ("/", "//"):
            self.idle = 0
            return self._more_steps("root", [*steps], 0, token.at)
        return Path("root", steps, token.at, question=name)

    def _at_step(self) -> bool:
        if self.token.kind not in _STEP_STARTS:
            return False
        called = self.token.kind == "name" and self.tokens[self.index + 1].kind == "("
        return not called or self.token.text in _NODE_TESTS

    def _primary(self) -> Expr:
        token = self.take()
        match token.kind:
            case "number":
                return Number(float(token.text), token.at)
            case "text":
                return Text(token.text, token.at)
            case "(":
                inside = self.expression()
                self.expect(")")
                return inside
            case "name":
                return Call(token.text, self._arguments(), token.at)
            case "end":
                raise XPathSyntaxError("The formula ends too early: something is missing.", at=token.at)
        raise XPathSyntaxError(f"“{token.text}” cannot stand here.", at=token.at)

    def _arguments(self) -> tuple[Expr, ...]:
        self.expect("(")
        arguments: list[Expr] = []
        while self.token.kind != ")":
            if arguments:
                self.expect(",")
            arguments.append(self.expression())
        self.take()
        return tuple(arguments)

    def _filtered(self, expr: Expr) -> Expr:
        if self.token.kind == "[":
            at, conditions = self.token.at, self._predicates()
            reason = "A condition in [ ] must follow a name in a path."
            expr = Unsupported(reason, (expr, *conditions), at)
        if self.token.kind in ("/", "//"):
            return self._path_from(expr)
        return expr

    def _path_from(self, expr: Expr) -> Path:
        at = expr.at
        self.take()
        match expr:
            case Call(name="current", arguments=()):
                return self._steps("current", at)
            case Call(name="instance", arguments=(Text(value=name),)):
                return self._steps("instance", at, name)
        raise XPathSyntaxError("A path may start with / or a name, current() or instance('…') only.", at=at)

    def _steps(self, start: Start, at: int, instance: str = "") -> Path:
        steps: list[Step] = []
        self.idle = 0
        ups = self._step(start, steps)
        return self._more_steps(start, steps, ups, at, instance)

    def _more_steps(self, start: Start, steps: list[Step], ups: int, at: int, instance: str = "") -> Path:
        while self.token.kind in ("/", "//"):
            slash = self.take()
            if slash.kind == "//":
                raise self._refused("//", "Write every name on the way.", slash)
            ups += self._step(start, steps)
        # After a name, `..` goes back to before the path began; from the root it goes nowhere.
        return Path(start, tuple(steps), at, ups if start in ("here", "current") else 0, instance)

    def _step(self, start: Start, steps: list[Step]) -> int:
        """Reads one step; gives 1 for `..`, which counts separately, else 0."""
        token = self.take()
        axis = ""
        if token.kind == "name" and self.token.kind == "::":
            self.take()
            axis, token = token.text, self.take()
        if axis in ("self", "parent") or (token.kind == "name" and self.token.kind == "("):
            self._node_test(axis, token)
        if token.kind == ".." or axis == "parent":
            if (start in ("root", "instance") and not steps) or (steps and steps[-1].attribute):
                raise self._refused("..", "There is nothing above.", token)
            self.idle += start in ("root", "instance")
            return 1
        if token.kind == "." or axis == "self":
            self.idle += 1
            return 0
        attribute = token.kind == "@" or axis == "attribute"
        if token.kind == "@":
            token = self.take()
        if token.kind not in ("name", "any") or axis not in ("", "child", "attribute"):
            raise self._refused(f"{axis}::" if axis else token.text or "/", "Only names can follow.", token)
        if attribute and token.kind == "any":
            raise self._refused("@*", "Name the attribute.", token)
        if self.token.kind == "[" and self.idle:  # JavaRosa counts the steps wrongly and crashes
            raise self._refused("[", "Leave out the . or .. that leads nowhere before it.", self.token)
        name = "*" if token.kind == "any" else token.text
        steps.append(Step(name, attribute, self._predicates()))
        return 0

    def _node_test(self, axis: str, token: Token) -> None:
        """Only self::node() and parent::node() may have one."""
        if token.text != "node" or axis not in ("self", "parent"):
            raise self._refused(token.text or axis, "A path is made of names only.", token)
        self.expect("(")
        self.expect(")")

    def _predicates(self) -> tuple[Expr, ...]:
        conditions: list[Expr] = []
        idle = self.idle  # conditions have paths of their own
        while self.token.kind == "[":
            self.take()
            conditions.append(self.expression())
            self.expect("]")
        self.idle = idle
        return tuple(conditions)

    def _refused(self, what: str, hint: str, token: Token) -> XPathSyntaxError:
        return XPathSyntaxError(f"“{what}” is not possible in a path here. {hint}", at=token.at)
