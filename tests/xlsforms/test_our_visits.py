"""The visits on the phone: what is asked, and which reasons for concern the answers raise or take back."""

import pytest

from sync.core.form import form_from
from sync.core.protocol import Rules
from sync.core.trial import try_examples
from tests.xlsforms.filled import (
    ADULT,
    CHANGED,
    CHILD,
    INTAKE,
    NEW,
    NOW,
    ROUTINE,
    Fill,
    Find,
    Told,
    gad,
    met,
    phq,
    settled_no,
)
from tests.xlsforms.our_workbooks import FORMS
from xlsforms.convert import Converted

pytestmark = pytest.mark.java


def test_a_routine_visit_of_a_person_who_is_well_asks_fewer_than_25_questions(
    fill: Fill,
) -> None:
    shown = fill("followup", ROUTINE)["shown"]
    asked = [line["name"] for line in shown if line["kind"] == "question"]
    assert len(asked) < 25
    assert {"danger_now", "phq1", "phq2", "gad1", "gad2", "selfharm", "debt_any"} <= set(asked)


def test_a_first_follow_up_asks_about_all_of_daily_life(fill: Fill) -> None:
    first = {key: value for key, value in ROUTINE.items() if key != "life_same"}
    asked = {line["name"] for line in fill("followup", {**first, "person": NEW})["shown"]}
    assert {"housing", "documents", "stigma", "economic", "support"} <= asked


def test_a_well_person_raises_nothing_and_every_question_asked_is_answered_no(find: Find) -> None:
    found = find("followup", CHANGED)
    assert met(found) == set()
    not_asked = {"M3", "M4", "M5"}  # the long sets have their own intervals
    assert settled_no(found) == {item.code for item in found.indicators} - not_asked


def test_when_nobody_is_at_home_nothing_is_taken_back(find: Find) -> None:
    found = find("followup", {"person": ADULT, "outcome": "not_home"})
    assert met(found) == settled_no(found) == set()


def test_a_missing_person_stays_missing_until_spoken_with(find: Find) -> None:
    assert met(find("followup", {"person": ADULT, "outcome": "missing"})) == {"H7"}
    quiet = {"person": ADULT, "outcome": "done", "private": "no", "go_how": "quiet_end"}
    assert "H7" not in settled_no(find("followup", quiet))
    assert "H7" in settled_no(find("followup", ROUTINE))


def test_daily_life_as_before_takes_nothing_back(find: Find) -> None:
    assert settled_no(find("followup", ROUTINE)).isdisjoint({"M7", "M10", "M13"})


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"selfharm": "yes"}, "H1"),
        ({"contact_recruiter": "yes"}, "H2"),
        ({"danger_now": "yes"}, "H3"),
        ({"violence": "yes", "violence_who": "partner"}, "H3"),
        ({"doctor_today": "yes"}, "H4"),
        ({"place_tonight": "no"}, "H5"),
        ({"plan_leave": "yes", "leave_channel": "broker", "leave_when": "week"}, "H7"),
        ({"debt_any": "yes", "debt_threat": "yes"}, "H8"),
        ({"legal": ["complaint"], "legal_pressure": "yes"}, "H9"),
        ({"debt_any": "yes", "debt_threat": "no"}, "M6"),
        ({"documents": ["family_book"]}, "M7"),
        ({"documents": ["none"]}, "M7"),
        ({"food_less": "often"}, "M9"),
        ({"stigma": "very_often"}, "M10"),
        ({"legal": ["witness"], "legal_pressure": "no"}, "M11"),
        ({"plan_leave": "yes", "leave_channel": "friend", "leave_when": "later"}, "M12"),
        ({"housing": "unsafe"}, "M13"),
        ({"danger_now": "ref", "doctor_today": "ref"}, "R1"),
    ],
)
def test_each_answer_raises_its_reason(find: Find, answers: Told, code: str) -> None:
    assert code in met(find("followup", {**CHANGED, **answers}))


@pytest.mark.parametrize(
    "answers",
    [
        {"food_less": "sometimes"},
        {"stigma": "sometimes"},
        {"housing": "rented"},
        {"documents": ["birth_certificate"]},
        {"documents": ["ref"]},
        {"documents": ["unk"]},
        {"plan_leave": "yes", "leave_channel": "agency", "leave_when": "week"},
        {"legal": ["finished"], "legal_pressure": "no"},
        {"danger_now": "ref"},
        {"debt_any": "unk"},
    ],
)
def test_answers_just_short_of_a_reason_raise_nothing(find: Find, answers: Told) -> None:
    assert met(find("followup", {**CHANGED, **answers})) == set()


@pytest.mark.parametrize("silence", ["ref", "unk", ""])
def test_silence_takes_no_reason_back(find: Find, silence: str) -> None:
    yes_no = ("danger_now", "contact_recruiter", "doctor_today", "place_tonight", "debt_any", "selfharm")
    found = find("followup", {**CHANGED, **dict.fromkeys(yes_no, silence)})
    assert settled_no(found).isdisjoint({"H1", "H2", "H3", "H4", "H5", "H8", "M6"})


def test_a_child_is_not_measured_by_grown_ups_cut_offs(fill: Fill, find: Find) -> None:
    answers = {key: value for key, value in ROUTINE.items() if not key.startswith(("phq", "gad"))}
    child = {**answers, "person": CHILD, "school": "yes", "lives_with_that": "yes"}
    asked = {line["name"] for line in fill("followup", child)["shown"]}
    assert asked.isdisjoint({*phq(*[0] * 9), *gad(*[0] * 7)})
    assert {"selfharm", "is_child", "school"} <= asked
    assert met(find("followup", child)) == {"H3"}


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ({"is_child": "yes", "caregiver": "none"}, {"H6"}),
        ({"is_child": "yes", "family_role": "arranged", "lives_with_that": "yes"}, {"H3", "H6"}),
        ({"is_child": "yes", "family_role": "received_money", "lives_with_that": "no"}, {"H6"}),
        ({"is_child": "no", "family_role": "arranged", "lives_with_that": "yes"}, {"M8", "R2"}),
        ({"is_child": "no", "family_role": "knew"}, set()),
        ({"birth_registered": "no"}, {"M7"}),
        ({"health": ["injury", "pain"]}, {"M14"}),
        ({"health": ["pain"]}, set()),
        ({"earlier_times": 1}, {"M15"}),
        ({"earlier_times": 0}, set()),
        ({"sex_i": "female", "pregnant": "yes"}, {"M16"}),
        ({"debt_any": "yes", "debt_threat": "yes"}, {"H8", "M6"}),
    ],
)
def test_what_the_first_visit_finds(find: Find, answers: Told, codes: set[str]) -> None:
    assert met(find("intake", {**INTAKE, **answers})) == codes


def test_every_example_of_the_protocol_gives_its_level(
    our_forms: dict[str, Converted], our_rules: Rules
) -> None:
    forms = {form: form_from(made.xform) for form, made in our_forms.items()}
    assert try_examples(our_rules, forms, NOW.date()) == []
    assert {example.form_id for example in our_rules.protocol.examples} == set(FORMS)


@pytest.mark.parametrize("form", FORMS)
def test_the_checks_find_nothing_to_warn_of(our_forms: dict[str, Converted], form: str) -> None:
    assert our_forms[form].warnings == ()
