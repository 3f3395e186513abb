"""What lists and counts need of a file, so that neither has to open the whole of it."""

from collections.abc import Mapping
from typing import Any

from sync.core.visits import waits

OF_WHOM = ("call_name", "village", "province", "is_child")
OF_A_VISIT = ("due_on", "opens_on", "closes_on", "retry_on", "done_on", "ended", "agreed")
MARKS = ("alert", "look", "duplicate", "unsigned")
"""What waits for a person in an open case: an alert nobody answered, a case to look at, a possible double
registration, a signature."""


def marks_of(file: Mapping[str, Any]) -> dict[str, bool]:
    """Whether the case is open, and if so which of `MARKS` it has: what counts are made of."""
    risk = file.get("risk") or {}
    marks = {
        "alert": any(alert["acknowledged_at"] is None for alert in file.get("alerts") or ()),
        "look": risk.get("review") is True,
        "duplicate": bool(file.get("questions")),
        "unsigned": bool(risk.get("unsigned"))
        or any(one.get("counts") is False for one in file.get("corrections") or ()),
    }
    is_open = file.get("status") != "closed"
    return {"open": is_open, **{name: True for name in MARKS if is_open and marks[name]}}


def line_of(file: Mapping[str, Any]) -> dict[str, Any]:
    """What a list shows of a file and what is sealed in it, in the shape of the file.

    Beside that the codes of the reasons that stand, every level she ever had, and which of `instances` (by
    place) were assessments.
    """
    person, risk = file.get("person") or {}, file.get("risk") or {}
    told = list(file.get("assessments") or ())
    assessed = {one.get("instance_id") for one in told}
    visits = [one for one in file.get("follow_ups") or () if "done_on" in one and waits(one)]
    return {
        "person": {name: person[name] for name in OF_WHOM if name in person},
        "follow_ups": [{name: one[name] for name in OF_A_VISIT if name in one} for one in visits],
        "search": list(file.get("search") or ()),
        # For a dry run, which goes through everybody.
        "reasons": [one["name"] for one in risk.get("indicators") or ()],
        "levels": sorted({one["level"] for one in told}),
        "assessed": [at for at, name in enumerate(file.get("instances") or ()) if name in assessed],
    }


_ALL = line_of({}).keys()


def is_whole(line: Mapping[str, Any]) -> bool:
    """Whether it has all that a line has today; those written before that had less."""
    return line.keys() >= _ALL
