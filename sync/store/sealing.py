"""What is sealed in which collection, under whose key. Sealed on the way in and opened on the way out by
`sync.store.sealed`, so that nobody else need know.

Of a collection about people everything is sealed but what `clear` names; a new field is sealed by itself.
Sealed fields can be neither asked for nor sorted by. Before you make one clear: it must say nothing about a
person that a thief could use. **A new collection that can hold a name, an answer or free text belongs into
`SEALED`**; `tests/test_dump.py` looks for what it put in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

BLOB = "sealed"
"""The field that holds all sealed fields of a document together."""
SEALED_FOR = "sealed_for"
"""The name of the key that a document is sealed under."""
SEARCH = "search_codes"
"""Keyed codes under which somebody is found again by what stands sealed in `Sealing.found_by`."""
LISTED, LINE = "listed", "line"
"""Beside a file that is listed: what it counts as, in clear, and its line, sealed by itself."""

Tree = dict[str, Any]
"""Step of a path -> the steps after it, or True where a path ends."""


@dataclass(frozen=True, kw_only=True)
class Sealing:
    """What is sealed in one collection."""

    clear: tuple[str, ...] = ()
    """All but these paths is sealed, as one value; `*` stands for each element of a list."""
    fields: tuple[str, ...] = ()
    """In place of `clear`: these fields alone are sealed, as one value."""
    apart: tuple[str, ...] = ()
    """Fields sealed each by itself in its place: large and seldom read, or changed alone."""
    person: tuple[str, ...] = ()
    """Where the entity IDs stand whose key it is, the first that is there; empty: the house's key."""
    outlives: bool = False
    """Whether what is not sealed is still shown after the key was destroyed."""
    found_by: str = ""
    """The sealed list of keys (`sync.core.search`) somebody is found by; their codes are kept beside it."""
    listed: bool = False
    """Whether these are files that people read lists of (`sync.core.listed`)."""

    @cached_property
    def tree(self) -> Tree:
        """What is clear, as a tree; of a collection with `fields` empty."""
        found: Tree = {}
        for path in ("_id", SEALED_FOR, SEARCH, LISTED, *self.clear) if self.clear else ():
            *steps, last = path.split(".")
            here = found
            for step in steps:
                here = here.setdefault(step, {})
            here[last] = True
        return found

    @property
    def parts(self) -> tuple[str, ...]:
        """The fields of a stored document that hold what is sealed."""
        return (BLOB, *self.apart, *((LINE,) if self.listed else ()))

    def is_sealed(self, name: str) -> bool:
        """Whether anything of this field is sealed with others."""
        return name not in self.apart and (
            self.tree.get(name) is not True if self.clear else name in self.fields
        )

    def hides(self, path: str) -> bool:
        """Whether a question or an order by this path would meet what is sealed."""
        steps = [step for step in path.split(".") if not step.isdigit()]
        if steps[0] in (*self.apart, *self.fields):
            return True
        here: Any = self.tree if self.clear else True
        for step in steps:
            if here is True:
                return False
            here = here.get("*", here)
            if step not in here:
                return True
            here = here[step]
        return False

    def splits(self, path: str) -> bool:
        """Whether something of what lies under this path is sealed and something is clear."""
        here: Any = self.tree
        for step in path.split("."):
            here = here.get("*", here).get(step) if isinstance(here, dict) else None
        return isinstance(here, dict)


SEALED: Mapping[str, Sealing] = {
    "second_steps": Sealing(apart=("secret",)),
    "submissions": Sealing(fields=("xml",), apart=("attachments", "replaced", "opened"), person=("touches",)),
    "conflicting": Sealing(fields=("xml", "attachments"), person=("touches",)),
    "refused": Sealing(fields=("xml", "file_names"), person=("touches",)),
    "records": Sealing(
        clear=(
            "form_id", "form_version", "rules_version", "received_at", "at", "on", "worker_id", "demo",
            "deprecated_id", "superseded_by", "entity_ids", "parity",
        ),
        apart=("answers",),
        person=("entity_ids",),
    ),
    "returnees": Sealing(
        clear=(
            "case_code", "rules_version", "demo", "worker_id", "status", "registered_on", "places",
            "entity.deleted", "entity.version", "instances", "level_order", "changes_on", "next_due_on",
            "due_key", "last_seen_on", "questions", "aliases", "revision", "risk.level", "risk.on",
            "risk.review", "risk.unsigned.id", "corrections.*.counts",
            "referrals.*.state", "alerts.*.id", "alerts.*.acknowledged_at", "alerts.*.answer_by",
        ),
        person=("_id",),
        found_by="search",
        listed=True,
    ),
    "assessments": Sealing(
        clear=("entity_id", "case_code", "made_at", "cause", "demo", "on", "level", "rules_version"),
        person=("entity_id",),
    ),
    "decisions": Sealing(
        clear=("entity_id", "kind", "at", "on", "by", "level", "until", "about", "to_be_signed"),
        person=("entity_id",),
    ),
    "erasures": Sealing(apart=("why", "answer")),
    "looks": Sealing(apart=("reason",), person=("entity_id",)),
    "holds": Sealing(apart=("why",)),
    "audit": Sealing(fields=("why",), person=("about",), outlives=True),
    "form_keys": Sealing(apart=("private",)),
    "phone_notes": Sealing(apart=("events",)),
    "addresses": Sealing(apart=("to",)),
    "devices": Sealing(apart=("name", "worker_name")),
    "workers": Sealing(apart=("name",)),
    "accounts": Sealing(apart=("name",)),
}  # fmt: skip


def split(document: Mapping[str, Any], sealing: Sealing) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document with what is clear and what is sealed apart, and the rest of it in the same shape."""
    if sealing.clear:
        tree = {**sealing.tree, **dict.fromkeys(sealing.apart, True)}
        return _split(document, tree)
    hidden = {name: document[name] for name in sealing.fields if name in document}
    return {name: value for name, value in document.items() if name not in hidden}, hidden


def _split(document: Mapping[str, Any], tree: Tree) -> tuple[dict[str, Any], dict[str, Any]]:
    rest, hidden = dict[str, Any](), dict[str, Any]()
    for name, value in document.items():
        deeper = tree.get(name)
        if deeper is True or (deeper and value is None):
            rest[name] = value
        elif deeper and isinstance(value, Mapping):
            rest[name], taken = _split(value, deeper)
            if taken:
                hidden[name] = taken
        elif deeper and "*" in deeper and isinstance(value, list | tuple):
            parts = [_split(item, deeper["*"]) for item in value]
            rest[name] = [kept for kept, _ in parts]
            if taken := {str(place): part for place, (_, part) in enumerate(parts) if part}:
                hidden[name] = taken
        else:
            hidden[name] = value
    return rest, hidden


def merge(rest: Any, hidden: Any) -> Any:
    """A document put together again from the two that `split` gave."""
    if isinstance(rest, list) and isinstance(hidden, Mapping):
        return [
            merge(item, hidden[str(place)]) if str(place) in hidden else item
            for place, item in enumerate(rest)
        ]
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
