"""When the long sets are asked: stepping up, at their intervals, and never oftener than they may be."""

from datetime import date, timedelta

import pytest

from tests.xlsforms.filled import (
    ADULT,
    CALM,
    CHILD,
    INTAKE,
    LIFE,
    NOW,
    ROUTINE,
    SAFE,
    VISIT,
    Fill,
    Find,
    Told,
    gad,
    listed,
    met,
    phq,
    scores,
)

pytestmark = pytest.mark.java

TODAY = NOW.date()
PHQ_REST = {f"phq{n}" for n in range(4, 10)}
GAD_REST = {f"gad{n}" for n in range(3, 8)}
STRESS, WHO = {"ptsd0"}, {f"who{n}" for n in range(1, 6)}
EVERY_VISIT = {"phq1", "phq2", "gad1", "gad2", "phq3", "selfharm"}
TALK = {**VISIT, **SAFE, **CALM, **LIFE}


def before(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def asked(fill: Fill, answers: Told, form: str = "followup", **columns: str) -> set[str]:
    told = fill(form, answers, people=listed(**columns))
    return {line["name"] for line in told["shown"] if line["kind"] == "question"}


def test_the_short_questions_come_at_every_visit_however_recent_the_long_ones_were(fill: Fill) -> None:
    for phq_on in ("", before(1), before(200)):
        found = asked(fill, ROUTINE, phq_on=phq_on)
        assert found >= EVERY_VISIT
        assert found.isdisjoint(PHQ_REST | GAD_REST | WHO | {"aud1"})


@pytest.mark.parametrize(
    ("mood", "worry"), [((2, 1), (0, 0)), ((0, 0), (3, 0)), ((1, 1), (1, 1)), ((3, 3), (3, 3))]
)
def test_from_three_points_in_a_short_form_the_rest_of_the_long_one_is_asked(
    fill: Fill, mood: tuple[int, int], worry: tuple[int, int]
) -> None:
    found = asked(fill, {**ROUTINE, **phq(*mood), **gad(*worry)}, phq_on=before(14))
    assert (found >= PHQ_REST) == (sum(mood) >= 3)
    assert (found >= GAD_REST) == (sum(worry) >= 3)


@pytest.mark.parametrize(("days", "again"), [(0, False), (13, False), (14, True), (15, True)])
def test_phq9_and_gad7_come_no_oftener_than_every_14_days(fill: Fill, days: int, again: bool) -> None:
    found = asked(fill, {**ROUTINE, **phq(3, 3), **gad(3, 3)}, phq_on=before(days))
    assert (found >= PHQ_REST | GAD_REST) == again
    assert again or found.isdisjoint(PHQ_REST | GAD_REST)


def test_a_full_visit_asks_every_long_set_even_of_somebody_who_is_well(fill: Fill) -> None:
    full = {"visit_reason": "full", "phq_on": before(90), "ptsd_on": before(90)}
    found = asked(fill, {**TALK, "aud1": "2", "aud2": "1"}, **full)
    assert found >= PHQ_REST | GAD_REST | STRESS | WHO | {"aud1", "aud2", "aud3", "sex_i"}


@pytest.mark.parametrize(
    ("days", "stress", "who", "alcohol"),
    [(13, False, False, False), (14, False, True, False), (29, False, True, False), (30, True, True, False),
     (89, True, True, False), (90, True, True, True)],
)  # fmt: skip
def test_each_long_set_keeps_its_own_interval(
    fill: Fill, days: int, stress: bool, who: bool, alcohol: bool
) -> None:
    found = asked(fill, TALK, visit_reason="full", phq_on=before(1), ptsd_on=before(days))
    assert (found >= STRESS, found >= WHO, "aud1" in found) == (stress, who, alcohol)
    assert found.isdisjoint(PHQ_REST)


@pytest.mark.parametrize("reason", ["visit", "call_first"])
def test_only_a_full_visit_asks_the_sets_that_have_been_asked_once(fill: Fill, reason: str) -> None:
    found = asked(fill, TALK, visit_reason=reason, phq_on=before(300), ptsd_on=before(300))
    assert found.isdisjoint(STRESS | WHO | {"aud1"})


@pytest.mark.parametrize(("days", "due"), [(29, False), (30, True)])
def test_who_was_never_asked_about_stress_is_asked_once_a_month_has_passed(
    fill: Fill, days: int, due: bool
) -> None:
    found = asked(fill, ROUTINE, ptsd_on="", last_visit=before(days))
    assert ("ptsd0" in found) == due
    assert len(found) < 25 + due  # once in a case, one question more than a routine visit


def test_a_day_in_the_future_keeps_nothing_from_being_asked(fill: Fill) -> None:
    found = asked(fill, {**ROUTINE, **phq(3, 3)}, phq_on=(TODAY + timedelta(days=400)).isoformat())
    assert found >= PHQ_REST


def test_a_child_is_never_asked_the_grown_ups_sets(fill: Fill) -> None:
    rows = listed(name=CHILD, is_child="yes", visit_reason="full")
    told = fill("followup", {**VISIT, "person": CHILD, **SAFE, "selfharm": "no"}, people=rows)
    found = {line["name"] for line in told["shown"]}
    assert found.isdisjoint(PHQ_REST | GAD_REST | STRESS | WHO | {"aud1", "phq1", "gad1"})
    assert {"selfharm", "school", "caregiver"} <= found


def test_what_a_full_visit_finds_is_scored_as_at_intake(find: Find) -> None:
    full = listed(visit_reason="full", phq_on=before(90), ptsd_on=before(90))
    wellbeing = {f"who{n}": "2" for n in range(1, 6)}
    stress = {f"ptsd{n}": "yes" for n in range(4)} | {"ptsd4": "no", "ptsd5": "no"}
    drinks = {"aud1": "2", "aud2": "1", "aud3": "0", "sex_i": "female"}
    found = find("followup", {**TALK, **wellbeing, **stress, **drinks}, people=full)
    assert {"M3", "M4", "M5"} <= met(found)
    assert {name: scores(found)[name] for name in ("who5", "who5_percent", "pcptsd5", "auditc")} == {
        "who5": 10,
        "who5_percent": 40,
        "pcptsd5": 3,
        "auditc": 3,
    }


# --- the longer first visit


@pytest.mark.parametrize(("days", "due"), [(0, False), (13, False), (14, True), (400, True)])
def test_the_long_sets_wait_until_14_days_after_the_return(fill: Fill, days: int, due: bool) -> None:
    found = asked(fill, {**INTAKE, "return_date": before(days)}, "intake")
    assert found >= EVERY_VISIT | {"aud1"}
    for set_ in (PHQ_REST, GAD_REST, STRESS, WHO):
        assert (found >= set_) == due
        assert due or found.isdisjoint(set_)


def test_before_that_day_trouble_in_the_short_form_still_opens_the_long_one(fill: Fill) -> None:
    found = asked(fill, {**INTAKE, "return_date": before(3), **phq(2, 1)}, "intake")
    assert found >= PHQ_REST
    assert found.isdisjoint(STRESS | WHO)


def test_what_a_visit_before_the_first_long_one_asked_is_not_asked_again_so_soon(fill: Fill) -> None:
    found = asked(fill, INTAKE, "intake", phq_on=before(2), ptsd_on=before(2))
    assert found.isdisjoint(PHQ_REST | GAD_REST | STRESS | WHO)


@pytest.mark.parametrize(
    ("total", "percent", "low"), [(0, 0, True), (12, 48, True), (13, 52, False), (25, 100, False)]
)
def test_who5_at_its_cut_off(find: Find, total: int, percent: int, low: bool) -> None:
    values = [min(5, max(0, total - 5 * place)) for place in range(5)]
    told = {f"who{n}": str(value) for n, value in enumerate(values, start=1)}
    found = find("intake", {**INTAKE, **told})
    assert (scores(found)["who5"], scores(found)["who5_percent"]) == (total, percent)
    assert ("M4" in met(found)) == low


@pytest.mark.parametrize("silence", ["", "ref"])
def test_one_answer_missing_leaves_no_wellbeing_score(find: Find, silence: str) -> None:
    told = {f"who{n}": "0" for n in range(1, 5)} | {"who5": silence}
    found = find("intake", {**INTAKE, **told})
    assert scores(found)["who5"] is scores(found)["who5_percent"] is None
    assert "M4" not in met(found)


def test_the_list_names_the_grown_up() -> None:
    assert ADULT in listed()
    assert date.fromisoformat(before(0)) == TODAY
