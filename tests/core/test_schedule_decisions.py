"""What people decide about visits, and what the calendar does to them. Rules: domain.md 6 and 8.4."""

from datetime import date

import pytest

from sync.core.calendar import Calendar
from sync.core.protocol import Holiday
from sync.core.schedule import plan
from sync.core.visits import state_on
from tests.core.builders import a_protocol
from tests.core.test_schedule import happening, intake, waiting


def decided(on: str, **changed):
    return happening(on, **{"form_id": "", "outcome": "", "key": f"decision-{on}", **changed})


def stored(item) -> dict:
    text = {name: getattr(item, name) for name in ("due_on", "opens_on", "closes_on", "done_on")}
    return {"ended": item.ended, **{name: day.isoformat() if day else None for name, day in text.items()}}


def test_an_excused_visit_is_not_due_any_more_and_keeps_the_reason():
    first = plan([intake("2026-03-01", "low")], a_protocol())[0]
    plans = plan(
        [intake("2026-03-01", "low"), decided("2026-03-02", excuses=first.id, why="In hospital")],
        a_protocol(),
    )

    assert plans[0].why == "In hospital"
    assert state_on(stored(plans[0]), date(2026, 4, 1)) == "excused"
    assert waiting(plans) == [("followup", "2026-05-30")]


def test_a_moved_visit_is_gone_to_on_the_agreed_day():
    first = plan([intake("2026-03-01", "low")], a_protocol())[0]
    moved = decided("2026-03-02", moves=first.id, agreed_on=date(2026, 3, 25))

    assert plan([intake("2026-03-01", "low"), moved], a_protocol())[0].next_on == date(2026, 3, 25)


def test_a_lower_level_never_silently_cancels_a_visit_that_was_agreed():
    agreed = happening("2026-03-02", outcome="not_home", agreed_on="2026-03-09")
    lower = decided("2026-03-03", level="low")

    plans = plan([intake("2026-03-01", "high"), agreed, lower], a_protocol())

    assert [item.next_on for item in plans if item.waits and item.agreed] == [date(2026, 3, 9)]


def test_a_higher_level_pulls_the_next_visit_forward():
    plans = plan([intake("2026-03-01", "low"), decided("2026-03-05", level="high")], a_protocol())

    assert waiting(plans)[0] == ("followup", "2026-03-06")


def test_what_is_done_behind_its_window_counts_as_done_late():
    plans = plan([intake("2026-03-01", "high"), happening("2026-03-03", level="high")], a_protocol())

    assert [state_on(stored(item), date(2026, 3, 3)) for item in plans[:2]] == ["done_late", "planned"]


def test_behind_the_last_row_an_open_case_is_still_looked_after():
    protocol = a_protocol(settings={**a_protocol().settings, "after_last_days": "90"})
    visits = [happening(day, level="low") for day in ("2026-03-15", "2026-05-30", "2026-08-28")]

    plans = plan([intake("2026-03-01", "low"), *visits], protocol)

    assert waiting(plans) == [("followup", "2026-11-26")]


@pytest.mark.parametrize(("aftercare", "expected"), [(False, []), (True, [("followup", "2026-06-01")])])
def test_closing_ends_all_visits_but_one_look_after_it_if_that_is_wanted(aftercare, expected):
    protocol = a_protocol(settings={**a_protocol().settings, "aftercare_check_days": "90"})
    closed = decided("2026-03-03", ends=True, aftercare=aftercare)

    assert waiting(plan([intake("2026-03-01", "low"), closed], protocol)) == expected


def test_a_case_that_is_opened_again_gets_a_plan_again():
    closed = decided("2026-03-03", ends=True)
    again = decided("2026-06-01", begins_again=True, level="medium")

    assert waiting(plan([intake("2026-03-01", "low"), closed, again], a_protocol()))[0] == (
        "followup",
        "2026-06-08",
    )


WORK = {"shift_weekends": "saturday sunday", "shift_max_days": "3", "shift_not_levels": "high"}
NEW_YEAR = tuple(Holiday(on=f"2026-04-{day}") for day in (14, 15, 16))


@pytest.mark.parametrize(
    ("day", "window_days", "level", "expected"),
    [
        pytest.param("2026-03-20", 5, "low", "2026-03-20", id="a working day stays"),
        pytest.param("2026-03-21", 5, "low", "2026-03-23", id="a Saturday becomes Monday"),
        pytest.param("2026-03-21", 1, "low", "2026-03-21", id="but never past the window"),
        pytest.param("2026-03-21", 5, "high", "2026-03-21", id="a high level is not moved"),
        pytest.param("2026-04-14", 5, "low", "2026-04-17", id="three holidays in a row are passed over"),
        pytest.param("2026-04-12", 5, "low", "2026-04-13", id="a Sunday before them is one day"),
    ],
)
def test_routine_visits_are_planned_on_working_days(day, window_days, level, expected):
    protocol = a_protocol(settings=WORK, holidays=NEW_YEAR)
    found = Calendar(protocol).working_day(
        date.fromisoformat(day), date(2026, 1, 1 + window_days) - date(2026, 1, 1), level
    )

    assert found == date.fromisoformat(expected)
