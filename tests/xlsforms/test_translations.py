"""A language is added, what is untranslated goes out as a workbook, and comes back with checks."""

import io

import pytest
from openpyxl import load_workbook

from sync.core.problem import Problem
from tests.xlsforms.tables import A_FORM, RISK, workbook
from xlsforms.convert import look
from xlsforms.sheets import read_book
from xlsforms.translations import SHEET, coverage, languages, untranslated, with_translations

FORM = workbook(*A_FORM)
BOOK = read_book(FORM, filename="a.xlsx")


def filled(language: str, texts: dict[tuple[str, str], str], content: bytes | None = None) -> bytes:
    """What a translator hands back: (sheet, name) -> text."""
    book = load_workbook(io.BytesIO(content or untranslated(BOOK, language)))
    sheet = book[SHEET]
    for row in range(2, sheet.max_row + 1):
        text = texts.get((sheet.cell(row, 1).value, sheet.cell(row, 4).value))
        if text:
            sheet.cell(row, sheet.max_column).value = text
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_coverage_is_told_per_sheet_and_language():
    short = read_book(workbook(*A_FORM, RISK.replace("ជំពាក់បំណុលច្រើន", "")), filename="a.xlsx")

    told = {(one.sheet, one.language): (one.there, one.wanted) for one in coverage(short)}

    assert told["survey", "km"] == told["survey", "en"] == (6, 6)
    assert told["risk", "en"] == (5, 5)
    assert told["risk", "km"] == (4, 5)
    assert languages(short) == {"en": "English (en)", "km": "Khmer (km)"}


def test_what_is_untranslated_holds_every_text_beside_the_other_languages():
    rows = list(load_workbook(io.BytesIO(untranslated(BOOK, "Thai (th)")))[SHEET].values)

    assert rows[0] == ("sheet", "row", "column", "name", "English (en)", "Khmer (km)", "Thai (th)")
    assert ("survey", 3, "label", "call_name", "Name to use", "ឈ្មោះហៅ", None) in rows
    assert ("risk", 2, "next step", "H3", "Please call your coordinator before you leave.",
            "សូមទូរសព្ទទៅអ្នកសម្របសម្រួល។", None) in rows  # fmt: skip
    missing = list(load_workbook(io.BytesIO(untranslated(BOOK, "km")))[SHEET].values)[1:]
    assert [row[:4] for row in missing] == [("scores", 2, "bands", "mood")]


def test_a_translated_workbook_is_a_form_in_three_languages():
    back = filled("Thai (th)", {("survey", "call_name"): "ชื่อ", ("choices", "ynr"): "ใช่"})

    made, findings = with_translations(FORM, BOOK, back, "2026010102")

    assert findings == []
    looked = look(made, "a.xlsx")
    assert looked.converted is not None
    assert looked.converted.version == "2026010102"
    assert looked.converted.languages == ("en", "km", "th")
    assert "ชื่อ" in looked.converted.xform.decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({4: "other"}, "In this row of the form is now “call_name”."),
        ({2: 99}, "The form has no such row and column."),
        ({7: "ชื่อ ${nobody}"}, "The ${names} are not those of the other languages."),
    ],
)
def test_a_text_that_does_not_fit_is_told_and_left_out(change, said):
    book = load_workbook(io.BytesIO(filled("Thai (th)", {("survey", "call_name"): "ชื่อ"})))
    for column, value in change.items():
        book[SHEET].cell(2, column).value = value
    written = io.BytesIO()
    book.save(written)

    made, findings = with_translations(FORM, BOOK, written.getvalue(), "2026010102")

    assert [found.message for found in findings if found.severity == "error"] == [said]
    assert "ชื่อ" not in str(read_book(made, filename="a.xlsx"))


def test_a_language_without_a_code_is_refused():
    with pytest.raises(Problem, match="name and code"):
        untranslated(BOOK, "Thai")


def test_a_formula_in_a_translation_stays_text():
    made, _ = with_translations(
        FORM, BOOK, filled("Thai (th)", {("survey", "call_name"): "=1+1"}), "2026010102"
    )

    sheet = load_workbook(io.BytesIO(made))["survey"]
    texts = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in texts] in ([], ["s"], ["f"])
