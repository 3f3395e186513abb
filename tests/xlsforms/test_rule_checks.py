"""Rules that can be read and yet never do anything are found, at their cell, with what to do."""

import pytest

from tests.xlsforms.our_workbooks import FOLDER, FORMS
from tests.xlsforms.tables import A_FORM, RISK, SCORES, SURVEY, workbook
from xlsforms.publish import check
from xlsforms.rule_checks import check_rules
from xlsforms.rules import read_rules
from xlsforms.sheets import read_book
from xlsforms.survey import read_survey

UNSAFE = "${unsafe} = 'yes'"
DEBT = "${debt_usd} > 4321"
PHQ2 = "ស្រងាក់ចិត្ត      |                      |"


def read(*sheets):
    return read_book(workbook(*A_FORM, *sheets), filename="a.xlsx")


def rules_and_survey(book):
    survey = read_survey(book)
    return survey, read_rules(book, survey, form_id="trial", version="1")[0]


def found_in(*sheets):
    book = read(*sheets)
    return [(f.severity, f.place, f.message, f.fix) for f in check_rules(book, *rules_and_survey(book))]


def of_rule(condition, *sheets):
    """Messages about row 2 of the risk sheet with this condition."""
    found = found_in(RISK.replace(UNSAFE, condition), *sheets)
    return [message for _, place, message, _ in found if place == "risk, row 2, condition"]


@pytest.mark.parametrize("form", FORMS)
def test_our_own_forms_have_nothing_of_the_kind(form):
    book = read_book((FOLDER / f"{form}.xlsx").read_bytes(), filename=form)

    assert list(check_rules(book, *rules_and_survey(book))) == []


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("${unsafe} = 'yes' and ${unsafe} = 'no'", id="two answers to one question"),
        pytest.param("false()", id="never"),
        pytest.param("${score_mood} > 6", id="a score above its max"),
        pytest.param("${score_mood} = 7", id="a score that is none of its values"),
        pytest.param("${phq1} > 3", id="a number that no choice has"),
        pytest.param("${debt_usd} > 5 and ${unsafe} = 'no'", id="a question asked after another answer"),
        pytest.param("not(${unsafe} = 'yes' or ${unsafe} != 'yes')", id="neither so nor not so"),
    ],
)  # fmt: skip
def test_a_rule_that_can_never_hold_is_refused(condition):
    debt = SURVEY.replace("| integer           | debt_usd", "| select_one f03    | debt_usd")

    assert of_rule(condition, debt) == ["This can never hold, whatever is answered."]


@pytest.mark.parametrize(
    "condition",
    [
        "${unsafe} = 'yes' or ${unsafe} = 'no'",
        "${unsafe} = ''",
        "${phq1} + ${phq2} >= 6",
        "${score_mood} >= 6",
        "${score_both} > 100",
        "${debt_usd} > 5 and ${unsafe} = 'yes'",
        "${debt_usd} = '' and ${unsafe} = 'no'",
        "string-length(${call_name}) > 90",
        "not(${unsafe} = 'no')",
        "if(${unsafe} = 'yes', ${phq1}, ${phq2}) > 2",
    ],
)
def test_a_rule_that_may_hold_is_left_alone(condition):
    assert of_rule(condition) == []


def test_a_question_that_is_never_asked_is_named_with_the_rules_that_rest_on_it():
    survey = SURVEY.replace(UNSAFE, "${unsafe} = 'yes' and ${unsafe} = 'no'")

    assert [found[:3] for found in found_in(survey)] == [
        ("warning", "survey, row 8, relevant", "“debt_usd” is never asked: this can never hold."),
        ("warning", "risk, row 4, condition", "“debt_usd” is never asked, so that this rests on nothing."),
        ("error", "risk, row 4, condition", "This can never hold, whatever is answered."),
    ]


def test_a_group_that_is_never_shown_is_reported_once_with_every_rule_below_it():
    survey = SURVEY.replace(
        "| និយាយ             |                      |", "| និយាយ | ${call_name} = '' and 1 = 2 |"
    )

    found = found_in(survey)

    assert [message for _, place, message, _ in found if place.startswith("survey")] == [
        "Nothing in “talk” is ever asked: this can never hold."
    ]
    assert {place for severity, place, *_ in found if severity == "error"} == {
        "risk, row 2, condition",
        "risk, row 4, condition",
    }


def test_a_choice_that_does_not_exist_is_found_in_the_survey_and_in_rules():
    found = check(
        None,
        read(SURVEY.replace(UNSAFE, "${unsafe} = 'yess'"), RISK.replace(UNSAFE, "selected(${unsafe}, 'y')")),
    )

    assert [(f.place, f.message, f.fix) for f in found if "choice" in f.message] == [
        ("survey, row 8, relevant", "unsafe has no choice “yess”.", "Did you mean yes?"),
        ("risk, row 2, condition", "${unsafe} has no choice “y”.", "Its choices are no, ref, unk, yes."),
    ]


def test_a_word_that_a_calculation_or_score_never_gives_is_found():
    survey = (
        SURVEY.replace("| end group         | talk ", "| end group | talk | |\n| calculate | kind |")
        .replace("| privacy   |", "| calculation |")
        .replace("| identity  |", "| |")
        .replace("sensitive", "")
    )
    kind = "| calculate | kind | | | | if(${phq1} = '0', 'calm', 'low') |"
    survey = "\n".join(kind if "| kind |" in line else line for line in survey.splitlines())
    scores = SCORES.replace("${score_mood} * 2", "if(${score_mood} > 3, 'sad', 'glad')")
    risk = RISK.replace(UNSAFE, "${kind} = 'clam'").replace("${score_both} >= 6", "${score_both} = 'bad'")

    assert found_in(survey, scores, risk) == [
        ("error", "risk, row 2, condition", "kind never gives “clam”.", "Did you mean calm?"),
        ("error", "risk, row 3, condition", "score_both never gives “bad”.", "Did you mean sad?"),
    ]  # fmt: skip


def test_a_score_may_use_only_scores_of_rows_above():
    below = SCORES.replace("${phq1} + ${phq2})", "${score_both})").replace("${score_mood} * 2", "${phq1} * 2")

    assert [found[1:] for found in found_in(below)] == [
        (
            "scores, row 2, formula",
            "score_both stands in row 3, below this one.",
            "Move that row above this one.",
        )
    ]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("1", "${score_both} * 2", ["score_both → score_both: this score rests on itself."]),
        (
            "${score_both}",
            "${score_mood}",
            [
                "score_mood → score_both → score_mood: this score rests on itself.",
                "score_both → score_mood → score_both: this score rests on itself.",
            ],
        ),
    ],
)
def test_scores_that_rest_on_each_other_are_refused(first, second, said):
    formula = "if(${phq1}='' or ${phq1}='ref', '', ${phq1} + ${phq2})"
    scores = SCORES.replace(formula, first).replace("${score_mood} * 2", second)

    assert [message for _, _, message, _ in found_in(scores)] == said
