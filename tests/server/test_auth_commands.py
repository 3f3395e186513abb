"""`pteah user` and `pteah token`."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from server import accounts, invitations, second_step, sessions, tokens
from server.commands import token, user
from sync.core.problem import Problem
from tests.server.files import NOW


@pytest.fixture
def run(config, db, monkeypatch):
    """Runs a command against the database of the test."""
    monkeypatch.setenv("PTEAH_MONGODB_URI", config.mongodb_uri)
    monkeypatch.setenv("PTEAH_DATABASE", db.name)
    monkeypatch.setenv("PTEAH_DATA", str(config.data))

    def run_one(command, *words: str, stdin: str = ""):
        return CliRunner().invoke(command.command, words, input=stdin)

    return run_one


def test_an_added_account_can_sign_in_with_the_password_that_was_shown(run, db):
    told = json.loads(run(user, "add", "Dara", "--role", "coordinator", "--json").stdout)

    assert accounts.signed_in_by(db, "dara", told["password"]).role == "coordinator"


def test_a_password_from_standard_input_is_never_shown(run, db):
    answer = run(
        user, "add", "dara", "--role", "coordinator", "--password-stdin", stdin="one two three four\n"
    )

    assert answer.output == "dara can sign in\n"
    assert accounts.signed_in_by(db, "dara", "one two three four")


def test_another_password_replaces_the_one_before(run, db):
    before = json.loads(run(user, "add", "dara", "--role", "coordinator", "--json").stdout)["password"]

    after = json.loads(run(user, "password", "dara", "--json").stdout)["password"]

    assert accounts.signed_in_by(db, "dara", after)
    with pytest.raises(Problem):
        accounts.signed_in_by(db, "dara", before)


def test_a_name_that_is_taken_is_refused_with_a_sentence(run):
    run(user, "add", "dara", "--role", "coordinator")

    answer = run(user, "add", "dara", "--role", "administrator")

    assert (answer.exit_code, answer.stderr) == (1, "There is already an account named dara.\n")


def test_accounts_are_listed_without_names_or_passwords(run):
    run(user, "add", "dara", "--name", "Dara Chan", "--role", "outreach_worker")

    listed = json.loads(run(user, "list", "--json").stdout)

    narrowed = {"teams": [], "places": [], "organisation": ""}
    assert listed == [{"user": "dara", "role": "outreach_worker", "worker_id": "dara", **narrowed}]


def test_a_token_is_shown_once_listed_by_number_and_revoked(run, db):
    shown = json.loads(run(token, "add", "Monthly report", "--json").stdout)["token"]
    number = json.loads(run(token, "list", "--json").stdout)[0]["id"]
    assert tokens.allowed_by(db, shown, at=NOW)
    assert shown not in run(token, "list").stdout

    answer = run(token, "revoke", number)

    assert answer.stdout == f"{number} (Monthly report) is revoked\n"
    assert tokens.allowed_by(db, shown, at=NOW) is None


def test_a_token_decides_only_when_it_was_made_for_that(run, db):
    reads = run(token, "add", "Monthly report").stdout.strip()
    decides = run(token, "add", "Desk", "--may-decide").stdout.strip()

    assert tokens.allowed_by(db, reads, at=NOW).scopes == ("read",)
    assert tokens.allowed_by(db, decides, at=NOW).scopes == ("read", "decide")
    assert [one["scopes"] for one in json.loads(run(token, "list", "--json").stdout)].count(["read"]) == 1


def test_a_token_number_nobody_has_is_refused_with_a_sentence(run):
    answer = run(token, "revoke", "000000000000")

    assert answer.exit_code == 1
    assert "pteah token list" in answer.stderr


def test_an_invitation_leads_to_where_the_server_last_ran(run, config):
    config.data.mkdir(parents=True, exist_ok=True)
    (config.data / "first-run.json").write_text('{"url": "http://127.0.0.1:8497"}')
    told = run(user, "add", "dara", "--role", "analyst", "--invite").stdout
    assert "http://127.0.0.1:8497/invitation/" in told


def test_an_invited_account_has_no_password_before_the_link_was_used(run, db):
    told = run(user, "add", "dara", "--role", "coordinator", "--team", "north", "--place", "01", "--invite")
    link = json.loads(run(user, "invite", "dara", "--json").stdout)["invitation"]

    assert "/invitation/" in told.stdout
    assert db.accounts.find_one({"_id": "dara"})["password"] == ""
    assert invitations.account_of(db, link.rsplit("/", 1)[1], at=datetime.now(UTC)).teams == ("north",)


def test_an_account_is_changed_closed_and_opened_again(run, db):
    run(user, "add", "dara", "--role", "coordinator", "--team", "north")

    run(user, "change", "Dara", "--role", "case_manager", "--place", "01", "--place", "0205")
    changed = accounts.find(db, "dara")
    assert (changed.role, changed.teams, changed.places) == ("case_manager", ("north",), ("01", "0205"))
    run(user, "change", "dara", "--everybody")
    assert not accounts.find(db, "dara").reader.is_narrowed

    assert run(user, "close", "dara").exit_code == 0
    assert accounts.find(db, "dara") is None
    assert run(user, "open", "dara").exit_code == 0
    assert accounts.find(db, "dara")


def test_a_lost_phone_takes_sessions_and_second_step_away(run, db):
    run(user, "add", "dara", "--role", "coordinator")
    sessions.begin(db, "dara", at=datetime.now(UTC), browser="")
    second_step.begin(db, "dara")

    assert run(user, "sign-out", "dara", "--second-step").stdout == "dara is signed out in 1 places\n"
    assert db.second_steps.count_documents({}) == 0


@pytest.mark.parametrize(
    "words", [("change", "nobody"), ("invite", "nobody"), ("close", "nobody"), ("open", "nobody")]
)
def test_an_account_nobody_has_is_refused_with_a_sentence(run, words):
    answer = run(user, *words)

    assert (answer.exit_code, "no account named nobody" in answer.stderr) == (1, True)


def test_a_token_ends_by_itself_and_opens_its_part_only(run, db):
    shown = run(token, "add", "Report", "--scope", "numbers", "--days", "1", "--team", "north").stdout.strip()

    now = datetime.now(UTC)
    found = tokens.allowed_by(db, shown, at=now)
    assert (found.scopes, found.teams) == (("numbers",), ("north",))
    assert tokens.allowed_by(db, shown, at=now + timedelta(days=1, minutes=1)) is None
    assert "until " in run(token, "list").stdout
