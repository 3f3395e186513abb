"""The functions of the rule language, by name."""

from collections.abc import Callable

from sync.core.xpath.errors import XPathError
from sync.core.xpath.frames import Frame, Piece
from sync.core.xpath.functions import chance, days, digests, logic, mathematics, nodes, places, selects, texts
from sync.core.xpath.functions.registry import Function
from sync.core.xpath.syntax import Call, Expr

FUNCTIONS: dict[str, Function] = {
    **logic.FUNCTIONS,
    **mathematics.FUNCTIONS,
    **texts.FUNCTIONS,
    **selects.FUNCTIONS,
    **days.FUNCTIONS,
    **nodes.FUNCTIONS,
    **places.FUNCTIONS,
    **digests.FUNCTIONS,
    **chance.FUNCTIONS,
}


def compile_call(call: Call, compile_expr: Callable[[Expr], Piece]) -> Piece:
    """The piece of a call. What cannot be called fails when it is evaluated, as on the phone."""
    function = FUNCTIONS.get(call.name)
    arguments = [compile_expr(argument) for argument in call.arguments]
    if function is None or not function.takes(len(arguments)):
        return Piece(_failing(call, function), "any", call)
    kind = function.kind
    if kind == "any":
        kind = logic.common_kind(call.name, arguments)
    return Piece(function.build(arguments), kind, call)


def _failing(call: Call, function: Function | None) -> Callable[[Frame], bool]:
    if function is None:
        message = f"There is no function {call.name}() in this language."
    else:
        message = f"{call.name}() was given {len(call.arguments)} values, which is not how many it takes."

    def fail(_: Frame) -> bool:
        raise XPathError(message, at=call.at)

    return fail
