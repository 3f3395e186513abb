"""The entity lists a phone keeps, with ODK Collect's rules for merging and for offline changes.

Source: collect_contract sections 5.1 to 5.4.
"""

import csv
import io
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

OWN_COLUMNS = ("name", "label", "__version")
ENTITIES = "http://www.opendatakit.org/xforms/entities"
XFORMS = "http://www.w3.org/2002/xforms"
V4_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.I)


@dataclass
class Row:
    """One entity as this phone knows it."""

    id: str
    label: str
    version: int
    properties: dict[str, str]
    trunk_version: int | None = None
    branch_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    offline: bool = False
    """Made on this phone and not yet seen in a list from the server."""


@dataclass
class EntityList:
    """All rows of one list; `hash` is what the manifest announced for the CSV last taken in."""

    name: str
    hash: str = ""
    columns: list[str] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)

    def merge(self, content: bytes, announced_hash: str) -> None:
        """Take in a CSV from the server. One without name, label and __version is dropped silently."""
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
        header = list(reader.fieldnames or [])
        if not set(OWN_COLUMNS) <= set(header):
            return
        self.columns = [name for name in header if name not in OWN_COLUMNS and not name.startswith("__")]
        seen = set()
        for line in reader:
            new = Row(
                line["name"],
                line["label"],
                int(line["__version"]),
                {name: line[name] or "" for name in self.columns},
                trunk_version=int(line["__version"]),
            )
            seen.add(new.id)
            self._merge_row(new)
        for gone in [row.id for row in self.rows.values() if not row.offline and row.id not in seen]:
            del self.rows[gone]
        self.hash = announced_hash

    def _merge_row(self, new: Row) -> None:
        known = self.rows.get(new.id)
        if (
            known is None
            or known.version < new.version
            or (known.version == new.version and known.version != known.trunk_version)
        ):
            self.rows[new.id] = new
        else:
            known.offline = False

    def offline_ids(self) -> list[str]:
        return [row.id for row in self.rows.values() if row.offline]

    def forget(self, ids: Iterable[str]) -> None:
        for gone in ids:
            self.rows.pop(gone, None)

    def csv(self) -> bytes:
        """As the form sees it: instance('people')/root/item/…"""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*OWN_COLUMNS, "__trunkVersion", "__branchId", *self.columns])
        for row in self.rows.values():
            trunk = "" if row.trunk_version is None else row.trunk_version
            own = [row.id, row.label, row.version, trunk, row.branch_id]
            writer.writerow([*own, *(row.properties.get(name, "") for name in self.columns)])
        return out.getvalue().encode()


def apply_offline(lists: Mapping[str, EntityList], xform: bytes, submission: bytes) -> None:
    """What a finalised form changes on this phone at once, before anything was sent."""
    saved = dict(_save_tos(xform))
    root = etree.fromstring(submission)
    for entity in root.iter("{*}entity"):
        known = lists.get(entity.get("dataset", ""))
        meta = entity.getparent()
        entity_id = entity.get("id", "")
        # The list must already be on the phone, and the id must be one a phone makes.
        if known is None or meta is None or not V4_UUID.fullmatch(entity_id):
            continue
        group = meta.getparent()
        label = (entity.findtext("{*}label") or "").strip()
        properties = dict(_properties(root, root if group is None else group, saved))
        here = known.rows.get(entity_id)
        if here is not None and _truthy(entity.get("update")):
            here.label = label or here.label
            here.properties.update(properties)
            here.version += 1
        elif here is None and _truthy(entity.get("create")) and label:
            known.rows[entity_id] = Row(entity_id, label, 1, properties, offline=True)


def _truthy(text: str | None) -> bool:
    return text in ("1", "true")


def _save_tos(xform: bytes) -> Iterator[tuple[str, str]]:
    """(absolute path, property) of every bind with entities:saveto."""
    for bind in etree.fromstring(xform).iter(f"{{{XFORMS}}}bind"):
        name = bind.get(f"{{{ENTITIES}}}saveto")
        if name:
            yield bind.get("nodeset", ""), name


def _properties(
    root: etree._Element, group: etree._Element, saved: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Answers saved to this entity: those whose nearest entity-holding ancestor is `group`."""
    for node in group.iter(etree.Element):
        name = saved.get("/" + "/".join(_names(node)))
        if name and next((a for a in node.iterancestors() if _holds_entity(a)), root) is group:
            yield name, node.text or ""


def _holds_entity(element: etree._Element) -> bool:
    return element.find("{*}meta/{*}entity") is not None


def _names(node: etree._Element) -> list[str]:
    return [etree.QName(step).localname for step in reversed([node, *node.iterancestors()])]
