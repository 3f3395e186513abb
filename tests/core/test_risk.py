"""A level and its reasons: which indicators stand, and how they are combined. Rules: domain.md 10.4."""

from datetime import date

import pytest

from sync.core.risk import assess
from tests.core.builders import a_protocol, a_record, an_indicator, rules_with, two

HIGH = an_indicator("H1", "high")
MEDIUM = tuple(an_indicator(f"M{number}", "medium") for number in range(1, 5))
RULES = rules_with(HIGH, *MEDIUM)


def levels(*records, rules=RULES, child=False) -> list[str]:
    found = assess(list(records), rules, {record.instance_id: child for record in records})
    return [assessment.level for assessment in found]


def test_one_high_indicator_makes_the_level_high():
    assert levels(a_record(met={"H1": True})) == ["high"]


@pytest.mark.parametrize(
    ("count", "level"),
    [
        pytest.param(0, "low", id="none is low"),
        pytest.param(1, "medium", id="one is medium"),
        pytest.param(3, "medium", id="three are medium"),
        pytest.param(4, "high", id="four are high"),
    ],
)
def test_the_number_of_medium_indicators_decides(count, level):
    met = {f"M{number}": number <= count for number in range(1, 5)}

    assert levels(a_record(met=met)) == [level]


def test_a_child_is_never_below_medium():
    assert levels(a_record(met={"H1": False}), child=True) == ["medium"]


def test_an_indicator_stands_until_its_questions_get_real_answers_again():
    records = [
        a_record("2026-03-01", met={"H1": True}),
        a_record("2026-03-05", met={"H1": None, "M1": False}),
        a_record("2026-03-09", met={"H1": None, "M1": False}),
    ]

    assert levels(*records) == ["high", "high", "high"]


def test_a_refused_or_unknown_answer_never_lowers_a_level():
    refused = [a_record(f"2026-03-{day:02}", met={"H1": None}) for day in range(2, 9)]

    found = assess(
        [a_record("2026-03-01", met={"H1": True}), *refused],
        RULES,
        dict.fromkeys(["uuid:followup-2026-03-01", *(record.instance_id for record in refused)], False),
    )

    assert [item.level for item in found] == ["high"], "what assesses nothing is no assessment"


def test_a_level_comes_down_only_at_the_second_lower_assessment_in_a_row():
    records = [
        a_record("2026-03-01", met={"H1": True}),
        a_record("2026-03-05", met={"H1": False}),
        a_record("2026-03-09", met={"H1": False}),
    ]

    assert levels(*records) == ["high", "high", "low"]


def test_a_level_that_is_kept_says_so_and_why():
    records = [a_record("2026-03-01", met={"H1": True}), a_record("2026-03-05", met={"H1": False})]

    kept = assess(records, RULES, {record.instance_id: False for record in records})[-1]

    assert kept.held
    assert "2 lower ones" in kept.reason["en"]
    assert kept.reason["km"] != kept.reason["en"]


def test_it_comes_down_to_the_highest_of_the_lower_ones():
    records = [
        a_record("2026-03-01", met={"H1": True}),
        a_record("2026-03-05", met={"H1": False, "M1": True}),
        a_record("2026-03-09", met={"H1": False, "M1": False}),
    ]

    assert levels(*records) == ["high", "high", "medium"]


def test_a_level_rises_at_once():
    records = [a_record("2026-03-01", met={"H1": False}), a_record("2026-03-05", met={"H1": True})]

    assert levels(*records) == ["low", "high"]


def test_a_form_that_asks_other_questions_under_the_same_code_does_not_end_an_indicator():
    records = [
        a_record("2026-03-01", met={"H1": True}, asks={"H1": ("danger_now",)}),
        a_record("2026-03-05", met={"H1": False}, asks={"H1": ("lives_with_that",)}),
        a_record("2026-03-09", met={"H1": False}, asks={"H1": ("lives_with_that",)}),
    ]

    assert levels(*records) == ["high", "high", "high"]


def test_since_is_the_first_day_of_an_unbroken_run_and_the_answers_are_the_newest():
    records = [
        a_record("2026-03-01", met={"H1": True}),
        a_record("2026-03-05", met={"H1": True}),
    ]

    (standing,) = assess(records, RULES, {record.instance_id: False for record in records})[-1].standing

    assert standing.since == date(2026, 3, 1)
    assert standing.instance_id == "uuid:followup-2026-03-05"


def test_an_indicator_that_stands_for_some_days_is_gone_at_the_next_assessment_after_them():
    rules = rules_with(
        an_indicator("H1", "high", stands_for_days=30),
        MEDIUM[0],
        protocol=a_protocol(settings={"lowering_needs_assessments": "1"}),
    )
    records = [
        a_record("2026-03-01", met={"H1": True}),
        a_record("2026-03-31", met={"M1": False}),
        a_record("2026-04-01", met={"M1": False}),
    ]

    assert levels(*records, rules=rules) == ["high", "high", "low"]


def test_a_review_indicator_raises_no_level_but_asks_somebody_to_look():
    rules = rules_with(an_indicator("R1", "review"))
    record = a_record(met={"R1": True})

    (found,) = assess([record], rules, {record.instance_id: False})

    assert found.level == "low"
    assert found.review


def test_the_reason_is_the_sentence_of_the_row_that_held():
    record = a_record(met={"M1": True})

    (found,) = assess([record], RULES, {record.instance_id: False})

    assert found.reason == two("a medium reason")


def test_reasons_come_worst_first():
    record = a_record(met={"M1": True, "H1": True, "M2": True})

    (found,) = assess([record], RULES, {record.instance_id: False})

    assert [item.indicator.code for item in found.standing] == ["H1", "M1", "M2"]


def test_a_first_record_without_any_answer_still_gives_a_level():
    assert levels(a_record(outcome="not_home")) == ["low"]
