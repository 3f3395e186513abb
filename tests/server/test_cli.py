"""The command line: quick to start, one sentence for what is wrong, exit codes that mean something."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from server import cli, doctor
from server.config import read_config


@pytest.fixture
def pteah(monkeypatch, mongodb_uri, db, tmp_path):
    """The command line as an operator types it, on the database of this test."""
    monkeypatch.setenv("PTEAH_MONGODB_URI", mongodb_uri)
    monkeypatch.setenv("PTEAH_DATABASE", db.name)
    monkeypatch.setenv("PTEAH_DATA", str(tmp_path / "data"))

    def run(*words: str):
        return CliRunner().invoke(cli.main, words)

    return run


def test_help_names_every_command(pteah):
    told = pteah("--help")
    assert told.exit_code == 0
    for name in cli.COMMANDS:
        assert f"\n  {name} " in told.output


def test_a_command_loads_nothing_of_the_others():
    code = (
        "import sys, server.cli as cli\n"
        "cli.main(['backup', '--help'], standalone_mode=False)\n"
        "loaded = {'pyxform', 'openpyxl', 'flask', 'waitress'} & set(sys.modules)\n"
        "sys.exit(' '.join(loaded) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_word_that_is_no_command_is_wrong_usage(pteah):
    assert pteah("publsh").exit_code == 2


def test_a_problem_is_one_sentence_and_exit_code_1(pteah, tmp_path):
    done = pteah("restore", str(tmp_path / "nowhere.zip"))
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert "nowhere.zip" in done.stderr
    assert done.stdout == ""


def test_a_database_that_does_not_answer_is_one_sentence(pteah, monkeypatch, tmp_path):
    monkeypatch.setenv("PTEAH_MONGODB_URI", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300")
    done = pteah("backup", str(tmp_path / "backup.zip"))
    assert done.exit_code == 1
    assert "PTEAH_MONGODB_URI" in done.stderr
    assert "Traceback" not in done.stderr


def test_data_can_be_named_by_word_or_variable(tmp_path):
    assert read_config({"PTEAH_DATA": str(tmp_path)}).data == tmp_path
    assert read_config({"PTEAH_DATA": "/elsewhere"}, data=str(tmp_path)).data == tmp_path


def states(told) -> dict[str, str]:
    return {finding["name"]: finding["state"] for finding in json.loads(told.stdout)}


def test_a_healthy_installation_has_nothing_wrong(pteah):
    told = pteah("doctor", "--json")
    assert told.exit_code == 0, told.stdout
    assert "wrong" not in states(told).values()
    assert {"python", "disk", "port", "mongodb", "indexes", "work"} <= set(states(told))


def test_a_missing_index_is_named(pteah, db):
    db.submissions.drop_indexes()
    told = pteah("doctor")
    assert told.exit_code == 1
    assert "submissions." in told.stdout


def test_secrets_that_others_may_read_are_named_with_the_line_to_type(pteah, tmp_path):
    (tmp_path / "data").mkdir(mode=0o755)
    (tmp_path / "data" / "secret.key").write_bytes(b"x")
    (tmp_path / "data" / "secret.key").chmod(0o644)
    told = pteah("doctor")
    assert told.exit_code == 1
    assert f"chmod 700 '{tmp_path / 'data'}'" in told.stdout
    assert f"chmod 600 '{tmp_path / 'data' / 'secret.key'}'" in told.stdout


def test_submissions_that_wait_too_long_or_were_set_aside_are_counted(config, db):
    now = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
    db.submissions.insert_many(
        [
            {"_id": "uuid:1", "state": "received", "received_at": now - timedelta(hours=2)},
            {"_id": "uuid:2", "state": "set_aside", "received_at": now},
        ]
    )
    found = {finding.name: finding for finding in doctor.look_at_database(config, db, now=now)}
    assert found["work"].state == "wrong"
    assert "120 minutes" in found["work"].sentence
    assert found["set aside"].state == "wrong"


def test_clocks_that_differ_are_named(config, db):
    late = datetime.now(UTC) + timedelta(minutes=3)
    found = [finding for finding in doctor.look_at_database(config, db, now=late) if finding.name == "clock"]
    assert [finding.state for finding in found] == ["wrong"]


def test_the_doctor_makes_no_database(monkeypatch, tmp_path):
    monkeypatch.delenv("PTEAH_MONGODB_URI", raising=False)
    CliRunner().invoke(cli.main, ["doctor", "--data", str(tmp_path)])
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_names_what_belongs_to_nothing_and_takes_it_away_only_when_told_to(pteah, db):
    db.ledger.insert_one(
        {"_id": "phone-that-is-gone:intake:", "device_id": "phone-that-is-gone", "missing": []}
    )

    def orphans() -> list[tuple[str, str]]:
        told = json.loads(pteah("doctor", "--json").stdout)
        return [(one["state"], one["sentence"]) for one in told if one["name"] == "orphans"]

    ((state, sentence),) = orphans()
    assert state == "note"
    assert "1 running numbers of a phone that is not here: phone-that-is-gone:intake:" in sentence
    pteah("doctor", "--mend")  # and nobody says yes
    assert db.ledger.count_documents({}) == 1
    told = pteah("doctor", "--mend", "--yes")
    assert "1 running numbers of a phone that is not here: done" in told.stderr
    assert db.ledger.count_documents({}) == 0
    assert [state for state, _ in orphans()] == ["ok"]
    assert db.audit.find_one({"more.what": "leftovers mended"})["more"]["count"] == 1
