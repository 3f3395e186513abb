"""IDs cut into stretches, so that work over a whole collection can be shared out and broken off.

Entity IDs and instance IDs are random UUIDs (the latter behind `uuid:`), so equal stretches hold about
equally much. The first and the last are open: an ID of any other shape lies in one of them too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

FEW = 1000
"""About so many IDs a stretch: some seconds' work, so that several processes can share and progress shows."""
MOST_DIGITS = 3
"""No more stretches than this gives: each is asked for by itself."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """All IDs from `low` to before `high`; empty means without end."""

    low: str = ""
    high: str = ""

    @property
    def query(self) -> dict[str, str]:
        """As a condition on an ID."""
        return {"$gte": self.low} | ({"$lt": self.high} if self.high else {})

    def holds(self, name: str) -> bool:
        """Whether this ID lies in it."""
        return self.low <= name and (not self.high or name < self.high)


def stretches(count: int, prefix: str = "") -> list[Stretch]:
    """Stretches for about `count` IDs that begin with `prefix`."""
    digits = 0
    while count > FEW * 16**digits and digits < MOST_DIGITS:
        digits += 1
    bounds = list(_bounds(prefix, digits))
    return [Stretch(low, high) for low, high in zip(["", *bounds], [*bounds, ""], strict=True)]


def _bounds(prefix: str, digits: int) -> Iterator[str]:
    if digits:
        every = product("0123456789abcdef", repeat=digits)
        next(every)  # the first stretch begins before everything
        yield from (prefix + "".join(one) for one in every)
