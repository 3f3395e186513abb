"""regex(): Java's patterns, matched by Python's engine, kept from running away.

Python cannot stop a match that takes for ever, so the text is bounded by how badly the pattern can behave.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from sync.core.xpath.errors import XPathError
from sync.core.xpath.java_pattern import translate

_LONGEST = 10_000
_LONGEST_BY_OPEN_REPETITIONS = {0: _LONGEST, 1: _LONGEST, 2: _LONGEST, 3: 2_000}
_LONGEST_WITH_MANY = 400
_LONGEST_IF_RISKY = 20


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern ready to match, with the longest text it may be tried on."""

    compiled: re.Pattern[str]
    longest: int
    is_risky: bool
    """A repetition inside a repetition, such as `(a+)+`: can take for ever on a short text."""


@lru_cache(maxsize=512)
def pattern_from(pattern: str) -> Pattern:
    """A Java pattern. Raises XPathError where it is wrong or uses what is not offered here."""
    found = translate(pattern)
    try:
        compiled = re.compile(found.python, re.ASCII)
    except (re.error, OverflowError) as error:
        raise XPathError(f"The pattern in regex() cannot be understood: {error}.") from error
    longest = _LONGEST_BY_OPEN_REPETITIONS.get(found.open_repetitions, _LONGEST_WITH_MANY)
    return Pattern(compiled, _LONGEST_IF_RISKY if found.is_risky else longest, found.is_risky)


def matches(text: str, pattern: str) -> bool:
    """Whether the whole text matches. Raises XPathError for a wrong pattern or too long a text."""
    found = pattern_from(pattern)
    if len(text) > found.longest:
        raise XPathError(f"The text is too long for this pattern in regex(): more than {found.longest}.")
    return found.compiled.fullmatch(text) is not None
