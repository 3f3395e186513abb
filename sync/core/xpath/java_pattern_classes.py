"""Character classes of Java's regular expressions: `[a-z&&[^q]]`, `\\p{Alpha}`, escapes."""

import re
import sys
import unicodedata
from functools import cache

from sync.core.xpath.errors import XPathError

HORIZONTAL = " \\t\\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000"
VERTICAL = "\\n\\x0b\\f\\r\\x85\\u2028\\u2029"
_PUNCTUATION = re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")

_NAMED = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": "\\x00-\\x7f",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": _PUNCTUATION,
    "Graph": "a-zA-Z0-9" + _PUNCTUATION,
    "Print": " a-zA-Z0-9" + _PUNCTUATION,
    "Blank": " \\t",
    "Cntrl": "\\x00-\\x1f\\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": " \\t\\n\\x0b\\f\\r",
    "InKhmer": "\\u1780-\\u17ff",
    "IsKhmer": "\\u1780-\\u17dd\\u17e0-\\u17e9\\u17f0-\\u17f9\\u19e0-\\u19ff",
}
_CATEGORY = re.compile(r"(?:L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfon]?)")
_SETS = {"d": "0-9", "w": "a-zA-Z0-9_", "s": " \\t\\n\\x0b\\f\\r", "h": HORIZONTAL, "v": VERTICAL}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_CODES = re.compile(r"\\(?:x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|0([0-3]?[0-7]{1,2}))")
_SET = re.compile(r"\\[dDwWsShHvVpP]")
_PROPERTY = re.compile(r"\\([pP])(?:\{([A-Za-z]+)\}|([A-Z]))")


def _wrong(what: str) -> XPathError:
    return XPathError(f"The pattern in regex() cannot be understood: {what}.")


@cache
def _category(name: str) -> str:
    """All characters of a Unicode category (`L`, `Lu` …), as the inside of a class."""
    pieces: list[str] = []
    start: int | None = None
    for code in range(sys.maxunicode + 2):
        inside = code <= sys.maxunicode and unicodedata.category(chr(code)).startswith(name)
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            pieces.append(f"{re.escape(chr(start))}-{re.escape(chr(code - 1))}")
            start = None
    return "".join(pieces)


def single_character(pattern: str, at: int) -> tuple[str, int]:
    """The character at `at`, which may be escaped, and where it ends."""
    if pattern[at] != "\\":
        return pattern[at], at + 1
    found = _CODES.match(pattern, at)
    if found:
        code = int(found[4], 8) if found[4] else int(found[1] or found[2] or found[3], 16)
        if code > sys.maxunicode:
            raise _wrong(found.group())
        return chr(code), found.end()
    char = pattern[at + 1 : at + 2]
    if char in _CONTROLS:
        return _CONTROLS[char], at + 2
    if not char or (char.isascii() and char.isalnum()):
        raise _wrong(f"\\{char} is not possible here")
    return char, at + 2


def class_at(pattern: str, at: int) -> tuple[str, int]:
    """The class at `at`, `[…]` or `\\p{…}`, as a pattern for exactly one character, and where it ends."""
    if pattern[at] == "\\":
        inside, negative, end = _set_at(pattern, at)
        return f"[{'^' if negative else ''}{inside}]", end
    return _Class(pattern, at + 1).read()


def _set_at(pattern: str, at: int) -> tuple[str, bool, int]:
    """What a `\\d` or `\\p{…}` stands for, whether it is turned round, and where it ends."""
    found = _PROPERTY.match(pattern, at)
    if not found:
        char = pattern[at + 1 : at + 2]
        return _SETS[char.lower()], char.isupper(), at + 2
    name = found[2] or found[3]
    category = name.removeprefix("Is")
    if name not in _NAMED and not _CATEGORY.fullmatch(category):
        raise _wrong(f"\\p{{{name}}} is not known here")
    return _NAMED.get(name) or _category(category), found[1] == "P", found.end()


class _Class:
    """Reads one `[…]`. Python has no classes inside classes: those become alternatives and look-aheads."""

    def __init__(self, pattern: str, at: int) -> None:
        self.pattern = pattern
        self.at = at
        self.inside = ""
        self.others: list[str] = []
        self.met: list[str] = []

    def read(self) -> tuple[str, int]:
        """The class as a pattern for one character, and where it ends."""
        negative = self._skip("^")
        first = True
        while first or not self.pattern.startswith("]", self.at):
            if self.at >= len(self.pattern):
                raise _wrong("a [ that is not closed")
            self._item()
            first = False
        self.at += 1
        if not self.others and not self.met:
            return f"[{'^' if negative else ''}{self.inside}]", self.at
        whole = "".join(f"(?={one})" for one in self.met) + self._union()
        return (f"(?:(?!{whole})(?s:.))" if negative else f"(?:{whole})"), self.at

    def _skip(self, sign: str) -> bool:
        found = self.pattern.startswith(sign, self.at)
        self.at += len(sign) if found else 0
        return found

    def _union(self) -> str:
        parts = ([f"[{self.inside}]"] if self.inside else []) + self.others
        return f"(?:{'|'.join(parts)})" if parts else "(?s:.)"

    def _item(self) -> None:
        if self._skip("&&"):
            self.met.append(self._union())
            self.inside, self.others = "", []
        elif self._skip("["):
            python, self.at = _Class(self.pattern, self.at).read()
            self.others.append(python)
        elif self.pattern[self.at] == "\\" and self.pattern[self.at + 1 : self.at + 2] in tuple(
            "dDwWsShHvVpP"
        ):
            inside, negative, self.at = _set_at(self.pattern, self.at)
            if negative:
                self.others.append(f"[^{inside}]")
            else:
                self.inside += inside
        else:
            self._characters()

    def _characters(self) -> None:
        low, self.at = single_character(self.pattern, self.at)
        self.inside += re.escape(low)
        following = self.pattern[self.at : self.at + 2]
        if len(following) == 2 and following[0] == "-" and following[1] not in "][":
            high, self.at = single_character(self.pattern, self.at + 1)
            if high < low:
                raise _wrong(f"the range {low}-{high} runs backwards")
            self.inside += f"-{re.escape(high)}"
