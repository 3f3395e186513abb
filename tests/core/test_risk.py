"""A level and its reasons: which indicators stand, and how they are combined. Rules: domain.md 10.4."""

from datetime import date, datetime, timedelta

import pytest

from sync.core.decision import Decision
from sync.core.protocol import Trend
from sync.core.record import Scored
from sync.core.risk import assess, next_change
from tests.core.builders import ENTITY, a_protocol, a_record, an_indicator, rules_with, two

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


def test_an_indicator_that_stands_for_some_days_is_gone_the_day_after_them():
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

    found = assess(records, rules, {record.instance_id: False for record in records})

    assert [(item.on.isoformat(), item.level, item.cause) for item in found] == [
        ("2026-03-01", "high", "record"),
        ("2026-03-31", "high", "record"),
        ("2026-04-01", "low", "time"),
        ("2026-04-01", "low", "record"),
    ]


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


# --- what people decide, and what time does


def an_override(level: str, on: str, **more) -> Decision:
    at = datetime.fromisoformat(f"{on}T05:00:00+00:00")
    given = {
        "decision_id": f"d-{on}-{level}",
        "entity_id": ENTITY,
        "kind": "override",
        "at": at,
        "on": at.date(),
    }
    return Decision(**{**given, "by": "case-1", "reason": "She told me more", "level": level, **more})


def a_signature(decision: Decision, on: str, by: str = "lead-1") -> Decision:
    at = datetime.fromisoformat(f"{on}T06:00:00+00:00")
    return Decision(
        decision_id=f"s-{on}",
        entity_id=ENTITY,
        kind="sign",
        at=at,
        on=at.date(),
        by=by,
        reason="",
        about=decision.decision_id,
    )


def judged(records, *decisions, as_of: str | None = None, rules=RULES):
    return assess(
        records,
        rules,
        {record.instance_id: False for record in records},
        decisions=decisions,
        as_of=date.fromisoformat(as_of) if as_of else None,
    )


def test_somebody_may_raise_a_level_at_once_and_the_rules_go_on_underneath():
    last = judged([a_record("2026-03-01", met={"M1": True})], an_override("high", "2026-03-02"))[-1]

    assert (last.level, last.by_rules) == ("high", "medium")
    assert "She told me more" in last.reason["en"]


def test_a_level_is_lowered_only_with_the_signature_of_a_second_person():
    lower = an_override("low", "2026-03-02")
    records = [a_record("2026-03-01", met={"H1": True})]

    assert judged(records, lower)[-1].level == "high"
    assert judged(records, lower)[-1].unsigned == lower
    assert judged(records, lower, a_signature(lower, "2026-03-03", by="case-1"))[-1].level == "high"
    assert judged(records, lower, a_signature(lower, "2026-03-03"))[-1].level == "low"


def test_an_override_ends_after_its_last_day():
    records = [a_record("2026-03-01", met={"M1": True})]
    override = an_override("high", "2026-03-02", until=date(2026, 3, 10))

    assert judged(records, override, as_of="2026-03-10")[-1].level == "high"
    ended = judged(records, override, as_of="2026-03-11")[-1]
    assert (ended.level, ended.cause, ended.on) == ("medium", "time", date(2026, 3, 11))


def test_a_new_and_graver_reason_ends_an_override_that_lowered():
    lower = an_override("low", "2026-03-02")
    records = [a_record("2026-03-01", met={"M1": True}), a_record("2026-03-08", met={"H1": True})]

    assert judged(records, lower, a_signature(lower, "2026-03-03"))[-1].level == "high"


def test_an_override_can_be_taken_back():
    override = an_override("high", "2026-03-02")
    back = Decision(
        decision_id="b", entity_id=ENTITY, kind="take_back", at=override.at + timedelta(days=1),
        on=date(2026, 3, 3), by="case-1", reason="A mistake", about=override.decision_id,
    )  # fmt: skip

    assert judged([a_record("2026-03-01", met={"M1": True})], override, back)[-1].level == "medium"


def test_the_day_on_which_time_alone_changes_something_is_known_beforehand():
    rules = rules_with(an_indicator("H1", "high", stands_for_days=30))
    last = judged([a_record("2026-03-01", met={"H1": True})], rules=rules)[-1]

    assert next_change(last) == date(2026, 4, 1)


PHQ9 = Trend(code="T1", label=two("Much worse"), score="phq9", change=5, dimension="health", level="medium")


def measured(on: str, value: int | None):
    return a_record(
        on, scores=(Scored(name="phq9", label=two("PHQ-9"), value=value, band=None, band_label={}),)
    )


@pytest.mark.parametrize(
    ("values", "level"),
    [
        pytest.param([4, 8], "low", id="four points worse is not yet a change"),
        pytest.param([4, 9], "medium", id="five points worse is"),
        pytest.param([9, 4], "low", id="better is not worse"),
        pytest.param([4, None, 9], "medium", id="a time when it was not measured is passed over"),
        pytest.param([4, 9, 9], "medium", id="the same again is one lower assessment, which holds the level"),
    ],
)  # fmt: skip
def test_a_score_that_worsens_by_the_published_change_is_a_reason(values, level):
    rules = rules_with(protocol=a_protocol(trends=(PHQ9,)))
    records = [measured(f"2026-03-{day:02}", value) for day, value in enumerate(values, 1)]

    assert judged(records, rules=rules)[-1].level == level


def test_a_trend_says_from_what_to_what():
    rules = rules_with(protocol=a_protocol(trends=(PHQ9,)))

    (reason,) = judged([measured("2026-03-01", 4), measured("2026-03-15", 11)], rules=rules)[-1].standing

    assert [answer["value"] for answer in reason.answers] == ["4 → 11"]
