"""Who is on a worker's phone: need to know, in one place (domain.md 9).

By her file, the worker and the day alone. `sync.store.phone_lists` asks the same of MongoDB; a test holds
the two together.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from sync.core.worker import Worker

AHEAD_DAYS = 30
"""[proposal] Where the protocol's setting `list_ahead_days` says nothing: a phone carries the next visits
only, and may be without a network for weeks."""


def listed_until(worker: Worker, programme_days: int, today: date) -> str | None:
    """The last due day a person on this worker's list may have, `YYYY-MM-DD`; None: any, or none at all."""
    days = programme_days if worker.ahead_days is None else worker.ahead_days
    return (today + timedelta(days=days)).isoformat() if days else None


def is_listed(file: Mapping[str, Any], worker: Worker, team: Collection[str], until: str | None) -> bool:
    """Whether the person with this file is on this worker's phones; `team` are the worker's team mates."""
    if not worker.is_active or file["entity"]["deleted"]:
        return False
    if until is not None and (file["next_due_on"] or "9") > until:
        return False
    if file["worker_id"] == worker.id:
        return True
    if worker.covers == "team":
        return file["worker_id"] in team
    return worker.covers == "places" and not set(worker.places).isdisjoint(file.get("places", ()))
