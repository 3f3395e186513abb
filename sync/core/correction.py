"""An answer put right by people: the record as it would read, while the bytes that came stay as they are.

Only leaves that were sent or could have been sent are put right; what the form works out from them is worked
out anew by the same expressions as on the phone, and what it would not have asked then is not there, as the
phone would not have sent it (`sync.core.asked` says what that is). Nobody was asked what it would have asked
besides: that stays open.
"""

from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from datetime import datetime

from lxml import etree

from sync.core.form import FormDefinition
from sync.core.times import PHNOM_PENH
from sync.core.xpath import (
    Expression,
    Session,
    XPathError,
    calculate_types,
    compile_expression,
    read_tree,
    written,
)

Element = etree._Element

MOST_ROUNDS = 8
"""A calculate may rest on one further down; publishing refuses circles."""


def corrected(
    root: etree._Element, changes: Mapping[str, str], form: FormDefinition, *, at: datetime
) -> etree._Element:
    """A copy of the record with these texts at these exact paths (`/data/service[2]/state`).

    A path that the record does not have is left out: its question was not shown.
    """
    copy = deepcopy(root)
    changed = set()
    for path, text in changes.items():
        node = node_at(copy, path)
        if node is not None:
            node.text = text
            changed.add(without_places(path))
    work_out_anew(copy, changed, form, at)
    return copy


def node_at(root: etree._Element, path: str) -> etree._Element | None:
    """The leaf at this exact path, or None."""
    names = path.strip("/").split("/")
    node = root
    if not names or _step(names[0])[0] != etree.QName(root).localname:
        return None
    for step in names[1:]:
        name, place = _step(step)
        found = [
            child for child in node if isinstance(child.tag, str) and etree.QName(child).localname == name
        ]
        if len(found) < place or name == "meta":
            return None
        node = found[place - 1]
    return None if len(node) else node


def without_places(path: str) -> str:
    """The path of the question, whichever repeat it was answered in."""
    return "/".join(step.partition("[")[0] for step in path.split("/"))


def _step(step: str) -> tuple[str, int]:
    name, _, place = step.partition("[")
    place = place.rstrip("]")
    return name, int(place) if place.isdigit() and int(place) else 1


def work_out_anew(root: etree._Element, changed: set[str], form: FormDefinition, at: datetime) -> None:
    """Give every calculate that rests on a changed answer the value it has now; outside repeats."""
    compiled, kinds = _calculates(form)
    waiting = _resting_on(changed, compiled)
    for _ in range(MOST_ROUNDS if waiting else 0):
        before = [(path, node.text) for path in waiting if (node := node_at(root, path)) is not None]
        for path in waiting:
            node = node_at(root, path)
            if node is None:
                continue
            session = Session(read_tree(root, form.types, kinds), now=at, zone=PHNOM_PENH)
            with suppress(XPathError):  # what cannot be worked out here stays as the phone had it
                node.text = written(compiled[path].evaluate(session)) or ""
        if before == [(path, node.text) for path in waiting if (node := node_at(root, path)) is not None]:
            return


def _resting_on(changed: set[str], compiled: Mapping[str, Expression]) -> list[str]:
    """Paths of the calculates that read one of these, directly or through another; in form order."""
    reached = set(changed)
    while True:
        more = {path for path, one in compiled.items() if path not in reached and one.references & reached}
        if not more:
            return [path for path in compiled if path in reached - changed]
        reached |= more


def _calculates(form: FormDefinition) -> tuple[Mapping[str, Expression], Mapping[str, str]]:
    found = {}
    for path, text in form.calculates.items():
        if not form.fields[path].repeat:
            with suppress(XPathError):
                found[path] = compile_expression(text, context=path)
    return found, calculate_types(form.calculates, form.types)
