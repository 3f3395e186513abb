"""The copy a coordinator gets back: their own workbook, with every finding where it belongs."""

import io

import pytest
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font

from tests.xlsforms.our_workbooks import FOLDER
from tests.xlsforms.tables import A_FORM, RISK, SURVEY, workbook
from xlsforms.annotate import AUTHOR, COLOURS, LIST_SHEET, annotate
from xlsforms.findings import Finding
from xlsforms.publish import check
from xlsforms.sheets import read_book

BAD = (
    SURVEY.replace("${unsafe} = 'yes'", "${unsaef} = 'yes'").replace("ស្រងាក់ចិត្ត", ""),
    RISK.replace("| high ", "| hihg "),
)


def reread(content):
    return load_workbook(io.BytesIO(content))


def changed(content, change):
    """The workbook after `change(book)` in Excel."""
    book = reread(content)
    change(book)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def annotated(content):
    book = read_book(content, filename="a.xlsx")
    return reread(annotate(content, book, check(None, book)))


def test_every_faulty_cell_is_coloured_and_says_what_to_do():
    book = annotated(workbook(*A_FORM, *BAD))

    relevant, label, level = book["survey"]["E8"], book["survey"]["D7"], book["risk"]["F2"]
    assert [cell.fill.fgColor.rgb for cell in (relevant, label, level)] == [
        COLOURS["error"],
        COLOURS["warning"],
        COLOURS["error"],
    ]
    assert relevant.comment.text == "There is no question “unsaef”.\nDid you mean unsafe?"
    assert level.comment.text.endswith("Did you mean high?")
    assert book["survey"]["E7"].comment is None
    assert book["survey"]["E7"].fill.fill_type is None


def test_the_first_sheet_lists_every_finding_with_a_link_to_its_cell():
    content = workbook(*A_FORM, *BAD)
    findings = check(None, read_book(content, filename="a.xlsx"))

    sheet = annotated(content).worksheets[0]

    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert sheet.title == LIST_SHEET
    assert [row[1:6] for row in rows] == [
        (found.sheet, found.row, found.column, found.message, found.fix) for found in findings
    ]
    links = [sheet.cell(number, 4).hyperlink.location or sheet.cell(number, 4).hyperlink.target
             for number in range(2, len(rows) + 2)]  # fmt: skip
    assert any(str(link).endswith("'survey'!E8") for link in links)


def test_formulas_formats_and_other_peoples_comments_stay():
    def dress(book):
        book["survey"]["C5"] = '=CONCATENATE("Anyone ", "unsafe?")'
        book["survey"]["C3"].font = Font(bold=True, name="Khmer OS")
        book["survey"]["D7"].comment = Comment("Ask Srey.", "Dara")
        book["survey"].column_dimensions["C"].width = 44
        book["survey"].freeze_panes = "A2"

    survey = annotated(changed(workbook(*A_FORM, *BAD), dress))["survey"]

    assert survey["C5"].value == '=CONCATENATE("Anyone ", "unsafe?")'
    assert (survey["C3"].font.b, survey["C3"].font.name) == (True, "Khmer OS")
    assert survey["D7"].comment.text.startswith("The translation (km) is missing")
    assert survey["D7"].comment.text.endswith("Ask Srey.")
    assert (survey.column_dimensions["C"].width, survey.freeze_panes) == (44, "A2")


def test_a_copy_that_was_mended_loses_its_old_marks():
    def mend(book):
        book["survey"]["E8"] = "${unsafe} = 'yes'"
        book["survey"]["D7"].comment.text += ""

    content = workbook(*A_FORM, *BAD)
    first = annotate(
        content, read_book(content, filename="a.xlsx"), check(None, read_book(content, filename="a.xlsx"))
    )
    book = annotated(changed(first, mend))

    assert book.sheetnames.count(LIST_SHEET) == 1
    assert book["survey"]["E8"].comment is None
    assert book["survey"]["E8"].fill.fill_type is None
    assert book["risk"]["F2"].comment.author == AUTHOR


def test_what_has_no_cell_stands_in_the_list_alone():
    content = workbook(*A_FORM)
    findings = [
        Finding("", None, "", "The file is odd.", "Mend it."),
        Finding("levels", None, "", "The sheet “levels” is missing or empty.", "Add it."),
        Finding("risk", None, "", "=1+1 is no rule.", ""),
    ]

    book = reread(annotate(content, read_book(content, filename="a.xlsx"), findings))

    assert [row[4] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)] == [
        "The file is odd.",
        "The sheet “levels” is missing or empty.",
        "=1+1 is no rule.",
    ]
    assert book["risk"]["A1"].comment.text == "=1+1 is no rule."


def test_a_finding_in_merged_cells_is_marked_at_their_corner():
    def merge(book):
        book["survey"].merge_cells("D7:E7")

    content = changed(workbook(*A_FORM), merge)
    found = Finding("survey", 7, "relevant", "What is this?", "Mend it.")

    book = reread(annotate(content, read_book(content, filename="a.xlsx"), [found]))

    assert book["survey"]["D7"].comment.text == "What is this?\nMend it."


@pytest.mark.parametrize("name", ["screening", "intake", "followup", "protocol"])
def test_our_own_workbooks_come_back_with_the_same_content(name):
    content = (FOLDER / f"{name}.xlsx").read_bytes()
    before = read_book(content, filename=name)
    found = Finding(list(before.sheets)[1], 2, "", "Look here.", "Mend it.")

    after = annotate(content, before, [found])

    assert read_book(after, filename=name).content_sha256 == before.content_sha256
    first, second = reread(content), reread(after)
    for sheet in first.worksheets:
        twin = second[sheet.title]
        assert twin.dimensions == sheet.dimensions
        assert len(twin.data_validations.dataValidation) == len(sheet.data_validations.dataValidation)
        widths = {letter: found.width for letter, found in sheet.column_dimensions.items()}
        assert {letter: found.width for letter, found in twin.column_dimensions.items()} == widths


def test_a_workbook_with_nothing_wrong_says_so():
    book = annotated(workbook(*A_FORM))

    assert book.worksheets[0]["E2"].value == "Nothing to mend was found."
