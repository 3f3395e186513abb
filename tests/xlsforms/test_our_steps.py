"""What the phone says about a danger of the same day, offline; and how a visit ends that others hear."""

import pytest
from lxml import etree

from sync.core.protocol import Protocol
from tests.xlsforms.filled import (
    ADULT,
    CHILD,
    FIRST_TALK,
    INTAKE,
    NEW,
    ROUTINE,
    SAFE,
    VISIT,
    Fill,
    Find,
    Told,
    listed,
    met,
    settled_no,
)
from xlsforms.wording import not_neutral

pytestmark = pytest.mark.java

CALL = "Please call your coordinator today before you leave."
KHMER = "សូមទូរស័ព្ទទៅអ្នកសម្របសម្រួលរបស់អ្នកនៅថ្ងៃនេះ មុនពេលអ្នកចាកចេញ។"


def steps(told: Told) -> list[str]:
    return [line["label"] for line in told["shown"] if line["name"].startswith("next_")]


@pytest.mark.parametrize(
    ("form", "answers"),
    [
        ("screening", {**FIRST_TALK, "danger_now": "yes"}),
        ("screening", {**FIRST_TALK, "selfharm": "yes"}),
        ("screening", {**FIRST_TALK, "place_tonight": "no"}),
        ("intake", {**INTAKE, "contact_recruiter": "yes"}),
        ("intake", {**INTAKE, "place_tonight": "no"}),
        ("intake", {**INTAKE, "doctor_today": "yes"}),
        ("intake", {**INTAKE, "selfharm": "yes"}),
        ("intake", {**INTAKE, "phq9": "1"}),
        ("intake", {**INTAKE, "person": CHILD, "is_child": "yes", "caregiver": "none"}),
        ("followup", {**ROUTINE, "danger_now": "yes"}),
        ("followup", {**ROUTINE, "selfharm": "yes"}),
        ("followup", {**ROUTINE, "phq1": "3", "phq9": "1"}),
        ("followup", {**VISIT, "person": CHILD, **SAFE, "caregiver": "none"}),
        ("followup", {"person": ADULT, "outcome": "detained"}),
        ("followup", {"person": ADULT, "outcome": "unsafe_to_visit"}),
        ("followup", {"person": ADULT, "outcome": "moved", "moved_to": "abroad"}),
    ],
)
def test_a_danger_of_today_is_answered_on_the_phone_with_whom_to_call(
    fill: Fill, form: str, answers: Told
) -> None:
    (step,) = steps(fill(form, answers, language="en"))
    assert step.startswith(CALL)
    assert "117" in step
    (step,) = steps(fill(form, answers, language="km"))
    assert step.startswith(KHMER)
    assert not not_neutral(step)


def test_a_visit_without_danger_shows_no_step(fill: Fill) -> None:
    assert steps(fill("followup", ROUTINE)) == []
    assert steps(fill("screening", FIRST_TALK)) == []


@pytest.mark.parametrize(
    ("village", "shown", "hidden"),
    [
        ("010501-03", "000 000 001", "000 000 002"),
        ("240101-01", "000 000 002", "000 000 001"),
    ],
)
def test_the_note_names_the_districts_own_contact_and_the_general_ones(
    fill: Fill, village: str, shown: str, hidden: str
) -> None:
    (step,) = steps(fill("followup", {**ROUTINE, "danger_now": "yes"}, people=listed(village=village)))
    assert shown in step
    assert "000 000 003" in step
    assert hidden not in step


@pytest.mark.parametrize("village", ["", "200701-02"])
def test_where_the_district_has_nobody_of_its_own_everybody_is_shown(
    fill: Fill, our_protocol: Protocol, village: str
) -> None:
    (step,) = steps(fill("followup", {**ROUTINE, "danger_now": "yes"}, people=listed(village=village)))
    assert all(contact.phone in step for contact in our_protocol.contacts)


def test_the_first_talk_takes_the_district_from_its_own_answers(fill: Fill) -> None:
    place = {"province": "24", "district": "2401"}
    (step,) = steps(fill("screening", {**FIRST_TALK, **place, "danger_now": "yes"}))
    assert "000 000 002" in step
    assert "000 000 001" not in step


def test_a_child_alone_at_a_later_visit_is_a_reason_of_its_own(find: Find) -> None:
    child = {**VISIT, "person": CHILD, **SAFE, "selfharm": "no"}
    assert met(find("followup", {**child, "caregiver": "none"})) == {"H10"}
    assert "H10" in settled_no(find("followup", {**child, "caregiver": "mother"}))
    assert "H10" not in settled_no(find("followup", {**child, "caregiver": "unk"}))


def test_what_keeps_a_worker_away_waits_for_a_person_until_somebody_was_spoken_with(find: Find) -> None:
    assert met(find("followup", {"person": ADULT, "outcome": "detained"})) == {"R3"}
    assert "R3" not in settled_no(find("followup", {"person": ADULT, "outcome": "not_home"}))
    assert "R3" in settled_no(find("followup", ROUTINE))


# --- a visit that others hear


def answer(told: Told, name: str) -> str:
    return etree.fromstring(told["xml"].encode()).findtext(f".//{name}") or ""


@pytest.mark.parametrize(
    ("told", "overheard"),
    [
        ({"private": "no", "go_how": "quiet_end"}, "yes"),
        ({"private": "no", "go_how": "later"}, "yes"),
        ({"private": "yes", "still_ok": "yes", **SAFE, "still_alone": "quiet_end"}, "yes"),
        ({"private": "yes", "still_ok": "yes", **SAFE, "still_alone": "yes"}, "no"),
        ({"private": "no", "go_how": "go_on", "still_ok": "yes"}, "no"),
    ],
)
def test_a_visit_can_be_ended_quietly_and_the_server_learns_why(
    fill: Fill, told: Told, overheard: str
) -> None:
    found = fill("followup", {"person": ADULT, "outcome": "done", **told})
    assert answer(found, "overheard") == overheard
    ended = "quiet_end" in told.values() or "later" in told.values()
    notes = [line["name"] for line in found["shown"] if line["kind"] == "note"]
    assert bool({"n_finished", "n_quiet"} & set(notes)) == ended


def test_what_was_said_before_somebody_came_is_kept_and_nothing_more_is_asked(fill: Fill) -> None:
    told = fill("followup", {**VISIT, **SAFE, "violence": "yes", "still_alone": "quiet_end"})
    assert answer(told, "violence") == "yes"
    asked = [line["name"] for line in told["shown"] if line["kind"] == "question"]
    assert asked[-1] == "still_alone"


def test_somebody_who_moved_is_asked_after_without_words_to_neighbours(fill: Fill) -> None:
    told = fill("followup", {"person": ADULT, "outcome": "moved", "moved_to": "same_district"})
    assert "moved_to" in {line["name"] for line in told["shown"]}


@pytest.mark.parametrize(
    "outcome",
    [
        "not_home", "moved", "refused_today", "unsafe_to_visit", "line_contact_only", "in_hospital",
        "detained", "missing", "deceased",
    ],
)  # fmt: skip
def test_every_way_in_which_a_visit_can_fail_is_a_record_and_ends_at_once(fill: Fill, outcome: str) -> None:
    told = fill("followup", {"person": ADULT, "outcome": outcome})
    asked = {line["name"] for line in told["shown"] if line["kind"] == "question"}
    assert asked <= {"person", "outcome", "new_date", "moved_to"}


def test_the_day_that_was_agreed_is_shown_in_neutral_words(fill: Fill) -> None:
    told = fill("followup", {"person": CHILD, "outcome": "not_home"}, language="en")
    assert "Agreed last time: 2026-11-30" in {line["label"] for line in told["shown"]}
    told = fill("followup", {"person": NEW, "outcome": "not_home"})
    assert "n_agreed" not in {line["name"] for line in told["shown"]}
