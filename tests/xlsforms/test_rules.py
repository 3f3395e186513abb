"""The scores and risk sheets of a form become rules; every bad row is reported, not only the first."""

import pytest

from sync.core.protocol import Band, FormRules
from tests.xlsforms.tables import A_FORM, RISK, SCORES, workbook
from xlsforms.rules import read_rules
from xlsforms.sheets import read_book
from xlsforms.survey import read_survey


def rules_of(*sheets):
    book = read_book(workbook(*A_FORM, *sheets), filename="a.xlsx")
    return read_rules(book, read_survey(book), form_id="trial", version="1")


def test_a_score_has_its_formula_bands_and_source():
    rules, findings = rules_of()

    assert findings == []
    mood = rules.scores[0]
    assert (mood.name, mood.minimum, mood.maximum, mood.minimum_answered, mood.source, mood.row) == (
        "mood", 0, 6, 2, "PHQ-2", 2,
    )  # fmt: skip
    assert mood.bands == (
        Band(low=0, high=2, name="low", label={"en": "low"}),
        Band(low=3, high=6, name="raised", label={"en": "raised"}),
    )


def test_a_band_may_carry_its_khmer_name():
    rules, findings = rules_of(SCORES.replace("0-2 low;", "0–2 quite low = ទាប;"))

    assert findings == []
    assert rules.scores[0].bands[0] == Band(
        low=0, high=2, name="quite low", label={"en": "quite low", "km": "ទាប"}
    )


def test_an_indicator_has_its_texts_times_and_place_in_the_sheet():
    rules, _ = rules_of()

    first, second, third = rules.indicators
    assert (first.code, first.level, first.dimension, first.on_phone) == ("H3", "high", "safety", True)
    assert first.respond_within_hours == 12
    assert first.stands_for_days is None
    assert (second.respond_within_hours, second.stands_for_days) == (72, 90)
    assert first.next_step["km"] == "សូមទូរសព្ទទៅអ្នកសម្របសម្រួល។"
    assert (third.on_phone, third.next_step, third.row) == (False, {}, 4)


def test_rules_go_to_the_database_and_back_without_loss():
    rules, _ = rules_of()

    assert FormRules.from_document(rules.document()) == rules


def test_every_bad_row_is_reported_with_sheet_row_and_column():
    scores = SCORES.replace("0-2 low; 3-6 raised", "0-3 low; 3-9 raised").replace("| both ", "| Both ")
    risk = (
        RISK.replace("${unsafe} = 'yes'", "${unsave} = 'yes'")
        .replace("| 3 days ", "| soonish")
        .replace("| medium |                ", "| mediun |                ")
        .replace("| M6 ", "| M1 ")
    )

    _, findings = rules_of(scores, risk)

    assert [(f.sheet, f.row, f.column) for f in findings] == [
        ("scores", 2, "bands"),
        ("scores", 2, "bands"),
        ("scores", 3, "name"),
        ("risk", 2, "condition"),
        ("risk", 3, "condition"),
        ("risk", 3, "respond within"),
        ("risk", 4, "level"),
        ("risk", 4, "indicator"),
    ]


@pytest.mark.parametrize(
    ("risk", "column", "said"),
    [
        pytest.param(
            RISK.replace("${unsafe} = 'yes'", "${unsave} = 'yes'"),
            "condition", "Did you mean unsafe?", id="an unknown question, with the nearest there is",
        ),
        pytest.param(
            RISK.replace("${score_both} >= 6", "${score_bothh} >= 6"),
            "condition", "Did you mean score_both?", id="an unknown score",
        ),
        pytest.param(
            RISK.replace("${unsafe} = 'yes'", "${unsafe} = 'yes"), "condition", "", id="a broken expression"
        ),
        pytest.param(
            RISK.replace("Please call your coordinator before you leave.", "").replace(
                "សូមទូរសព្ទទៅអ្នកសម្របសម្រួល។", ""
            ),
            "next step::English (en)", "no next step to show", id="a rule on phones without a next step",
        ),
        pytest.param(
            RISK.replace("before you leave", "about the victim"),
            "next step::English (en)", "“victim” must not stand on a phone", id="a trafficking word",
        ),
        pytest.param(
            RISK.replace("before you leave", "about high risk"),
            "next step::English (en)", "“risk” must not stand on a phone", id="a result",
        ),
        pytest.param(RISK.replace("| yes  ", "| maybe"), "on phone", "neither yes nor no", id="a maybe"),
    ],
)  # fmt: skip
def test_a_rule_is_refused_for(risk, column, said):
    _, findings = rules_of(risk)

    assert [f for f in findings if f.column == column and said in f"{f.message} {f.fix}"], findings


def test_a_missing_column_is_named_once():
    _, findings = rules_of(RISK.replace("| level  |", "| grade  |"))

    assert ("risk", 1, "level") in [(f.sheet, f.row, f.column) for f in findings]
