"""What must hold before a case can be closed: the protocol's `closure` rows.

Asked of a stored file on a day, since time alone changes the answers. Source: domain.md 6.4 (our proposal;
IOM handbook 2.7: closing is planned and explained).
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from sync.core.again import told_in
from sync.core.protocol import Closure, Protocol
from sync.core.times import day_from

THREATS = ("H2", "H3", "H8")
DAYS_OF_A_MONTH = 30.4375

PersonsFile = Mapping[str, Any]


def criteria(file: PersonsFile, protocol: Protocol, today: date) -> list[dict[str, Any]]:
    """Every criterion with `met`: True, False, or None where only people can say."""
    return [
        {
            "name": row.name,
            "label": dict(row.label),
            "met": judge(row, file, protocol, today) if judge else None,
        }
        for row in protocol.closure
        for judge in (_JUDGES.get(row.name),)
    ]


def _months(row: Closure, file: PersonsFile, protocol: Protocol, today: date) -> bool:
    again = [date.fromisoformat(one["on"]) for one in told_in(file)]
    # Longer for a child, and where it happened before.
    longer = file["person"]["is_child"] or "M15" in _standing(file) or bool(again)
    if longer != (row.name == "months_since_return_child"):
        return True  # the other row is the one that counts for her
    returned_on = day_from(str(file["person"].get("return_date", ""))) or date.fromisoformat(
        file["registered_on"]
    )
    returned_on = max([returned_on, *again])
    return (today - returned_on).days >= float(row.value) * DAYS_OF_A_MONTH


def _low_visits(row: Closure, file: PersonsFile, protocol: Protocol, today: date) -> bool:
    run = _low_run(file, protocol)
    return len(run) >= int(row.value)


def _low_visits_apart(row: Closure, file: PersonsFile, protocol: Protocol, today: date) -> bool:
    run = _low_run(file, protocol)
    return len(run) > 1 and (run[-1] - run[0]).days >= int(row.value)


def _low_run(file: PersonsFile, protocol: Protocol) -> list[date]:
    """The days of the latest assessments in a row that had the lowest level, oldest first."""
    lowest = min(protocol.levels, key=lambda level: level.order).name
    run: list[date] = []
    for item in file["assessments"]:
        if item["cause"] == "record":
            run = [*run, date.fromisoformat(item["on"])] if item["level"] == lowest else []
    return run


def _days_without_h1(row: Closure, file: PersonsFile, protocol: Protocol, today: date) -> bool:
    since = (today - timedelta(days=int(row.value))).isoformat()
    late = [item for item in file["assessments"] if item["on"] >= since]
    return "H1" not in _standing(file) and not any("H1" in item["indicators"] for item in late)


def _no_threat(row: Closure, file: PersonsFile, protocol: Protocol, today: date) -> bool:
    return _standing(file).isdisjoint(THREATS)


def _standing(file: PersonsFile) -> set[str]:
    return {item["name"] for item in file["risk"]["indicators"]}


_JUDGES: dict[str, Callable[[Closure, PersonsFile, Protocol, date], bool]] = {
    "months_since_return": _months,
    "months_since_return_child": _months,
    "low_visits": _low_visits,
    "low_visits_days_apart": _low_visits_apart,
    "days_without_h1": _days_without_h1,
    "no_threat": _no_threat,
}
"""The criteria that can be read off her file; all others are for people to say."""
