"""Our own workbooks: what is asked, in which words, and what phones may see of it."""

import re

import pytest
from lxml import etree
from pyxform.xls2xform import convert

from sync.core.entity_list import PROPERTIES
from tests.xlsforms.our_workbooks import FOLDER, FORMS, KHMER, LANGUAGES, Row, choice_names, questions, sheets
from xlsforms.wording import not_neutral

# domain.md section 10: a stable interface, whatever else is asked.
ASKED = {
    "screening": """private go_how info_given con_interview con_store language interpreter sex age_now
        age_sure age_then return_date how_back country child_then story act purpose means d1 d2 d3 d4 d5 d6
        danger_now contact_recruiter doctor_today place_tonight selfharm charged needs_now con_visit
        con_focal contact_way interpreter_gender again person again_since""",
    "intake": """case_code private consents call_name worker_pref marital children_n is_child caregiver
        education documents birth_registered legal_stay household_reg household_n family_role lives_with_that
        leave_date recruiter_rel recruit_method control exploit_type sector months_there earlier_times
        debt_any debt_lender debt_usd debt_interest debt_threat wage_month_usd recruit_cost_usd health
        sex_i pregnant legal legal_pressure income_source food_less housing stigma protective wishes
        n_mood phq1 phq2 phq3 phq4 phq5 phq6 phq7 phq8 phq9 gad1 gad2 gad3 gad4 gad5 gad6 gad7 ptsd0
        ptsd1 ptsd2 ptsd3 ptsd4 ptsd5 aud1 aud2 aud3 who1 who2 who3 who4 who5
        language interpreter interpreter_relation interpreter_gender info_given info_language info_how
        consents_no consent_by consent_how return_date how_back return_route return_by reflection_end
        danger_now contact_recruiter doctor_today place_tonight selfharm worry_health worry_safety
        worry_security safety_plan family_knows family_tracing sex_type charged debt_collateral needs_first
        needs_second needs_third faith_support_wanted service_type service_state service_referral""",
    "followup": """case_code outcome new_date private go_how still_ok danger_now violence violence_who
        contact_recruiter place_tonight doctor_today plan_leave leave_channel phq1 phq2 gad1 gad2 phq3
        selfharm phq2_sum gad2_sum phq4 phq5 phq6 phq7 phq8 phq9 gad3 gad4 gad5 gad6 gad7 income_source
        economic food_less debt_any debt_threat housing documents health_access social support stigma
        family_conflict is_child school legal legal_pressure service_type service_state worker_note
        still_alone overheard moved_to consents consent_withdrawn caregiver ptsd0 ptsd1 ptsd2 ptsd3 ptsd4
        ptsd5 who1 who2 who3 who4 who5 aud1 aud2 aud3 again_since""",
}
SAFETY_GATES = {"person", "private", "con_interview", "con_store", "consents", "still_ok", "outcome"}
"""Without these nothing else may be asked; every other question can be skipped."""
RULES = {
    "screening": {"H1", "H2", "H3", "H4", "H5", "H11", "M15", "R1", "R4"},
    "intake": {*(f"H{n}" for n in (1, 2, 3, 4, 5, 6, 8, 9)), *(f"M{n}" for n in range(1, 12))}
    | {"M13", "M14", "M15", "M16", "M17", "R1", "R2"},
    "followup": {*(f"H{n}" for n in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11)), "R1", "R3"}
    | {*(f"M{n}" for n in (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 17))},
}
_NAME = re.compile(r"\$\{([^}]+)\}")


@pytest.mark.java
@pytest.mark.parametrize("form", FORMS)
def test_pyxform_and_odk_validate_have_nothing_to_say(form: str) -> None:
    made = convert(FOLDER / f"{form}.xlsx", validate=True)
    assert made.warnings == []


@pytest.mark.parametrize("form", FORMS)
def test_the_questions_have_the_names_other_programs_rely_on(form: str) -> None:
    assert set(ASKED[form].split()) - questions(form).keys() == set()


@pytest.mark.parametrize("form", FORMS)
def test_the_rules_of_the_risk_protocol_stand_on_the_forms_that_ask_their_questions(form: str) -> None:
    assert {row["indicator"] for row in sheets(form)["risk"]} == RULES[form]


def test_one_code_means_the_same_reason_on_every_form() -> None:
    told: dict[str, Row] = {}
    for form in FORMS:
        for row in sheets(form)["risk"]:
            same = {key: text for key, text in row.items() if key != "condition"}
            assert told.setdefault(row["indicator"], same) == same


# --- languages


def texts(form: str) -> dict[str, tuple[str, str]]:
    """Where -> (English, Khmer) of every text in a workbook."""
    found = {}
    for sheet, rows in sheets(form).items():
        for number, row in enumerate(rows, start=2):
            for header in row:
                base, _, language = header.partition("::")
                if language == LANGUAGES[0]:
                    khmer = row.get(f"{base}::{LANGUAGES[1]}", "")
                    if row[header] or khmer:
                        found[f"{sheet} {number} {base}"] = (row[header], khmer)
    return found


@pytest.mark.parametrize("form", [*FORMS, "protocol"])
def test_every_text_is_there_in_english_and_in_khmer_and_differs(form: str) -> None:
    for where, (english, khmer) in texts(form).items():
        assert english, where
        assert KHMER.search(khmer), where
        assert not KHMER.search(english), where


@pytest.mark.parametrize("form", FORMS)
def test_everything_a_person_sees_has_a_label(form: str) -> None:
    unseen = {"start", "end", "username", "today", "calculate", "csv-external"}
    for row in sheets(form)["survey"]:
        if row["type"] not in unseen and not row["type"].startswith("end "):
            assert row["label::English (en)"], row["name"]
    for row in [*sheets(form)["choices"], *sheets(form)["scores"], *sheets(form)["risk"]]:
        assert row["label::English (en)"], row


@pytest.mark.parametrize("form", FORMS)
def test_khmer_numbers_and_references_say_the_same_as_english_ones(form: str) -> None:
    for where, (english, khmer) in texts(form).items():
        assert _NAME.findall(english) == _NAME.findall(khmer), where


@pytest.mark.parametrize("form", FORMS)
def test_khmer_is_shown_first(form: str) -> None:
    (settings,) = sheets(form)["settings"]
    assert settings["default_language"] == LANGUAGES[1]


# --- neutral words


@pytest.mark.parametrize("form", FORMS)
def test_nothing_on_a_phone_names_what_the_programme_is_about(form: str) -> None:
    (settings,) = sheets(form)["settings"]
    assert not not_neutral(settings["form_title"])
    for row in [*sheets(form)["survey"], *sheets(form)["choices"]]:
        for header, text in row.items():
            if "::" in header or header == "calculation":
                assert not not_neutral(text, results_too=False), (row["name"], text)


@pytest.mark.parametrize("form", FORMS)
def test_titles_notes_group_names_and_next_steps_tell_no_result_either(form: str) -> None:
    seen = [row for row in sheets(form)["survey"] if row["type"].startswith(("note", "begin "))]
    shown = [(row, "label") for row in seen] + [(row, "next step") for row in sheets(form)["risk"]]
    for row, column in shown:
        for language in LANGUAGES:
            assert not not_neutral(row[f"{column}::{language}"]), row


def test_a_phones_list_gets_only_what_is_needed_to_find_the_person() -> None:
    for form in FORMS:
        saved = {row["save_to"] for row in sheets(form)["survey"] if row["save_to"]}
        assert saved <= {"call_name", "province", "village", "is_child"} <= set(PROPERTIES)


# --- what is asked


@pytest.mark.parametrize("form", FORMS)
def test_every_choice_of_answers_lets_the_person_keep_silent(form: str) -> None:
    lists = {row["list_name"] for row in sheets(form)["choices"]} - {"which"}  # asks the worker, not her
    assert lists
    for name in lists:
        assert "ref" in choice_names(form, name), name


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_required_but_the_safety_gates(form: str) -> None:
    required = {name for name, row in questions(form).items() if row["required"]}
    assert required <= SAFETY_GATES
    assert {"private"} <= required


@pytest.mark.parametrize("form", FORMS)
def test_what_says_who_somebody_is_or_could_harm_is_marked(form: str) -> None:
    marks = {name: row["privacy"] for name, row in questions(form).items()}
    assert set(marks.values()) <= {"", "identity", "sensitive"}
    identity = {"call_name", "call_name_now", "person", "case_code", "village", "commune", "contact_way"}
    assert {marks[name] for name in identity & marks.keys()} == {"identity"}
    rules = "".join(row["condition"] for row in sheets(form)["risk"])
    # What levels rest on is sensitive, except how the visit went.
    told = {name for name in _NAME.findall(rules) if not name.startswith("score_")}
    assert {name for name in told if marks[name] != "sensitive"} <= {"outcome", "talk_held"}


@pytest.mark.parametrize("form", FORMS)
def test_every_name_in_a_rule_is_a_question_or_an_earlier_score(form: str) -> None:
    known = set(questions(form))
    for row in sheets(form)["scores"]:
        assert set(_NAME.findall(row["formula"])) <= known, row["name"]
        known.add(f"score_{row['name']}")
    for row in sheets(form)["risk"]:
        assert set(_NAME.findall(row["condition"])) <= known, row["indicator"]
        assert _NAME.findall(row["condition"]), row["indicator"]


@pytest.mark.parametrize("form", FORMS)
def test_a_choice_named_in_a_rule_exists(form: str) -> None:
    lists = {name: row["type"].split()[1] for name, row in questions(form).items() if " " in row["type"]}
    compared = re.compile(r"\$\{(\w+)\}\s*!?=\s*'(\w+)'|selected\(\s*\$\{(\w+)\}\s*,\s*'(\w+)'")
    columns = ("relevant", "calculation", "condition", "formula", "create_if")
    for sheet in ("survey", "scores", "risk", "entities"):
        for row in sheets(form)[sheet]:
            for column in columns:
                for a, b, c, d in compared.findall(row.get(column, "")):
                    if (name := a or c) in lists and not lists[name].endswith(".csv"):
                        assert (b or d) in choice_names(form, lists[name]), (name, b or d)


@pytest.mark.parametrize("form", FORMS)
def test_what_a_phone_does_about_a_danger_is_to_say_whom_to_call(form: str) -> None:
    shown = [row for row in sheets(form)["risk"] if row["on phone"] == "yes"]
    assert shown
    assert {row["next step::English (en)"] for row in shown} == {
        "Please call your coordinator today before you leave."
    }
    same_day = {row["indicator"] for row in sheets(form)["risk"] if row["respond within"] == "same day"}
    assert same_day <= {row["indicator"] for row in shown}


def test_the_ilo_lists_hold_every_published_item_and_hide_from_children_what_is_not_theirs() -> None:
    rows = [row for row in sheets("screening")["choices"] if re.fullmatch("d[1-6]", row["list_name"])]
    items = [row for row in rows if row["name"] not in ("none", "unk", "ref")]
    assert len(items) == 67
    assert [row["name"] for row in items if row["child"] != "yes"] == ["rv_falselaw", "ex_social"]


RATED = {"S": 6, "M": 3, "W": 1, "-": 0}
"""Points of a rating in the formulas: every item 3, a strong one 3 more, a weak one 2 fewer."""
_TERM = re.compile(r"([+-]) if\(selected\(\$\{d\d\}, '(\w+)'\)(?: and \$\{child_then\}=([01]))?, (\d), 0\)")


@pytest.mark.parametrize("dimension", range(1, 7))
def test_the_ilo_scores_follow_the_sheet_of_ratings(dimension: int) -> None:
    ratings = [row for row in sheets("screening")["ilo_ratings"] if row["dimension"] == str(dimension)]
    expected = {}
    for row in ratings:
        for child, column in ((0, "adult_labour"), (1, "child_labour")):
            if RATED[row[column]] != 3:
                expected[row["code"], child] = RATED[row[column]] - 3
    (formula,) = (
        row["formula"] for row in sheets("screening")["scores"] if row["name"] == f"ilo_d{dimension}"
    )
    found = {}
    for sign, code, child, points in _TERM.findall(formula):
        for one in (int(child),) if child else (0, 1):
            found[code, one] = int(sign + points)
    assert found == expected
    assert f"3 * count-selected(${{d{dimension}}})" in formula


def test_every_item_of_the_ilo_lists_is_rated_and_the_sexual_sets_wait_for_the_official_list() -> None:
    ratings = sheets("screening")["ilo_ratings"]
    offered = [
        (row["name"], row["list_name"][1])
        for row in sheets("screening")["choices"]
        if re.fullmatch("d[1-6]", row["list_name"]) and row["name"] not in ("none", "unk", "ref")
    ]
    assert sorted((row["code"], row["dimension"]) for row in ratings) == sorted(offered)
    assert {row["adult_sexual"] + row["child_sexual"] for row in ratings} == {""}
    assert all(row["source"] for row in ratings)


def test_the_days_and_points_in_the_forms_are_those_of_the_protocol() -> None:
    settings = {row["name"]: row["value"] for row in sheets("protocol")["settings"]}
    shown = {
        (form, row["name"]): row["relevant"] + row["calculation"]
        for form in FORMS
        for row in sheets(form)["survey"]
        if not row["type"].startswith("end ")
    }
    for form in ("intake", "followup"):
        assert f"${{phq_days}}>={settings['phq_gad_min_days']}" in shown[form, "phq_rest"]
        assert f"${{phq_days}}>={settings['phq_gad_min_days']}" in shown[form, "gad_rest"]
        assert f"${{phq2_sum}}>={settings['phq_second_step_from']}" in shown[form, "phq_rest"]
        assert f"${{gad2_sum}}>={settings['gad_second_step_from']}" in shown[form, "gad_rest"]
        assert f"${{ptsd_days}}>={settings['pcptsd5_min_days']}" in shown[form, "stress"]
        assert f"${{ptsd_days}}>={settings['who5_min_days']}" in shown[form, "good_days"]
    assert f"${{ptsd_days}}>={settings['auditc_min_days']}" in shown["followup", "drinks"]
    assert f"+ {settings['reflection_days']}," in shown["intake", "reflection_end"]
    assert f"${{days_back}}>={settings['instruments_from_day']}," in shown["intake", "instruments_due"]
    (second,) = (row for row in sheets("protocol")["triggers"] if row["when"] == "R4")
    assert (second["offset days"], second["form"]) == (settings["second_screening_days"], "screening")


def test_a_form_that_takes_an_indicator_back_asks_what_raised_it() -> None:
    asked = {
        (form, row["indicator"]): set(_NAME.findall(row["condition"]))
        for form in FORMS
        for row in sheets(form)["risk"]
    }
    assert asked["screening", "M15"].isdisjoint(asked["intake", "M15"])
    assert asked["screening", "H3"] <= asked["intake", "H3"]


def test_the_entity_block_is_where_phones_with_the_2024_specification_look_for_it() -> None:
    for form in FORMS:
        root = etree.fromstring(convert(FOLDER / f"{form}.xlsx", validate=False).xform.encode())
        model = root.find(".//{*}model")
        assert model is not None
        versions = [value for name, value in model.attrib.items() if str(name).endswith("entities-version")]
        assert versions == ["2024.1.0"]
