"""Frozen values that coordinators write in sheets, to MongoDB and back."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from types import UnionType
from typing import Any, Self, get_args, get_origin, get_type_hints

Text = Mapping[str, str]
"""One sentence in several languages: {"en": …, "km": …}."""


class Row:
    """A value that goes to MongoDB and back without loss."""

    def document(self) -> dict[str, Any]:
        """The value as BSON can keep it."""
        return asdict(self)  # type: ignore[call-overload, no-any-return]  # every subclass is a dataclass

    @classmethod
    def from_document(cls, found: Mapping[str, Any]) -> Self:
        """The value a document was made from; unknown keys (from a newer version) are left out."""
        hints = get_type_hints(cls)
        known = {f.name for f in fields(cls)}  # type: ignore[arg-type]
        return cls(**{key: _value(hints[key], value) for key, value in found.items() if key in known})


def _value(hint: Any, value: Any) -> Any:
    arguments = get_args(hint)
    if value is None or isinstance(hint, UnionType):
        return value
    if get_origin(hint) is tuple:
        return tuple(_value(arguments[0], item) for item in value)
    if get_origin(hint) is not None and get_origin(hint) is not tuple and len(arguments) == 2:
        return {key: _value(arguments[1], item) for key, item in value.items()}
    if isinstance(hint, type) and issubclass(hint, Row):
        return hint.from_document(value)
    return value
