"""Texts. Lengths and positions count 16-bit units, as Java does: an emoji is two."""

import re
from collections.abc import Callable, Sequence

from sync.core.xpath.frames import Frame, Piece, Run, number_run, text_run
from sync.core.xpath.functions.registry import Function, of_text, of_two_texts, spread
from sync.core.xpath.numbers import TRIMMED, to_int
from sync.core.xpath.regex import matches
from sync.core.xpath.values import to_string

_BLANKS = re.compile(r"[ \t\n\x0b\f\r]+")
_BEYOND_16_BITS = re.compile("[\U00010000-\U0010ffff]")
_HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def _units(text: str) -> str:
    """The text as 16-bit units: a character beyond them becomes its two halves."""
    if text.isascii() or not _BEYOND_16_BITS.search(text):
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(int.from_bytes(raw[i : i + 2], "little")) for i in range(0, len(raw), 2))


def _whole(units: str) -> str:
    """Units as a text again: halves that meet become one character."""
    if units.isascii() or not _HALVES.search(units):
        return units
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _length(text: str) -> float:
    return float(len(_units(text)))


def _normalized(text: str) -> str:
    return _BLANKS.sub(" ", text.strip(TRIMMED))


def _or_own(give: Callable[[str], float | str]) -> Callable[[Sequence[Piece]], Run]:
    """A function of one text, or without an argument of the node's own value."""

    def build(arguments: Sequence[Piece]) -> Run:
        if arguments:
            return of_text(give)(arguments)
        return lambda frame: give(to_string(frame.node.value_in(frame.session)))

    return build


def _concat(arguments: Sequence[Piece]) -> Run:
    values = spread(arguments)
    return lambda frame: _whole("".join(map(to_string, values(frame))))


def _join(arguments: Sequence[Piece]) -> Run:
    separator, values = text_run(arguments[0]), spread(arguments[1:])
    return lambda frame: _whole(separator(frame).join(map(to_string, values(frame))))


def _substr(arguments: Sequence[Piece]) -> Run:
    text = text_run(arguments[0])
    limits = [number_run(argument) for argument in arguments[1:]]

    def substr(frame: Frame) -> str:
        units = _units(text(frame))
        start, *end = [to_int(limit(frame)) for limit in limits]
        length = len(units)
        stop = end[0] if end else length
        start = min(max(0, start + length if start < 0 else start), length)
        stop = min(max(0, stop + length if stop < 0 else stop), length)
        return _whole(units[start:stop]) if start <= stop else ""

    return substr


def _before(text: str, mark: str) -> str:
    at = text.find(mark)
    return text[:at] if at >= 0 else ""


def _after(text: str, mark: str) -> str:
    at = text.find(mark)
    return text[at + len(mark) :] if at >= 0 else ""


def _translate(arguments: Sequence[Piece]) -> Run:
    text, old, new = map(text_run, arguments)

    def translate(frame: Frame) -> str:
        units, before, after = _units(text(frame)), _units(old(frame)), _units(new(frame))
        table: dict[int, str | None] = {}
        for index, unit in enumerate(before):
            table.setdefault(ord(unit), after[index] if index < len(after) else None)
        return _whole(units.translate(table))

    return translate


FUNCTIONS = {
    "string": Function(1, 1, "string", lambda arguments: text_run(arguments[0])),
    "concat": Function(0, None, "string", _concat),
    "join": Function(1, None, "string", _join),
    "substr": Function(2, 3, "string", _substr),
    "substring-before": Function(2, 2, "string", of_two_texts(_before)),
    "substring-after": Function(2, 2, "string", of_two_texts(_after)),
    "translate": Function(3, 3, "string", _translate),
    "contains": Function(2, 2, "boolean", of_two_texts(lambda text, part: part in text)),
    "starts-with": Function(2, 2, "boolean", of_two_texts(str.startswith)),
    "ends-with": Function(2, 2, "boolean", of_two_texts(str.endswith)),
    "string-length": Function(0, 1, "number", _or_own(_length)),
    "normalize-space": Function(0, 1, "string", _or_own(_normalized)),
    "regex": Function(2, 2, "boolean", of_two_texts(matches)),
}
