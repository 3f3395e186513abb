"""regex(): Java's patterns, matched by Python's engine."""

import re
from functools import lru_cache

from sync.core.xpath.errors import XPathError


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> "re.Pattern[str]":
    try:
        return re.compile(pattern, re.ASCII)
    except re.error as error:
        raise XPathError("The pattern in regex() is not complete.") from error


def matches(text: str, pattern: str) -> bool:
    """Whether the whole text matches."""
    return _compiled(pattern).fullmatch(text) is not None
