"""The rules in our own workbooks, on forms filled by JavaRosa: every published cut-off, from both sides."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from lxml import etree

from sync.core.answers import contents_of
from sync.core.entity_list import PROPERTIES
from sync.core.form import form_from
from sync.core.protocol import Rules
from sync.core.scores import Findings, compile_rules, findings_of
from sync.core.trial import try_examples
from tests.javarosa import JavaRosa
from tests.xlsforms.our_workbooks import FOLDER, FORMS
from xlsforms.convert import Converted, convert
from xlsforms.protocol import read_protocol
from xlsforms.sheets import read_book

pytestmark = pytest.mark.java

ADULT, CHILD, NEW = (f"{n}1111111-1111-4111-8111-111111111111" for n in (1, 2, 3))
PEOPLE = f"""name,label,__version,{",".join(PROPERTIES)}
{ADULT},Sok,3,KH-01-2026-00017,Sok,01,010501-03,no,2026-11-30,visit,2026-11-01
{CHILD},Srey,3,KH-01-2026-00025,Srey,01,010501-03,yes,2026-11-30,call_first,2026-11-01
{NEW},Dara,1,,Dara,01,010501-03,no,,,
"""
NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)

Told = Mapping[str, Any]
Find = Callable[..., Findings]
Fill = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def published() -> dict[str, Converted]:
    return {form: convert((FOLDER / f"{form}.xlsx").read_bytes(), filename=f"{form}.xlsx") for form in FORMS}


@pytest.fixture(scope="module")
def fill(java: JavaRosa, published: dict[str, Converted]) -> Fill:
    def filled(form: str, answers: Told, language: str = "km") -> dict[str, Any]:
        made = published[form]
        media = {**made.media, "people.csv": PEOPLE.encode()}
        told = java.fill(made.xform, answers, media=media, now=NOW, language=language)
        assert not told["unasked"], told["unasked"]
        assert not told["refused"], told["refused"]
        return told

    return filled


@pytest.fixture(scope="module")
def find(published: dict[str, Converted], fill: Fill) -> Find:
    compiled = {form: compile_rules(made.rules, form_from(made.xform)) for form, made in published.items()}

    def found(form: str, answers: Told) -> Findings:
        root = etree.fromstring(fill(form, answers)["xml"].encode())
        rules = compiled[form]
        return findings_of(rules, root, contents_of(root, rules.form, NOW))

    return found


def scores(found: Findings) -> dict[str, Any]:
    return {score.name: score.value for score in found.scores}


def bands(found: Findings) -> dict[str, str]:
    return {score.name: score.band.name for score in found.scores if score.band}


def met(found: Findings) -> set[str]:
    assert not [item.error for item in found.indicators if item.error]
    return {item.code for item in found.indicators if item.met}


def settled_no(found: Findings) -> set[str]:
    """Codes of which this visit says: not so (any more)."""
    return {item.code for item in found.indicators if item.met is False}


VISIT = {"person": ADULT, "outcome": "done", "private": "yes", "still_ok": "yes"}
SAFE = {
    **dict.fromkeys(("danger_now", "violence", "contact_recruiter", "doctor_today", "plan_leave"), "no"),
    "place_tonight": "yes",
}
CALM = {"phq1": "0", "phq2": "0", "gad1": "0", "gad2": "0", "phq3": "0", "selfharm": "no"}
LIFE = {"food_less": "never", "debt_any": "no", "legal": ["none"]}
ROUTINE = {**VISIT, **SAFE, **CALM, **LIFE, "life_same": "yes", "service_open": "no", "worker_note": ""}
CHANGED = {
    **{key: value for key, value in ROUTINE.items() if key != "life_same"},
    "life_same": "no",
    "housing": "own",
    "documents": ["id_card"],
    "stigma": "never",
}
INTAKE = {"person": ADULT, "private": "yes", "consents": ["interview", "store"]}
FIRST_TALK = {
    **dict.fromkeys(("private", "con_interview", "con_store", "age_sure"), "yes"),
    "age_now": 34,
    "age_then": 30,
    "act": ["recruited"],
    "means": ["deception"],
    "purpose": ["labour"],
}


def phq(*values: int) -> dict[str, str]:
    return {f"phq{n}": str(value) for n, value in enumerate(values, start=1)}


def gad(*values: int) -> dict[str, str]:
    return {f"gad{n}": str(value) for n, value in enumerate(values, start=1)}


def spread(total: int, items: int) -> list[int]:
    """Answers 0 to 3 that add up to `total`, the first questions highest."""
    return [min(3, max(0, total - 3 * place)) for place in range(items)]


# --- a visit


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
    assert settled_no(found) == {item.code for item in found.indicators}


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


# --- instruments


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (0, "minimal"),
        (4, "minimal"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "moderately severe"),
        (19, "moderately severe"),
        (20, "severe"),
        (27, "severe"),
    ],
)
def test_phq9_at_every_cut_off(find: Find, total: int, band: str) -> None:
    found = find("intake", {**INTAKE, **phq(*spread(total, 9))})
    assert (scores(found)["phq9"], bands(found)["phq9"]) == (total, band)
    assert ("M1" in met(found)) == (total >= 10)
    assert ("M17" in met(found)) == (total >= 20)
    assert ("H1" in met(found)) == (spread(total, 9)[8] >= 1)


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (0, "minimal"),
        (4, "minimal"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "severe"),
        (21, "severe"),
    ],
)
def test_gad7_at_every_cut_off(find: Find, total: int, band: str) -> None:
    found = find("intake", {**INTAKE, **gad(*spread(total, 7))})
    assert (scores(found)["gad7"], bands(found)["gad7"]) == (total, band)
    assert ("M2" in met(found)) == (total >= 10)
    assert ("M17" in met(found)) == (total >= 15)


@pytest.mark.parametrize(
    ("two", "four"),
    [((0, 0), "none"), ((2, 0), "none"), ((2, 1), "mild"), ((3, 3), "moderate"), ((6, 3), "severe")],
)
def test_the_short_forms_at_their_cut_offs(find: Find, two: tuple[int, int], four: str) -> None:
    mood, worry = two
    found = find("intake", {**INTAKE, **phq(*spread(mood, 2)), **gad(*spread(worry, 2))})
    assert scores(found)["phq4"] == mood + worry
    assert bands(found)["phq4"] == four
    assert bands(found)["phq2"] == ("positive" if mood >= 3 else "negative")
    assert bands(found)["gad2"] == ("positive" if worry >= 3 else "negative")


def test_a_missing_or_refused_answer_leaves_no_total_but_the_ninth_still_speaks(find: Find) -> None:
    for silence in ("", "ref"):
        found = find("intake", {**INTAKE, **phq(0, 0, 0, 0, 0, 0, 0, 0, 1), "phq4": silence})
        assert scores(found)["phq9"] is None
        assert met(found) == {"H1"}


def test_phq2_counts_for_the_time_being_while_the_rest_is_not_answered(find: Find) -> None:
    rest = {f"phq{n}": "ref" for n in range(4, 10)}
    assert "M1" in met(find("followup", {**CHANGED, **phq(2, 1, 0), **rest}))
    low = find("followup", {**CHANGED, **phq(1, 1, 3)})
    assert "M1" in settled_no(low)


@pytest.mark.parametrize(
    ("answers", "total"),
    [
        (["no"], 0),
        (["yes", "no", "no", "no", "no", "no"], 0),
        (["yes", "yes", "yes", "no", "no", "no"], 2),
        (["yes", "yes", "yes", "yes", "no", "no"], 3),
        (["yes", "yes", "yes", "yes", "yes", "yes"], 5),
        (["yes", "yes", "yes", "yes", "ref", "no"], None),
        (["ref"], None),
        ([""], None),
    ],
)
def test_pc_ptsd_5_at_its_cut_off(find: Find, answers: list[str], total: int | None) -> None:
    found = find("intake", {**INTAKE, **{f"ptsd{n}": answer for n, answer in enumerate(answers)}})
    assert scores(found)["pcptsd5"] == total
    assert ("M3" in met(found)) == (total is not None and total >= 3)


@pytest.mark.parametrize(
    ("sex", "answers", "total", "positive"),
    [
        ("female", ("2", "0", "0"), 2, False),
        ("female", ("2", "1", "0"), 3, True),
        ("male", ("2", "1", "0"), 3, False),
        ("male", ("2", "1", "1"), 4, True),
        ("ref", ("2", "1", "0"), 3, True),
        ("male", ("0",), 0, False),
        ("male", ("4", "ref", "4"), None, False),
    ],
)
def test_audit_c_at_its_cut_offs(
    find: Find, sex: str, answers: tuple[str, ...], total: int | None, positive: bool
) -> None:
    told = {f"aud{n}": answer for n, answer in enumerate(answers, start=1)}
    found = find("intake", {**INTAKE, "sex_i": sex, **told})
    assert scores(found)["auditc"] == total
    assert ("M5" in met(found)) == positive


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


# --- the first talk

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
def test_act_means_and_purpose_in_every_combination(find: Find, child: bool) -> None:
    named = {"act": "kept", "means": "power", "purpose": "marriage"}
    for states in product(STATES, repeat=3):
        told = {
            name: [named[name]] if state == "yes" else [STATES[state]] if STATES[state] else ""
            for name, state in zip(named, states, strict=True)
        }
        found = scores(find("screening", {**FIRST_TALK, **told, "age_then": 15 if child else 30}))
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
def test_the_ilo_rule_for_every_mix_of_strong_medium_and_weak(find: Find, dimension: int) -> None:
    rated = RATED[dimension]
    for chosen in product([False, True], repeat=len(rated)):
        items = [name for name, on in zip(rated, chosen, strict=True) if on] or ["none"]
        found = scores(find("screening", {**FIRST_TALK, f"d{dimension}": items}))
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


def test_the_published_class_table_and_its_gaps(find: Find) -> None:
    for pattern in product([0, 1], repeat=4):
        told = {f"d{n}": POSITIVE[n] if on else ["none"] for n, on in zip((1, 2, 4, 5), pattern, strict=True)}
        found = scores(find("screening", {**FIRST_TALK, **told}))
        assert found["ilo_class"] == CLASSES.get(pattern, "not_in_published_table"), pattern


def test_what_was_refused_gives_no_ilo_result(find: Find) -> None:
    found = scores(find("screening", {**FIRST_TALK, "d1": ["ref"], "d2": ["unk"]}))
    assert found["ilo_d1"] is found["ilo_d2"] is found["ilo_d3"] is found["ilo_class"] is None


# --- the list of people


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
    java: JavaRosa, published: dict[str, Converted]
) -> None:
    made = published["screening"]
    for who in ("workplace", "recruiter_family"):
        told = java.fill(made.xform, {**FIRST_TALK, "interpreter": who}, media=made.media, now=NOW)
        assert [line["name"] for line in told["refused"]] == ["interpreter"]


def test_every_example_of_the_protocol_gives_its_level(published: dict[str, Converted]) -> None:
    protocol, findings = read_protocol(read_book((FOLDER / "protocol.xlsx").read_bytes(), filename="p.xlsx"))
    assert protocol is not None
    assert findings == ()
    rules = Rules(version="tried", protocol=protocol, forms={f: made.rules for f, made in published.items()})
    forms = {form: form_from(made.xform) for form, made in published.items()}
    assert try_examples(rules, forms, NOW.date()) == []
    assert {example.form_id for example in protocol.examples} == set(FORMS)


@pytest.mark.parametrize("form", FORMS)
def test_the_checks_find_nothing_to_warn_of(published: dict[str, Converted], form: str) -> None:
    assert published[form].warnings == ()
