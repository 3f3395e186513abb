"""The answers as a tree of typed nodes, and the session in which expressions look at it."""

import random
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING

from lxml import etree

from sync.core.times import PHNOM_PENH
from sync.core.xpath.dates import Moment, moment_from
from sync.core.xpath.errors import XPathError
from sync.core.xpath.reading import CALCULATED, value_of
from sync.core.xpath.values import Value

if TYPE_CHECKING:
    from sync.core.xpath.frames import Frame

ATTRIBUTE = -3
"""The place of an attribute, as JavaRosa's position() gives it."""
_NO_CHILDREN: dict[str, list["Node"]] = {}  # shared by all leaves; never changed


class Node:
    """One element (or attribute) of the answers. `place` counts from 1 among siblings of its name."""

    __slots__ = ("_read_in", "_value", "element", "groups", "name", "parent", "path", "place", "text", "type")

    def __init__(  # noqa: PLR0917  # made thousands of times a second; keywords cost
        self,
        name: str,
        parent: "Node | None",
        path: str,
        place: int,
        text: str = "",
        type: str = "string",
    ) -> None:
        self.name = name
        self.parent = parent
        self.path = path
        self.place = place
        self.text = text
        self.type = type
        self.groups = _NO_CHILDREN
        self.element: etree._Element | None = None
        self._read_in: Session | None = None
        self._value: Value = ""

    def value_in(self, session: "Session") -> Value:
        """The typed value. Times and zones come from the session, so it is kept for that one only."""
        if self._read_in is not session:
            self._value = value_of(self.text, self.type, session)
            self._read_in = session
        return self._value

    def set_value(self, value: Value, session: "Session") -> None:
        """Gives the node a value that was calculated in this session (it has no text of that type)."""
        self._value = value
        self._read_in = session

    def attribute(self, name: str) -> "Node | None":
        """The attribute of that name as a node, or None."""
        if self.element is None:
            return None
        for key, value in self.element.attrib.items():
            if str(key).rpartition("}")[2] == name:
                return Node(name, self, f"{self.path}/@{name}", ATTRIBUTE, str(value))
        return None

    def chain(self) -> list["Node"]:
        """The nodes from the root down to this one."""
        found: list[Node] = []
        node: Node | None = self
        while node is not None and node.parent is not None:
            found.append(node)
            node = node.parent
        return found[::-1]

    def is_hidden(self, hidden: set["Node"]) -> bool:
        """Whether it, or something around it, is among these."""
        return self in hidden or (self.parent is not None and self.parent.is_hidden(hidden))


class Tree:
    """What was answered. `top` stands above the root element.

    `hidden`: nodes that are not relevant. A submission lacks those; a form being filled in has them.
    """

    def __init__(self, top: Node) -> None:
        self.top = top
        self.hidden: set[Node] = set()

    def find(self, path: str) -> list[Node]:
        """All nodes on an absolute path such as `/data/hh/age`, in document order."""
        found = [self.top]
        for name in path.strip("/").split("/"):
            found = [child for node in found for child in node.groups.get(name, ())]
        return found


def read_tree(
    root: etree._Element,
    types: Mapping[str, str] | None = None,
    calculate_types: Mapping[str, str] | None = None,
) -> Tree:
    """The tree of one submission (or of a secondary instance, without types).

    `types`: bind type by absolute path; what is not named is text. `calculate_types`: static type by path
    for nodes with a calculate, because a calculate has the type of its result, not of its bind.
    """
    known = dict(types or {})
    for path, static in (calculate_types or {}).items():
        if static != "date" or known.get(path) != "time":
            known[path] = CALCULATED.get(static, "string")
    top = Node("", None, "", 1)
    name = _local(str(root.tag))
    node = Node(name, top, f"/{name}", 1, root.text or "", known.get(f"/{name}", "string"))
    node.element = root
    top.groups = {name: [node]}
    _fill(node, root, known)
    if node.groups:
        node.text = ""
    return Tree(top)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _fill(parent: Node, element: etree._Element, types: Mapping[str, str]) -> None:
    groups: dict[str, list[Node]] = {}
    base = parent.path + "/"
    for child in element:
        tag = child.tag
        if type(tag) is not str:  # a comment: the text goes on behind it
            parent.text += child.tail or ""
            continue
        name = tag if tag[0] != "{" else _local(tag)
        path = base + name
        siblings = groups.get(name)
        if siblings is None:
            siblings = groups[name] = []
        node = Node(name, parent, path, len(siblings) + 1, child.text or "", types.get(path, "string"))
        node.element = child
        siblings.append(node)
        if len(child):
            _fill(node, child, types)
            if node.groups:
                node.text = ""
    parent.groups = groups


class Session:
    """One look at one tree at one time: what expressions are evaluated in.

    `now` is aware and pinned by the caller (the instance's own time stamp, never the server's clock);
    `zone` is the phone's. `instances` are the secondary instances by id, elements or trees. `chance` is
    needed only by uuid(), random() and randomize() without a seed. `locale` decides %a, %b and %W.
    What paths lead to is remembered: whoever changes the tree between evaluations calls `forget`.
    """

    def __init__(
        self,
        tree: Tree,
        now: datetime,
        zone: tzinfo = PHNOM_PENH,
        instances: Mapping[str, etree._Element | Tree] | None = None,
        *,
        locale: str = "en",
        chance: random.Random | None = None,
    ) -> None:
        self.tree = tree
        self.now = moment_from(now, zone)
        self.zone = zone
        self.locale = locale
        self._instances = dict(instances or {})
        self._chance = chance
        self.scalars: dict[tuple[str, ...], Value] = {}
        self.found: dict[tuple[str, ...], list[Node]] = {}
        self.frames: dict[str | Node, Frame] = {}

    def forget(self) -> None:
        """Call this after the tree was changed: what paths lead to is looked up again."""
        self.scalars.clear()
        self.found.clear()
        self.frames.clear()

    @cached_property
    def today(self) -> Moment:
        """Local midnight of now."""
        return self.now.midnight()

    @property
    def chance(self) -> random.Random:
        """Where random numbers come from. Raises XPathError when the caller gave none."""
        if self._chance is None:
            raise XPathError("A formula with chance in it (random, uuid, randomize) cannot be repeated here.")
        return self._chance

    def top_of(self, instance: str) -> Node:
        """The node above the root of a secondary instance. Raises XPathError when there is no such one."""
        known = self._instances.get(instance)
        if known is None:
            raise XPathError(f"There is no list named “{instance}” here.")
        if not isinstance(known, Tree):
            known = self._instances[instance] = read_tree(known)
        return known.top
