"""A form as the server needs to know it: read from the XForm that phones get, nothing else.

Source: ODK XForms specification (binds, body, repeats, entities:saveto).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Privacy = Literal["", "identity", "sensitive"]


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
    save_to: str = ""
    """Entity property this answer is saved to, or ""."""
    privacy: Privacy = ""


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

    @cached_property
    def types(self) -> dict[str, str]:
        """Path -> bind type, as `sync.core.xpath` wants it."""
        return {f.path: f.type for f in self.fields.values() if f.control not in ("group", "repeat")}

    @cached_property
    def paths(self) -> dict[str, str]:
        """Question name -> path; the first of a name wins, as in pyxform a name outside repeats is unique."""
        found: dict[str, str] = {}
        for path, known in self.fields.items():
            found.setdefault(known.name, path)
        return found
