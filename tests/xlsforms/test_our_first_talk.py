"""The first talk: act, means and purpose, the ILO indicators, and who is put on the list of people."""

from itertools import product
from typing import Any

import pytest
from lxml import etree

from tests.javarosa import JavaRosa
from tests.xlsforms.filled import (
    ADULT,
    FIRST_TALK,
    INTAKE,
    NOW,
    ROUTINE,
    Fill,
    Find,
    Told,
    Try,
    scores,
)
from xlsforms.convert import Converted

pytestmark = pytest.mark.java


STATES = {"yes": "yes", "no": "none", "unknown": "unk", "refused": "ref", "empty": ""}


def expected(states: tuple[str, ...], child: bool) -> str:
    act, means, purpose = states
    if act == purpose == "yes" and (means == "yes" or child):
        return "presumed_victim"
    if means == purpose == "no":
        return "no_indication"
    needed = (act, purpose) if child else (act, means, purpose)
    return "indications" if set(needed) <= {"yes", "no"} else "insufficient"


@pytest.mark.parametrize("child", [False, True])
def test_act_means_and_purpose_in_every_combination(tried: Try, child: bool) -> None:
    named = {"act": "kept", "means": "power", "purpose": "marriage"}
    for states in product(STATES, repeat=3):
        told = {
            name: [named[name]] if state == "yes" else [STATES[state]] if STATES[state] else ""
            for name, state in zip(named, states, strict=True)
        }
        found = tried("screening", {**FIRST_TALK, **told, "child_then": int(child)})
        assert found["palermo"] == expected(states, child), states


@pytest.mark.parametrize("age", [{"age_sure": "no", "age_then": 30}, {"age_then": ""}, {"age_then": 17}])
def test_a_doubtful_age_is_a_childs(find: Find, age: Told) -> None:
    found = find("screening", {**FIRST_TALK, **age, "means": ["none"]})
    assert scores(found)["palermo"] == "presumed_victim"


def strength(marks: list[str]) -> int:
    """The published rule for one dimension."""
    strong, medium, weak = (marks.count(mark) for mark in "SMW")
    return int(
        strong >= 2 or (strong >= 1 and medium + weak >= 1) or medium >= 3 or (medium >= 2 and weak >= 1)
    )


RATED = {
    1: {"dr_job": "S", "dr_contract": "M", "dr_wages": "M", "dr_travel": "M", "dr_education": "W"},
    3: {"rv_economic": "M", "rv_family": "M", "rv_past": "M", "rv_culture": "W", "rv_context": "W"},
    5: {"cd_docs": "S", "cd_debt": "S", "cd_lie": "M", "cd_peers": "M", "cd_inform": "W"},
}


@pytest.mark.parametrize("dimension", RATED)
def test_the_ilo_rule_for_every_mix_of_strong_medium_and_weak(tried: Try, dimension: int) -> None:
    rated = RATED[dimension]
    for chosen in product([False, True], repeat=len(rated)):
        items = [name for name, on in zip(rated, chosen, strict=True) if on] or ["none"]
        found = tried("screening", {**FIRST_TALK, "child_then": 0, f"d{dimension}": items})
        marks = [rated[name] for name in items if name in rated]
        assert found[f"ilo_d{dimension}"] == strength(marks), items


def test_for_a_child_some_items_weigh_more(find: Find) -> None:
    items = {
        "d1": ["dr_job", "dr_education"],
        "d2": ["cr_debt", "cr_threat"],
        "d3": ["rv_past", "rv_culture"],
    }
    grown = scores(find("screening", {**FIRST_TALK, **items}))
    child = scores(find("screening", {**FIRST_TALK, **items, "age_then": 15}))
    assert (grown["ilo_d1"], grown["ilo_d2"], grown["ilo_d3"]) == (1, 0, 0)
    assert (child["ilo_d1"], child["ilo_d2"], child["ilo_d3"]) == (1, 1, 0)


POSITIVE = {
    1: ["dr_job", "dr_wages"],
    2: ["cr_violence", "cr_docs"],
    4: ["ex_hours", "ex_salary"],
    5: ["cd_docs", "cd_debt"],
}
CLASSES: dict[tuple[int, ...], str] = {
    (0, 0, 0, 0): "no_exploitation_pattern",
    (0, 0, 1, 0): "exploited, labour-rights case",
    (1, 0, 1, 0): "victim of deception and exploitation",
    (1, 1, 1, 0): "victim of deception and exploitation",
    (1, 0, 1, 1): "victim of trafficking for forced labour",
    (0, 1, 1, 1): "victim of trafficking for forced labour",
    (1, 1, 1, 1): "victim of trafficking for forced labour",
}


def test_the_published_class_table_and_its_gaps(tried: Try) -> None:
    for pattern in product([0, 1], repeat=4):
        told = {f"d{n}": POSITIVE[n] if on else ["none"] for n, on in zip((1, 2, 4, 5), pattern, strict=True)}
        found = tried("screening", {**FIRST_TALK, "child_then": 0, **told})
        assert found["ilo_class"] == CLASSES.get(pattern, "not_in_published_table"), pattern


def test_what_was_refused_gives_no_ilo_result(find: Find) -> None:
    found = scores(find("screening", {**FIRST_TALK, "d1": ["ref"], "d2": ["unk"]}))
    assert found["ilo_d1"] is found["ilo_d2"] is found["ilo_d3"] is found["ilo_class"] is None


def entity(told: dict[str, Any]) -> etree._Element:
    found = etree.fromstring(told["xml"].encode()).find("meta/entity")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("answers", "made"),
    [
        ({}, "1"),
        ({"means": ["ref"], "purpose": ["none"]}, "1"),
        ({"means": "", "purpose": ""}, "1"),
        ({"means": ["none"], "purpose": ["none"]}, "0"),
    ],
)
def test_everybody_is_put_on_the_list_but_those_without_means_and_purpose(
    fill: Fill, answers: Told, made: str
) -> None:
    assert entity(fill("screening", {**FIRST_TALK, **answers})).get("create") == made


def test_without_consent_nothing_is_asked_and_nobody_is_put_on_the_list(
    fill: Fill,
) -> None:
    for answers in ({"con_interview": "no"}, {"con_interview": "yes", "con_store": "ref"}):
        told = fill("screening", {"private": "yes", **answers})
        assert entity(told).get("create") == "0"
        assert told["shown"][-1]["name"] == "n_stop"


def test_the_list_shows_the_name_to_use_or_neutral_words(fill: Fill) -> None:
    place = {"province": "01", "district": "0105", "commune": "010501", "village": "010501-03"}
    named = entity(fill("screening", {**FIRST_TALK, "call_name": "Sok", **place}))
    assert named.findtext("label") == "Sok – តាផោក · Ta Phaok"
    assert entity(fill("screening", FIRST_TALK)).findtext("label") == "ការចុះសួរសុខទុក្ខ"


@pytest.mark.parametrize("form", ["intake", "followup"])
def test_a_visit_changes_the_row_of_the_person_chosen(fill: Fill, form: str) -> None:
    told = fill(form, INTAKE if form == "intake" else ROUTINE)
    assert (entity(told).get("id"), entity(told).get("update")) == (ADULT, "1")
    root = etree.fromstring(told["xml"].encode())
    assert root.findtext("case_code") == "KH-01-2026-00017"


def test_an_answer_left_out_wipes_nothing_from_the_list(fill: Fill) -> None:
    root = etree.fromstring(fill("intake", {**INTAKE, "call_name": "", "is_child": "ref"})["xml"].encode())
    assert root.findtext(".//call_name_now") == "Sok"
    assert root.findtext(".//child_now") == "no"


def test_somebody_from_the_workplace_must_not_translate(
    java: JavaRosa, our_forms: dict[str, Converted]
) -> None:
    made = our_forms["screening"]
    for who in ("workplace", "recruiter_family"):
        told = java.fill(made.xform, {**FIRST_TALK, "interpreter": who}, media=made.media, now=NOW)
        assert [line["name"] for line in told["refused"]] == ["interpreter"]
