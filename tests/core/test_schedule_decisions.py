"""What people decide about visits, and what the calendar does to them. Rules: domain.md 6 and 8.4."""

from datetime import date

import pytest

from sync.core import schedule
from sync.core.calendar import Calendar
from sync.core.protocol import Holiday, Trigger
from sync.core.visits import state_on
from tests.core.builders import a_protocol, two
from tests.core.test_schedule import happening, intake, plan, screening, waiting


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


AGAIN = Trigger(when="H11", offset_days=3, form_id="screening", reason=two("Again"), new_clock=True)
WITH_AGAIN = a_protocol(triggers=(*a_protocol().triggers, AGAIN))


def test_when_it_happened_again_the_whole_plan_begins_anew_and_what_was_done_stays():
    visits = [happening(day, level="high") for day in ("2026-03-02", "2026-05-30")]
    again = happening("2026-06-10", level="high", triggers=("H11",))

    found = schedule.plan([intake("2026-03-01", "high"), *visits, again], WITH_AGAIN)

    assert [item.done_on for item in found.follow_ups if item.done_on][:2] == [visits[0].on, visits[1].on]
    assert waiting(found.follow_ups) == [
        ("followup", "2026-06-11"),
        ("screening", "2026-06-13"),
        ("followup", "2026-06-13"),
        ("followup", "2026-06-17"),
        ("followup", "2026-07-10"),
        ("followup", "2026-09-08"),
    ]
    assert (found.since, found.until) == (date(2026, 6, 10), date(2026, 9, 8))
    assert [(one.on, one.key) for one in found.again] == [(date(2026, 6, 10), "uuid:2026-06-10")]


def test_the_new_talk_itself_asks_for_no_other_and_a_persons_word_does():
    again = happening("2026-06-10", form_id="screening", level="high", triggers=("H11",))
    told = plan([intake("2026-03-01", "low"), again], WITH_AGAIN)
    word = decided("2026-06-10", level="high", triggers=("again",))
    row = Trigger(when="again", offset_days=3, form_id="screening", reason=two("Again"), new_clock=True)
    said = plan([intake("2026-03-01", "low"), word], a_protocol(triggers=(row,)))

    assert [item for item in told if item.form_id == "screening"] == []
    assert [item for item in waiting(said) if item[0] == "screening"] == [("screening", "2026-06-13")]
    assert waiting(told)[0] == waiting(said)[0] == ("followup", "2026-06-11")


def test_a_day_agreed_with_her_and_the_long_first_visit_that_is_owed_outlive_a_new_clock():
    agreed = happening("2026-03-02", outcome="not_home", agreed_on="2026-03-09")
    again = decided("2026-03-05", level="high", triggers=("H11",))
    moved = plan([intake("2026-03-01", "high"), agreed, again], WITH_AGAIN)

    assert [item.next_on for item in moved if item.waits and item.agreed] == [date(2026, 3, 9)]
    assert ("intake", "2026-03-04") in waiting(plan([screening("2026-03-01"), again], WITH_AGAIN))


def test_a_talk_that_is_made_before_its_day_is_not_owed_any_more():
    again = happening("2026-06-10", level="high", triggers=("H11",))
    talk = happening("2026-06-12", form_id="screening", level="high")

    found = plan([intake("2026-03-01", "low"), again, talk], WITH_AGAIN)

    assert [item.done_on for item in found if item.form_id == "screening"] == [talk.on]


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
