"""What should have arrived from phones and did not: files of records, and records with a skipped number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from server.config import Config
from sync.store import devices, ledger, programme, submissions
from sync.store.connect import Db, Document

MOST = 200
"""Records with missing files that are looked at; where more wait, a server was away, not a phone."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What is missed from the phones a reader has to do with."""

    files: list[Document]
    """The records that name files which did not come, slim; the oldest first."""
    records: list[dict[str, Any]]
    """For each phone of which records did not come: the `phone`, how many, and since when."""
    keys: frozenset[str]
    """What names each missed thing; the same as long as it is missed."""


def hours(db: Db, config: Config) -> int:
    """After how many hours something that did not come is missed."""
    return programme.missing_hours(db) or config.missing_after_hours


def missed(db: Db, within: Mapping[str, Any], config: Config, now: datetime) -> Missed:
    """What is missed by now; `within`: a reader's scope over submissions."""
    before = now - timedelta(hours=hours(db, config))
    files = submissions.with_missing_files(db, before=before, within=within, limit=MOST)
    gaps, keys = ledger.gaps(db), {item["_id"] for item in files}
    phones = devices.within(db, within, among={gap.device_id for gap in gaps}) if gaps else {}
    records: dict[str, dict[str, Any]] = {}
    for gap in gaps:
        if gap.device_id in phones and (numbers := gap.overdue(before)):
            one = records.setdefault(
                gap.device_id, {"phone": phones[gap.device_id], "count": 0, "since": gap.since}
            )
            one["count"] += len(numbers)
            keys |= {f"{gap.key}:{number}" for number in numbers}
    return Missed(files, list(records.values()), frozenset(keys))
