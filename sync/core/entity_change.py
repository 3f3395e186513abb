"""Changes of a person's row on phones, and what is remembered about them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

LABEL = "label"
"""The label among the properties of a change; no property can have this name."""

Order = tuple[datetime, datetime, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change of a row: by a record, or by what somebody settled."""

    key: str
    """Instance ID (of a further block of the same record with its place), or ID of the decision."""
    home: str
    """The entity ID that was named; after a merge not always the row's own."""
    order: Order
    received_at: datetime
    received_on: date
    values: Mapping[str, str]
    """Properties as sent, and the label unless it was blank."""
    create: bool = False
    update: bool = False
    base: int | None = None
    trunk: int | None = None
    branch: str = ""
    fault: str = ""
    """Code of what cannot be right in it; somebody must look before it counts."""
    decided: bool = False
    replaces: str = ""
    """Key of the change this one stands in place of: it was edited on the phone."""

    @property
    def record(self) -> str:
        """The instance ID of the record, or the ID of the decision."""
        return instance_of(self.key)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a row's versions were caused by: given, kept for ever, never derived."""

    version: int = 0
    causes: Mapping[str, int] = field(default_factory=dict)
    """Key of a change -> the version it made. Versions without one the server made by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What people said about changes of this row."""

    at_once: Collection[str] = frozenset()
    """Records that shall wait no longer."""
    as_hers: Collection[str] = frozenset()
    """Second registrations that are of the same person."""
    looked: Mapping[str, datetime] = field(default_factory=dict)
    """Record -> when somebody settled what it asked."""
    joined: Mapping[str, Step] = field(default_factory=dict)
    """Merged entity ID -> the merge, which is a change too."""


def order_of(step: Step) -> Order:
    """Changes are gone through by when they were made, not by when a phone found a signal."""
    return step.order


def instance_of(key: str) -> str:
    """The record behind the key of a change; no instance ID has a line break in it."""
    return key.partition("\n")[0]
