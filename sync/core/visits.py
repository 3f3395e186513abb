"""What a stored follow-up is on some day: planned, open, done, missed. Days are `YYYY-MM-DD` text."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

State = Literal["planned", "open", "done", "done_late", "missed", "excused", "cancelled"]


def state_on(follow_up: Mapping[str, Any], today: date) -> State:
    """The state of a stored follow-up on this day; days are `YYYY-MM-DD` text, which compare rightly.

    `missed`: its window has passed; while nothing ended it, it can still be done, and counts as late then.
    """
    if follow_up["done_on"]:
        return "done_late" if follow_up["done_on"] > follow_up["closes_on"] else "done"
    if follow_up["ended"]:
        return follow_up["ended"]  # type: ignore[no-any-return]  # stored by us
    day = today.isoformat()
    if day < follow_up["opens_on"]:
        return "planned"
    return "open" if day <= follow_up["closes_on"] else "missed"


def waits(follow_up: Mapping[str, Any]) -> bool:
    """Whether a stored follow-up is still to be done, late or not."""
    return not follow_up["done_on"] and not follow_up["ended"]


def days_overdue(follow_up: Mapping[str, Any], today: date) -> int:
    """Days since it was due, once window and agreed day have passed while it still waits; 0 otherwise."""
    agreed_on = follow_up["retry_on"] if follow_up.get("agreed") else ""
    if not waits(follow_up) or state_on(follow_up, today) != "missed" or agreed_on >= today.isoformat():
        return 0
    return (today - date.fromisoformat(follow_up["due_on"])).days
