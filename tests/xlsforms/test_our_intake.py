"""The longer first visit: consent first, rights, no translator from that place, time to rest."""

from datetime import timedelta

import pytest
from lxml import etree

from tests.javarosa import JavaRosa
from tests.xlsforms.filled import (
    ADULT,
    CHILD,
    FIRST_TALK,
    INTAKE,
    NEW,
    NOW,
    PEOPLE,
    ROUTINE,
    VISIT,
    Fill,
    Find,
    Told,
    listed,
    met,
)
from tests.xlsforms.our_workbooks import choice_names
from xlsforms.convert import Converted

pytestmark = pytest.mark.java


def names(told: Told) -> list[str]:
    return [line["name"] for line in told["shown"]]


def root(told: Told) -> etree._Element:
    return etree.fromstring(told["xml"].encode())


def refused(java: JavaRosa, made: Converted, answers: Told) -> list[str]:
    told = java.fill(made.xform, answers, media={**made.media, "people.csv": PEOPLE.encode()}, now=NOW)
    return [line["name"] for line in told["refused"]]


# --- consent


def test_consent_comes_before_anything_about_the_person(fill: Fill) -> None:
    shown = names(fill("intake", INTAKE))
    before = set(shown[: shown.index("consents")])
    allowed = {"person", "private", "language", "interpreter", "info_given", "is_child", "n_next", "main"}
    assert before <= allowed


@pytest.mark.parametrize(
    "consents", [["none"], ["ref"], ["interview"], ["store"], ["visit", "phone", "statistics"]]
)
def test_nothing_is_asked_without_her_word_to_talk_and_to_keep_the_answers(
    fill: Fill, consents: list[str]
) -> None:
    shown = names(fill("intake", {**INTAKE, "consents": consents}))
    assert "call_name" not in shown
    assert "n_refused" in shown


def test_each_purpose_can_be_declined_by_itself_and_only_what_was_not_agreed_to(fill: Fill) -> None:
    told = fill("intake", {**INTAKE, "consents_no": ["phone", "share_state"]})
    (line,) = (line for line in told["shown"] if line["name"] == "consents_no")
    offered = {choice["name"] if isinstance(choice, dict) else choice for choice in line["choices"]}
    everything = set(choice_names("intake", "consent"))
    assert offered == everything - {"interview", "store", "none", "ref"}


@pytest.mark.parametrize("number", ["012 345 678", "+855 12 345 678", "០១២-៣៤៥-៦៧៨"])
def test_a_telephone_number_is_asked_of_whoever_agreed_to_calls_and_then_whether_a_call_is_safe(
    fill: Fill, number: str
) -> None:
    agreed = {**INTAKE, "consents": ["interview", "store", "phone"]}
    assert "phone_number" not in names(fill("intake", INTAKE))
    assert "safe_call" not in names(fill("intake", agreed))
    assert "safe_call" in names(fill("intake", {**agreed, "phone_number": number}))


@pytest.mark.parametrize("number", ["12", "call my aunt", "012 345 678 or 9"])
def test_what_is_no_telephone_number_is_not_taken_for_one(
    java: JavaRosa, our_forms: dict[str, Converted], number: str
) -> None:
    agreed = {**INTAKE, "consents": ["interview", "store", "phone"], "phone_number": number}
    assert refused(java, our_forms["intake"], agreed) == ["phone_number"]


def test_who_agreed_for_a_child_is_asked_and_never_of_a_grown_up(fill: Fill) -> None:
    child = {"person": CHILD, "is_child": "yes"}
    assert "consent_by" in names(fill("intake", {**INTAKE, **child}))
    assert "consent_by" not in names(fill("intake", INTAKE))


@pytest.mark.parametrize(("role", "warned"), [("arranged", True), ("received_money", True), ("knew", False)])
def test_a_family_that_had_a_part_in_it_is_not_asked_for_permission(
    fill: Fill, role: str, warned: bool
) -> None:
    child = {**INTAKE, "person": CHILD, "is_child": "yes", "family_role": role}
    assert ("n_permission" in names(fill("intake", child))) == warned


def test_consent_can_be_withdrawn_later(fill: Fill) -> None:
    stop = {**VISIT, "still_ok": "no", "consent_withdrawn": ["visit", "phone"]}
    told = fill("followup", stop)
    assert root(told).findtext(".//consent_withdrawn") == "visit phone"
    assert "consent_withdrawn" not in names(fill("followup", ROUTINE))
    assert "consent_withdrawn" in names(fill("followup", VISIT, people=listed(visit_reason="full")))


def test_who_turns_18_is_asked_anew(fill: Fill) -> None:
    grown = {**VISIT, "person": CHILD, "is_child": "no", "consents": ["interview", "store", "visit"]}
    assert root(fill("followup", grown)).findtext(".//consents") == "interview store visit"
    assert "consents" not in names(fill("followup", ROUTINE))


# --- rights and language


@pytest.mark.parametrize("who", ["workplace", "employer", "recruiter_family"])
def test_nobody_from_that_place_translates(java: JavaRosa, our_forms: dict[str, Converted], who: str) -> None:
    told = {**INTAKE, "interpreter": "untrained", "interpreter_relation": who}
    assert refused(java, our_forms["intake"], told) == ["interpreter_relation"]


def test_a_translator_is_asked_after_only_where_there_is_one(fill: Fill) -> None:
    asked = {"interpreter_relation", "interpreter_gender"}
    assert asked.isdisjoint(names(fill("intake", {**INTAKE, "interpreter": "none"})))
    assert asked <= set(names(fill("intake", {**INTAKE, "interpreter": "trained"})))
    assert "interpreter_gender" in names(fill("screening", {**FIRST_TALK, "interpreter": "trained"}))


def test_what_was_explained_is_kept_with_language_and_manner(fill: Fill) -> None:
    told = {"info_given": ["rights", "complaint"], "info_language": "vi", "info_how": "read_aloud"}
    assert set(told) <= set(names(fill("intake", {**INTAKE, **told})))
    assert "info_how" not in names(fill("intake", {**INTAKE, "info_given": ["ref"]}))


@pytest.mark.parametrize(("last_visit", "end"), [("2026-11-20", "20/12/2026"), ("", "29/12/2026")])
def test_the_time_to_rest_and_think_is_shown_with_its_last_day(fill: Fill, last_visit: str, end: str) -> None:
    told = fill("intake", INTAKE, language="en", people=listed(last_visit=last_visit))
    (note,) = (line["label"] for line in told["shown"] if line["name"] == "n_reflection")
    assert note == f"Until {end} there is time to rest and to think. Nothing has to be decided before then."


# --- risks, needs, services


def test_the_three_kinds_of_danger_are_talked_about_with_her(fill: Fill) -> None:
    assert {"worry_health", "worry_safety", "worry_security", "safety_plan"} <= set(
        names(fill("intake", INTAKE))
    )


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"selfharm": "yes"}, "H1"),
        ({"contact_recruiter": "yes"}, "H2"),
        ({"danger_now": "yes"}, "H3"),
        ({"doctor_today": "yes"}, "H4"),
        ({"place_tonight": "no"}, "H5"),
        ({"danger_now": "ref", "place_tonight": "ref"}, "R1"),
    ],
)
def test_the_first_long_visit_sees_every_danger_of_today(find: Find, answers: Told, code: str) -> None:
    assert met(find("intake", {**INTAKE, **answers})) == {code}


def test_needs_are_ranked_by_the_person_each_once(java: JavaRosa, our_forms: dict[str, Converted]) -> None:
    form = our_forms["intake"]
    ranks = {"needs_first": "food", "needs_second": "doctor", "needs_third": "legal"}
    assert refused(java, form, {**INTAKE, **ranks}) == []
    assert refused(java, form, {**INTAKE, **ranks, "needs_second": "food"}) == ["needs_second"]
    assert refused(java, form, {**INTAKE, **ranks, "needs_third": "doctor"}) == ["needs_third"]


def test_every_help_is_offered_accepted_declined_or_not_asked_in_a_line_of_its_own(fill: Fill) -> None:
    lines = [
        {"service_type": "health", "service_state": "accepted", "service_referral": "wanted"},
        {"service_type": "legal", "service_state": "declined"},
        {"service_type": "school", "service_state": "not_asked"},
    ]
    told = fill("intake", {**INTAKE, "service_talk": "yes", "service": lines})
    kept = [
        (one.findtext("service_type"), one.findtext("service_state")) for one in root(told).iter("service")
    ]
    assert kept == [("health", "accepted"), ("legal", "declined"), ("school", "not_asked")]
    assert {"not_asked", "offered", "accepted", "declined"} <= set(choice_names("intake", "servicestate"))


# --- a second first talk


def entity(told: Told) -> etree._Element:
    found = root(told).find("meta/entity")
    assert found is not None
    return found


def test_a_second_first_talk_changes_her_row_and_makes_no_second_person(fill: Fill) -> None:
    told = fill("screening", {**FIRST_TALK, "again": "yes", "person": ADULT})
    found = entity(told)
    assert (found.get("id"), found.get("create"), found.get("update")) == (ADULT, "0", "1")
    assert found.get("baseVersion") == "3"
    saved = {name: root(told).findtext(f".//{name}") for name in ("call_name_now", "village_now")}
    assert saved == {"call_name_now": "Sok", "village_now": "010501-03"}


def test_a_first_talk_makes_a_new_person_of_her_own(fill: Fill) -> None:
    ids = {entity(fill("screening", FIRST_TALK)).get("id") for _ in range(2)}
    found = entity(fill("screening", FIRST_TALK))
    assert (found.get("create"), found.get("update")) == ("1", "0")
    assert len(ids) == 2
    assert all(len(str(one)) == 36 for one in ids)
    assert ids.isdisjoint({ADULT, CHILD, NEW})


@pytest.mark.parametrize(
    ("answers", "again"),
    [
        ({}, False),
        ({"means": ["none"]}, True),
        ({"act": ["unk"]}, True),
        ({"purpose": ["ref"]}, True),
        ({"means": ["none"], "purpose": ["none"]}, False),
    ],
)
def test_where_only_some_elements_were_found_somebody_talks_again(
    find: Find, answers: Told, again: bool
) -> None:
    assert ("R4" in met(find("screening", {**FIRST_TALK, **answers}))) == again


# --- bad input


@pytest.mark.parametrize(
    ("form", "answers", "name"),
    [
        ("screening", {**FIRST_TALK, "return_date": "2569-11-01"}, "return_date"),
        ("screening", {**FIRST_TALK, "return_date": "1026-11-01"}, "return_date"),
        ("screening", {**FIRST_TALK, "age_now": 1992}, "age_now"),
        ("screening", {**FIRST_TALK, "age_now": 2535}, "age_now"),
        ("screening", {**FIRST_TALK, "age_then": 2012}, "age_then"),
        ("intake", {**INTAKE, "return_date": "2569-11-01"}, "return_date"),
        ("intake", {**INTAKE, "leave_date": "2567-01-01"}, "leave_date"),
        ("followup", {"person": ADULT, "outcome": "not_home", "new_date": "2569-12-01"}, "new_date"),
        ("followup", {"person": ADULT, "outcome": "not_home", "new_date": "2026-11-28"}, "new_date"),
    ],
)
def test_a_year_of_the_buddhist_era_and_a_year_for_an_age_are_refused_with_a_sentence(
    java: JavaRosa, our_forms: dict[str, Converted], form: str, answers: Told, name: str
) -> None:
    made = our_forms[form]
    told = java.fill(made.xform, answers, media={**made.media, "people.csv": PEOPLE.encode()}, now=NOW)
    (line,) = told["refused"]
    assert line["name"] == name
    assert line["message"]


def test_an_agreed_day_may_lie_a_year_ahead(fill: Fill) -> None:
    day = (NOW.date() + timedelta(days=366)).isoformat()
    told = fill("followup", {"person": ADULT, "outcome": "not_home", "new_date": day})
    assert root(told).findtext("new_date") == day
