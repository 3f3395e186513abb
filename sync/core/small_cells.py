"""Counts that nobody is recognised by: small ones are left out, and so is what would give them back."""

from collections.abc import Mapping

SMALLEST_SHOWN = 5
"""[proposal] For reports inside the organisation (domain.md 7.3)."""


def without_small(parts: Mapping[str, int], least: int = SMALLEST_SHOWN) -> dict[str, int | None]:
    """The parts of one total, None for those too small to be shown; zero says nothing about anybody.

    Where only one is too small, the next larger is left out too: else the total would give it back.
    """
    small = {name for name, count in parts.items() if 0 < count < least}
    if len(small) == 1:
        rest = [(count, name) for name, count in parts.items() if count and name not in small]
        small |= {min(rest)[1]} if rest else set()
    return {name: None if name in small else count for name, count in parts.items()}


def share(count: int, total: int, least: int = SMALLEST_SHOWN) -> int | None:
    """How many of a total something is true of, None where that or the rest is too small to be shown."""
    return None if 0 < count < least or 0 < total - count < least else count
