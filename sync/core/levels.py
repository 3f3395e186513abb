"""How standing indicators make a level: the protocol's `levels` and `combine` sheets."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from lxml import etree

from sync.core.protocol import Combine, Indicator, Protocol
from sync.core.times import PHNOM_PENH
from sync.core.xpath import Session, compile_expression, read_tree, to_boolean

REVIEW = "review"
"""The level of an indicator that asks a person to look and raises no level."""

_NO_CLOCK = datetime(2000, 1, 1, tzinfo=PHNOM_PENH)


def order_of(protocol: Protocol, level: str) -> int:
    """How dangerous this level is among the protocol's; unknown ones (`review`) below all."""
    known = protocol.level(level)
    return known.order if known else -1


def combined(protocol: Protocol, standing: Iterable[Indicator], *, child: bool) -> Combine:
    """The first row of the `combine` sheet that holds for these indicators."""
    names = tuple(level.name for level in protocol.levels)
    count = dict.fromkeys(names, 0)
    for indicator in standing:
        if indicator.level in count:
            count[indicator.level] += 1
    rows = protocol.combine
    return rows[_first_row(tuple(row.condition for row in rows), names, tuple(count.values()), child)]


@lru_cache(maxsize=4096)
def _first_row(
    conditions: tuple[str, ...], names: tuple[str, ...], counts: tuple[int, ...], child: bool
) -> int:
    root = etree.Element("data")
    for name, count in (*zip(names, counts, strict=True), ("child", int(child))):
        etree.SubElement(root, name).text = str(count)
    paths = {name: f"/data/{name}" for name in (*names, "child")}
    session = Session(read_tree(root, dict.fromkeys(paths.values(), "int")), now=_NO_CLOCK)
    for place, condition in enumerate(conditions):
        if not condition or to_boolean(compile_expression(condition, names=paths).evaluate(session)):
            return place
    return len(conditions) - 1
