"""The one fold from records to a person's file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.file_parts import phone_row
from sync.core.person import outcome_of, visits_wanted
from sync.core.returnee import fold
from tests.core.builders import ENTITY, a_record, a_screening, an_indicator, rules_with

RULES = rules_with(an_indicator("H1", "high", respond_within_hours=0), an_indicator("M1", "medium"))


def file_of(*records) -> dict:
    found = fold(ENTITY, records, RULES)
    assert found is not None
    return {**found.document, "case_code": "KH-01-2026-0001X"}


def test_a_screening_registers_a_presumed_person():
    file = file_of(a_screening(province="01", age_now=30, age_sure="yes"))

    assert file["status"] == "presumed"
    assert file["registered_on"] == "2026-03-01"
    assert file["person"]["province"] == "01"


def test_nobody_exists_before_something_registers_her():
    assert fold(ENTITY, [a_record("2026-03-05", outcome="done")], RULES) is None


def test_a_visit_that_arrived_before_the_screening_counts_once_she_is_registered():
    file = file_of(
        a_record("2026-03-05", outcome="done", met={"H1": True}), a_screening(received_after_hours=999)
    )

    assert file["risk"]["level"] == "high"
    assert file["instances"] == ["uuid:screening-2026-03-01", "uuid:followup-2026-03-05"]


RECORDS = [
    a_screening(province="01", call_name="Sok", met={"M1": True}),
    a_record("2026-03-04", form_id="intake", met={"H1": True}, call_name="Sokha"),
    a_record("2026-03-05", outcome="not_home", new_date="2026-03-07"),
    a_record("2026-03-07", outcome="done", met={"H1": False}, properties={"village": "v1"}, label="Sokha"),
    a_record("2026-03-12", outcome="done", met={"H1": False, "M1": False}, still_ok="yes"),
]


@given(order=st.permutations(RECORDS))
def test_the_order_in_which_records_arrive_changes_nothing(order):
    assert fold(ENTITY, order, RULES) == fold(ENTITY, RECORDS, RULES)


def test_a_second_registration_of_the_same_person_is_a_question_and_changes_nothing_else():
    once = file_of(*RECORDS)
    twice = file_of(*RECORDS, a_screening("2026-03-20", instance_id="uuid:again", call_name="Other"))

    assert twice["questions"] == [{"code": "entity.exists", "instance_id": "uuid:again"}]
    assert twice["person"] == once["person"]


def test_what_is_known_of_her_is_what_was_said_last_and_a_refusal_takes_nothing_away():
    file = file_of(
        a_screening(call_name="Sok", sex="female"), a_record("2026-03-05", call_name="", sex_i="ref")
    )

    assert file["person"]["call_name"] == "Sok"
    assert file["person"]["sex"] == "female"


def test_whose_age_is_in_doubt_counts_as_a_child():
    assert file_of(a_screening(age_now=19, age_sure="no"))["person"]["is_child"]
    assert file_of(a_screening(age_now=17, age_sure="yes"))["person"]["is_child"]
    assert not file_of(a_screening(age_now=19, age_sure="yes"))["person"]["is_child"]


def test_death_closes_the_case_and_takes_her_off_the_phone():
    file = file_of(*RECORDS, a_record("2026-03-20", outcome="deceased"))

    assert file["status"] == "closed"
    assert file["entity"]["deleted"]
    assert file["next_due_on"] is None


def test_an_overheard_visit_is_no_visit_and_is_tried_again():
    file = file_of(RECORDS[0], RECORDS[1], a_record("2026-03-06", private="no", go_how="later"))

    assert file["last_seen_on"] == "2026-03-04"
    attempts = [attempt for item in file["follow_ups"] for attempt in item["attempts"]]
    assert [attempt["outcome"] for attempt in attempts] == ["not_alone"]


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        pytest.param({"consents": ["interview", "store", "visit"]}, True, id="agreed at the intake"),
        pytest.param({"consents": ["interview", "store"]}, False, id="not agreed at the intake"),
        pytest.param({"consents": ["ref"]}, None, id="refused to say"),
        pytest.param({"still_ok": "no"}, False, id="does not want visits any more"),
        pytest.param({"still_ok": "yes", "consent_withdrawn": ["visit"]}, False, id="took this consent back"),
        pytest.param(
            {"still_ok": "yes", "consent_withdrawn": ["share"]}, True, id="took another consent back"
        ),
        pytest.param({}, None, id="not asked"),
    ],
)
def test_her_word_on_further_visits(facts, wanted):
    assert visits_wanted(a_record("2026-03-05", **facts)) is wanted


def test_a_talk_that_was_ended_quietly_because_somebody_listened_is_tried_again():
    assert outcome_of(a_record(outcome="done", private="yes", overheard="yes")) == "not_alone"
    assert outcome_of(a_record(outcome="done", private="no", go_how="go_on", overheard="no")) == "done"


def test_a_phones_list_says_who_when_and_whether_to_call_first_and_nothing_more():
    file = file_of(RECORDS[0], RECORDS[1])
    file["entity"]["version"] = 2

    row = phone_row(file)

    assert row.label == "Sokha · 05/03"
    assert row.version == 2
    assert row.properties == {
        "case_code": "KH-01-2026-0001X",
        "call_name": "Sokha",
        "province": "",
        "village": "",
        "village_name": "",
        "as_of": "2026-03-04",
        "is_child": "no",
        "next_visit": "2026-03-05",
        "visit_reason": "call_first",
        "last_visit": "2026-03-04",
        "phq_on": "",
        "ptsd_on": "",
        "agreed": "",
    }


def test_every_reason_names_its_rule_its_form_its_record_and_the_version_of_the_rules():
    risk = file_of(RECORDS[0], RECORDS[1])["risk"]

    assert risk["rules_version"] == "r1"
    reason = risk["indicators"][0]
    assert {key: reason[key] for key in ("name", "form_id", "form_version", "instance_id", "since")} == {
        "name": "H1",
        "form_id": "intake",
        "form_version": "1",
        "instance_id": "uuid:intake-2026-03-04",
        "since": "2026-03-04",
    }


@pytest.mark.parametrize(
    ("answers", "places"),
    [
        ({}, []),
        ({"province": "20"}, ["20"]),
        ({"province": "20", "district": "2001", "commune": "200101"}, ["20", "2001", "200101"]),
        ({"village": "200101-03"}, ["20", "2001", "200101"]),
        ({"province": "20", "village": "behind the pagoda"}, ["20"]),
    ],
)  # fmt: skip
def test_a_file_says_where_she_lives_down_to_the_commune_and_no_nearer(answers, places):
    assert file_of(a_screening(**answers))["places"] == places
