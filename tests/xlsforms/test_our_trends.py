"""Our protocol's trends: a score that worsens by its published change counts, one point less does not."""

import pytest

from sync.core.protocol import Rules
from sync.core.record import Record, Scored
from sync.core.returnee import fold
from tests.core.builders import ENTITY, a_record, a_screening


def a_visit(on: str, name: str, value: int | None) -> Record:
    label = {"en": name, "km": name}
    score = Scored(name=name, label=label, value=value, band=None, band_label={})
    return a_record(on, outcome="done", private="yes", scores=(score,))


def standing(rules: Rules, name: str, *values: int | None) -> set[str]:
    """Codes that stand after a first talk and one visit a month with these values of one score."""
    visits = [a_visit(f"2026-{month:02}-10", name, value) for month, value in enumerate(values, start=4)]
    file = fold(ENTITY, [a_screening("2026-03-01"), *visits], rules)
    assert file is not None
    return {item["name"] for item in file.document["risk"]["indicators"]}


@pytest.mark.parametrize(
    ("code", "name", "before", "at", "short_of"),
    [
        ("T1", "phq9", 4, 9, 8),
        ("T1", "phq9", 0, 5, 4),
        ("T2", "gad7", 3, 7, 6),
        ("T3", "who5_percent", 60, 50, 51),
        ("T3", "who5_percent", 60, 0, 56),
    ],
)
def test_a_trend_counts_from_its_published_change_on(
    our_rules: Rules, *, code: str, name: str, before: int, at: int, short_of: int
) -> None:
    assert code in standing(our_rules, name, before, at)
    assert code not in standing(our_rules, name, before, short_of)


@pytest.mark.parametrize(
    ("code", "name", "values"),
    [("T1", "phq9", (20, 10)), ("T2", "gad7", (15, 3)), ("T3", "who5_percent", (20, 80))],
)
def test_a_score_that_becomes_better_is_no_trend(
    our_rules: Rules, code: str, name: str, values: tuple[int, int]
) -> None:
    assert code not in standing(our_rules, name, *values)


def test_a_visit_without_the_score_breaks_no_comparison_and_makes_none(our_rules: Rules) -> None:
    assert "T1" in standing(our_rules, "phq9", 4, None, 9)
    assert "T1" not in standing(our_rules, "phq9", None, 9)
    assert "T1" in standing(our_rules, "phq9", 4, 9, None)


def test_a_trend_stands_until_the_score_is_measured_again_and_is_not_worse(our_rules: Rules) -> None:
    assert "T1" not in standing(our_rules, "phq9", 4, 9, 9)
    assert "T1" in standing(our_rules, "phq9", 4, 9, 14)
