"""Two years under our own protocol, day by day: who is visited, when, and what time alone does."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from sync.core.protocol import Rules
from sync.core.record import Record
from sync.core.returnee import fold
from sync.core.visits import days_overdue, state_on
from tests.core.builders import ENTITY, a_record, a_screening

START = date(2026, 1, 5)
TWO_YEARS = timedelta(days=730)


def file_of(rules: Rules, records: list[Record], today: date) -> dict[str, Any]:
    found = fold(ENTITY, records, rules, as_of=today)
    assert found is not None
    return dict(found.document)


def live(rules: Rules, *, child: bool, met: dict[str, bool | None], goes: int = 0) -> list[date]:
    """The days on which she was seen, when somebody goes `goes` days after each day that is due."""
    who: dict[str, Any] = {"is_child": "yes" if child else "no"}
    records = [a_screening(START.isoformat(), met=met, **who)]
    seen = []
    today = START
    while today <= START + TWO_YEARS:
        due = file_of(rules, records, today)["next_due_on"]
        assert due is not None, f"an open case has no next visit on {today}"
        if today >= date.fromisoformat(due) + timedelta(days=goes):
            form_id = "intake" if len(records) == 1 else "followup"
            visit = a_record(
                today.isoformat(), form_id=form_id, outcome="done", private="yes", met=met, **who
            )
            records.append(visit)
            seen.append(today)
        today += timedelta(days=1)
    return seen


def days(seen: list[date]) -> list[int]:
    """Days after the long first visit."""
    return [(day - seen[0]).days for day in seen[1:]]


@pytest.mark.parametrize(
    ("met", "level"),
    [
        ({"H2": True}, "high"),
        ({"M6": True}, "medium"),
        ({"M6": False}, "low"),
    ],
)
def test_whoever_is_visited_on_every_day_due_is_seen_as_the_protocol_says(
    our_rules: Rules, met: dict[str, bool | None], level: str
) -> None:
    rows = [row for row in our_rules.protocol.schedule if row.level == level and row.applies_to != "child"]
    wanted = sorted(row.offset_days for row in rows)
    seen = live(our_rules, child=False, met=met)

    moved = [day - due for day, due in zip(days(seen), wanted, strict=False)]
    # A trigger adds the visit of the day after; weekends and holidays move a routine one by up to three days.
    assert len(seen) - 1 in (len(wanted), len(wanted) - 1)
    assert all(0 <= shift <= 3 for shift in moved)
    if level == "high":
        assert set(moved) == {0}


def test_a_child_is_never_left_longer_than_30_days_in_the_first_half_year_and_95_after_it(
    our_rules: Rules,
) -> None:
    seen = live(our_rules, child=True, met={"M6": False})

    gaps = [(after - before).days for before, after in pairwise(seen)]
    by_day = list(zip(days(seen), gaps, strict=True))
    assert max(gap for day, gap in by_day if day <= 180) <= 30 + 3
    assert max(gap for day, gap in by_day if day > 180) <= 95 + 3


def test_who_is_always_visited_late_is_still_visited_for_two_years(our_rules: Rules) -> None:
    seen = live(our_rules, child=False, met={"M6": True}, goes=6)

    assert (seen[-1] - seen[0]).days > 500
    assert len(seen) >= 8


def test_a_visit_nobody_makes_is_planned_then_open_then_missed_and_then_asks_a_coordinator_to_look(
    our_rules: Rules,
) -> None:
    records = [
        a_screening(START.isoformat(), met={"M6": True}),
        a_record("2026-01-08", form_id="intake", outcome="done", private="yes", met={"M6": True}),
    ]
    states: dict[str, int] = {}
    looked: dict[str, int] = {}
    for later in range(120):
        today = START + timedelta(days=later)
        file = file_of(our_rules, records, today)
        first = next(
            item for item in file["follow_ups"] if item["form_id"] == "followup" and not item["done_on"]
        )
        states.setdefault(state_on(first, today), (today - date.fromisoformat(first["due_on"])).days)
        if any(one["code"] == "overdue" for one in file["risk"]["look"]):
            looked.setdefault("overdue", days_overdue(first, today))

    assert list(states) == ["planned", "open", "missed"]
    assert -3 <= states["open"] <= 0 < states["missed"] <= 3
    assert looked == {"overdue": int(our_rules.protocol.number("overdue_review_days_medium"))}


def test_turning_18_ends_the_extra_visits_of_a_child_from_the_visit_that_says_so(our_rules: Rules) -> None:
    child: dict[str, Any] = {"is_child": "yes"}
    grown: dict[str, Any] = {"is_child": "no"}
    records = [
        a_screening(START.isoformat(), met={"M6": True}, **child),
        a_record("2026-01-08", form_id="intake", outcome="done", private="yes", met={"M6": True}, **child),
    ]
    before = file_of(our_rules, records, date(2026, 5, 1))
    records.append(a_record("2026-05-08", outcome="done", private="yes", met={"M6": True}, **grown))
    after = file_of(our_rules, records, date(2026, 5, 9))

    def waiting(file: dict[str, Any]) -> list[str]:
        return [one["due_on"] for one in file["follow_ups"] if not one["done_on"] and not one["ended"]]

    assert before["person"]["is_child"]
    assert not after["person"]["is_child"]
    assert len(waiting(after)) < len(waiting(before))
    assert waiting(after), "she is still visited, as a grown-up"
