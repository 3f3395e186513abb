"""What a submission says about entities: one `meta/entity` block for each, at any level of the form.

Source: ODK entities specification 2022.1 to 2025.1 (blocks inside groups and repeats, properties relative to
the group that holds the block); `collect_contract.md` 5.3 for what Collect fills in.
"""

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from sync.core.form import Declared, FormDefinition, Value

_V4_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_ANY_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
NOT_DECLARED = "entity.not_declared"
MALFORMED = "entity.id_malformed"
_WHOLE = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityAction:
    """One `meta/entity` block: what a phone says it made or changed."""

    entity_list: str
    entity_id: str
    """A version 4 UUID in small letters; of a block without one, an ID made up for it alone."""
    create: bool
    update: bool
    label: str
    properties: Mapping[str, str]
    base_version: str = ""
    trunk_version: str = ""
    branch_id: str = ""
    holder: str = ""
    """Path, with the places of repeats, of the group that holds the block."""
    fault: str = ""
    """Code of what cannot be right in the block; nothing of it counts until somebody has looked."""
    facts: Mapping[str, Value] = field(default_factory=dict)
    """Answers in the group that holds the block, where a form holds several."""


def entities_of(root: etree._Element, form: FormDefinition, instance_id: str) -> Iterator[EntityAction]:
    """Every block of this submission, in its order."""
    for element in root.iter("{*}entity"):
        meta = element.getparent()
        if meta is None or local(meta) != "meta" or (holder := meta.getparent()) is None:
            continue
        told = _Told(element)
        path = exact_path(holder)
        fault = told.fault(form.entities.get(without_places(path)))
        yield EntityAction(
            entity_list=told.entity_list,
            entity_id=told.stand_in(f"{instance_id} {path}") if fault == MALFORMED else told.entity_id,
            create=told.create,
            update=told.update,
            label=told.label,
            properties=_properties(holder, form),
            base_version=told.base,
            trunk_version=told.trunk,
            branch_id=told.branch,
            holder=path,
            fault=fault,
        )


class _Told:
    """A block as it was written."""

    def __init__(self, element: etree._Element) -> None:
        self.entity_list = element.get("dataset", "")
        self.entity_id = element.get("id", "").strip().removeprefix("uuid:").lower()
        self.create = element.get("create", "") in ("1", "true")
        self.update = element.get("update", "") in ("1", "true")
        self.base = element.get("baseVersion", "").strip()
        self.trunk = element.get("trunkVersion", "").strip()
        self.branch = element.get("branchId", "").strip()
        label = next((child.text or "" for child in element if local(child) == "label"), "")
        self.label = label.strip()

    def fault(self, declared: Declared | None) -> str:
        """Code of what cannot be right in it, or ""; a block that does nothing is always right."""
        if not (self.create or self.update):
            return ""
        if not _V4_UUID.fullmatch(self.entity_id):
            return MALFORMED
        if declared is None or declared.entity_list != self.entity_list:
            return NOT_DECLARED
        return "" if declared.create >= self.create and declared.update >= self.update else NOT_DECLARED

    def stand_in(self, name: str) -> str:
        """An ID for this block alone, always the same, and none that a phone makes."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def number_of(text: str) -> int | None:
    """The version this text names, or None: blank, not a whole number, or longer than versions get."""
    return int(text) if _WHOLE.fullmatch(text) else None


def is_branch(text: str) -> bool:
    """Whether this can name a branch: a UUID of any version."""
    return bool(_ANY_UUID.fullmatch(text))


def holder_around(path: str, holders: list[str]) -> str:
    """The nearest of these groups around this answer, or "" for none."""
    around = [holder for holder in holders if path.startswith(f"{holder}/")]
    return max(around, key=len, default="")


def exact_path(element: etree._Element) -> str:
    """`/data/person[2]`: the path with the place of each repeat, as in `answers.Answer.path`."""
    steps = []
    for one in reversed([element, *element.iterancestors()]):
        parent = one.getparent()
        alike = [] if parent is None else [child for child in parent if _same_name(child, one)]
        steps.append(local(one) + (f"[{alike.index(one) + 1}]" if len(alike) > 1 else ""))
    return "/" + "/".join(steps)


def without_places(path: str) -> str:
    """`/data/service[2]/kind` -> `/data/service/kind`."""
    return "/".join(step.partition("[")[0] for step in path.split("/"))


def local(element: etree._Element) -> str:
    """The name without its namespace."""
    return etree.QName(element).localname


def _same_name(child: etree._Element, one: etree._Element) -> bool:
    return isinstance(child.tag, str) and local(child) == local(one)


def _properties(holder: etree._Element, form: FormDefinition) -> dict[str, str]:
    """The answers saved to the entity: those whose nearest block-holding group is `holder`.

    A node that was not sent keeps its value.
    """
    found: dict[str, str] = {}

    def walk(element: etree._Element, path: str) -> None:
        for child in element:
            if not isinstance(child.tag, str) or local(child) == "meta":
                continue
            here = f"{path}/{local(child)}"
            known = form.fields.get(here)
            if known is not None and known.save_to:
                found.setdefault(known.save_to, child.text or "")
            if len(child) and child.find("{*}meta/{*}entity") is None:
                walk(child, here)

    names = [local(one) for one in reversed([holder, *holder.iterancestors()])]
    walk(holder, "/" + "/".join(names))
    return found
