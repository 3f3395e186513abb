"""Small things that phones write: instants, ids, paths, lists as forms see them."""

import random
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from lxml import etree

from sync.core.times import PHNOM_PENH
from sync.core.xpath import Node, Tree, read_tree


def instant(at: datetime) -> str:
    """As JavaRosa writes a dateTime, in Cambodian time: `2026-11-23T10:30:00.000+07:00`."""
    return at.astimezone(PHNOM_PENH).isoformat(timespec="milliseconds")


def uuid_from(chance: random.Random) -> str:
    """A version 4 UUID that this chance always gives."""
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def exact_path(node: Node) -> str:
    """The path with the place of each repeat that has several instances or is not the first."""
    steps = []
    for each in node.chain():
        siblings = each.parent.groups.get(each.name, ()) if each.parent else ()
        steps.append(f"{each.name}[{each.place}]" if len(siblings) > 1 else each.name)
    return "/" + "/".join(steps)


def list_from(rows: Iterable[Mapping[str, str]]) -> Tree:
    """A list as forms see it, `instance('people')/root/item/…`, from rows of name -> text."""
    root = etree.Element("root")
    for row in rows:
        item = etree.SubElement(root, "item")
        for name, text in row.items():
            etree.SubElement(item, name).text = text
    return read_tree(root)
