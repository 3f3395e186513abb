"""What phones show of one person: the row of the list that her worker's phone carries, and since when."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from server.people.words import later
from server.people.workers import REASON_NAMES
from sync.core.entity_list import PROPERTIES
from sync.core.file_parts import phone_row
from sync.core.phone_list import is_listed
from sync.store import devices, phone_lists
from sync.store.connect import Db

COLUMNS = {
    "call_name": later("Name to call"),
    "case_code": later("Case code"),
    "province": later("Province"),
    "village": later("Village (key)"),
    "village_name": later("Village"),
    "is_child": later("Child"),
    "next_visit": later("Next visit"),
    "visit_reason": later("Reason"),
    "last_visit": later("Last seen"),
    "phq_on": later("Mood last asked on"),
    "ptsd_on": later("Stress last asked on"),
    "agreed": later("Agreed last time"),
    "as_of": later("Last change"),
}


def parts(db: Db, file: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Her row, whether it is on her worker's list today, and when those phones last fetched it."""
    row, scope = phone_row(file), phone_lists.scope_of(db, file["worker_id"], today)
    return {
        "phone_row": {name: row.properties.get(name, "") for name in PROPERTIES},
        "reason_names": REASON_NAMES,
        "phone_label": row.label,
        "phone_columns": COLUMNS,
        "on_list": is_listed(file, scope.worker, scope.team, scope.until),
        "phones": list(devices.of_worker(db, file["worker_id"])),
    }
