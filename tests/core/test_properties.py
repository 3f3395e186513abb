"""What holds for every history, whatever was answered and in whatever order it arrived."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.levels import order_of
from sync.core.protocol import Holiday, Trigger
from sync.core.returnee import fold
from tests.core.builders import ENTITY, a_protocol, a_record, a_screening, an_indicator, rules_with, two

FIRST = date(2026, 1, 5)
PROTOCOL = a_protocol(
    settings={
        **a_protocol().settings,
        "after_last_days": "90",
        "shift_weekends": "saturday sunday",
        "shift_max_days": "3",
        "shift_not_levels": "high",
        "overdue_review_days_high": "14",
        "supervisor_review_days": "90",
    },
    holidays=(Holiday(on="2026-04-14"), Holiday(on="2026-04-15")),
    triggers=(
        *a_protocol().triggers,
        Trigger(when="H11", offset_days=3, form_id="screening", reason=two("Again"), new_clock=True),
    ),
)
CODES = ("H1", "H11", "M1", "M2")
RULES = rules_with(
    an_indicator("H1", "high", respond_within_hours=0),
    an_indicator("H11", "high"),
    an_indicator("M1", "medium", stands_for_days=40),
    an_indicator("M2", "medium"),
    protocol=PROTOCOL,
)

a_met = st.fixed_dictionaries({}, optional=dict.fromkeys(CODES, st.sampled_from([True, False, None])))
an_outcome = st.sampled_from(["done", "done", "done", "not_home", "refused_today", "moved"])


@st.composite
def histories(draw) -> list:
    """A screening, perhaps an intake, then visits on rising days over more than two years."""
    day = FIRST
    records = [a_screening(day.isoformat(), met=draw(a_met))]
    for number, gap in enumerate(draw(st.lists(st.integers(1, 120), max_size=9))):
        day += timedelta(days=gap)
        outcome = draw(an_outcome)
        records.append(
            a_record(
                day.isoformat(),
                form_id="intake" if number == 0 else "followup",
                outcome=outcome,
                met=draw(a_met) if outcome == "done" else {},
                received_after_hours=draw(st.integers(0, 500)),
            )
        )
    return records


def file_of(records, as_of: date | None = None) -> dict:
    found = fold(ENTITY, records, RULES, as_of=as_of)
    assert found is not None
    return dict(found.document)


@given(records=histories(), chance=st.randoms(use_true_random=False))
def test_the_order_of_arrival_never_changes_the_end_state(records, chance):
    shuffled = list(records)
    chance.shuffle(shuffled)

    assert file_of(shuffled) == file_of(records)


@given(records=histories(), days=st.integers(0, 900))
def test_an_open_case_always_has_a_next_visit(records, days):
    file = file_of(records, as_of=records[-1].on + timedelta(days=days))

    assert file["next_due_on"] is not None


def test_an_open_case_has_a_next_visit_also_when_time_alone_changes_its_level_behind_the_last_row():
    """Found by the property above: M1 ends by itself, and the medium rows left lie behind the last day."""
    records = [
        a_screening(FIRST.isoformat()),
        a_record("2026-01-06", form_id="intake", outcome="done"),
        *(a_record(f"2026-01-{day:02d}", outcome="done") for day in range(7, 12)),
        a_record("2026-01-12", outcome="done", met={"H1": True}),
        a_record("2026-02-20", outcome="done", met={"H1": False, "M1": True, "M2": True}),
        a_record("2026-04-02", outcome="not_home"),
    ]

    assert file_of(records, as_of=date(2026, 4, 2))["next_due_on"] is not None


@given(records=histories())
def test_an_answer_that_fires_nothing_never_lowers_a_level_by_itself(records):
    before = file_of(records)
    after = file_of([*records, a_record((records[-1].on + timedelta(days=1)).isoformat(), met={"H1": None})])

    assert order_of(PROTOCOL, after["risk"]["level"]) >= order_of(PROTOCOL, before["risk"]["level"])


@given(records=histories(), code=st.sampled_from(CODES))
def test_a_visit_that_gives_a_reason_never_ends_lower_than_the_same_visit_without_it(records, code):
    next_day = (records[-1].on + timedelta(days=1)).isoformat()
    without = file_of([*records, a_record(next_day, met={code: False})])
    with_it = file_of([*records, a_record(next_day, met={code: True})])

    assert order_of(PROTOCOL, with_it["risk"]["level"]) >= order_of(PROTOCOL, without["risk"]["level"])


@given(records=histories(), days=st.integers(0, 400))
def test_time_alone_changes_a_file_only_on_the_day_it_said(records, days):
    """Between two days on which something is due by time alone, a file stays the same."""
    today = records[-1].on + timedelta(days=days)
    file = file_of(records, as_of=today)
    due = file["changes_on"]
    later = today + timedelta(days=30)
    if due is not None:
        assert due > today.isoformat()
        later = min(later, date.fromisoformat(due) - timedelta(days=1))

    assert file_of(records, as_of=later) == file


@given(records=histories())
def test_a_new_clock_takes_nothing_away_that_was_done_and_plans_anew_from_its_day(records):
    before = file_of(records)
    day = (records[-1].on + timedelta(days=1)).isoformat()
    after = file_of([*records, a_record(day, outcome="done", met={"H11": True})])

    done = {item["id"]: item["done_on"] for item in before["follow_ups"] if item["done_on"]}
    assert done.items() <= {item["id"]: item["done_on"] for item in after["follow_ups"]}.items()
    if "H11" not in {item["name"] for item in before["risk"]["indicators"]}:
        assert after["clock"]["again"][-1]["on"] == day
        assert before["clock"]["again"] == after["clock"]["again"][:-1]
        last = max(row.offset_days for row in PROTOCOL.schedule if row.level == after["risk"]["level"])
        begun = date.fromisoformat(after["clock"]["since"])
        assert date.fromisoformat(after["clock"]["until"]) == begun + timedelta(days=last)
        assert begun >= date.fromisoformat(day)


@given(records=histories())
def test_follow_ups_are_told_apart_and_windows_hold_their_day(records):
    follow_ups = file_of(records)["follow_ups"]

    assert len({item["id"] for item in follow_ups}) == len(follow_ups)
    assert all(item["opens_on"] <= item["due_on"] <= item["closes_on"] for item in follow_ups)


@given(records=histories())
def test_a_routine_visit_is_never_planned_on_a_holiday_that_could_be_avoided(records):
    for item in file_of(records)["follow_ups"]:
        if item["level"] != "high" and item["due_on"] in ("2026-04-14", "2026-04-15"):
            assert item["closes_on"] < "2026-04-16"


@pytest.mark.parametrize("outcome", ["not_home", "refused_today", "moved", "unsafe_to_visit", "in_hospital"])
def test_an_attempt_that_failed_takes_no_visit_away(outcome):
    records = [
        a_screening("2026-01-05"),
        a_record("2026-01-08", form_id="intake", outcome="done", met={"H1": False}),
    ]
    before = [item["id"] for item in file_of(records)["follow_ups"] if not item["ended"]]
    tried = file_of([*records, a_record("2026-01-23", outcome=outcome)])

    assert [item["id"] for item in tried["follow_ups"] if not item["ended"]] == before
