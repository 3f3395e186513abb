"""Tokens -> syntax tree, with JavaRosa's precedences.

`or` < `and` < `= !=` < `< <= > >=` < `+ -` < `* div mod` < unary minus < `|`; all left associative.
"""

from collections.abc import Mapping
from typing import Literal

from sync.core.xpath.errors import XPathSyntaxError
from sync.core.xpath.lexer import Token, tokens_of
from sync.core.xpath.path_parser import PathParser
from sync.core.xpath.syntax import Binary, Expr, Logic, Negative, Unsupported, depth

MAX_NESTING = 50
"""Parentheses, function calls and conditions inside one another."""
MAX_DEPTH = 250
"""Levels of the syntax tree; `a + b + c` has two."""

_PRECEDENCE = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "div": 6,
    "mod": 6,
}


def parse(text: str, names: Mapping[str, str]) -> Expr:
    """The syntax tree of an expression. Raises XPathSyntaxError; see `compile_expression`."""
    parser = _Parser(tokens_of(text, names))
    expr = parser.expression()
    parser.expect("end")
    if depth(expr) > MAX_DEPTH:
        raise XPathSyntaxError("The formula has too many parts. Split it into several calculations.")
    return expr


class _Parser(PathParser):
    """Goes once through the tokens, never back."""

    def __init__(self, tokens: list[Token]) -> None:
        super().__init__(tokens)
        self.nesting = 0

    def expression(self) -> Expr:
        """A whole expression, up to what cannot belong to it."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise XPathSyntaxError("Too many parentheses inside one another.", at=self.token.at)
        expr = self._binary(1)
        self.nesting -= 1
        return expr

    def _binary(self, lowest: int) -> Expr:
        left = self._unary()
        while (strength := _PRECEDENCE.get(self.token.kind, 0)) >= lowest:
            operator = self.take()
            right = self._binary(strength + 1)
            left = _joined(operator, left, right)
        return left

    def _unary(self) -> Expr:
        signs = []
        while self.token.kind == "minus":
            signs.append(self.take().at)
        operand = self._union()
        for at in signs:
            operand = Negative(operand, at)
        return operand

    def _union(self) -> Expr:
        left = self.path()
        while self.token.kind == "|":
            at = self.take().at
            reason = "| (several paths at once) cannot be evaluated. Use or between conditions."
            left = Unsupported(reason, (left, self.path()), at)
        return left


def _joined(operator: Token, left: Expr, right: Expr) -> Expr:
    if operator.kind not in ("and", "or"):
        return Binary(operator.kind, left, right, operator.at)
    kind: Literal["and", "or"] = "and" if operator.kind == "and" else "or"
    if isinstance(left, Logic) and left.operator == kind:
        return Logic(kind, (*left.operands, right), left.at)
    return Logic(kind, (left, right), operator.at)
