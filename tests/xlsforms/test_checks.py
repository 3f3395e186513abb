"""One pass over a workbook finds everything, says where, and what to do."""

import pytest

from tests.xlsforms.tables import A_FORM, CHOICES, SETTINGS, SURVEY, fixture, workbook
from xlsforms.findings import Finding
from xlsforms.publish import check
from xlsforms.sheets import read_book
from xlsforms.xform import known_types


def test_a_workbook_with_many_faults_gets_them_all_in_one_pass_with_sheet_row_and_column():
    book = read_book(workbook(CHOICES, fixture("eight_faults")), filename="a.xlsx")

    found = check(None, book)

    assert [(f.sheet, f.row, f.column, f.fix) for f in found if f.severity == "error"] == [
        ("survey", 2, "type", "Did you mean text?"),
        ("survey", 3, "type", "Did you mean ynr?"),
        ("survey", 6, "name", "Give every question and group its own name."),
        ("survey", 7, "name", "Use English letters, digits and _, beginning with a letter."),
        ("survey", 8, "privacy", "Write identity or sensitive, or leave it empty."),
        ("survey", 8, "relevant", "Did you mean unsafe?"),
        ("survey", 9, "type", "Add “end group” after its last question."),
        ("settings", 2, "form_title", "Write neutral words, for example Family visit A."),
    ]


def test_a_workbook_without_faults_gets_no_finding():
    assert check(None, read_book(workbook(*A_FORM), filename="a.xlsx")) == ()


@pytest.mark.parametrize(
    ("sheets", "severity", "place", "said"),
    [
        pytest.param(
            SURVEY.replace("select_one ynr    | unsafe", "select_on ynr     | unsafe"),
            "error", "survey, row 5, type", "Did you mean select_one ynr?",
            id="a misspelt select is named with its list",
        ),
        pytest.param(
            SURVEY.replace("select_one ynr    | unsafe", "select_one        | unsafe"),
            "error", "survey, row 5, type", "The type names no list.",
            id="a select without a list",
        ),
        pytest.param(
            SURVEY.replace("ស្រងាក់ចិត្ត", ""),
            "warning", "survey, row 7, label::Khmer (km)", "The translation (km) is missing",
            id="a question without its Khmer",
        ),
        pytest.param(
            SURVEY.replace("ស្រងាក់ចិត្ត", "How very sad").replace("Down  ", "How very sad  "),
            "warning", "survey, row 7, label::Khmer (km)", "The English words stand here too.",
            id="a question whose Khmer is English",
        ),
        pytest.param(
            CHOICES.replace("label::Khmer (km)", "remarks"),
            "warning", "choices, row 1, label::English (en)", "Add a column “label::Khmer (km)”.",
            id="a sheet without a column for Khmer",
        ),
        pytest.param(
            CHOICES.replace("| f03       | ref  | Will not say        | មិនចង់ឆ្លើយ       |", ""),
            "warning", "choices, row 6, list_name", "Nobody can decline to answer with list f03.",
            id="a list without a way to decline",
        ),
        pytest.param(
            SURVEY.replace("| identity  |", "|           |"),
            "warning", "survey, row 3, privacy", "may say who somebody is",
            id="a personal-looking question without a privacy mark",
        ),
        pytest.param(
            SURVEY.rstrip() + "\n| text | more | More | ច្រើន | |\n",
            "warning", "survey, row 10, privacy", "What is written at “more” may name somebody.",
            id="words written freely without a privacy mark",
        ),
        pytest.param(
            SURVEY.replace("Down  ", "Sexual exploitation"),
            "warning", "survey, row 7, label::English (en)", "“Sexual” would stand on the phone",
            id="a trafficking word in a label",
        ),
        pytest.param(
            SETTINGS.replace("Family visit T", "ការជួញដូរ"),
            "error", "settings, row 2, form_title", "“ជួញដូរ” must not stand on a phone.",
            id="a trafficking word in a Khmer title",
        ),
        pytest.param(
            SETTINGS.replace("| trial   ", "| 1 trial "),
            "error", "settings, row 2, form_id", "cannot be a form ID",
            id="a form id with a space",
        ),
        pytest.param(
            SETTINGS.replace("2026010101", "v 1 / b   "),
            "error", "settings, row 2, version", "cannot be a version",
            id="a version that cannot stand in an address",
        ),
        pytest.param(
            SURVEY.replace("relevant  ", "relevent  "),
            "warning", "survey, row 1, relevent", "Did you mean relevant?",
            id="a misspelt column, which pyxform would pass over",
        ),
        pytest.param(
            SURVEY.replace("| end group         | talk ", "| end repeat        | talk "),
            "error", "survey, row 9, type", "closes nothing that is open",
            id="an end of the wrong kind",
        ),
        pytest.param(
            SURVEY.replace("| start             | start ", "| text              | step_1"),
            "error", "survey, row 2, name", "kept for what rules add",
            id="a name that rules use",
        ),
        pytest.param(
            CHOICES.replace("| ynr       | unk ", "| ynr       | yes "),
            "error", "choices, row 4, name", "already in this list, row 2",
            id="a choice twice in one list",
        ),
        pytest.param(
            SURVEY.replace("Name to use  ", "#REF!        "),
            "error", "survey, row 3, label::English (en)", "Excel says #REF! here.",
            id="a cell in which Excel shows an error",
        ),
        pytest.param(
            SURVEY.replace("${unsafe} = 'yes'", "${unsafe = 'yes' "),
            "error", "survey, row 8, relevant", "A ${ is never closed.",
            id="a reference that is never closed",
        ),
        pytest.param(
            SURVEY.replace("${unsafe} = 'yes'", "${unsafe} = = 'a'"),
            "error", "survey, row 8, relevant", "The expression cannot be read",
            id="a condition that cannot be read",
        ),
        pytest.param(
            "== entities ==\n| list_name | label |\n| persons | Case of ${call_name} victim |",
            "error", "entities, row 2, list_name", "“persons” is not a list this server keeps.",
            id="an entity list nobody keeps",
        ),
        pytest.param(
            "== entities ==\n| list_name | label |\n| people | ${call_name}, victim |",
            "error", "entities, row 2, label", "“victim” must not stand on a phone.",
            id="a trafficking word in a name on the list",
        ),
        pytest.param(
            SURVEY.replace("| privacy   |", "| save_to   |").replace("| identity  |", "| label     |"),
            "error", "survey, row 3, save_to", "cannot be a property",
            id="an entity property with a reserved name",
        ),
    ],
)  # fmt: skip
def test_a_coordinator_is_told_about(sheets, severity, place, said):
    found = check(None, read_book(workbook(*A_FORM, sheets), filename="a.xlsx"))

    assert [
        f for f in found if f.place == place and f.severity == severity and said in f"{f.message} {f.fix}"
    ], "\n".join(map(str, found))


def test_what_pyxform_alone_knows_comes_with_row_and_column():
    survey = SURVEY.replace("| privacy   |", "| parameters |").replace(
        "| ${unsafe} = 'yes'    | sensitive |", "|  | colour=red |"
    )

    found = check(None, read_book(workbook(*A_FORM, survey), filename="a.xlsx"))

    assert next((f.sheet, f.row) for f in found if f.severity == "error") == ("survey", 3)


def test_every_type_pyxform_takes_is_known():
    assert {"text", "integer", "geopoint", "background-audio", "audit", "calculate"} <= known_types()


def test_a_finding_reads_as_a_sentence_with_its_place():
    found = Finding("survey", 12, "relevant", "There is no question “pruposes”.", "Did you mean purpose?")

    assert str(found) == "survey, row 12, relevant: There is no question “pruposes”. Did you mean purpose?"
