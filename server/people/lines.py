"""One person in one line, as lists show her."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from unicodedata import category

from flask import g

from server.here import here
from server.people import names
from server.people.places import place_name
from server.people.words import gettext as _
from server.people.words import language, time_left
from sync.core.times import local_date
from sync.core.visits import days_overdue, state_on

LONGEST = 60
COENG = "\u17d2"
"""Puts the next Khmer letter under the one before."""


def lines(people: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A line for each of these slim files, in their order."""
    today, shown = local_date(here().now()), names.are_shown()
    found = [_line(person, today, shown) for person in people]
    if not g.account.may("see_levels"):  # neither order nor marks must tell what the reader is not to know
        found = sorted(({**one, "marks": {}} for one in found), key=lambda one: one["next_on"] or "9999")
    return found


def _line(person: Mapping[str, Any], today: date, shown: bool) -> dict[str, Any]:
    next_on = person.get("next_due_on")
    waiting = [item for item in person.get("follow_ups", ()) if not item["done_on"] and not item["ended"]]
    place = person["person"].get("village") or person["person"].get("province")
    return {
        "code": person["case_code"],
        "name": short(person["person"].get("call_name") or "") if shown else "",
        # Two names are enough in a list; the province is in the case code.
        "place": place_name(place, language(), parts=2),
        "level": person["risk"]["level"],
        "marks": _marks(person),
        "next_on": next_on,
        "in_days": (date.fromisoformat(next_on) - today).days if next_on else None,
        "late_days": max((days_overdue(item, today) for item in waiting), default=0),
        "open": any(state_on(item, today) == "open" for item in waiting),
        "is_child": person["person"].get("is_child", False),
        "status": person["status"],
        "worker": person["worker_id"],
        "registered_on": person.get("registered_on"),
    }


def short(name: str) -> str:
    """A name as it fits into a list; her own page has all of it. No letter is cut from its signs."""
    if len(name) <= LONGEST:
        return name
    end = LONGEST
    while end and (category(name[end]).startswith("M") or name[end - 1] == COENG):
        end -= 1
    return f"{name[: end or LONGEST].rstrip()}…"


def _marks(person: Mapping[str, Any]) -> dict[str, str]:
    """What waits for somebody in this file, each in words."""
    waiting = [alert["answer_by"] for alert in person.get("alerts", ()) if alert["acknowledged_at"] is None]
    found = {"alert": time_left(min(waiting), here().now())} if waiting else {}
    if person["risk"].get("review"):
        found["look"] = _("To be looked at")
    if person["risk"].get("unsigned"):
        found["unsigned"] = _("To be signed")
    return found
