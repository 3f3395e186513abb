"""Fill in a form as a phone would, without a phone: relevance, calculates, defaults, entity, metadata."""

import copy
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from server.demo.blank import Bind, Blank, Control
from server.demo.writing import exact_path, instant, list_from, uuid_from
from sync.core.times import PHNOM_PENH
from sync.core.xpath import Expression, Node, Session, Tree, read_tree, to_boolean, to_number, written


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as the person in front of the phone meets it."""

    name: str
    path: str
    """Absolute, with the place of each repeat: `/data/service[2]/service_type`."""
    type: str
    """Bind type: int, decimal, date, string …"""
    kind: str
    """input, select1, select, rank, range, trigger, upload, or repeat for "add another?"."""
    choices: tuple[str, ...] = ()
    """Names of what is on the list just now."""


_NOTHING = list_from([])
INSTANCE_ID = "instanceID"
Ask = Callable[[Asked], str]
"""Answers a question with text, "" to skip it; `repeat` is answered yes with anything else than ""."""


def fill(
    blank: Blank,
    ask: Ask,
    *,
    now: datetime,
    metadata: Mapping[str, str],
    lists: Mapping[str, Tree],
    instance_id: str,
    chance: random.Random,
) -> bytes:
    """The submission of somebody who answers `ask`.

    `metadata`: deviceid, username … `lists`: entity lists and attached files by instance id. `chance`
    makes the entity ID, so that the same seed gives the same bytes.
    """
    known = {**metadata, INSTANCE_ID: instance_id}
    filling = _Filling(blank, now=now, metadata=known, lists=lists, chance=chance)
    filling.open()
    filling.walk(blank.controls, ask)
    return filling.finish()


class _Filling:
    """One form being filled in.

    The tree holds only what is relevant; `nodes` holds everything. A session remembers what it looked at,
    so each change needs a new one.
    """

    def __init__(
        self,
        blank: Blank,
        *,
        now: datetime,
        metadata: Mapping[str, str],
        lists: Mapping[str, Tree],
        chance: random.Random,
    ) -> None:
        self.blank = blank
        self.now = now
        self.metadata = metadata
        self.lists = {**dict.fromkeys(blank.external, _NOTHING), **blank.lists, **lists}
        self.chance = chance
        self.root = copy.deepcopy(blank.template)
        self.session: Session | None = None
        self._plant()

    def _plant(self) -> None:
        """The typed tree over the XML; done again when a repeat was added."""
        self.tree = read_tree(self.root, self.blank.definition.types, self.blank.calculate_types)
        self.nodes: dict[str, list[Node]] = {}
        waiting = [child for group in self.tree.top.groups.values() for child in group]
        while waiting:
            node = waiting.pop(0)
            self.nodes.setdefault(node.path, []).append(node)
            waiting.extend(child for group in node.groups.values() for child in group)
        self.session = None
        self._work_out(self.blank.all_working)

    # -- values ------------------------------------------------------------------------------

    def _look(self) -> Session:
        if self.session is None:
            self.session = Session(
                self.tree, now=self.now, zone=PHNOM_PENH, instances=self.lists, chance=self.chance
            )
        return self.session

    def _set(self, node: Node, text: str) -> None:
        if node.text != text:
            node.text = text
            if node.element is not None:
                node.element.text = text or None
            self.session = None
            self._work_out(self.blank.affected.get(node.path, ()))

    def _work_out(self, binds: tuple[Bind, ...]) -> None:
        for bind in binds:
            owner, _, attribute = bind.path.partition("/@")
            for node in self.nodes.get(owner, ()):
                if bind.relevant is not None:
                    self._show(node, to_boolean(bind.relevant.evaluate(self._look(), at=node)))
                if bind.calculate is not None and self._is_shown(node):
                    self._calculate(node, attribute, bind, bind.calculate)

    def _calculate(self, node: Node, attribute: str, bind: Bind, expression: Expression) -> None:
        text = written(expression.evaluate(self._look(), at=node), bind.type) or ""
        if attribute:
            self._set_attribute(node, attribute, text)
        elif node.text != text:
            node.text = text
            if node.element is not None:
                node.element.text = text or None
            self.session = None

    def _set_attribute(self, node: Node, attribute: str, text: str) -> None:
        if node.element is not None and node.element.get(attribute) != text:
            node.element.set(attribute, text)
            self.session = None

    def _show(self, node: Node, relevant: bool) -> None:
        group = node.parent.groups.setdefault(node.name, []) if node.parent else []
        if relevant != (node in group):
            if relevant:
                group.append(node)
                group.sort(key=lambda each: each.place)
            else:
                group.remove(node)
            self.session = None

    def _is_shown(self, node: Node) -> bool:
        above: Node | None = node
        while above is not None and above.parent is not None:
            if above not in above.parent.groups.get(above.name, ()):
                return False
            above = above.parent
        return True

    # -- opening, walking, finishing -----------------------------------------------------------

    def open(self) -> None:
        """What happens before anybody sees the first question."""
        for bind in self.blank.binds.values():
            text = self._preloaded(bind)
            for node in self.nodes.get(bind.path, ()) if text else ():
                self._set(node, text)
        self._set_values(self.blank.first_load)

    def _set_values(self, actions: tuple[tuple[str, Expression], ...]) -> None:
        for path, expression in actions:
            owner, _, attribute = path.partition("/@")
            for node in self.nodes.get(owner, ()):
                text = self._first_value(expression, node)
                if attribute:
                    self._set_attribute(node, attribute, text)
                    self._work_out(self.blank.affected.get(path, ()))
                else:
                    self._set(node, text)

    def _first_value(self, expression: Expression, node: Node) -> str:
        if expression.text.strip() == "uuid()":
            return uuid_from(self.chance)
        return written(expression.evaluate(self._look(), at=node)) or ""

    def _preloaded(self, bind: Bind) -> str:
        match bind.preload, bind.preload_what:
            case "uid", _:
                return self.metadata[INSTANCE_ID]
            case "timestamp", "start":
                return instant(self.now)
            case "date", "today":
                return self.now.astimezone(PHNOM_PENH).date().isoformat()
            case "property", what:
                return self.metadata.get(what, "")
        return ""

    def walk(self, controls: tuple[Control, ...], ask: Ask, inside: Node | None = None) -> None:
        """Meet these controls in order; `inside` is the repeat around them."""
        for control in controls:
            if control.kind == "repeat":
                self._repeat(control, ask, inside)
                continue
            node = self._node(control.path, inside) if control.path else None
            if node is not None and not self._is_shown(node):
                continue
            if control.kind == "group":
                self.walk(control.inside, ask, inside)
            elif node is not None and not self.blank.binds[control.path].read_only:
                self._question(control, node, ask)

    def _node(self, path: str, inside: Node | None) -> Node | None:
        found = self.nodes.get(path, [])
        if inside is None:
            return found[0] if found else None
        return next((node for node in found if inside in node.chain()), None)

    def _question(self, control: Control, node: Node, ask: Ask) -> None:
        bind = self.blank.binds[control.path]
        choices = control.choices
        if control.listed is not None:
            choices = tuple(str(control.listed.evaluate(self._look(), at=node)).split())
        asked = Asked(
            name=node.name, path=exact_path(node), type=bind.type, kind=control.kind, choices=choices
        )
        answer = ask(asked)
        if not answer:
            return
        before = node.text
        # JavaRosa keeps a decimal as a double and writes `13.0`.
        self._set(node, str(float(answer)) if bind.type == "decimal" else answer)
        if bind.constraint is not None and not to_boolean(bind.constraint.evaluate(self._look(), at=node)):
            self._set(node, before)  # Collect does not let such an answer pass
        elif node.text != before:
            self._set_values(control.changes)

    def _repeat(self, control: Control, ask: Ask, inside: Node | None) -> None:
        place = 0
        while True:
            here = [
                node for node in self.nodes.get(control.path, []) if inside is None or inside in node.chain()
            ]
            if here and not self._is_shown(here[0]):
                return
            if place < len(here):
                self.walk(control.inside, ask, here[place])
                place += 1
            elif not self._may_add(control, ask, place) or not self._add(control.path, inside):
                return

    def _may_add(self, control: Control, ask: Ask, place: int) -> bool:
        if control.count is not None:
            return place < to_number(control.count.evaluate(self._look()))
        name = control.path.rpartition("/")[2]
        asked = Asked(name=name, path=f"{control.path}[{place + 1}]", type="", kind="repeat")
        return bool(ask(asked))

    def _add(self, path: str, inside: Node | None) -> bool:
        """One more instance of a repeat, after the last; only outside of other repeats."""
        holder = self._node(path.rpartition("/")[0], None)
        if inside is not None or holder is None or holder.element is None or not self._is_shown(holder):
            return False
        new = copy.deepcopy(self.blank.repeats[path])
        siblings = holder.element.findall(new.tag)
        if siblings:
            siblings[-1].addnext(new)
        else:
            holder.element.append(new)
        self._plant()
        return True

    def finish(self) -> bytes:
        """The end time, and the XML with only what is relevant."""
        for bind in self.blank.binds.values():
            if (bind.preload, bind.preload_what) == ("timestamp", "end"):
                for node in self.nodes.get(bind.path, ()):
                    self._set(node, instant(self.now))
        for nodes in self.nodes.values():
            for node in nodes:
                if not self._is_shown(node) and node.element is not None:
                    above = node.element.getparent()
                    if above is not None:
                        above.remove(node.element)
        body: bytes = etree.tostring(self.root, encoding="UTF-8")
        return b"<?xml version='1.0' encoding='UTF-8' ?>" + body
