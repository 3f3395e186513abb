"""What kind of value an expression gives, found without answers.

A server reads only text, but a calculate has the type of its result on the phone: this finds the type
with which its text must be read back. Source: xpath_semantics, section 8.
"""

from collections.abc import Mapping

from sync.core.xpath.frames import StaticType
from sync.core.xpath.functions import FUNCTIONS
from sync.core.xpath.syntax import Binary, Call, Expr, Logic, Negative, Number, Path, Text, absolute_names

BIND_TYPES: dict[str, StaticType] = {
    "int": "number",
    "decimal": "number",
    "date": "date",
    "dateTime": "date",
    "time": "date",
    "boolean": "boolean",
}
"""Bind types that are not text."""

_DATES = frozenset({"date", "date-time", "today", "now"})
_NUMBERS = frozenset({"decimal-date-time", "decimal-time"})


def static_type_of(
    expr: Expr, types: Mapping[str, str], calculates: Mapping[str, StaticType], context: str
) -> StaticType:
    """boolean, number, date, string, or mixed when it depends on the answers."""
    match expr:
        case Number() | Negative():
            return "number"
        case Text():
            return "string"
        case Logic():
            return "boolean"
        case Binary(operator=operator):
            return "number" if operator in ("+", "-", "*", "div", "mod") else "boolean"
        case Path():
            return _path_type(expr, types, calculates, context)
        case Call():
            return _call_type(expr, types, calculates, context)
    return "mixed"


def _path_type(
    path: Path, types: Mapping[str, str], calculates: Mapping[str, StaticType], context: str
) -> StaticType:
    if path.start == "instance":
        return "string"
    where = "/" + "/".join(absolute_names(path, context, context))
    if where in calculates:
        return calculates[where]
    return BIND_TYPES.get(types.get(where, "string"), "string")


def _call_type(
    call: Call, types: Mapping[str, str], calculates: Mapping[str, StaticType], context: str
) -> StaticType:
    if call.name in _DATES:
        return "date"
    if call.name in _NUMBERS:
        return "number"
    function = FUNCTIONS.get(call.name)
    if function is None:
        return "mixed"
    branches = {
        "if": call.arguments[1:],
        "coalesce": call.arguments,
        "once": call.arguments,
        "depend": call.arguments[:1],
        "indexed-repeat": call.arguments[:1],
        "randomize": call.arguments[:1],
    }.get(call.name)
    if branches is None:
        return function.kind if function.kind not in ("any", "nodes") else "mixed"  # type: ignore[return-value]
    kinds = {
        static_type_of(branch, types, calculates, context)
        for branch in branches
        if branch != Text("", branch.at)  # the empty text fits every kind
    }
    return kinds.pop() if len(kinds) == 1 else "mixed" if kinds else "string"
