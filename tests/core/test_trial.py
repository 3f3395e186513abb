"""Trying rules: what some answers would come to, by the same way a real submission goes."""

from datetime import date

import pytest

from sync.core.form import form_from
from sync.core.protocol import Rules
from sync.core.trial import submission_of, try_answers
from tests.xlsforms.tables import A_FORM, SURVEY, fixture, workbook
from xlsforms.convert import convert
from xlsforms.protocol import read_protocol
from xlsforms.sheets import read_book

ON = date(2026, 3, 1)


def tried(answers, *sheets):
    converted = convert(workbook(*A_FORM, *sheets), filename="a.xlsx")
    protocol, _ = read_protocol(read_book(workbook(fixture("trial_protocol")), filename="p.xlsx"))
    rules = Rules(version="1", protocol=protocol, forms={"trial": converted.rules})
    return try_answers(answers, form_from(converted.xform), rules, ON)


def test_answers_come_to_scores_bands_indicators_next_steps_level_and_follow_ups():
    trial = tried({"unsafe": "yes", "phq1": 2, "phq2": 1})

    assert trial.scores["mood"] == {"value": 3, "band": "raised"}
    assert [(i["name"], i["level"]) for i in trial.indicators] == [("H3", "high"), ("M1", "medium")]
    assert trial.indicators[0]["answers"][0]["value"] == "yes"
    assert [step["en"] for step in trial.next_steps] == ["Please call your coordinator before you leave."]
    assert trial.level == "high"
    assert [f["due_on"] for f in trial.follow_ups] == ["2026-03-02"]


def test_a_refused_answer_leaves_the_score_open_and_no_reason_stands():
    trial = tried({"unsafe": "ref", "phq1": "ref", "phq2": 3})

    assert trial.scores["mood"] == {"value": None, "band": None}
    assert trial.indicators == ()
    assert trial.level == "low"


def test_the_forms_own_calculates_are_worked_out():
    survey = SURVEY + "| calculate | twice | | | ${phq1} * 2 | |\n"
    survey = survey.replace("relevant     ", "calculation  ").replace("${unsafe} = 'yes'", "")

    converted = convert(workbook(*A_FORM, survey), filename="a.xlsx")
    trial = tried({"phq1": 2, "phq2": 1}, survey)

    assert form_from(converted.xform).calculates["/data/twice"]
    assert trial.scores["both"] == {"value": 6, "band": None}


def test_an_answer_to_a_question_the_form_does_not_have_is_named():
    assert tried({"unsave": "yes"}).unknown == ("unsave",)


@pytest.mark.parametrize(
    ("answer", "text"),
    [("yes", "yes"), (3, "3"), (3.0, "3"), (None, ""), (["a", "b"], "a b"), (True, "1")],
)
def test_an_answer_is_written_as_a_phone_writes_it(answer, text):
    form = form_from(convert(workbook(*A_FORM), filename="a.xlsx").xform)

    assert (submission_of({"debt_usd": answer}, form).findtext("talk/debt_usd") or "") == text
