"""What is sealed in which collection, under whose key. Sealed on the way in and opened on the way out by
`sync.store.sealed`, so that nobody else need know.

**A new field that can hold a name, an answer or free text belongs into `SEALED`.** Sealed fields can be
neither asked for nor sorted by; whatever is asked for stays outside and must say nothing about a person that
a thief could use. `tests/store/test_dump.py` looks for what it put in.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

BLOB = "sealed"
"""The field that holds all sealed fields of a document together."""
SEALED_FOR = "sealed_for"
"""The name of the key that a document is sealed under."""
SEARCH = "search"
"""Keyed codes under which a name is found again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """What is sealed in one collection."""

    fields: tuple[str, ...] = ()
    """Paths sealed together, as one value: `scores`, `risk.look`, `alerts.*.label` (of each element)."""
    apart: tuple[str, ...] = ()
    """Fields sealed each by itself in its place: large and seldom read, or changed alone."""
    person: tuple[str, ...] = ()
    """Where the entity IDs stand whose key it is, the first that is there; empty: the house's key."""
    outlives: bool = False
    """Whether what is not sealed is still shown after the key was destroyed."""
    found_by: tuple[str, ...] = ()
    """Paths of names people are searched by."""

    @property
    def tops(self) -> frozenset[str]:
        """Names of all fields that are sealed as a whole."""
        return frozenset(path for path in (*self.fields, *self.apart) if "." not in path)


SEALED: Mapping[str, Sealing] = {
    "submissions": Sealing(fields=("xml",), apart=("attachments", "replaced"), person=("touches",)),
    "conflicting": Sealing(fields=("xml", "attachments"), person=("touches",)),
    "refused": Sealing(fields=("xml", "file_names"), person=("touches",)),
    "records": Sealing(
        fields=("facts", "entities", "scores", "indicators", "doubts"),
        apart=("answers",),
        person=("entity_ids",),
    ),
    "returnees": Sealing(
        fields=(
            "person.*",
            "entity.label",
            "entity.properties",
            "risk.override",
            "risk.unsigned.reason",
            "risk.indicators",
            "risk.look",
            "scores",
            "profile",
            "official",
            "follow_ups",
            "assessments",
            "alerts.*.label",
        ),
        person=("_id",),
        found_by=("person.call_name", "entity.label"),
    ),
    "assessments": Sealing(fields=("indicators", "reason"), person=("entity_id",)),
    "decisions": Sealing(fields=("reason",), person=("entity_id",)),
    "audit": Sealing(fields=("why",), person=("about",), outlives=True),
    "devices": Sealing(apart=("name", "worker_name")),
    "workers": Sealing(apart=("name",)),
    "accounts": Sealing(apart=("name",)),
}


def split(document: Mapping[str, Any], paths: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document without what stands under these paths, and what stood there, in the same shape."""
    rest, hidden = dict(document), dict[str, Any]()
    for path in paths:
        name, _, deeper = path.partition(".")
        if name not in rest:
            continue
        if not deeper:
            hidden[name] = rest.pop(name)
        else:
            kept, taken = _split_deeper(rest[name], deeper)
            if taken:
                rest[name] = kept
                hidden[name] = merge(hidden.get(name, {}), taken)
    return rest, hidden


def _split_deeper(value: Any, path: str) -> tuple[Any, dict[str, Any]]:
    name, _, deeper = path.partition(".")
    if name != "*":
        return split(value, [path]) if isinstance(value, Mapping) else (value, {})
    if isinstance(value, Mapping):
        return ({}, dict(value)) if not deeper else (value, {})
    if not isinstance(value, list | tuple):
        return value, {}
    parts = [_split_deeper({"_": item}, f"_.{deeper}" if deeper else "_") for item in value]
    taken = {str(place): part["_"] for place, (_, part) in enumerate(parts) if part}
    return [kept.get("_") for kept, _ in parts], taken


def merge(rest: Any, hidden: Any) -> Any:
    """A document put together again from the two that `split` gave."""
    if isinstance(rest, list) and isinstance(hidden, Mapping):
        whole = list(rest)
        for place, part in hidden.items():
            whole[int(place)] = part if whole[int(place)] is None else merge(whole[int(place)], part)
        return whole
    if isinstance(rest, Mapping) and isinstance(hidden, Mapping):
        return {**rest, **{k: merge(rest[k], v) if k in rest else v for k, v in hidden.items()}}
    return hidden


def persons_in(document: Mapping[str, Any], sealing: Sealing) -> list[str]:
    """The entity IDs whose key this document may be sealed under, in their order."""
    found: list[str] = []
    for name in sealing.person:
        value = document.get(name)
        found += [value] if isinstance(value, str) else sorted(value or ())
    return found


def names_in(document: Mapping[str, Any], sealing: Sealing) -> Iterator[str]:
    """The names this document is to be found by."""
    for path in sealing.found_by:
        value: Any = document
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if isinstance(value, str) and value:
            yield value


def touches_sealed(path: str, sealing: Sealing) -> bool:
    """Whether a question or an order by this path would meet what is sealed."""
    steps = [step for step in path.split(".") if not step.isdigit()]
    return any(_overlap(steps, sealed.split(".")) for sealed in (*sealing.fields, *sealing.apart))


def _overlap(asked: list[str], sealed: list[str]) -> bool:
    plain = [step for step in sealed if step != "*"]
    if len(asked) < len(plain) or asked[: len(plain)] != plain:
        return False
    return sealed[-1] != "*" or len(asked) > len(plain)


def projected(document: dict[str, Any], projection: Mapping[str, Any]) -> dict[str, Any]:
    """What a question that names fields gets of a whole document."""
    paths = {path: path.split(".") for path in projection}
    if not any(value for name, value in projection.items() if name != "_id"):
        cut: dict[str, Any] = _without(document, [paths[path] for path in paths if not projection[path]])
        return cut
    wanted = [paths[path] for path in paths if projection[path]]
    named: dict[str, Any] = _only(document, [*wanted, ["_id"]] if projection.get("_id", 1) else wanted)
    return named


def _only(value: Any, paths: list[list[str]]) -> Any:
    if isinstance(value, list):
        return [_only(item, paths) for item in value if isinstance(item, Mapping | list)]
    if not isinstance(value, Mapping):
        return value
    by_step: dict[str, list[list[str]]] = {}
    for path in paths:
        by_step.setdefault(path[0], []).append(path[1:])
    return {
        name: item if [] in by_step[name] else _only(item, by_step[name])
        for name, item in value.items()
        if name in by_step and ([] in by_step[name] or isinstance(item, Mapping | list))
    }


def _without(value: Any, paths: list[list[str]]) -> Any:
    if isinstance(value, list):
        return [_without(item, paths) for item in value]
    if not isinstance(value, Mapping):
        return value
    gone = {path[0] for path in paths if len(path) == 1}
    deeper: dict[str, list[list[str]]] = {}
    for path in paths:
        if len(path) > 1:
            deeper.setdefault(path[0], []).append(path[1:])
    return {
        name: _without(item, deeper[name]) if name in deeper else item
        for name, item in value.items()
        if name not in gone
    }
