"""Java's regular expressions, rewritten for Python: the common syntax; the rest is an XPathError."""

import re
from dataclasses import dataclass

from sync.core.xpath.errors import XPathError
from sync.core.xpath.java_pattern_classes import HORIZONTAL, VERTICAL, class_at, single_character

_NOT_END_OF_LINE = "[^\\n\\r\\x85\\u2028\\u2029]"
_QUANTIFIER = re.compile(r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})[?+]?")
_GROUP = re.compile(r"\?(?:[:=!>]|<[=!]|<([A-Za-z][A-Za-z0-9]*)>|([is]+):|([is]+)\))")
_MOST_REPEATS = 1_000
_LONGEST = 2_000
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Translated:
    """A pattern for Python, and how badly it can behave."""

    python: str
    open_repetitions: int
    """How many * + {n,} there are."""
    is_risky: bool


@dataclass(slots=True)
class _Part:
    """A translated piece. `varies`: it can match one text in several ways once it is repeated."""

    python: str
    varies: bool = False
    first: str = ""
    """The character it must start with, where that is one."""


def translate(pattern: str) -> Translated:
    """Raises XPathError."""
    if len(pattern) > _LONGEST:
        raise XPathError("The pattern in regex() is too long.")
    reader = _Reader(pattern)
    part = reader.alternatives(0)
    if reader.at < len(pattern):
        raise _wrong("a ) without its (")
    return Translated(part.python, reader.open_repetitions, reader.is_risky)


def _wrong(what: str) -> XPathError:
    return XPathError(f"The pattern in regex() cannot be understood: {what}.")


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.open_repetitions = 0
        self.is_risky = False
        self.any = _NOT_END_OF_LINE

    def alternatives(self, level: int) -> _Part:
        if level > _DEEPEST:
            raise _wrong("too many groups inside one another")
        parts = [self._sequence(level)]
        while self.pattern.startswith("|", self.at):
            self.at += 1
            parts.append(self._sequence(level))
        firsts = [part.first for part in parts]
        # Alternatives that can start alike can match one text in several ways.
        alike = len(parts) > 1 and (not all(firsts) or len(set(firsts)) < len(firsts))
        varies = alike or any(part.varies for part in parts)
        return _Part("|".join(part.python for part in parts), varies)

    def _sequence(self, level: int) -> _Part:
        sequence = _Part("")
        count = 0
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            part = self._quantified(self._atom(level))
            sequence.python += part.python
            sequence.varies = sequence.varies or part.varies
            sequence.first = part.first if count == 0 else sequence.first
            count += 1
        return sequence

    def _quantified(self, atom: _Part) -> _Part:
        found = _QUANTIFIER.match(self.pattern, self.at)
        if not found:
            return atom
        self.at = found.end()
        least, most = _bounds(found.group())
        if most is None:
            self.open_repetitions += 1
        if atom.varies and (most is None or most > 10):
            self.is_risky = True
        varies = most is None or most != least
        return _Part(atom.python + found.group(), varies, atom.first if least else "")

    def _atom(self, level: int) -> _Part:
        char = self.pattern[self.at]
        if char == "[":
            python, self.at = class_at(self.pattern, self.at)
            return _Part(python)
        if char == "(":
            return self._group(level)
        self.at += 1
        if char == "\\":
            return self._escaped()
        if char == ".":
            return _Part(self.any)
        if char in "^$":
            return _Part(char)
        if char in "*+?{":
            raise _wrong(f"{char} stands where nothing can be repeated")
        return _Part(re.escape(char), first=char)

    def _group(self, level: int) -> _Part:
        self.at += 1
        opening, wraps = "(", False
        if self.pattern.startswith("?", self.at):
            found = _GROUP.match(self.pattern, self.at)
            if not found:
                raise _wrong("a kind of group that is not possible here")
            self.at = found.end()
            opening, wraps = _opening(found), found[3] is not None
            if wraps and level + self.pattern[: found.start() - 1].count("("):
                raise _wrong("(?i) must stand at the beginning")
            if "s" in (found[2] or found[3] or ""):
                self.any = "(?s:.)"
        inside = self.alternatives(level + 1)
        if not wraps:
            if not self.pattern.startswith(")", self.at):
                raise _wrong("a ( that is not closed")
            self.at += 1
        return _Part(f"{opening}{inside.python})", inside.varies)

    def _escaped(self) -> _Part:
        if self.at >= len(self.pattern):
            raise _wrong("it ends with \\")
        char = self.pattern[self.at]
        if char == "Q":
            end = self.pattern.find("\\E", self.at)
            literal = self.pattern[self.at + 1 : end if end >= 0 else len(self.pattern)]
            self.at = end + 2 if end >= 0 else len(self.pattern)
            return _Part(f"(?:{re.escape(literal)})")
        if char == "k":
            found = re.compile(r"k<([A-Za-z][A-Za-z0-9]*)>").match(self.pattern, self.at)
            if not found:
                raise _wrong("\\k without a name")
            self.at = found.end()
            return _Part(f"(?P={found[1]})", varies=True)
        simple = _SIMPLE.get(char)
        if simple is not None or char in "123456789":
            self.at += 1
            return _Part(simple or f"(?:\\{char})", varies=simple is None)
        if char in "pP":
            python, self.at = class_at(self.pattern, self.at - 1)
            return _Part(python)
        literal, self.at = single_character(self.pattern, self.at - 1)
        return _Part(re.escape(literal), first=literal)


_SIMPLE = {
    **{char: f"\\{char}" for char in "dDwWsSbBA"},
    "z": "\\Z",
    "Z": "(?=\\n?\\Z)",
    "h": f"[{HORIZONTAL}]",
    "H": f"[^{HORIZONTAL}]",
    "v": f"[{VERTICAL}]",
    "V": f"[^{VERTICAL}]",
}


def _opening(found: re.Match[str]) -> str:
    if found[1]:
        return f"(?P<{found[1]}>"
    if found[3]:
        return f"(?{found[3]}:"
    return f"({found.group()}"


def _bounds(quantifier: str) -> tuple[int, int | None]:
    sign = quantifier[0]
    if sign != "{":
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
    low, comma, high = quantifier[1 : quantifier.index("}")].partition(",")
    least = int(low)
    most = int(high) if high else None if comma else least
    if least > _MOST_REPEATS or (most is not None and (most > _MOST_REPEATS or most < least)):
        raise _wrong(f"{quantifier} repeats too often")
    return least, most
