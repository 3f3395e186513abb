"""How long somebody's data is kept, by where the case stands: settings of the protocol (domain.md 9; ours).

Due means: nothing but a legal hold keeps it any more. Nobody is erased by a clock; two people still say so.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sync.core.decision import Decision
from sync.core.protocol import Protocol
from sync.core.times import day_from

YEARS, CHILD_UNTIL, MONTHS = 5, 23, 12
"""[proposal] Where the protocol says nothing: years after closing, a child's age, months after a talk."""
NO_INDICATION = "no_indication"


def kept_until(
    file: Mapping[str, Any], decided: Sequence[Decision], protocol: Protocol
) -> tuple[date, str] | None:
    """Until when this file is kept, and by which rule (`closed`, `child`, `no_indication`); None: for now.

    An open case is kept as long as it is open.
    """
    if file["status"] == "closed":
        return _after_closing(file, decided, protocol)
    found = file["scores"].get("palermo", {}).get("value")
    if file["status"] == "screened" and found == NO_INDICATION:
        months = int(protocol.number("retention_no_indication_months", MONTHS))
        talked_on = date.fromisoformat(file["scores"]["palermo"]["on"])
        return _later(talked_on, months=months), NO_INDICATION
    return None


def _after_closing(
    file: Mapping[str, Any], decided: Sequence[Decision], protocol: Protocol
) -> tuple[date, str]:
    closed = [one.on for one in decided if one.kind == "close"]
    # Without a decision it is the day of the last record: of a death, nobody decides.
    closed_on = max(closed) if closed else date.fromisoformat(file["known_on"])
    until = _later(closed_on, months=12 * int(protocol.number("retention_years", YEARS)))
    grown_up = _grown_up_on(file, int(protocol.number("retention_child_until_age", CHILD_UNTIL)))
    return (grown_up, "child") if grown_up and grown_up > until else (until, "closed")


def _grown_up_on(file: Mapping[str, Any], age: int) -> date | None:
    """When somebody who was a child here is so old for certain: at the end of that year."""
    person = file["person"]
    if not person.get("is_child"):
        return None
    registered_on = day_from(file["registered_on"])
    now = person.get("age_now")
    known = int(now) if isinstance(now, int) and 0 <= now < 18 else 0
    return date(registered_on.year - known + age, 12, 31) if registered_on else None


def _later(day: date, *, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    try:
        return day.replace(year=day.year + years, month=month + 1)
    except ValueError:  # the 29th to 31st of a shorter month
        return day.replace(year=day.year + years, month=month + 1, day=28)
