"""A published XForm, read so that it can be filled in without a phone.

Nothing of JavaRosa runs here: the tests fill the same forms with JavaRosa and compare. Source: ODK XForms
specification; what pyxform writes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from sync.core.form import FormDefinition, form_from
from sync.core.xpath import Expression, Tree, calculate_types, compile_expression, read_tree

_XF = "{http://www.w3.org/2002/xforms}"
_HTML = "{http://www.w3.org/1999/xhtml}"
_JR = "{http://openrosa.org/javarosa}"
_XFORMS = "http://www.w3.org/2002/xforms"
_ASKED = frozenset(("input", "select1", "select", "rank", "range", "trigger", "upload"))
_ITEMSET = re.compile(r"\s*(?:randomize\()?\s*(instance\('([^']+)'\)/root/item(?:\[.*\])?)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """What the form says of one node (or attribute), its expressions ready to run."""

    path: str
    type: str = "string"
    relevant: Expression | None = None
    calculate: Expression | None = None
    constraint: Expression | None = None
    read_only: bool = False
    preload: str = ""
    preload_what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One line of the form's body: a question, a group or a repeat, in the order of the screen."""

    path: str
    kind: str
    """input, select1, select, rank, range, trigger, upload, group or repeat."""
    inside: tuple["Control", ...] = ()
    choices: tuple[str, ...] = ()
    """Names of choices written in the question itself."""
    listed: Expression | None = None
    """Names, joined by spaces, of the choices that a list offers just now."""
    changes: tuple[tuple[str, Expression], ...] = ()
    """(path, expression) of what is set anew when this answer changes."""
    count: Expression | None = None
    """How many repeats there are, where that is not for the person to say."""


@dataclass(frozen=True, kw_only=True)
class Blank:
    """One form version, ready to be filled in many times."""

    definition: FormDefinition
    template: etree._Element = field(repr=False)
    """The primary instance, without namespaces and without repeat templates."""
    repeats: Mapping[str, etree._Element] = field(repr=False)
    """Path of a repeat -> what a new one looks like."""
    binds: Mapping[str, Bind] = field(repr=False)
    """By path, in the order of the form."""
    controls: tuple[Control, ...] = field(repr=False)
    first_load: tuple[tuple[str, Expression], ...]
    """(path, expression) of what is set when the form is opened."""
    lists: Mapping[str, Tree] = field(repr=False)
    """Choice lists inside the form, by id."""
    external: tuple[str, ...]
    """Ids of the lists that come with the form: entity lists and files."""
    calculate_types: Mapping[str, str] = field(repr=False)

    @cached_property
    def order(self) -> Mapping[str, int]:
        """Path -> when it is worked out: after everything it asks for."""
        found: dict[str, int] = {}

        def visit(path: str) -> None:
            if path in found:
                return
            found[path] = -1  # pyxform and ODK Validate refuse circles
            for asked in self._asked_by(path):
                visit(asked)
            found[path] = len(found)

        for path in self.binds:
            visit(path)
        return found

    def _asked_by(self, path: str) -> Iterator[str]:
        parent = path.rpartition("/")[0]
        if parent:
            yield parent
        bind = self.binds.get(path)
        for expression in (bind.relevant, bind.calculate) if bind else ():
            yield from sorted(expression.references) if expression else ()

    @cached_property
    def affected(self) -> Mapping[str, tuple[Bind, ...]]:
        """Path -> the binds to be worked out anew after it changed, in that order."""
        asking: dict[str, set[str]] = {}
        for path in self.order:
            for asked in self._asked_by(path):
                asking.setdefault(asked, set()).add(path)

        def reached(path: str) -> set[str]:
            found: set[str] = set()
            waiting = [path]
            while waiting:
                for follower in asking.get(waiting.pop(), ()):
                    if follower not in found:
                        found.add(follower)
                        waiting.append(follower)
            return found

        return {path: self._working(reached(path)) for path in self.order}

    @cached_property
    def all_working(self) -> tuple[Bind, ...]:
        """Every bind with something to work out, in the order of working it out."""
        return self._working(set(self.binds))

    def _working(self, paths: set[str]) -> tuple[Bind, ...]:
        known = [self.binds[path] for path in sorted(paths, key=self.order.__getitem__) if path in self.binds]
        return tuple(bind for bind in known if bind.relevant or bind.calculate)


def blank_from(xform: bytes) -> Blank:
    """The form an XForm defines. The bytes are our own, checked at publishing: a fault here is a bug."""
    document = etree.fromstring(xform, etree.XMLParser(resolve_entities=False, no_network=True))
    model = _only(document, f"{_HTML}head/{_XF}model")
    body = _only(document, f"{_HTML}body")
    definition = form_from(xform)
    instances = model.findall(f"{_XF}instance")
    template = _plain(instances[0][0])
    secondary = {instance.get("id", ""): instance for instance in instances[1:]}
    return Blank(
        definition=definition,
        repeats=_take_templates(template, definition),
        template=template,
        binds={bind.path: bind for bind in map(_bind, model.findall(f"{_XF}bind"))},
        controls=_controls(body),
        first_load=_set_values(document.iter(f"{_XF}setvalue"), "odk-instance-first-load"),
        lists={name: read_tree(each[0]) for name, each in secondary.items() if each.get("src") is None},
        external=tuple(name for name, each in secondary.items() if each.get("src") is not None),
        calculate_types=calculate_types(definition.calculates, definition.types),
    )


def _only(element: etree._Element, path: str) -> etree._Element:
    found = element.find(path)
    if found is None:
        raise ValueError(f"no {path} in the XForm")
    return found


def _compiled(text: str, context: str) -> Expression:
    return compile_expression(text, context=context)


def _plain(element: etree._Element) -> etree._Element:
    """A copy outside of the XForms namespace, as JavaRosa writes it; other namespaces stay."""
    name = etree.QName(element)
    copy = etree.Element(
        name.localname if name.namespace == _XFORMS else element.tag,
        nsmap={prefix: uri for prefix, uri in element.nsmap.items() if prefix},
    )
    for key, value in element.attrib.items():
        copy.set(key, value)
    copy.text = (element.text or "").strip() or None
    copy.extend(_plain(child) for child in element if isinstance(child.tag, str))
    return copy


def _take_templates(root: etree._Element, definition: FormDefinition) -> dict[str, etree._Element]:
    """What a new instance of each repeat looks like; the templates are taken out of the form's own data."""
    found: dict[str, etree._Element] = {}
    for path in sorted(definition.repeats, key=len, reverse=True):
        # Below the root: `/data/main/hh` is `main/hh`.
        for element in root.findall("/".join(path.split("/")[2:])):
            above = element.getparent()
            if element.attrib.pop(f"{_JR}template", "no") != "no" and above is not None:
                above.remove(element)
                found[path] = element
            else:
                found.setdefault(path, element)
    return found


def _bind(element: etree._Element) -> Bind:
    path = element.get("nodeset", "")

    def expression(name: str) -> Expression | None:
        text = element.get(name)
        return _compiled(text, path) if text else None

    return Bind(
        path=path,
        type=element.get("type", "string").removeprefix("xsd:"),
        relevant=expression("relevant"),
        calculate=expression("calculate"),
        constraint=expression("constraint"),
        read_only=element.get("readonly", "false()") not in ("false()", "false"),
        preload=element.get(f"{_JR}preload", ""),
        preload_what=element.get(f"{_JR}preloadParams", ""),
    )


def _controls(parent: etree._Element) -> tuple[Control, ...]:
    return tuple(
        control
        for element in parent
        if isinstance(element.tag, str)
        for control in _control(element, etree.QName(element).localname)
    )


def _control(element: etree._Element, kind: str) -> Iterator[Control]:
    if kind == "group":
        inside, path = _controls(element), element.get("ref", "")
        if any(each.kind == "repeat" and each.path == path for each in inside):
            yield from inside  # pyxform puts a group of the same name around each repeat
        else:
            yield Control(path=path, kind=kind, inside=inside)
    elif kind == "repeat":
        path, count = element.get("nodeset", ""), element.get(f"{_JR}count")
        yield Control(
            path=path,
            kind=kind,
            inside=_controls(element),
            count=_compiled(count.strip(), path) if count else None,
        )
    elif kind in _ASKED:
        path = element.get("ref", "")
        yield Control(
            path=path,
            kind=kind,
            choices=tuple(value.text or "" for value in element.iterfind(f"{_XF}item/{_XF}value")),
            listed=_listed(element.find(f"{_XF}itemset"), path),
            changes=_set_values(element.iterfind(f"{_XF}setvalue"), "xforms-value-changed"),
        )


def _set_values(elements: Iterable[etree._Element], event: str) -> tuple[tuple[str, Expression], ...]:
    return tuple(
        (each.get("ref", ""), _compiled(each.get("value", "''"), each.get("ref", "")))
        for each in elements
        if event in each.get("event", "").split()
    )


def _listed(itemset: etree._Element | None, path: str) -> Expression | None:
    if itemset is None:
        return None
    found = _ITEMSET.match(itemset.get("nodeset", ""))
    if not found:
        raise ValueError(f"a list of choices that cannot be read: {itemset.get('nodeset')}")
    value = itemset.find(f"{_XF}value")
    name = "name" if value is None else value.get("ref", "name")
    return _compiled(f"join(' ', {found.group(1)}/{name})", path)
