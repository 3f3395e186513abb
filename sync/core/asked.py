"""What a phone would have asked and taken, had the answer been what it was put right to.

By the form's own expressions (relevance, constraint), evaluated as on the phone. What it would not have asked
does not count any more; what was sent stays as it came, and is shown. What it would have asked besides nobody
was asked: nothing is filled in or guessed. People are told which questions those are, and go and ask.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime

from lxml import etree

from sync.core.correction import MOST_ROUNDS, corrected, node_at, without_places, work_out_anew
from sync.core.form import FormDefinition
from sync.core.times import PHNOM_PENH
from sync.core.xpath import (
    Session,
    XPathError,
    calculate_types,
    compile_expression,
    read_tree,
    to_boolean,
)

NUMBERS = {"int": int, "decimal": float}


def is_taken(root: etree._Element, path: str, form: FormDefinition, *, at: datetime) -> bool:
    """Whether a phone would have taken the answer that now stands at this path of the record.

    An empty answer is taken: a question may be left out. So is one whose rule reads what only the phone
    had, such as a list of people; and in a repeat, where the phone's place is not known.
    """
    question = without_places(path)
    node, known = node_at(root, path), form.fields.get(question)
    text = (node.text or "").strip() if node is not None else ""
    if known is None or not text:
        return True
    if known.type in NUMBERS:
        try:
            NUMBERS[known.type](text)
        except ValueError:
            return False
    choices = form.choices.get(question)
    if choices and known.control in ("select1", "select", "rank"):
        chosen = text.split()
        if not set(chosen) <= choices.keys() or (known.control == "select1" and len(chosen) > 1):
            return False
    return not form.constraints.get(question) or known.repeat != "" or _holds(root, question, form, at)


def newly_asked(
    before: etree._Element, after: etree._Element, form: FormDefinition, *, at: datetime
) -> tuple[list[str], list[str]]:
    """Paths of the questions that the phone would have asked besides, and of those it would not have asked.

    Outside repeats; in the order of the form.
    """
    asked_before, asked_after = set(_asked(before, form, at)), list(_asked(after, form, at))
    now = set(asked_after)
    return (
        [path for path in asked_after if path not in asked_before],
        [path for path in form.fields if path in asked_before and path not in now],
    )


def as_asked(
    sent: etree._Element, changes: Mapping[str, str], form: FormDefinition, *, at: datetime
) -> etree._Element:
    """The record as a phone would have sent it had these been the answers, but for what nobody was asked.

    What was hidden in the record that was sent stays as it is, also where its rule cannot be worked out here.
    """
    root = corrected(sent, changes, form, at=at)
    before = set(_hidden(sent, form, at))
    for _ in range(MOST_ROUNDS):
        gone = {path for path in _hidden(root, form, at) if path not in before}
        taken = {name for path in sorted(gone) for name in _taken_away(root, path)}
        if not taken:
            break
        work_out_anew(root, taken, form, at)
    return root


def _taken_away(root: etree._Element, path: str) -> list[str]:
    """Take what lies at this path out of the record; the paths of what went."""
    steps = path.strip("/").split("/")[1:]
    there = [root]
    for step in steps:
        there = [one for node in there for one in node if etree.QName(one).localname == step]
    names = []
    for node in there:
        names += [
            "/".join(("", *_way(one))) for one in node.iter() if isinstance(one.tag, str) and not len(one)
        ]
        parent = node.getparent()
        if parent is not None:
            parent.remove(node)
    return names


def _way(node: etree._Element) -> list[str]:
    above = [etree.QName(one).localname for one in node.iterancestors()]
    return [*reversed(above), etree.QName(node).localname]


def _hidden(root: etree._Element, form: FormDefinition, at: datetime) -> Iterator[str]:
    """Paths of what the form does not show, outside repeats; not those under another of them."""
    session = _session(root, form, at)
    hidden: list[str] = []
    for path, known in form.fields.items():
        if any(path.startswith(f"{above}/") for above in hidden) or known.repeat:
            continue
        if not _is_true(form.relevant.get(path, ""), path, session):
            hidden.append(path)
            yield path


def _asked(root: etree._Element, form: FormDefinition, at: datetime) -> Iterator[str]:
    hidden = tuple(_hidden(root, form, at))
    for path, known in form.fields.items():
        is_shown = not any(path == one or path.startswith(f"{one}/") for one in hidden)
        if is_shown and not known.repeat and known.control and known.control != "group":
            yield path


def _holds(root: etree._Element, path: str, form: FormDefinition, at: datetime) -> bool:
    return _is_true(form.constraints[path], path, _session(root, form, at))


def _is_true(text: str, path: str, session: Session) -> bool:
    """Whether this expression holds at this path; what cannot be worked out here is not held against it."""
    if not text:
        return True
    with suppress(XPathError):
        return to_boolean(compile_expression(text, context=path).evaluate(session))
    return True


def _session(root: etree._Element, form: FormDefinition, at: datetime) -> Session:
    kinds: Mapping[str, str] = calculate_types(form.calculates, form.types)
    return Session(read_tree(root, form.types, kinds), now=at, zone=PHNOM_PENH)
