"""What a new version changes, in words, weighed by the answers that are stored; renames proposed and kept."""

from datetime import UTC, date, datetime

import pytest

from sync.core.answers import contents_of
from sync.core.columns import with_other_names
from sync.core.form import form_from
from sync.core.problem import Problem
from sync.core.scores import compile_rules, findings_of
from sync.core.trial import submission_of
from sync.store import forms
from tests.xlsforms.our_workbooks import FOLDER
from tests.xlsforms.tables import A_FORM, CHOICES, ONE_MORE, RISK, SETTINGS, SURVEY, fixture, workbook
from xlsforms.convert import convert
from xlsforms.difference import changes
from xlsforms.impact import impact_of
from xlsforms.publish import Said, publish
from xlsforms.renames import proposed_renames
from xlsforms.sheets import Book, read_book
from xlsforms.survey import read_survey

AT = datetime(2026, 1, 2, tzinfo=UTC)
NEXT = SETTINGS.replace("2026010101", "2026010102")
RENAMED = SURVEY.replace("debt_usd  ", "debt_owed ")
RULES_RENAMED = RISK.replace("${debt_usd}", "${debt_owed}")


def book(*sheets: str) -> Book:
    return read_book(workbook(*A_FORM, *sheets), filename="a.xlsx")


def told(before: Book, after: Book, language: str = "en") -> list[str]:
    return [change.sentence(language) for change in changes(before, after)]


@pytest.fixture
def trial(db):
    publish(db, workbook(fixture("trial_protocol")), "p.xlsx", AT, "test")
    publish(db, workbook(*A_FORM), "trial.xlsx", AT, "test")
    db.records.insert_many(
        {
            "_id": f"uuid:{number}",
            "form_id": "trial",
            "form_version": "2026010101",
            "entity_ids": [],
            "answers": [
                {"path": "/data/talk/debt_usd", "name": "debt_usd", "value": number},
                {"path": "/data/talk/unsafe", "name": "unsafe", "value": "unk" if number < 3 else "no"},
            ],
        }
        for number in range(7)
    )
    return db


def test_what_is_said_of_a_rule_tells_the_level_it_now_gives():
    new = (
        RISK.rstrip() + "\n| M9 | Sad | ស្រងាក់ | ${phq2} = '3' | health | medium | | | no | 3 days | | ours |"
    )

    assert told(book(), book(new)) == [
        "Rule M9 is new.",
        "Level medium now also when: Sad (${phq2} = '3')",
    ]
    assert told(book(), book(new), "km")[1].startswith("កម្រិត medium")
    assert "ស្រងាក់ (${phq2} = '3')" in told(book(), book(new), "km")[1]
    assert told(book(new), book())[1] == "No longer a reason for level medium: Sad (${phq2} = '3')"


def test_what_is_new_is_quoted_in_the_readers_language_where_the_form_has_it():
    asked = ONE_MORE.replace("select_one ynr    | sleeps", "select_one mood   | sleeps")
    moods = f"{CHOICES.rstrip()}\n| mood | good | Good | ល្អ | |\n| ynr | later | Later | ពេលក្រោយ | |"

    found = book(), book(asked, moods)

    assert told(*found) == [
        "Question sleeps is new (select_one mood: Do you sleep well?).",
        "Choice list ynr: choice later is new.",
        "Choice list mood is new (1 choice).",
    ]
    assert told(*found, "km") == [
        "សំណួរ sleeps ថ្មី (select_one mood: តើអ្នកដេកបានល្អទេ?)។",
        "បញ្ជីជម្រើស ynr៖ ជម្រើស later ថ្មី។",
        "បញ្ជីជម្រើស mood ថ្មី (ជម្រើស 1)។",
    ]


def test_the_protocol_is_compared_sheet_by_sheet():
    before = read_book((FOLDER / "protocol.xlsx").read_bytes(), filename="p.xlsx")
    rows = before.sheet("combine").rows
    kept = {**before.sheets, "combine": type(before.sheet("combine"))(
        name="combine", headers=before.sheet("combine").headers, rows=rows[1:])}  # fmt: skip
    found = changes(before, Book(filename="p.xlsx", sheets=kept))

    assert [change.how for change in found] == ["level no longer"]
    assert rows[0].get("condition") in found[0].sentence()


def test_a_question_under_another_name_is_proposed_with_its_answers_and_counted_once(trial):
    found = impact_of(trial, book(NEXT, RENAMED, RULES_RENAMED))

    assert dict(found.proposed) == {"debt_owed": "debt_usd"}
    sentences = [change.sentence() for change in found.changes]
    assert sentences[0] == "Question debt_owed: renamed from debt_usd? 7 answers are stored."
    assert not [one for one in sentences if "is removed" in one or "debt_owed is new" in one]
    assert found.word == "trial"


def test_questions_that_have_nothing_in_common_are_not_proposed():
    was, now = "debt_usd  | About how much          | ប្រហែលប៉ុន្មាន", "children | How many children | កូនប៉ុន្មាន"
    other = SURVEY.replace(was, now)

    assert proposed_renames(read_survey(book()), read_survey(book(other))) == {}


def test_a_choice_that_was_used_tells_how_often(trial):
    without = CHOICES.replace("| ynr       | unk  | Do not know         | មិនដឹង            |", "| |")

    found = impact_of(trial, book(NEXT, without))

    assert [(change.sentence(), change.breaks) for change in found.changes if change.of == "choice"] == [
        ("Choice list ynr: choice unk is removed. It was used 3 times.", True)
    ]


def test_what_takes_answers_their_meaning_wants_the_word_typed(trial):
    survey = SURVEY.replace("integer           | debt_usd", "text              | debt_usd")
    risk = RISK.replace("${debt_usd} > 4321", "${debt_usd} = 'much'")
    changed = workbook(*A_FORM, NEXT, survey, risk)

    with pytest.raises(Problem) as problem:
        publish(trial, changed, "b.xlsx", AT, "test")
    assert problem.value.code == "form.not_confirmed"
    assert forms.current_version(trial, "trial") == "2026010101"

    publish(trial, changed, "b.xlsx", AT, "test", said=Said(confirm="trial", note="As agreed."))
    kept = forms.find_version(trial, "trial", "2026010102")
    assert (kept["note"], kept["follows"]) == ("As agreed.", "2026010101")
    assert "type integer becomes text" in kept["changes"][1]["sentence"]


def test_a_mapping_keeps_the_column_and_lets_rules_read_older_answers(trial):
    said = Said(renames={"debt_owed": "debt_usd"})

    publish(trial, workbook(*A_FORM, NEXT, RENAMED, RULES_RENAMED), "b.xlsx", AT, "test", said=said)

    older = forms.form_definition(trial, "trial", "2026010101")
    newer = forms.form_definition(trial, "trial", "2026010102")
    assert older.paths["debt_owed"] == older.paths["debt_usd"] == "/data/talk/debt_usd"
    assert newer.paths["debt_usd"] == newer.paths["debt_owed"] == "/data/talk/debt_owed"
    column = next(one for one in forms.columns(trial, "trial") if one.key == "debt_usd")
    assert (column.name, column.names) == (
        "debt_owed", {"2026010101": "debt_usd", "2026010102": "debt_owed"}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("renames", "said"),
    [
        ({"nothing": "debt_usd"}, "no question nothing in the new"),
        ({"debt_owed": "nothing"}, "no question nothing in the published"),
        ({"debt_owed": "phq1"}, "phq1 is still in the new version"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(trial, renames, said):
    with pytest.raises(Problem, match=said):
        impact_of(trial, book(NEXT, RENAMED, RULES_RENAMED), renames)


def test_rules_find_the_answers_of_records_made_before_the_rename():
    old = convert(workbook(*A_FORM), filename="a.xlsx")
    new = convert(workbook(*A_FORM, NEXT, RENAMED, RULES_RENAMED), filename="b.xlsx")
    form = with_other_names(form_from(old.xform), {"debt_owed": "debt_usd"})
    root = submission_of({"unsafe": "yes", "debt_usd": 5000}, form)
    at = datetime.combine(date(2026, 1, 3), datetime.min.time(), UTC)

    found = findings_of(compile_rules(new.rules, form), root, contents_of(root, form, at))

    debts = next(one for one in found.indicators if one.code == "M6")
    assert (debts.met, debts.questions) == (True, ("debt_owed",))
