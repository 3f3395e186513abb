"""The list of people that a worker's phone carries: rows and the CSV that ODK Collect imports.

On a phone there is only what is needed to find the person: never a level, a score, a form of
exploitation, a full name or a home position (domain.md 9). Source for the columns: collect_contract.md 5.1.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PEOPLE = "people"
PROPERTIES = (
    "case_code",
    "call_name",
    "province",
    "village",
    "village_name",
    "is_child",
    "next_visit",
    "visit_reason",
    "last_visit",
    "phq_on",
    "ptsd_on",
    "agreed",
    "as_of",
)
"""Fixed, so that the same people always give the same bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRow:
    """One person on a phone's list."""

    entity_id: str
    label: str
    version: int
    properties: Mapping[str, str]


def in_order(rows: Iterable[EntityRow]) -> list[EntityRow]:
    """Those who are due first come first; people without a date come last."""
    return sorted(rows, key=lambda row: (row.properties.get("next_visit") or "9", row.label, row.entity_id))


def csv_of(rows: Iterable[EntityRow]) -> bytes:
    """The list as Collect reads it: comma separated, UTF-8, header even when nobody is on it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("name", "label", "__version", *PROPERTIES))
    for row in in_order(rows):
        texts = [_no_place(row.properties.get(name, "")) for name in PROPERTIES]
        writer.writerow((row.entity_id, _no_place(row.label), row.version, *texts))
    return out.getvalue().encode()


def _no_place(text: str) -> str:
    """The text without what Collect takes for a place to fill in: `${0}` in one person's name would keep the
    question "whom do you visit?" from being shown at all."""
    return text.replace("${", "$ {")
