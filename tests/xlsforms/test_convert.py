"""A workbook becomes an XForm: what is in it, what must never be, and always the same bytes."""

import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from sync.core.form import form_from
from sync.core.problem import Problem
from sync.core.protocol import Protocol
from tests.xlsforms.tables import A_FORM, SETTINGS, SURVEY, workbook
from xlsforms.convert import convert, examine
from xlsforms.findings import WorkbookRefused
from xlsforms.sheets import read_book

REPOSITORY = Path(__file__).resolve().parents[2]
WITH_PLACES = SURVEY.replace(
    "| text              | call_name", "| select_one_from_file provinces.csv | call_name"
)
WITH_PICTURE = SURVEY.replace(
    "| text              | call_name", "| select_one_from_file faces.csv | call_name"
)


def test_rules_marked_for_phones_are_in_the_xform_under_neutral_names():
    converted = convert(workbook(*A_FORM), filename="a.xlsx")

    form = form_from(converted.xform)
    assert "unsafe" in form.calculates["/data/step_1"]
    assert "/data/sum_2" in form.calculates["/data/step_2"]
    assert converted.steps == {"step_1": "H3", "step_2": "M1"}
    assert converted.sums == {"sum_1": "mood", "sum_2": "both"}


def test_rules_with_the_same_next_step_share_one_note_in_every_language():
    form = form_from(convert(workbook(*A_FORM), filename="a.xlsx").xform)

    assert form.labels["/data/next_1"] == {
        "en": "Please call your coordinator before you leave.",
        "km": "សូមទូរសព្ទទៅអ្នកសម្របសម្រួល។",
    }
    assert "/data/next_2" not in form.fields


@pytest.mark.parametrize(
    "word",
    [
        *("4321", "M6", "Owes much", "ជំពាក់បំណុល", "H3", "M1", "Not safe at present", "mood", "raised"),
        *("identity", "sensitive", "same day", "safety", "high", "indicator", "PHQ-2", "risk", "score"),
    ],
)
def test_nothing_else_of_the_rules_and_privacy_marks_is_on_the_phone(word):
    xform = convert(workbook(*A_FORM), filename="a.xlsx").xform.decode()

    assert word not in xform


def test_a_test_can_have_all_rules_and_scores_on_the_phone_and_knows_which_node_is_which():
    converted = convert(workbook(*A_FORM), filename="a.xlsx", all_rules_on_phone=True)

    assert converted.steps == {"step_1": "H3", "step_2": "M1", "step_3": "M6"}
    assert "4321" in converted.xform.decode()


def test_only_scores_that_a_rule_on_the_phone_needs_are_compiled_in():
    rules = A_FORM[4].replace("| yes      | 3 days ", "| no       | 3 days ")

    assert convert(workbook(*A_FORM, rules), filename="a.xlsx").sums == {}


def test_the_same_workbook_gives_the_same_bytes_whatever_the_hash_seed(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(workbook(*A_FORM))
    script = (
        "import hashlib, pathlib, sys; from xlsforms.convert import convert;"
        "made = convert(pathlib.Path(sys.argv[1]).read_bytes(), filename='a.xlsx');"
        "sys.stdout.write(hashlib.sha256(made.xform).hexdigest())"
    )

    made = {
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "a.xlsx")],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            cwd=REPOSITORY,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(made) == 1


def test_a_workbook_saved_anew_is_the_same_version_and_a_changed_one_another():
    no_version = SETTINGS.replace("2026010101", "          ")
    once, anew = workbook(*A_FORM, no_version), workbook(*A_FORM, no_version)
    changed = workbook(*A_FORM, no_version, SURVEY.replace("Down ", "Sad  "))

    first, second, third = (convert(made, filename="a.xlsx") for made in (once, anew, changed))

    assert first.version == second.version
    assert first.version != third.version
    assert len(first.version) == 10
    assert first.version.isdecimal()


def test_place_lists_come_with_the_form_that_asks_for_them():
    protocol = Protocol(version="1", places=("01",))

    converted = convert(workbook(*A_FORM, WITH_PLACES), filename="a.xlsx", protocol=protocol)

    assert list(converted.media) == ["provinces.csv"]


def test_a_file_that_nobody_gives_is_found_before_phones_show_an_empty_list():
    with pytest.raises(WorkbookRefused) as refused:
        convert(workbook(*A_FORM, WITH_PICTURE), filename="a.xlsx")

    assert [(f.sheet, f.row, f.column) for f in refused.value.findings if f.severity == "error"] == [
        ("survey", 3, "type")
    ]


def test_files_given_with_the_workbook_go_with_the_form():
    given = {"faces.csv": b"name,label\n1,a\n", "other.png": b""}

    converted = convert(workbook(*A_FORM, WITH_PICTURE), filename="a.xlsx", media=given)

    assert converted.media == {"faces.csv": b"name,label\n1,a\n"}


def test_the_list_of_people_is_kept_by_the_server_and_never_a_file():
    survey = SURVEY.replace(
        "| text              | call_name", "| select_one_from_file people.csv | call_name"
    )

    converted = convert(workbook(*A_FORM, survey), filename="a.xlsx")

    assert converted.entity_lists == ("people",)
    assert converted.media == {}


def test_without_java_a_form_can_still_be_published_and_one_warning_names_the_package():
    book = read_book(workbook(*A_FORM), filename="a.xlsx")

    converted, findings = examine(book, media={}, protocol=None, java=None)

    assert converted is not None
    assert ["default-jre-headless" in f.fix for f in findings] == [True]


def test_what_odk_validate_refuses_is_refused_without_a_temporary_path():
    survey = SURVEY.replace("${unsafe} = 'yes'", "nosuch(${unsafe})")

    with pytest.raises(WorkbookRefused) as refused:
        convert(workbook(*A_FORM, survey), filename="a.xlsx")

    (found,) = refused.value.findings
    assert str(found).startswith("survey, row 8, relevant: Phones know no function nosuch().")
    assert found.original == (
        "ODK Validate: The problem was located in Condition expression for "
        "${debt_usd} XPath evaluation: cannot handle function 'nosuch'"
    )


def _zip(*names: str, size: int = 1) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in names:
            parts.writestr(name, b" " * size)
    return made.getvalue()


OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORKBOOK_PARTS = ("[Content_Types].xml", "xl/workbook.xml")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"%PDF-1.7 ...", "workbook.other_kind", id="a PDF"),
        pytest.param(b"type,name\ntext,a\n", "workbook.other_kind", id="a CSV file"),
        pytest.param(b"", "workbook.not_a_workbook", id="an empty file"),
        pytest.param(OLD_EXCEL + bytes(600), "workbook.old_excel", id="an .xls"),
        pytest.param(
            OLD_EXCEL + "EncryptedPackage".encode("utf-16-le"), "workbook.password", id="one with a password"
        ),
        pytest.param(_zip("word/document.xml"), "workbook.other_kind", id="a Word document"),
        pytest.param(_zip(*WORKBOOK_PARTS), "workbook.not_a_workbook", id="a broken workbook"),
        pytest.param(_zip(*WORKBOOK_PARTS, "xl/vbaProject.bin"), "workbook.macros", id="one with macros"),
        pytest.param(
            _zip(*WORKBOOK_PARTS, "xl/worksheets/sheet1.xml", size=60_000_000),
            "workbook.too_large", id="a small file that unpacks to 180 MB",
        ),
        pytest.param(bytes(10_000_001), "workbook.too_large", id="a file of more than 10 MB"),
        pytest.param(workbook(*A_FORM)[:-200], "workbook.not_a_workbook", id="a workbook cut off on its way"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_refused_plainly(content, code):
    with pytest.raises(Problem) as problem:
        convert(content, filename="a.xlsx")

    assert problem.value.code == code


def test_a_workbook_that_declares_entities_is_refused():
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(workbook(*A_FORM))) as parts, zipfile.ZipFile(made, "w") as changed:
        for part in parts.infolist():
            content = parts.read(part)
            if part.filename == "xl/workbook.xml":
                content = b'<!DOCTYPE a [<!ENTITY b "c">]>' + content
            changed.writestr(part.filename, content)

    with pytest.raises(Problem) as problem:
        convert(made.getvalue(), filename="a.xlsx")

    assert problem.value.code == "workbook.not_a_workbook"


def test_many_faults_are_one_problem_that_names_each_with_its_place():
    with pytest.raises(WorkbookRefused) as refused:
        convert(workbook(*A_FORM, SURVEY.replace("select_one", "select_won")), filename="a.xlsx")

    assert refused.value.code == "workbook.refused"
    assert refused.value.details["count"] == 3
    assert "survey, row 5, type" in str(refused.value)
