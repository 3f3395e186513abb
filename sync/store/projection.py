"""What a question that names fields gets of a document, as MongoDB would cut it: for what is opened here."""

from collections.abc import Mapping
from typing import Any


def projected(document: dict[str, Any], projection: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the named fields, or without them."""
    paths = {path: path.split(".") for path in projection}
    if not any(projection.values()) or (len(projection) > 1 and not any(_named(projection))):
        cut: dict[str, Any] = _without(document, [paths[path] for path in paths if not projection[path]])
        return cut
    wanted = [paths[path] for path in paths if projection[path]]
    named: dict[str, Any] = _only(document, [*wanted, ["_id"]] if projection.get("_id", 1) else wanted)
    return named


def _named(projection: Mapping[str, Any]) -> list[str]:
    return [name for name, value in projection.items() if value and name != "_id"]


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
