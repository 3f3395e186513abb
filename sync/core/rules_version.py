"""What makes rules other rules: the version that is kept with every level, and what each record rests on."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

Document = Mapping[str, Any]
"""A protocol's, or the rules of a form, as MongoDB keeps it."""

_MOVES_NOBODY = ("version", "settings", "contacts", "hotlines", "places", "services", "examples")
"""Parts of a protocol on which no level and no visit rests; of `settings` that is only their `version`."""


def version_of(protocol: Document, forms: Iterable[Document]) -> str:
    """A version that follows from everything a level or a visit rests on, and from nothing else.

    A new telephone number, place, service or example moves nobody and is no other version.
    """
    ruling = {name: part for name, part in protocol.items() if name not in _MOVES_NOBODY}
    ruling["settings"] = _without_version(protocol["settings"])
    return _digest([ruling, *(_without_version(form) for form in forms)])


def stamp_of(form: Document, questions: Iterable[str]) -> str:
    """What the records of a form rest on: its own rules, and the questions the protocol looks at.

    Other levels, trends or visits leave records as they are; only what is folded from them is new.
    """
    return _digest([_without_version(form), sorted(questions)])


def _without_version(said: Document) -> Document:
    return {name: part for name, part in said.items() if name != "version"}


def _digest(said: list[Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]
