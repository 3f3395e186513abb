"""Broken workbooks, made by code: what a coordinator may hand in by mistake, and what an attacker may.

Each has what must be found in one pass, as `sheet, row, column` and words of the sentence, or the code of
the refusal.
"""

import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from openpyxl import Workbook, load_workbook

from tests.xlsforms.tables import A_FORM, CHOICES, RISK, SCORES, SETTINGS, SURVEY, workbook

OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
Found = tuple[str, str]
"""Place, and words of the message or fix."""


@dataclass(frozen=True)
class Broken:
    """One broken workbook."""

    name: str
    made: Callable[[], bytes]
    finds: tuple[Found, ...] = ()
    refused: str = ""
    """Code of the Problem, for what is no workbook at all."""
    warns: tuple[Found, ...] = ()
    """What is only warned about: the workbook may be published."""


def _form(*sheets: str) -> Callable[[], bytes]:
    return lambda: workbook(*A_FORM, *sheets)


def _changed(change: Callable[[Workbook], None], *sheets: str) -> Callable[[], bytes]:
    """The sound form after somebody did something to it in Excel."""

    def made() -> bytes:
        book = load_workbook(io.BytesIO(workbook(*A_FORM, *sheets)))
        change(book)
        written = io.BytesIO()
        book.save(written)
        return written.getvalue()

    return made


def _repacked(change: Callable[[str, bytes], bytes], more: Iterable[tuple[str, bytes]] = ()) -> bytes:
    """The sound form with the parts inside its zip changed."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(*A_FORM))) as parts,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        for part in parts.infolist():
            changed.writestr(part.filename, change(part.filename, parts.read(part)))
        for name, content in more:
            changed.writestr(name, content)
    return made.getvalue()


def _with_part(name: str, content: bytes = b"x") -> Callable[[], bytes]:
    return lambda: _repacked(lambda _, part: part, [(name, content)])


def _in_sheet_1(old: bytes, new: bytes) -> Callable[[], bytes]:
    def change(name: str, part: bytes) -> bytes:
        return part.replace(old, new, 1) if name == "xl/worksheets/sheet1.xml" else part

    return lambda: _repacked(change)


def _zip_of(*names: str, size: int = 1) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in names:
            parts.writestr(name, b"0" * size)
    return made.getvalue()


def _merge(area: str) -> Callable[[Workbook], None]:
    return lambda book: book["survey"].merge_cells(area)


def _hide(book: Workbook) -> None:
    book["risk"].sheet_state = "hidden"


def _hide_very(book: Workbook) -> None:
    book["scores"].sheet_state = "veryHidden"


def _formula(book: Workbook) -> None:
    book["survey"]["C3"] = '="Name "&"to use"'


def _formulas_for_choices(book: Workbook) -> None:
    for row in (2, 3):
        book["choices"][f"C{row}"] = f"=A{row}"


def _cell_far_below(book: Workbook) -> None:
    book["survey"]["A1048576"] = "text"


def _twenty_wrong(book: Workbook) -> None:
    for number in range(20):
        book["survey"].append([f"typ{number}", f"q {number}", f"Question {number}", "សំណួរ"])


def _two_surveys(book: Workbook) -> None:
    book.create_sheet("Survey ").append(["type", "name"])


ROW = "\n| calculate | {name} | | | | |"


def _calculate(**formulas: str) -> str:
    head = SURVEY.replace("| privacy   |", "| privacy   | calculation |", 1)
    rows = "".join(f"\n| calculate | {name} | | | | | {text} |" for name, text in formulas.items())
    return head.rstrip() + rows


XXE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]>'

BROKEN: tuple[Broken, ...] = (
    # --- types and lists
    Broken(
        "a misspelt type",
        _form(SURVEY.replace("| text              | call_name", "| txt               | call_name")),
        finds=(("survey, row 3, type", "Did you mean text?"),),
    ),
    Broken(
        "a select whose list is not there",
        _form(SURVEY.replace("select_one ynr    | unsafe", "select_one ynx    | unsafe")),
        finds=(("survey, row 5, type", "Did you mean ynr?"),),
    ),
    Broken(
        "a select that names no list",
        _form(SURVEY.replace("select_one f03    | phq1", "select_one        | phq1")),
        finds=(("survey, row 6, type", "names no list"),),
    ),
    Broken(
        "no choices at all",
        lambda: workbook(SURVEY, SETTINGS),
        finds=(
            ("survey, row 5, type", "no choice list “ynr”"),
            ("survey, row 6, type", "no choice list “f03”"),
            ("survey, row 7, type", "no choice list “f03”"),
        ),
    ),
    Broken(
        "a choice twice, one with a space and one without a name",
        _form(CHOICES.replace("| ynr       | unk ", "| ynr       | yes ").replace("| f03       | 1   ", "| f03       | a b ").replace("| f03       | 2   ", "| f03       |     ")),
        finds=(
            ("choices, row 4, name", "already in this list, row 2"),
            ("choices, row 7, name", "has a space"),
            ("choices, row 8, name", "has no name"),
        ),
    ),
    Broken(
        "a choice without a label",
        _form(CHOICES.replace("| Several days        | ខ្លះ              |", "|  |  |")),
        finds=(("choices, row 7, label", "The choice has no label."),),
    ),
    # --- names and groups
    Broken(
        "a name twice",
        _form(SURVEY.replace("| phq2 ", "| phq1 ")),
        finds=(("survey, row 7, name", "already the name in row 6"),),
    ),
    Broken(
        "a name in Khmer and one with a space",
        _form(SURVEY.replace("| phq2 ", "| ចម្លើយ ").replace("| unsafe ", "| un safe ")),
        finds=(("survey, row 7, name", "cannot be a name"), ("survey, row 5, name", "cannot be a name")),
    ),
    Broken(
        "a question without a name",
        _form(SURVEY.replace("| debt_usd ", "| ")),
        finds=(("survey, row 8, name", "has no name"),),
    ),
    Broken(
        "a name that rules use themselves",
        _form(SURVEY.replace("| debt_usd ", "| step_1 ")),
        finds=(("survey, row 8, name", "kept for what rules add"),),
    ),
    Broken(
        "a group that is never closed",
        _form(SURVEY.replace("| end group         | talk ", "| note | talk2 ")),
        finds=(("survey, row 4, type", "end group"),),
    ),
    Broken(
        "an end too many",
        _form(SURVEY.rstrip() + "\n| end group | | | | | |"),
        finds=(("survey, row 10, type", "closes nothing"),),
    ),
    Broken(
        "a group closed as a repeat",
        _form(SURVEY.replace("| end group         | talk ", "| end repeat        | talk ")),
        finds=(("survey, row 9, type", "closes nothing"), ("survey, row 4, type", "end group")),
    ),
    # --- expressions
    Broken(
        "a condition about a question that is not there",
        _form(SURVEY.replace("${unsafe} = 'yes'", "${unsaf} = 'yes'")),
        finds=(("survey, row 8, relevant", "Did you mean unsafe?"),),
    ),
    Broken(
        "a condition that cannot be read",
        _form(SURVEY.replace("${unsafe} = 'yes'", "${unsafe} = = 'a'")),
        finds=(("survey, row 8, relevant", "cannot be read"),),
    ),
    Broken(
        "a bracket that is never closed",
        _form(SURVEY.replace("${unsafe} = 'yes'", "(${unsafe} = 'yes'")),
        finds=(("survey, row 8, relevant", "cannot be read"),),
    ),
    Broken(
        "a condition about a choice that is not there",
        _form(SURVEY.replace("${unsafe} = 'yes'", "${unsafe} = 'maybe'")),
        finds=(("survey, row 8, relevant", "has no choice “maybe”"),),
    ),
    Broken(
        "two calculations that rest on each other",
        _form(_calculate(one="${two} + 1", two="${one} + 1")),
        finds=(("survey, row 10, calculation", "rests on itself"),),
    ),
    Broken(
        "three questions in a circle, and another circle beside it",
        _form(_calculate(a="${b}", b="${c}", c="${a}", d="${d} + 1")),
        finds=(("survey, row 13, calculation", "rests on itself"), ("survey, row", "rests on itself")),
    ),
    Broken(
        "a question shown only when it is answered",
        _form(SURVEY.replace("${unsafe} = 'yes'", "${debt_usd} > 0 ")),
        finds=(("survey, row 8, relevant", "rests on itself"),),
    ),
    Broken(
        "a group shown by a question inside it",
        _form(SURVEY.replace("| និយាយ             |                      |", "| និយាយ             | ${unsafe} = 'yes'    |")),
        finds=(("survey, row 5, relevant", "rests on itself"),),
    ),
    Broken(
        "a calculation without a formula",
        _form(_calculate(empty="")),
        finds=(("survey, row 10, calculation", "is missing"),),
    ),
    Broken(
        "a cell in which Excel shows an error",
        _form(SURVEY.replace("Name to use  ", "#REF!        ")),
        finds=(("survey, row 3, label::English (en)", "Excel says #REF!"),),
    ),
    # --- rules
    Broken(
        "a rule about a misspelt question",
        _form(RISK.replace("${unsafe} = 'yes'", "${unsfe} = 'yes'")),
        finds=(("risk, row 2, condition", "Did you mean unsafe?"),),
    ),
    Broken(
        "a rule of a level that is not there",
        _form(RISK.replace("| safety    | high ", "| safety    | hihg ")),
        finds=(("risk, row 2, level", "Did you mean high?"),),
    ),
    Broken(
        "a rule that can never hold",
        _form(RISK.replace("${unsafe} = 'yes'", "${unsafe} = 'yes' and ${unsafe} = 'no'")),
        finds=(("risk, row 2, condition", "can never hold"),),
    ),
    Broken(
        "a rule in words of another language",
        _form(RISK.replace("${unsafe} = 'yes'", "once(${unsafe})")),
        finds=(("risk, row 2, condition", "once"),),
    ),
    Broken(
        "a rule for phones with nothing to show, and one that says too much",
        _form(RISK.replace("| Please call your coordinator before you leave. | សូមទូរសព្ទទៅអ្នកសម្របសម្រួល។            | yes      | same day", "| | | yes | same day").replace("Please call your coordinator before you leave.", "She is a victim.")),
        finds=(("risk, row 2, next step", "no next step"), ("risk, row 3, next step", "must not stand on a phone")),
    ),
    Broken(
        "a length of time nobody understands, and neither yes nor no",
        _form(RISK.replace("| same day ", "| soonish  ").replace("| no       |", "| perhaps  |")),
        finds=(("risk, row 2, respond within", "not a length of time"), ("risk, row 4, on phone", "neither yes nor no")),
    ),
    Broken(
        "a rule code twice",
        _form(RISK.replace("| M6 ", "| M1 ")),
        finds=(("risk, row 4, indicator", "twice"),),
    ),
    Broken(
        "bands that overlap",
        _form(SCORES.replace("0-2 low; 3-6 raised", "0-3 low; 3-6 raised")),
        finds=(("scores, row 2, bands", "3"),),
    ),
    Broken(
        "scores that rest on each other",
        _form(SCORES.replace("${score_mood} * 2", "${score_both} * 2")),
        finds=(("scores, row 3, formula", "rests on itself"),),
    ),
    Broken(
        "a greatest value below the smallest",
        _form(SCORES.replace("| 0   | 6   |", "| 6   | 0   |")),
        finds=(("scores, row 2, max", "not above the smallest"),),
    ),
    # --- settings, columns
    Broken(
        "no settings",
        lambda: workbook(SURVEY, CHOICES),
        finds=(("settings, row 2, form_id", "no ID"), ("settings, row 2, form_title", "no title")),
    ),
    Broken(
        "a title that tells, an ID with a space, a version with a slash",
        _form(SETTINGS.replace("Family visit T", "Victims abroad").replace("| trial   ", "| tri al  ").replace("2026010101", "2026/01/01")),
        finds=(
            ("settings, row 2, form_title", "must not stand on a phone"),
            ("settings, row 2, form_id", "cannot be a form ID"),
            ("settings, row 2, version", "cannot be a version"),
        ),
    ),
    Broken(
        "no column for types",
        _form(SURVEY.replace("| type              |", "| kind              |")),
        finds=(("survey, row 1, type", "is missing"),),
    ),
    Broken(
        "a column twice",
        _form(SURVEY.replace("| privacy   |", "| relevant  |")),
        finds=(("survey, row 1, relevant", "twice"),),
    ),
    Broken("an empty sheet of questions", lambda: workbook(SETTINGS, CHOICES), finds=(("survey", "no questions"),)),
    Broken(
        "an entity list nobody keeps, and a name that tells",
        _form("== entities ==\n| list_name | label |\n| persons | ${call_name} victim |"),
        finds=(("entities, row 2, list_name", "not a list this server keeps"), ("entities, row 2, label", "must not stand")),
    ),
    Broken(
        "twenty rows that are wrong twice",
        _changed(_twenty_wrong),
        finds=tuple((f"survey, row {row}, {column}", "") for row in range(10, 30) for column in ("type", "name")),
    ),
    Broken(
        "parameters only the converter knows to be wrong, in two rows",
        _form(SURVEY.replace("| privacy   |", "| parameters |").replace("| identity  |", "| colour=red |").replace("sensitive", "         ").rstrip() + "\n| text | more | More | ច្រើន | | colour=blue |"),
        finds=(("survey, row 3", "not colour"), ("survey, row 10", "not colour")),
    ),
    # --- what Excel can do to cells and sheets
    Broken("merged cells", _changed(_merge("A6:A7")), finds=(("survey, row 6, type", "merged"), ("survey, row 7, type", "no type"))),
    Broken("merged headers", _changed(_merge("C1:D1")), finds=(("survey, row 1, label::English (en)", "merged"),)),
    Broken("formulas instead of values", _changed(_formula), finds=(("survey, row 3, label::English (en)", "formula"),)),
    Broken(
        "formulas in choices",
        _changed(_formulas_for_choices),
        finds=(("choices, row 2, label::English (en)", "formula"), ("choices, row 3, label::English (en)", "formula")),
    ),
    Broken("a hidden sheet of rules", _changed(_hide), warns=(("risk", "hidden"),)),
    Broken("a sheet hidden so that Excel does not list it", _changed(_hide_very), warns=(("scores", "hidden"),)),
    Broken("values from another workbook", _with_part("xl/externalLinks/externalLink1.xml", b"<externalLink/>"), warns=(("workbook", "another workbook"),)),
    Broken("a cell in the last row Excel has", _changed(_cell_far_below), refused="workbook.too_large"),
    Broken(
        "a size of a million rows that is not true",
        _in_sheet_1(b'<dimension ref="A1:F9"', b'<dimension ref="A1:XFD1048576"'),
        warns=(),
    ),
    # --- what is no workbook, or not only one
    Broken("an empty file", lambda: b"", refused="workbook.not_a_workbook"),
    Broken("a PDF named .xlsx", lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", refused="workbook.other_kind"),
    Broken("a CSV named .xlsx", lambda: "type,name\ntext,ឈ្មោះ\n".encode(), refused="workbook.other_kind"),
    Broken("a web page named .xlsx", lambda: b"<html><table><tr><td>type</td></tr></table>", refused="workbook.other_kind"),
    Broken("a picture named .xlsx", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), refused="workbook.other_kind"),
    Broken("an OpenDocument table", lambda: _zip_of("mimetype", "content.xml"), refused="workbook.other_kind"),
    Broken("a Word document", lambda: _zip_of("[Content_Types].xml", "word/document.xml"), refused="workbook.other_kind"),
    Broken("an Excel 97 file", lambda: OLD_EXCEL + bytes(2000), refused="workbook.old_excel"),
    Broken("one locked with a password", lambda: OLD_EXCEL + bytes(500) + "EncryptedPackage".encode("utf-16-le"), refused="workbook.password"),
    Broken("one with macros", _with_part("xl/vbaProject.bin"), refused="workbook.macros"),
    Broken("one with macros of Excel 4", _with_part("xl/macrosheets/sheet1.xml"), refused="workbook.macros"),
    Broken("one with controls that run", _with_part("xl/activeX/activeX1.bin"), refused="workbook.macros"),
    Broken("40 MB", lambda: workbook(*A_FORM) + bytes(40_000_000), refused="workbook.too_large"),
    Broken("a bomb that unpacks to 120 MB", lambda: _zip_of("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml", size=40_000_000), refused="workbook.too_large"),
    Broken("a thousand parts and one", lambda: _zip_of(*(f"xl/{n}.xml" for n in range(1001))), refused="workbook.too_large"),
    Broken("one that opens a file of the server", lambda: _repacked(lambda name, part: XXE + part if name.endswith("sheet1.xml") else part), refused="workbook.not_a_workbook"),
    Broken("a billion laughs", lambda: _repacked(lambda name, part: LAUGHS + part if name.endswith("workbook.xml") else part), refused="workbook.not_a_workbook"),
    Broken("one cut off on its way", lambda: workbook(*A_FORM)[:-200], refused="workbook.not_a_workbook"),
    Broken("one with a sheet of rubbish", _in_sheet_1(b"<sheetData>", b"<sheetData><row><c"), refused="workbook.not_a_workbook"),
    Broken("a part outside the package", _with_part("../../etc/cron.d/x"), warns=()),
)  # fmt: skip
