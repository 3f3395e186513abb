"""A protocol in which somebody would fall through is refused before it is published."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sync.core.form import form_from
from tests.xlsforms.our_workbooks import FOLDER, FORMS
from tests.xlsforms.tables import A_FORM, RISK, SETTINGS, fixture, workbook
from xlsforms.findings import WorkbookRefused
from xlsforms.protocol import read_protocol
from xlsforms.protocol_checks import Known, check_protocol
from xlsforms.publish import check, publish
from xlsforms.rules import read_rules
from xlsforms.sheets import read_book
from xlsforms.survey import read_survey

AT = datetime(2026, 1, 29, 3, 0, tzinfo=UTC)
TRIAL = fixture("trial_protocol")
MEDIUM = "| medium | ${medium} >= 1 | A reason          | មូលហេតុ            |"
SCHEDULE = "| medium | 7          | trial | everyone   | no   |"
TRIGGER = "| screened | 3           | trial |"
TRENDS = """

== trends ==
| code | label::English (en) | label::Khmer (km) | score | change | dimension | level | source |
| T1   | Worse               | អន់ជាង            | mood  | 2      | health    | high  | ours   |
"""


def rules_of_trial():
    book = read_book(workbook(*A_FORM), filename="trial.xlsx")
    return read_rules(book, read_survey(book), form_id="trial", version="1")[0]


def found_in(text, *, with_form=True):
    book = read_book(workbook(text), filename="protocol.xlsx")
    return check(None, book, beside=[rules_of_trial()] if with_form else [])


def said(text, severity="error", **about):
    return [(f.place, f.message) for f in found_in(text, **about) if f.severity == severity]


def test_our_own_protocol_and_forms_go_together(our_forms):
    book = read_book((FOLDER / "protocol.xlsx").read_bytes(), filename="protocol.xlsx")
    protocol, _ = read_protocol(book)
    known = Known({form: our_forms[form].rules for form in FORMS})

    assert protocol is not None
    assert check_protocol(book, protocol, known) == ()
    assert check_protocol(book, protocol, Known()) == ()


def test_the_trial_protocol_has_nothing_wrong():
    assert found_in(TRIAL) == ()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            MEDIUM, "", [("combine, level", "Nobody can ever have level medium.")], id="a level left out"
        ),
        pytest.param(
            MEDIUM,
            "| medium | ${high} >= 2 | A reason | មូលហេតុ |",
            [
                ("combine, level", "Nobody can ever have level medium."),
                (
                    "combine, row 3, condition",
                    "This row never decides: a row above it always holds first, or it can never hold.",
                ),
            ],
            id="a row that the row above swallows",
        ),
        pytest.param(
            "${high} >= 1",
            "${high} = 1",
            [
                (
                    "combine, row 3, condition",
                    "The level falls from high (row 2) to medium with more reasons of level high.",
                ),
                (
                    "combine, row 4, condition",
                    "The level falls from high (row 2) to low with more reasons of level high.",
                ),
            ],
            id="a second grave reason that makes it better",
        ),
        pytest.param(
            "${medium} >= 1",
            "${medium} >= 1 and ${child} = 0",
            [("combine, row 4, condition", "The level falls from medium (row 3) to low for a child.")],
            id="a child who is thought safer",
        ),
        pytest.param(
            TRIGGER,
            "| H4 | 3 | trial |",
            [("triggers, row 2, when", "No form has a rule “H4”, so that this visit is never planned.")],
            id="a trigger for a rule that no form has",
        ),
        pytest.param(
            TRIGGER,
            "| screened | 3 | trail |",
            [("triggers, row 2, form", "There is no form “trail” (yet).")],
            id="a misspelt form",
        ),
        pytest.param(
            "\n== closure",
            TRENDS.replace("mood", "mod") + "\n== closure",
            [("trends, row 2, score", "No form has a score “mod”, so that this never counts.")],
            id="a trend of no score",
        ),
        pytest.param(
            "\n== closure",
            TRENDS.replace("| T1 ", "| H3 ") + "\n== closure",
            [("trends, row 2, code", "“H3” is already the code of a rule of a form.")],
            id="a trend with the code of a rule",
        ),
        pytest.param(
            "\n== closure",
            TRENDS.replace("mood", "both") + "\n== closure",
            [("trends, row 2, score", "“both” gives words, which neither rise nor fall.")],
            id="a trend of a score without numbers",
        ),
    ],
)  # fmt: skip
def test_a_protocol_is_refused_for(before, after, expected):
    assert before in TRIAL

    assert said(TRIAL.replace(before, after, 1)) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            SCHEDULE,
            f"{SCHEDULE}\n| medium | 3 | trial | everyone | no |",
            ("schedule, row 5, offset days", "Day 3 stands below day 7 of level medium."),
            id="days out of order",
        ),
        pytest.param(
            SCHEDULE,
            f"{SCHEDULE}\n{SCHEDULE}",
            ("schedule, row 5, offset days", "Row 4 already has this visit at level medium."),
            id="a visit twice",
        ),
        pytest.param(
            "| low_visits | Visits at low       | ចំនួនលើក          | 2     | ours   |",
            "| months_since_return | Months | ខែ | 12 | ours |\n== x ==\n| a |",
            None,
            id="nothing, inside the months",
        ),
        pytest.param(
            "| low   | 30          | trial | everyone   | no   |",
            "",
            ("schedule, applies to", "Grown-ups at level low are never visited."),
            id="visits to children only",
        ),
        pytest.param(
            "${medium} >= 1",
            "${medium} >= 9",
            (
                "combine, row 3, condition",
                "This row asks for more reasons than there are rules of that level.",
            ),
            id="more reasons than rules",
        ),
    ],
)
def test_a_coordinator_is_asked_to_think_about(before, after, expected):
    assert before in TRIAL

    assert said(TRIAL.replace(before, after, 1), "warning") == ([expected] if expected else [])


def test_a_visit_behind_the_end_is_reported():
    text = TRIAL.replace("low_visits |", "months_since_return |").replace("| 7          |", "| 700 |")

    told = "Day 700 lies behind the end: cases may be closed after 2 months."
    assert ("schedule, row 4, offset days", told) in said(text, "warning")


def test_what_only_unpublished_forms_could_have_is_not_judged():
    assert said(TRIAL.replace(TRIGGER, "| H4 | 3 | trial |"), with_form=False) == []


def test_a_form_that_takes_away_what_the_protocol_names_is_refused(db):
    publish(db, workbook(*A_FORM), "trial.xlsx", AT, "coordinator")
    trigger = TRIAL.replace(TRIGGER, "| M6 | 3 | trial |")
    publish(db, workbook(trigger), "protocol.xlsx", AT, "coordinator")
    without = "\n".join(line for line in RISK.splitlines() if "| M6 " not in line)
    newer = SETTINGS.replace("2026010101", "2026010102")

    with pytest.raises(WorkbookRefused) as refused:
        publish(db, workbook(*A_FORM, without, newer), "trial.xlsx", AT, "coordinator")

    (found,) = [one for one in refused.value.findings if one.severity == "error"]
    assert found.message == (
        "The protocol (triggers, row 2, when): No form has a rule “M6”, so that this visit is never planned."
    )


def test_a_protocol_and_the_form_it_needs_can_be_published_together(db):
    publish(db, workbook(*A_FORM), "trial.xlsx", AT, "coordinator")
    new_rule = workbook(TRIAL.replace(TRIGGER, "| M7 | 3 | trial |"))
    with pytest.raises(WorkbookRefused):
        publish(db, new_rule, "protocol.xlsx", AT, "coordinator")
    book = read_book(workbook(*A_FORM, RISK.replace("| M6 ", "| M7 ")), filename="trial.xlsx")
    rules, _ = read_rules(book, read_survey(book), form_id="trial", version="2")

    done = publish(db, new_rule, "protocol.xlsx", AT, "coordinator", beside=[rules])

    assert done.state == "published"


def test_answers_of_examples_and_of_the_profile_must_be_choices(our_forms):
    book = read_book((FOLDER / "protocol.xlsx").read_bytes(), filename="protocol.xlsx")
    protocol, _ = read_protocol(book)
    assert protocol is not None
    known = Known(
        {form: our_forms[form].rules for form in FORMS},
        {form: form_from(our_forms[form].xform) for form in FORMS},
    )
    assert check_protocol(book, protocol, known) == ()

    item, example = protocol.profile[0], protocol.examples[0]
    spoilt = replace(
        protocol,
        profile=(replace(item, good=("weage",)), replace(item, question="econ"), *protocol.profile[2:]),
        examples=(replace(example, answers={**example.answers, "violence": "maybe"}),),
    )

    assert [(f.place, f.message) for f in check_protocol(book, spoilt, known)] == [
        ("profile, row 2, good", "income_source has no choice “weage”."),
        ("profile, row 3, question", "Form followup has no question “econ”."),
        ("examples, row 2, answers", "violence has no choice “maybe”."),
    ]
