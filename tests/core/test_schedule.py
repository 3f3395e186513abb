"""The schedule: visits laid out from the day a level was set. Rules: domain.md 6 and 10.5."""

from dataclasses import asdict
from datetime import date

import pytest

from sync.core import schedule
from sync.core.planned import FollowUp, Happening
from sync.core.protocol import Trigger
from sync.core.visits import days_overdue, state_on
from tests.core.builders import a_protocol


def plan(happenings, protocol) -> list[FollowUp]:
    """The follow-ups alone."""
    return schedule.plan(happenings, protocol).follow_ups


def happening(on: str, **changed) -> Happening:
    given = {
        "on": date.fromisoformat(on),
        "key": f"uuid:{on}",
        "form_id": "followup",
        "outcome": "done",
    }
    if isinstance(changed.get("agreed_on"), str):
        changed["agreed_on"] = date.fromisoformat(changed["agreed_on"])
    return Happening(**{**given, **changed})


def screening(on: str = "2026-03-01", level: str = "low", **changed) -> Happening:
    return happening(on, form_id="screening", level=level, triggers=("screened",), **changed)


def intake(on: str, level: str, **changed) -> Happening:
    return happening(on, form_id="intake", level=level, **changed)


def waiting(follow_ups: list[FollowUp]) -> list[tuple[str, str]]:
    return [(item.form_id, item.due_on.isoformat()) for item in follow_ups if item.waits]


def ended(follow_ups: list[FollowUp], how: str) -> list[str]:
    return [item.due_on.isoformat() for item in follow_ups if item.ended == how]


def test_after_a_screening_the_intake_is_due_in_three_days_and_visits_count_from_there():
    plans = plan([screening("2026-03-01", "low")], a_protocol())

    assert waiting(plans) == [
        ("intake", "2026-03-04"),
        ("followup", "2026-03-18"),
        ("followup", "2026-06-02"),
    ]


def test_a_person_in_high_danger_is_to_be_met_within_the_levels_first_contact():
    plans = plan([screening("2026-03-01", "high")], a_protocol())

    assert waiting(plans)[0] == ("intake", "2026-03-02")


def test_a_same_day_reason_makes_the_first_contact_due_today():
    plans = plan([screening("2026-03-01", "high", same_day=True)], a_protocol())

    assert waiting(plans)[0] == ("intake", "2026-03-01")


def test_the_intake_starts_the_row_anew_and_is_ticked_off_itself():
    plans = plan([screening("2026-03-01", "medium"), intake("2026-03-05", "medium")], a_protocol())

    assert [item.done_on for item in plans if item.form_id == "intake"] == [date(2026, 3, 5)]
    assert waiting(plans) == [
        ("followup", "2026-03-12"),
        ("followup", "2026-04-04"),
        ("followup", "2026-06-03"),
    ]


def test_a_visit_inside_the_window_does_the_next_follow_up():
    """20 % of the gap of 23 days between the visits is 4 days."""
    plans = plan(
        [
            intake("2026-03-01", "medium"),
            happening("2026-03-08", level="medium"),
            happening("2026-03-27", level="medium"),
        ],
        a_protocol(),
    )

    assert waiting(plans) == [("followup", "2026-05-30")]


def test_a_visit_before_the_window_does_nothing_to_the_schedule():
    plans = plan([intake("2026-03-01", "medium"), happening("2026-03-03", level="medium")], a_protocol())

    assert waiting(plans)[0] == ("followup", "2026-03-08")


def test_a_late_visit_does_the_last_that_was_due_and_those_before_it_were_missed():
    plans = plan([intake("2026-03-01", "high"), happening("2026-03-05", level="high")], a_protocol())

    assert ended(plans, "missed") == ["2026-03-02"]
    assert [item.due_on.isoformat() for item in plans if item.done_on] == ["2026-03-04"]


def test_nobody_at_home_leaves_the_visit_due_and_it_is_tried_again():
    plans = plan([intake("2026-03-01", "high"), happening("2026-03-02", outcome="not_home")], a_protocol())

    first = plans[0]
    assert first.waits
    assert first.due_on == date(2026, 3, 2)
    assert first.retry_on == date(2026, 3, 4)
    assert [attempt["outcome"] for attempt in first.attempts] == ["not_home"]


def test_the_day_agreed_at_the_door_counts_before_the_levels_retry():
    agreed = happening("2026-03-02", outcome="not_home", agreed_on="2026-03-09")

    plans = plan([intake("2026-03-01", "high"), agreed], a_protocol())

    assert plans[0].next_on == date(2026, 3, 9)


def test_a_new_level_replaces_what_was_still_to_come_from_the_day_it_was_set():
    plans = plan([intake("2026-03-01", "low"), happening("2026-03-10", level="high")], a_protocol())

    assert ended(plans, "cancelled") == ["2026-03-15", "2026-05-30"]
    assert waiting(plans)[:2] == [("followup", "2026-03-11"), ("followup", "2026-03-13")]


def test_a_row_never_reaches_beyond_the_end_of_the_first_one():
    """The original clock ends 90 days after the intake; a new row started later stops there too."""
    plans = plan([intake("2026-03-01", "low"), happening("2026-03-15", level="medium")], a_protocol())

    assert waiting(plans) == [("followup", "2026-03-22"), ("followup", "2026-04-14")]


def test_a_child_gets_the_visits_that_are_only_for_children():
    child = plan([intake("2026-03-01", "medium", is_child=True)], a_protocol())
    adult = plan([intake("2026-03-01", "medium")], a_protocol())

    assert ("followup", "2026-04-30") in waiting(child)
    assert ("followup", "2026-04-30") not in waiting(adult)


def test_who_does_not_want_visits_any_more_has_none_planned():
    plans = plan(
        [intake("2026-03-01", "low"), happening("2026-03-15", level="low", visits_wanted=False)], a_protocol()
    )

    assert waiting(plans) == []
    assert ended(plans, "cancelled") == ["2026-05-30"]


def test_who_wants_visits_again_gets_a_plan_again():
    plans = plan(
        [
            intake("2026-03-01", "low"),
            happening("2026-03-15", level="low", visits_wanted=False),
            happening("2026-03-20", level="low", visits_wanted=True),
        ],
        a_protocol(),
    )

    assert waiting(plans) == [("followup", "2026-04-03")]


def test_a_rule_that_calls_for_a_visit_gets_one_unless_one_is_due_that_day_anyway():
    protocol = a_protocol(
        triggers=(
            Trigger(when="H1", offset_days=1, form_id="followup"),
            Trigger(when="M1", offset_days=2, form_id="followup"),
        )
    )

    plans = plan([intake("2026-03-01", "high", triggers=("H1", "M1"))], protocol)

    assert [day for _, day in waiting(plans)][:3] == ["2026-03-02", "2026-03-03", "2026-03-04"]


def test_after_a_death_no_visit_is_planned_ever_again():
    plans = plan(
        [intake("2026-03-01", "high"), happening("2026-03-02", outcome="deceased", ends=True)], a_protocol()
    )

    assert waiting(plans) == []


def test_a_level_that_goes_and_comes_back_within_a_day_keeps_its_follow_ups():
    plans = plan(
        [
            intake("2026-03-01", "high"),
            happening("2026-03-01", level="low", key="uuid:b"),
            happening("2026-03-01", level="high", key="uuid:c"),
        ],
        a_protocol(),
    )

    assert len({item.id for item in plans}) == len(plans)
    assert ("followup", "2026-03-02") in waiting(plans)


@pytest.mark.parametrize(
    ("today", "state", "late"),
    [
        pytest.param("2026-03-06", "planned", 0, id="before the window it is planned"),
        pytest.param("2026-03-07", "open", 0, id="on the first day of the window it is open"),
        pytest.param("2026-03-15", "open", 0, id="on the last day of the window it is open"),
        pytest.param(
            "2026-03-16",
            "missed",
            5,
            id="after the window it is missed, can still be done, and is late by the days since it was due",
        ),
    ],
)
def test_a_follow_up_due_on_11_march_with_a_window_of_four_days(today, state, late):
    item = FollowUp(
        id="x",
        due_on=date(2026, 3, 11),
        opens_on=date(2026, 3, 7),
        closes_on=date(2026, 3, 15),
        form_id="followup",
        level="low",
        reason={},
    )
    stored = {
        key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(item).items()
    }

    assert state_on(stored, date.fromisoformat(today)) == state
    assert days_overdue(stored, date.fromisoformat(today)) == late


@pytest.mark.parametrize(
    ("today", "late"),
    [
        pytest.param("2026-03-20", 0, id="until the agreed day nobody is late"),
        pytest.param("2026-03-21", 10, id="afterwards the days count from the day it was due first"),
    ],
)
def test_a_visit_moved_to_an_agreed_day_is_late_only_after_that_day(today, late):
    stored = {
        "due_on": "2026-03-11",
        "opens_on": "2026-03-07",
        "closes_on": "2026-03-15",
        "done_on": None,
        "ended": "",
        "agreed": True,
        "retry_on": "2026-03-20",
    }

    assert days_overdue(stored, date.fromisoformat(today)) == late
