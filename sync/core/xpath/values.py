"""The four kinds of value and how one becomes another.

number = float, text = str, boolean = bool, date = Moment; several nodes = Nodes. There is no null: empty
is the empty text, and NaN is the empty number. Source: xpath_semantics, section 2 (JavaRosa 5.1.0).
"""

from typing import TYPE_CHECKING, TypeAlias

from sync.core.xpath.dates import Moment
from sync.core.xpath.errors import XPathError
from sync.core.xpath.numbers import java_text, number_from_text, to_int

if TYPE_CHECKING:
    from sync.core.xpath.tree import Node, Session

Value: TypeAlias = float | str | bool | Moment


class Nodes:
    """The nodes a path leads to. A value only once unpacked: none is empty, several are an error."""

    __slots__ = ("nodes", "session")

    def __init__(self, nodes: "list[Node]", session: "Session") -> None:
        self.nodes = nodes
        self.session = session

    def values(self) -> list[Value]:
        """The value of each node, in document order."""
        return [node.value_in(self.session) for node in self.nodes]

    def unpack(self) -> Value:
        """The one value meant here."""
        if not self.nodes:
            return ""
        if len(self.nodes) > 1:
            raise several(self.nodes[0])
        return self.nodes[0].value_in(self.session)


Result: TypeAlias = Value | Nodes


def several(node: "Node") -> XPathError:
    """The error for a path to several nodes where one value is needed."""
    return XPathError(
        f"{node.path} is asked several times (it is in a repeat), but one value is needed here. "
        "Say which one, for example with [position() = 1], or use count, sum, min, max or join."
    )


def unpack(value: Result) -> Value:
    """A value that is not a node-set."""
    return value.unpack() if type(value) is Nodes else value  # type: ignore[return-value]


def to_boolean(value: Result) -> bool:
    """What a condition makes of a value: any text but the empty one is true, also `0` and `false`."""
    kind = type(value)
    if kind is bool:
        return value  # type: ignore[return-value]
    if kind is str:
        return value != ""
    if kind is float:
        return abs(value) > 1e-12  # type: ignore[arg-type]  # false for NaN
    if kind is Nodes:
        return to_boolean(value.unpack())  # type: ignore[union-attr]
    return True


def to_number(value: Result) -> float:
    """A number; NaN where there is none. Dates are whole local days since 1970-01-01."""
    kind = type(value)
    if kind is float:
        return value  # type: ignore[return-value]
    if kind is str:
        return number_from_text(value)  # type: ignore[arg-type]
    if kind is bool:
        return 1.0 if value else 0.0
    if kind is Nodes:
        return to_number(value.unpack())  # type: ignore[union-attr]
    return float(value.days)  # type: ignore[union-attr]


def to_string(value: Result) -> str:
    """The text of a value as string() gives it; not what is sent, see `written`."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[return-value]
    if kind is float:
        return number_text(value)  # type: ignore[arg-type]
    if kind is bool:
        return "true" if value else "false"
    if kind is Nodes:
        return to_string(value.unpack())  # type: ignore[union-attr]
    return value.date_text()  # type: ignore[union-attr]


def number_text(number: float) -> str:
    """`5`, `2.5`, `1.0E10`, `NaN`: whole numbers of 32 bits without a point, others as Java writes them."""
    if abs(number) < 1e-12:
        return "0"
    if abs(number - to_int(number)) < 1e-12:
        return str(to_int(number))
    return java_text(number)


def is_empty(value: Result) -> bool:
    """No answer: the empty text or NaN."""
    plain = unpack(value)
    return plain == "" or plain != plain  # noqa: PLR0124  # NaN


def are_equal(left: Value, right: Value) -> bool:
    """`=`: as booleans if one is, else as numbers if one is, else as texts."""
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) == to_boolean(right)
    if isinstance(left, float) or isinstance(right, float):
        return abs(to_number(left) - to_number(right)) < 1e-12
    return to_string(left) == to_string(right)
