"""Signing in, staying signed in, and what keeps others out."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from server import accounts, tries
from server.app import create_app
from sync.core.problem import Problem
from tests.server.files import NOW, TODAY, a_file
from tests.server.signed_in import PASSWORD, add_account, client_as, csrf_token, sign_in


@pytest.fixture
def app(config, db, clock):
    return create_app(config, db, now=clock)


def test_whoever_gives_the_right_password_gets_to_the_page_they_wanted(client, db):
    user = add_account(db, "analyst")

    answer = sign_in(client, user, next="/numbers?a=b")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/numbers?a=b")
    assert client.get("/numbers").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://example.org/", "//example.org", "/\\example.org", "/\t/example.org"]
)
def test_signing_in_never_leads_to_another_site(client, db, elsewhere):
    user = add_account(db, "analyst")

    assert sign_in(client, user, next=elsewhere).headers["Location"] == "/"


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(client, db):
    user = add_account(db, "coordinator")

    wrong = sign_in(client, user, "not the password")
    unknown = sign_in(client, "nobody-here", "not the password")

    assert wrong.status_code == unknown.status_code == 401
    assert "not right" in wrong.text
    assert "not right" in unknown.text


def test_a_password_costs_a_guesser_what_owasp_asks_for():
    source = Path(accounts.__file__).read_text(encoding="utf-8")

    assert "PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1)" in source


def test_passwords_are_kept_as_argon2id_hashes_only(db):
    user = add_account(db, "coordinator")

    kept = db.accounts.find_one({"_id": user})

    assert kept["password"].startswith("$argon2id$")
    assert PASSWORD not in str(kept)


@pytest.mark.parametrize(
    "password", ["short", "coordinator", "aaaaaaaaaaaaaaaa"], ids=["too short", "the user name", "one letter"]
)
def test_a_weak_password_is_refused(db, password):
    with pytest.raises(Problem) as refused:
        accounts.add(db, user="coordinator", name="", role="coordinator", password=password, made_at=NOW)

    assert refused.value.code == "account.password_weak"


def test_after_five_wrong_tries_the_same_address_waits_longer_and_longer(client, db, clock):
    user = add_account(db, "coordinator")
    for _ in range(5):
        assert sign_in(client, user, "not the password").status_code == 401

    assert sign_in(client, user).status_code == 429

    clock.at += timedelta(seconds=3)
    assert sign_in(client, user, "not the password").status_code == 401
    clock.at += timedelta(seconds=3)
    assert sign_in(client, user).status_code == 429
    clock.at += timedelta(minutes=15)
    assert sign_in(client, user).status_code == 303


def test_guessing_from_one_address_does_not_lock_the_owner_out_at_another(app, db):
    user = add_account(db, "coordinator")
    attacker, owner = app.test_client(), app.test_client()
    attacker.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    for _ in range(8):
        sign_in(attacker, user, "not the password")

    assert sign_in(attacker, user).status_code == 429
    assert sign_in(owner, user).status_code == 303


def test_a_form_without_its_token_changes_nothing(client, db):
    user = add_account(db, "coordinator")

    answer = client.post("/sign-in", data={"user": user, "password": PASSWORD})

    assert answer.status_code == 400
    assert client.get("/caseload").status_code == 303


def test_a_form_sent_by_another_site_is_refused_even_with_its_token(app, db):
    client = client_as(app, db, "administrator")
    form = {"csrf_token": csrf_token(client, "/phones"), "name": "x", "worker_name": "x", "worker_id": "x"}

    answer = client.post("/phones", data=form, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert db.devices.count_documents({}) == 0


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(client, db):
    cookie = sign_in(client, add_account(db, "coordinator")).headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_over_tls_the_session_cookie_never_travels_without(client):
    cookie = client.get("/sign-in", base_url="https://localhost").headers["Set-Cookie"]

    assert cookie.startswith("__Host-pteah=")
    assert "Secure" in cookie


def test_where_the_operator_says_https_the_cookie_is_secure_behind_any_proxy(config, db):
    app = create_app(replace(config, public_url="https://example.org"), db)

    assert "Secure" in app.test_client().get("/sign-in").headers["Set-Cookie"]


def test_a_cookie_from_before_signing_in_is_worth_nothing_afterwards(client, db):
    user = add_account(db, "coordinator")
    client.get("/sign-in")
    before = client.get_cookie("pteah").value
    sign_in(client, user)

    client.set_cookie("pteah", before)

    assert client.get("/caseload").status_code == 303


def test_a_cookie_copied_before_signing_out_is_worth_nothing_afterwards(app, db):
    client = client_as(app, db, "coordinator")
    copied = client.get_cookie("pteah").value
    client.post("/sign-out", data={"csrf_token": csrf_token(client, "/caseload")})

    client.set_cookie("pteah", copied)

    assert client.get("/caseload").headers["Location"].startswith("/sign-in")


def test_a_session_ends_after_an_hour_without_use(app, db, clock):
    client = client_as(app, db, "coordinator")
    clock.at += timedelta(minutes=59)
    assert client.get("/caseload").status_code == 200

    clock.at += timedelta(minutes=61)

    assert client.get("/caseload").status_code == 303


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(app, db, clock):
    client = client_as(app, db, "coordinator")
    for _ in range(12):
        assert client.get("/caseload").status_code == 200
        clock.at += timedelta(minutes=59)
    clock.at += timedelta(minutes=20)

    assert client.get("/caseload").status_code == 303


def test_the_database_holds_no_session_that_could_be_used(app, db):
    client = client_as(app, db, "coordinator")
    with client.session_transaction() as session:
        session_id = session["id"]

    assert session_id not in str(list(db.sessions.find()))


def test_a_new_password_ends_every_session_but_this_one(app, db):
    here = client_as(app, db, "coordinator")
    there = app.test_client()
    sign_in(there, "coordinator")
    form = {"csrf_token": csrf_token(here, "/account"), "present": PASSWORD, "new": "five six seven eight"}

    assert here.post("/account/password", data=form).status_code == 200

    assert here.get("/caseload").status_code == 200
    assert there.get("/caseload").status_code == 303


def test_a_password_is_not_changed_without_the_present_one(app, db):
    client = client_as(app, db, "coordinator")
    form = {
        "csrf_token": csrf_token(client, "/account"),
        "present": "a guess of mine",
        "new": "five six seven",
    }

    assert client.post("/account/password", data=form).status_code == 400

    assert sign_in(app.test_client(), "coordinator").status_code == 303


def test_one_can_sign_out_everywhere_else(app, db):
    here = client_as(app, db, "coordinator")
    there = app.test_client()
    sign_in(there, "coordinator")

    here.post("/account/sessions/end", data={"csrf_token": csrf_token(here, "/account")})

    assert here.get("/caseload").status_code == 200
    assert there.get("/caseload").status_code == 303


def test_a_closed_account_is_out_at_once(app, db):
    client = client_as(app, db, "coordinator")

    db.accounts.update_one({"_id": "coordinator"}, {"$set": {"disabled_at": NOW}})

    assert client.get("/caseload").status_code == 303


def test_a_role_that_was_taken_away_counts_at_once(app, db):
    client = client_as(app, db, "administrator")

    db.accounts.update_one({"_id": "administrator"}, {"$set": {"role": "case_manager"}})

    assert client.get("/phones").status_code == 403


def test_an_outreach_worker_sees_only_her_own_people(app, db):
    db.returnees.insert_one(a_file(1, worker_id="worker-1"))
    db.returnees.insert_one(a_file(2, worker_id="worker-2"))
    client = client_as(app, db, "outreach_worker", worker_id="worker-1")

    page = client.get("/caseload").text

    assert "KH-20-2026-0001X" in page
    assert "KH-20-2026-0002X" not in page


def test_an_outreach_worker_sees_no_level(app, db):
    db.returnees.insert_one(a_file(1, level="high", due_on=TODAY))
    db.returnees.insert_one(a_file(2, level="low", due_on=TODAY - timedelta(days=1)))
    client = client_as(app, db, "outreach_worker", worker_id="worker-1")

    page = client.get("/caseload").text

    assert re.findall(r"KH-20-2026-000\dX", page) == ["KH-20-2026-0002X", "KH-20-2026-0001X"]
    assert not re.search(r"High|Medium|Low|level", page)
    assert "KH-20-2026-0001X" in client.get("/caseload?level=low").text


def test_sign_in_failures_are_counted_without_names_or_addresses(client, db):
    sign_in(client, "somebody", "not the password")

    kept = str(list(db.sign_in_failures.find()))

    assert "somebody" not in kept
    assert "127.0.0.1" not in kept


def test_two_addresses_of_one_ipv6_network_count_as_one(db):
    for address in ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4", "2001:db8::5"]:
        tries.count(db, tries.Trier("dara", address), at=NOW)

    assert tries.wait(db, tries.Trier("dara", "2001:db8::6"), at=NOW)
    assert not tries.wait(db, tries.Trier("dara", "2001:db8:1::6"), at=NOW)
