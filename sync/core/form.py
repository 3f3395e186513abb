"""A form as the server needs to know it: read from the XForm that phones get, nothing else.

Source: ODK XForms specification (binds, body, repeats, entities:saveto).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from lxml import etree

Privacy = Literal["", "identity", "sensitive"]
Value = str | int | float | list[str]
"""What an answer can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One node of the form's primary instance."""

    path: str
    """Absolute, with the root: `/data/main/phq1`."""
    name: str
    """Last step of the path; what `${name}` means in a workbook."""
    type: str
    """Bind type as JavaRosa reads it: string, int, decimal, date, dateTime, time, geopoint, binary …"""
    control: str
    """input, select1, select, rank, upload, trigger, range; `group`, `repeat`; or "" when nobody is asked."""
    repeat: str = ""
    """Path of the nearest repeat around it, or ""."""
    calculate: str = ""
    relevant: str = ""
    """Whether it is asked."""
    constraint: str = ""
    """Whether an answer is taken."""
    save_to: str = ""
    """Entity property this answer is saved to, or ""."""
    privacy: Privacy = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a form may do with an entity list, in one of its groups."""

    entity_list: str
    create: bool
    update: bool


@dataclass(frozen=True, kw_only=True)
class FormDefinition:
    """What one immutable form version asks."""

    form_id: str
    version: str
    title: str
    root: str
    """Name of the instance's root element, usually `data`."""
    fields: Mapping[str, Field] = field(repr=False)
    """By path, in form order."""
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """Question path -> language ("en", "km") -> label."""
    choices: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict, repr=False)
    """Question path -> choice name -> language -> label."""
    also: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Name that another version has for a question -> its name in this one."""
    entities: Mapping[str, Declared] = field(default_factory=dict, repr=False)
    """Path of each group that holds an entity block -> what the form may do there."""

    @cached_property
    def types(self) -> dict[str, str]:
        """Path -> bind type, as `sync.core.xpath` wants it."""
        return {f.path: f.type for f in self.fields.values() if f.control not in ("group", "repeat")}

    @cached_property
    def calculates(self) -> dict[str, str]:
        """Path -> expression of every calculated node."""
        return {f.path: f.calculate for f in self.fields.values() if f.calculate}

    @cached_property
    def relevant(self) -> dict[str, str]:
        """Path -> when it is asked, for whatever is not always asked."""
        return {f.path: f.relevant for f in self.fields.values() if f.relevant}

    @cached_property
    def constraints(self) -> dict[str, str]:
        """Path -> which answers are taken, for whatever does not take any."""
        return {f.path: f.constraint for f in self.fields.values() if f.constraint}

    @cached_property
    def file_paths(self) -> tuple[str, ...]:
        """Paths of the nodes that hold the name of a file; `meta/audit` is one."""
        return tuple(f.path for f in self.fields.values() if f.type == "binary")

    @cached_property
    def repeats(self) -> frozenset[str]:
        """Paths of the repeats."""
        return frozenset(f.path for f in self.fields.values() if f.control == "repeat")

    @cached_property
    def paths(self) -> dict[str, str]:
        """Question name -> path; the first of a name wins, as in pyxform a name outside repeats is unique."""
        found: dict[str, str] = {}
        for path, known in self.fields.items():
            if not path.startswith(f"/{self.root}/meta/"):
                found.setdefault(known.name, path)
        return found | {name: found[mine] for name, mine in self.also.items()}

    def called(self, also: Mapping[str, str]) -> "FormDefinition":
        """The same form, its questions known under these names too."""
        return replace(self, also=also)


_XF = "{http://www.w3.org/2002/xforms}"
_HTML = "{http://www.w3.org/1999/xhtml}"
_JR = "{http://openrosa.org/javarosa}"
_SAVE_TO = "{http://www.opendatakit.org/xforms/entities}saveto"
_CONTROLS = ("input", "select1", "select", "rank", "upload", "trigger", "range")
_LANGUAGE = re.compile(r"\(([a-zA-Z-]+)\)\s*$")


def form_from(xform: bytes, *, privacy: Mapping[str, Privacy] | None = None) -> FormDefinition:
    """The form an XForm defines; `privacy` (question name -> mark) comes from the workbook.

    The bytes are our own, made by pyxform and checked at publishing, so a fault here is a bug.
    """
    document = etree.fromstring(xform, etree.XMLParser(resolve_entities=False, no_network=True))
    head, body = _child(document, f"{_HTML}head"), _child(document, f"{_HTML}body")
    model = _child(head, f"{_XF}model")
    root = _child(model, f"{_XF}instance")[0]
    texts = _texts(model)
    controls = _controls(body)
    return FormDefinition(
        form_id=root.get("id", ""),
        version=root.get("version", ""),
        title=head.findtext(f"{_HTML}title", ""),
        root=_local(root),
        fields=_fields(root, _binds(model), controls, privacy or {}),
        labels={path: label for path, element in controls.items() if (label := _label(element, texts))},
        choices=_choices(model, controls, texts),
        entities=dict(_declared(root)),
    )


def _child(element: etree._Element, tag: str) -> etree._Element:
    found = element.find(tag)
    if found is None:
        raise ValueError(f"no {tag} in the XForm")
    return found


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _binds(model: etree._Element) -> dict[str, etree._Element]:
    return {bind.get("nodeset", ""): bind for bind in model.findall(f"{_XF}bind")}


def _controls(body: etree._Element) -> dict[str, etree._Element]:
    """Path -> the body element that shows it; a repeat wins over the group around it."""
    found: dict[str, etree._Element] = {}
    for element in body.iter():
        if not isinstance(element.tag, str):
            continue
        kind = _local(element)
        path = element.get("nodeset") if kind == "repeat" else element.get("ref")
        if path and (kind in ("group", "repeat") or kind in _CONTROLS):
            found[path] = element
    return found


def _fields(
    root: etree._Element,
    binds: Mapping[str, etree._Element],
    controls: Mapping[str, etree._Element],
    privacy: Mapping[str, Privacy],
) -> dict[str, Field]:
    found: dict[str, Field] = {}

    def walk(element: etree._Element, path: str, repeat: str) -> None:
        for child in element:
            if not isinstance(child.tag, str):
                continue
            here = f"{path}/{_local(child)}"
            control = _local(controls[here]) if here in controls else ("group" if len(child) else "")
            inner = here if control == "repeat" else repeat
            bind = binds.get(here)
            known = {} if bind is None else {str(key): str(value) for key, value in bind.attrib.items()}
            found.setdefault(
                here,
                Field(
                    path=here,
                    name=_local(child),
                    type=known.get("type", "string"),
                    control=control,
                    repeat=inner,
                    calculate=known.get("calculate", ""),
                    relevant=known.get("relevant", ""),
                    constraint=known.get("constraint", ""),
                    save_to=known.get(_SAVE_TO, ""),
                    privacy=privacy.get(_local(child), ""),
                ),
            )
            walk(child, here, inner)

    walk(root, f"/{_local(root)}", "")
    return found


def _declared(root: etree._Element) -> Iterator[tuple[str, Declared]]:
    for element in root.iter("{*}entity"):
        above = [_local(one) for one in element.iterancestors(f"{_XF}*")]
        names = above[: above.index(_local(root)) + 1] if _local(root) in above else above
        if names[:1] == ["meta"]:
            path = "/" + "/".join(reversed(names[1:]))
            told = Declared(
                element.get("dataset", ""), "create" in element.attrib, "update" in element.attrib
            )
            yield path, told


def _text(element: etree._Element) -> str:
    return "".join(str(piece) for piece in element.itertext()).strip()


def _texts(model: etree._Element) -> dict[str, dict[str, str]]:
    """itext id -> language code -> text."""
    found: dict[str, dict[str, str]] = {}
    for translation in model.iterfind(f"{_XF}itext/{_XF}translation"):
        name = translation.get("lang", "")
        match = _LANGUAGE.search(name)
        language = match.group(1) if match else "en"
        for text in translation.findall(f"{_XF}text"):
            for value in text.findall(f"{_XF}value"):
                if value.get("form") is None:
                    found.setdefault(text.get("id", ""), {})[language] = _text(value)
    return found


def _label(element: etree._Element, texts: Mapping[str, dict[str, str]]) -> Mapping[str, str]:
    holder = element.getparent() if _local(element) == "repeat" else element
    label = None if holder is None else holder.find(f"{_XF}label")
    if label is None:
        return {}
    ref = label.get("ref", "")
    if ref.startswith("jr:itext('"):
        return texts.get(ref[10:-2], {})
    return {"en": _text(label)}


def _choices(
    model: etree._Element, controls: Mapping[str, etree._Element], texts: Mapping[str, dict[str, str]]
) -> dict[str, dict[str, Mapping[str, str]]]:
    lists: dict[str, dict[str, Mapping[str, str]]] = {
        instance.get("id", ""): {
            item.findtext(f"{_XF}name", ""): texts.get(
                item.findtext(f"{_XF}itextId", ""), {"en": item.findtext(f"{_XF}label", "")}
            )
            for item in instance.iterfind(f"{_XF}root/{_XF}item")
        }
        for instance in model.findall(f"{_XF}instance")[1:]
        if instance.get("src") is None
    }
    found = {}
    for path, element in controls.items():
        itemset = element.find(f"{_XF}itemset")
        if itemset is None:
            continue
        match = re.search(r"instance\('([^']+)'\)", itemset.get("nodeset", ""))
        if match and match.group(1) in lists:
            found[path] = lists[match.group(1)]
    return found
