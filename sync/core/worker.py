"""An outreach worker: whose visits are on her phones, and how far ahead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

Covers = Literal["own", "team", "places"]
COVERS: tuple[Covers, ...] = get_args(Covers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One worker as a coordinator has entered them."""

    id: str
    """What phones and records call them."""
    name: str
    team: str = ""
    places: tuple[str, ...] = ()
    """Codes of provinces (2 digits), districts (4) and communes (6) they work in."""
    organisation: str = ""
    """Which one they work for; empty: the one that runs this server. Others do not see their people."""
    covers: Covers = "own"
    """Whose people are on their phones besides their own: nobody's, their team's, those of their places."""
    ahead_days: int | None = None
    """A person is listed this many days before the next visit; 0: always, also without one. None: as the
    protocol says."""
    left_at: datetime | None = None
    """Since when they work here no longer: their list is empty, what is still on a phone can be sent."""
    demo: bool = False

    @property
    def is_active(self) -> bool:
        """Whether they work here."""
        return self.left_at is None


def worker_from(found: Mapping[str, Any]) -> Worker:
    """A stored document as a Worker."""
    return Worker(
        id=found["_id"],
        name=found["name"],
        team=found["team"],
        places=tuple(found["places"]),
        organisation=found.get("organisation", ""),
        covers=found["covers"],
        ahead_days=found["ahead_days"],
        left_at=found["left_at"],
        demo=found["demo"],
    )


def document_from(worker: Worker) -> dict[str, Any]:
    """The worker as MongoDB keeps them."""
    return {
        "_id": worker.id,
        "name": worker.name,
        "team": worker.team,
        "places": list(worker.places),
        "organisation": worker.organisation,
        "covers": worker.covers,
        "ahead_days": worker.ahead_days,
        "left_at": worker.left_at,
        "demo": worker.demo,
    }
