"""`pteah form`: what a coordinator or an operator types."""

import json

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from server.commands.form import command
from sync.store import forms
from tests.xlsforms.tables import A_FORM, SETTINGS, SURVEY, fixture, workbook

NEXT_VERSION = SETTINGS.replace("2026010101", "2026010102")
BROKEN = SURVEY.replace("select_one", "select_won")


@pytest.fixture
def run(db, mongodb_uri, tmp_path, monkeypatch):
    """Runs `pteah form …` on the database of this test, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    environment = {"PTEAH_MONGODB_URI": mongodb_uri, "PTEAH_DATABASE": db.name, "PTEAH_DATA": str(tmp_path)}

    def run_(*words, stdin=None):
        return CliRunner(env=environment).invoke(command, words, input=stdin)

    return run_


def write(path, *sheets):
    path.write_bytes(workbook(*sheets))
    return str(path)


@pytest.fixture
def trial(tmp_path):
    return write(tmp_path / "trial.xlsx", *A_FORM)


@pytest.fixture
def protocol(tmp_path):
    return write(tmp_path / "protocol.xlsx", fixture("trial_protocol"))


def test_check_shows_every_finding_and_ends_with_exit_code_1(run, tmp_path):
    done = run("check", write(tmp_path / "a.xlsx", *A_FORM, BROKEN))

    assert done.exit_code == 1
    assert done.stdout.count("Did you mean select_one ") == 3
    assert "3 errors, 0 warnings" in done.stdout


def test_check_of_a_good_workbook_ends_with_exit_code_0_and_publishes_nothing(run, db, trial):
    done = run("check", "--json", trial)

    assert (done.exit_code, json.loads(done.stdout)) == (0, {trial: []})
    assert forms.current(db) == []


def test_check_says_in_one_sentence_that_a_file_is_no_workbook(run, tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"%PDF-1.7")

    done = run("check", str(tmp_path / "a.xlsx"))

    assert done.exit_code == 1
    assert "not an Excel workbook" in done.stderr


def test_check_writes_a_copy_with_every_finding_at_its_cell(run, tmp_path):
    faulty = write(tmp_path / "a.xlsx", *A_FORM, BROKEN)

    done = run("check", faulty, "--annotate", "b.xlsx")

    copied = load_workbook(tmp_path / "b.xlsx")
    assert done.exit_code == 1
    assert "Did you mean select_one ynr?" in copied["survey"]["A5"].comment.text
    assert copied.worksheets[0].max_row == 4


def test_check_marks_one_workbook_at_a_time(run, trial, protocol):
    done = run("check", trial, protocol, "--annotate", "b.xlsx")

    assert done.exit_code == 2
    assert "name one FILE" in done.stderr


def test_check_compares_a_protocol_with_the_forms_beside_it(run, tmp_path, trial):
    text = fixture("trial_protocol").replace("| screened |", "| H9 |")
    protocol = write(tmp_path / "protocol.xlsx", text)

    assert run("check", protocol).exit_code == 0
    done = run("check", protocol, trial)

    assert done.exit_code == 1
    assert "No form has a rule “H9”" in done.stdout


def test_publish_takes_the_protocol_first_and_says_what_it_did(run, db, trial, protocol):
    done = run("publish", trial, protocol)

    assert done.exit_code == 0, done.stderr
    assert [line.split(" (")[0] for line in done.stdout.splitlines()] == [
        "protocol 7: published",
        "trial 2026010101: published",
    ]
    assert forms.current_version(db, "trial") == "2026010101"


def test_publish_of_a_broken_workbook_publishes_the_others_and_ends_with_exit_code_1(
    run, db, tmp_path, trial
):
    done = run("publish", write(tmp_path / "broken.xlsx", *A_FORM, NEXT_VERSION, BROKEN), trial)

    assert done.exit_code == 1
    assert "broken.xlsx: not published; everything is as it was." in done.stderr
    assert forms.current_version(db, "trial") == "2026010101"


def test_publish_takes_files_from_a_folder(run, db, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "faces.csv").write_text("name,label\n1,a\n")
    survey = SURVEY.replace("| text              | call_name", "| select_one_from_file faces.csv | call_name")

    done = run("publish", "--media", str(tmp_path / "files"), write(tmp_path / "a.xlsx", *A_FORM, survey))

    assert done.exit_code == 0, done.stderr
    assert [file["name"] for file in forms.current(db)[0]["media"]] == ["faces.csv"]


def test_other_content_under_a_published_version_ends_with_a_sentence(run, tmp_path, trial):
    run("publish", trial)

    done = run("publish", write(tmp_path / "b.xlsx", *A_FORM, SURVEY.replace("Down ", "Sad  ")))

    assert done.exit_code == 1
    assert "Write a new version on the settings sheet" in done.stderr


def test_list_shows_current_versions_and_all_of_them_on_request(run, tmp_path, trial):
    run("publish", trial)
    run("publish", write(tmp_path / "b.xlsx", *A_FORM, NEXT_VERSION))

    current = json.loads(run("list", "--json").stdout)
    everything = json.loads(run("list", "--all", "--json").stdout)

    assert [(row["form_id"], row["version"], row["current"]) for row in current] == [
        ("trial", "2026010102", True)
    ]
    assert [(row["version"], row["current"]) for row in everything] == [
        ("2026010102", True),
        ("2026010101", False),
    ]
    assert "Family visit T" in run("list").stdout


def test_diff_says_in_words_what_changes(run, tmp_path, trial):
    run("publish", trial)
    survey = SURVEY.replace("| text              | call_name", "| integer           | call_name").replace(
        "phq2      | Down                    | ស្រងាក់ចិត្ត", "phq3      | Sleep | គេង"
    )
    risk = A_FORM[4].replace("> 4321", "> 5000")
    scores = A_FORM[3].replace("${phq2}", "${phq3}")
    changed = write(tmp_path / "b.xlsx", *A_FORM, NEXT_VERSION, survey, scores, risk)

    said = run("diff", changed).stdout.splitlines()

    assert "Question call_name: type text becomes integer." in said
    assert "Question phq2 is removed." in said
    assert "Question phq3 is new (select_one f03: Sleep)." in said
    assert "Rule M6: condition “${debt_usd} > 4321” becomes “${debt_usd} > 5000”." in said
    assert "Setting version: “2026010101” becomes “2026010102”." in said


def test_diff_of_a_form_nobody_published_ends_with_a_sentence(run, trial):
    done = run("diff", trial)

    assert done.exit_code == 1
    assert "No form trial was published" in done.stderr


def test_try_of_a_form_nobody_published_says_where_to_look(run):
    done = run("try", "nosuch", "--answers", "-", stdin="{}")

    assert done.exit_code == 1
    assert "No form nosuch was published. To see them: pteah form list" in done.stderr


def test_try_of_a_published_form_and_of_a_workbook_stores_nothing(run, db, tmp_path, trial, protocol):
    run("publish", trial, protocol)
    lower = write(tmp_path / "lower.xlsx", *A_FORM, NEXT_VERSION, A_FORM[4].replace(">= 6", ">= 2"))
    before = db.command("dbStats")["objects"]

    published = run(
        "try", "trial", "--json", "--answers", "-", "--on", "2026-03-01", stdin='{"phq1": 1, "phq2": 0}'
    )
    changed = run("try", lower, "--answers", "-", "--on", "2026-03-01", stdin='{"phq1": 1, "phq2": 0}')

    first, second = json.loads(published.stdout), json.loads(changed.stdout)
    assert first["scores"]["mood"] == {"value": 1, "band": "low"}
    assert (first["level"], first["indicators"], first["next_steps"]) == ("low", [], [])
    assert [indicator["name"] for indicator in second["indicators"]] == ["M1"]
    assert second["next_steps"][0]["en"] == "Please call your coordinator before you leave."
    assert db.command("dbStats")["objects"] == before


def test_try_names_answers_that_no_question_takes(run, trial, protocol):
    run("publish", trial, protocol)

    done = run("try", "trial", "--answers", "-", stdin='{"unsave": "yes"}')

    assert done.exit_code == 0
    assert "unsave is no question of this form" in done.stderr


@pytest.mark.parametrize("stdin", ["no json", "[1]"])
def test_try_refuses_what_is_no_object_of_answers_as_wrong_usage(run, trial, protocol, stdin):
    assert run("try", "trial", "--answers", "-", stdin=stdin).exit_code == 2


@pytest.mark.parametrize("name", ["check", "publish", "list", "diff", "try"])
def test_every_command_explains_itself_with_an_example(run, name):
    assert "Example: pteah form" in run(name, "--help").output


def test_withdraw_takes_a_form_off_phones_and_reopen_gives_it_back(run, db, trial):
    run("publish", trial)

    done = run("withdraw", "trial")

    assert done.exit_code == 0, done.output
    assert "pteah form reopen trial" in done.output
    assert forms.current(db) == []
    assert forms.state_of(db, "trial") == "closing"
    assert json.loads(run("list", "--json").stdout)[0]["state"] == "closing"
    assert run("withdraw", "trial", "--close").exit_code == 0
    assert forms.state_of(db, "trial") == "closed"
    told = json.loads(run("reopen", "trial", "--json").stdout)
    assert told == {"form_id": "trial", "before": "closed", "state": "open"}
    assert db.audit.count_documents({"kind": "configuration", "more.form": "trial"}) == 3
    assert [form["form_id"] for form in forms.current(db)] == ["trial"]


def test_withdraw_of_an_unknown_form_says_where_to_look(run):
    done = run("withdraw", "nothing")

    assert done.exit_code == 1
    assert "pteah form list" in done.stderr


def test_every_change_of_a_form_gives_another_stamp_and_looking_gives_none(run, db, trial):
    stamps = [forms.stamp(db)]
    for words in (["publish", trial], ["withdraw", "trial"], ["reopen", "trial"]):
        run(*words)
        stamps.append(forms.stamp(db))
    assert len(set(stamps)) == len(stamps)

    run("list")

    assert forms.stamp(db) == stamps[-1]
