"""`pteah form dry-run`, `versions`, `undo`, `translate`, `template`: what scripts get to see."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from server.commands.form import command
from sync.store import forms
from tests.xlsforms.tables import A_FORM, RISK, SETTINGS, fixture, workbook
from xlsforms.publish import Said, publish
from xlsforms.sheets import read_book
from xlsforms.templates import TEMPLATES, template

AT = datetime(2026, 1, 2, tzinfo=UTC)
NEXT = SETTINGS.replace("2026010101", "2026010102")


@pytest.fixture
def run(db, mongodb_uri, tmp_path, monkeypatch):
    monkeypatch.setenv("PTEAH_MONGODB_URI", mongodb_uri)
    monkeypatch.setenv("PTEAH_DATABASE", db.name)
    monkeypatch.setenv("PTEAH_DATA", str(tmp_path / "data"))
    publish(db, workbook(fixture("trial_protocol")), "p.xlsx", AT, "test")
    publish(db, workbook(*A_FORM), "trial.xlsx", AT, "test")

    def run_one(*words: object):
        return CliRunner().invoke(command, [str(word) for word in words])

    return run_one


def test_a_dry_run_tells_numbers_and_writes_nothing(run, db, tmp_path):
    path = tmp_path / "b.xlsx"
    path.write_bytes(workbook(*A_FORM, NEXT, RISK.replace("> 4321", "> 5000")))

    done = run("dry-run", path, "--json")

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["people"], told["raised"], told["changed"]) == (0, 0, [])
    assert forms.current_version(db, "trial") == "2026010101"
    path.write_bytes(workbook(*A_FORM, NEXT, RISK.replace("${unsafe}", "${unsaf}")))
    refused = run("dry-run", path)
    assert refused.exit_code == 1
    assert "Did you mean unsafe?" in refused.stderr


def test_versions_tell_what_was_new_and_undo_returns(run, db, tmp_path):
    said = Said(note="Debts count later.")
    changed = workbook(*A_FORM, NEXT, RISK.replace("> 4321", "> 5000"))
    publish(db, changed, "trial.xlsx", datetime(2026, 1, 3, tzinfo=UTC), "Sok", said=said)

    undone = run("undo", "trial", "--by", "Sok")
    rows = json.loads(run("versions", "trial", "--json", "--workbooks", tmp_path / "old").stdout)

    assert undone.exit_code == 0, undone.output
    assert [(row["version"], row["published_by"], row["note"]) for row in rows[1:]] == [
        ("2026010102", "Sok", "Debts count later."),
        ("2026010101", "test", ""),
    ]
    assert rows[0]["version"] == forms.current_version(db, "trial")
    assert any("“${debt_usd} > 4321” becomes “${debt_usd} > 5000”" in one for one in rows[1]["changes"])
    assert (tmp_path / "old" / "trial-2026010102.xlsx").read_bytes() == changed
    assert run("versions", "nothing").exit_code == 1


def test_translations_go_out_and_come_back(run, tmp_path):
    out, made = tmp_path / "out.xlsx", tmp_path / "made.xlsx"
    got = run("translate", "trial", "--language", "Thai (th)", "--out", out)
    assert got.exit_code == 0
    assert f"{out}: 23 texts without one in Thai (th)." in got.stdout.replace("\n", "")
    book = load_workbook(out)
    book.worksheets[0].cell(2, book.worksheets[0].max_column).value = "ไทย"
    book.save(out)

    done = run("translate", "trial", "--from", out, "--out", made)

    assert done.exit_code == 0, done.output
    assert "label::Thai (th)" in [cell.value for cell in load_workbook(made)["survey"][1]]
    assert run("check", made).exit_code == 0


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_a_workbook_without_faults(run, tmp_path, name):
    path = tmp_path / f"{name}.xlsx"

    done = run("template", name, "--out", path)

    assert done.exit_code == 0, done.output
    given, meant = (read_book(book, filename="t.xlsx") for book in (path.read_bytes(), template(name)))
    assert given.content_sha256 == meant.content_sha256
    if name in ("simple", "case_data"):
        assert json.loads(run("check", path, "--json").stdout)[str(path)] == []
