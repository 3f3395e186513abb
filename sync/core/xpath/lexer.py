"""Text of an expression -> tokens, split where JavaRosa splits it.

Whether `-` is a minus, `*` a multiplication and `and` an operator depends only on the token before: after
a value they are operators. So `1and 1` is allowed and `/data/a-/data/b` is a question named `a-`.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import NamedTuple

from sync.core.xpath.errors import XPathSyntaxError

MAX_LENGTH = 10_000
_BLANK = " \n\t\f\r"
_WORDS = ("and", "or", "div", "mod")
_PAIRS = ("!=", "<=", ">=", "//", "..", "::")
_SINGLE = "=<>+|/[](),@"
_DIGITS = "0123456789"


class Token(NamedTuple):
    """One word of an expression.

    `kind` is the sign or operator itself, or `number`, `text`, `name`, `question` (a `${name}`: `text` is
    its path), `minus` (unary), `any` (the wildcard) or `end`.
    """

    kind: str
    text: str
    at: int


# After these a value is complete, and what follows is an operator.
_ENDS_VALUE = frozenset({"any", "name", "question", "number", "text", "]", ")", ".", ".."})


def tokens_of(text: str, names: Mapping[str, str]) -> list[Token]:
    """The tokens of an expression, with an `end` after the last.

    `names` maps question names to absolute paths, for `${name}`.
    """
    if len(text) > MAX_LENGTH:
        raise XPathSyntaxError(f"The formula is longer than {MAX_LENGTH} characters. Split it into several.")
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if text[at] in _BLANK:
            at += 1
            continue
        after_value = bool(tokens) and tokens[-1].kind in _ENDS_VALUE
        token, at = _token_at(text, at, after_value, names)
        tokens.append(token)
    tokens.append(Token("end", "", len(text)))
    return tokens


def _token_at(text: str, at: int, after_value: bool, names: Mapping[str, str]) -> tuple[Token, int]:
    char, pair = text[at], text[at : at + 2]
    if pair in _PAIRS:
        return Token(pair, pair, at), at + 2
    if char in _SINGLE:
        return Token(char, char, at), at + 1
    if char in "-*":
        kind = char if after_value else "minus" if char == "-" else "any"
        return Token(kind, char, at), at + 1
    if char in _DIGITS or (char == "." and pair[1:] and pair[1] in _DIGITS):
        return _number(text, at)
    if char == ".":
        return Token(".", ".", at), at + 1
    if char in "'\"":
        return _quoted(text, at)
    if pair == "${":
        return _question(text, at, after_value, names)
    if after_value:
        word = next((w for w in _WORDS if text.startswith(w, at)), None)
        if word:
            return Token(word, word, at), at + len(word)
    elif _is_letter(char):
        return _name(text, at)
    raise XPathSyntaxError(_unexpected(text, at, after_value), at=at)


def _unexpected(text: str, at: int, after_value: bool) -> str:
    char = text[at]
    if char in "“”‘’„":
        return f"Curly quotes ({char}) do not work in formulas. Type straight ones: ' or \"."
    if char in "&≤≥≠×÷":
        return f"{char} is not a sign of this language. Write and, <=, >=, !=, * or div."
    if after_value:
        return f"Something is missing before “{text[at : at + 20]}”: an operator such as +, =, and, or."
    return f"The formula cannot be understood from “{text[at : at + 20]}”."


def _is_letter(char: str) -> bool:
    # JavaRosa looks at 16-bit units and wants upper or lower case, which Khmer letters have not.
    return char == "_" or (ord(char) < 0x10000 and (char.islower() or char.isupper()))


def _number(text: str, at: int) -> tuple[Token, int]:
    end, point = at, False
    while end < len(text) and (text[end] in _DIGITS or (text[end] == "." and not point)):
        point = point or text[end] == "."
        end += 1
    return Token("number", text[at:end], at), end


def _quoted(text: str, at: int) -> tuple[Token, int]:
    end = text.find(text[at], at + 1)
    if end < 0:
        raise XPathSyntaxError(
            f"The quote {text[at]} is opened but not closed. Write it again after the text.", at=at
        )
    return Token("text", text[at + 1 : end], at), end + 1


def _ncname_end(text: str, at: int) -> int:
    end = at
    while end < len(text):
        char = text[end]
        if not (_is_letter(char) or (end > at and (char.isdecimal() or char in ".-"))):
            break
        end += 1
    return end


def _name(text: str, at: int) -> tuple[Token, int]:
    end = _ncname_end(text, at)
    if text[end : end + 1] == ":" and text[end + 1 : end + 2] != ":":
        local = _ncname_end(text, end + 1)
        if local > end + 1:
            end = local
    return Token("name", text[at:end], at), end


def _question(text: str, at: int, after_value: bool, names: Mapping[str, str]) -> tuple[Token, int]:
    end = text.find("}", at)
    if end < 0:
        raise XPathSyntaxError(
            "${ is opened but not closed with }. Write } after the name of the question.", at=at
        )
    name = text[at + 2 : end].strip()
    if after_value:
        raise XPathSyntaxError(
            f"Something is missing before ${{{name}}}: an operator such as +, =, and, or.", at=at
        )
    path = names.get(name)
    if path is None:
        near = get_close_matches(name, names, n=1)
        hint = f" Did you mean ${{{near[0]}}}?" if near else ""
        raise XPathSyntaxError(f"There is no question named “{name}” in this form.{hint}", at=at)
    return Token("question", path, at), end + 1
