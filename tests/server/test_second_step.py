"""The code after the password: set up once, asked for every time, used once."""

import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from server import second_step, tries
from server.app import create_app
from tests.server.files import NOW
from tests.server.signed_in import PASSWORD, add_account, client_as, csrf_token, keep_sessions, sign_in


@pytest.fixture
def app(config, db, clock):
    return create_app(config, db, now=clock)


def enrol(db, user: str) -> tuple[pyotp.TOTP, list[str]]:
    """An authenticator of this account, set up a minute ago, and the recovery codes."""
    secret = second_step.begin(db, user)
    at = NOW - timedelta(minutes=2)
    codes = second_step.confirm(db, user, pyotp.TOTP(secret).at(at), at=at)
    assert len(codes) == 10
    return pyotp.TOTP(secret), codes


@pytest.fixture
def coordinator(db):
    return add_account(db, "coordinator")


def give_code(client, code: str, **more):
    form = {"csrf_token": csrf_token(client, "/sign-in/code"), "code": code, **more}
    return client.post("/sign-in/code", data=form)


def is_in(client) -> bool:
    return client.get("/caseload").status_code == 200


def test_at_the_first_sign_in_one_is_led_to_set_it_up_and_shown_the_recovery_codes_once(
    client, db, coordinator, clock
):
    answer = sign_in(client, coordinator, next="/questions")
    page = client.get(answer.headers["Location"])

    assert answer.headers["Location"] == "/account/second-step?next=/questions"
    assert "<svg" in page.text
    secret = re.search(r'class="code">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    form = {"csrf_token": csrf_token(client, "/account/second-step"), "code": pyotp.TOTP(secret).at(clock.at)}
    done = client.post("/account/second-step", data=form)

    codes = re.findall(r'class="code">((?:\w{4}-){3}\w{4})<', done.text)
    assert len(codes) == len(set(codes)) == 10
    assert not [code for code in codes if code in client.get("/account").text]
    kept = db.second_steps.find_one({"_id": coordinator})
    assert not [code for code in codes if code in str(kept)]
    assert client.get("/account/second-step").status_code == 303, "the secret is shown no more"


def test_a_page_loaded_twice_shows_one_secret(client, db, coordinator):
    sign_in(client, coordinator)

    def shown():
        return re.search(r'class="code">([A-Z2-7 ]+)<', client.get("/account/second-step").text)[1]

    assert shown() == shown()


def test_a_wrong_code_sets_nothing_up(client, db, coordinator):
    sign_in(client, coordinator)
    form = {"csrf_token": csrf_token(client, "/account/second-step"), "code": "000000"}

    assert client.post("/account/second-step", data=form).status_code == 400
    assert second_step.of(db, coordinator) is None


def test_for_three_days_it_can_wait_and_then_nothing_else_is_open(client, db, coordinator, clock):
    sign_in(client, coordinator)
    assert is_in(client)
    clock.at += timedelta(days=3)
    sign_in(client, coordinator)

    answer = client.get("/caseload")

    assert answer.headers["Location"] == "/account/second-step?next=/caseload"
    assert client.get("/account").status_code == 303
    page = client.get("/account/second-step")
    assert page.status_code == 200
    assert "Not now" not in page.text
    assert (
        client.post(
            "/language", data={"csrf_token": csrf_token(client, "/account/second-step"), "language": "km"}
        ).status_code
        == 303
    )


def test_where_the_operator_gives_no_days_it_is_needed_at_once(config, db, clock):
    app = create_app(replace(config, second_step_days=0), db, now=clock)

    client = client_as(app, db, "case_manager")

    assert client.get("/caseload").headers["Location"].startswith("/account/second-step")


def test_an_analyst_who_never_sees_a_name_needs_none(app, db):
    client = client_as(app, db, "analyst")

    assert client.get("/numbers").status_code == 200


def test_a_password_alone_opens_nothing_once_it_is_set_up(client, db, coordinator):
    enrol(db, coordinator)

    answer = sign_in(client, coordinator, next="/questions")

    assert answer.headers["Location"] == "/sign-in/code?next=/questions"
    for path in ("/caseload", "/account", "/account/second-step", "/questions"):
        assert client.get(path).headers["Location"].startswith("/sign-in"), path


def test_with_the_code_one_gets_where_one_wanted(client, db, coordinator, clock):
    totp, _ = enrol(db, coordinator)
    sign_in(client, coordinator)

    answer = give_code(client, totp.at(clock.at), next="/questions")

    assert answer.headers["Location"] == "/questions"
    assert is_in(client)


def test_a_code_counts_once(app, db, coordinator, clock):
    totp, _ = enrol(db, coordinator)
    first, second = app.test_client(), app.test_client()
    for client in (first, second):
        sign_in(client, coordinator)

    assert give_code(first, totp.at(clock.at)).status_code == 303
    assert give_code(second, totp.at(clock.at)).status_code == 401
    assert not is_in(second)
    clock.at += timedelta(seconds=30)
    assert give_code(second, totp.at(clock.at)).status_code == 303


def test_an_older_code_does_not_count_after_a_newer_one(db, coordinator):
    totp, _ = enrol(db, coordinator)

    assert second_step.check(db, coordinator, totp.at(NOW), at=NOW)
    assert not second_step.check(db, coordinator, totp.at(NOW - timedelta(seconds=30)), at=NOW)


@pytest.mark.parametrize(("seconds", "counts"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(db, coordinator, seconds, counts):
    totp, _ = enrol(db, coordinator)

    assert second_step.check(db, coordinator, totp.at(NOW + timedelta(seconds=seconds)), at=NOW) is counts


def test_a_recovery_code_counts_once_however_it_is_typed(app, db, coordinator):
    _, codes = enrol(db, coordinator)
    client = app.test_client()
    sign_in(client, coordinator)

    assert give_code(client, f" {codes[3].upper().replace('-', ' ')} ").status_code == 303
    assert second_step.of(db, coordinator).recovery_left == 9
    assert not second_step.check(db, coordinator, codes[3], at=NOW)


def test_a_recovery_code_of_another_account_does_not_count(db, coordinator):
    _, codes = enrol(db, coordinator)
    other = add_account(db, "administrator")
    enrol(db, other)

    assert not second_step.check(db, other, codes[0], at=NOW)


@pytest.mark.parametrize("code", ["", "0", "abcdef", "１２３４５６", "None", "\x00", "9" * 100, "-" * 19])
def test_what_is_no_code_does_not_count(db, coordinator, code):
    enrol(db, coordinator)

    assert not second_step.check(db, coordinator, code, at=NOW)


def test_codes_are_guessed_at_a_few_times_only(client, db, coordinator, clock):
    totp, _ = enrol(db, coordinator)
    sign_in(client, coordinator)
    for _ in range(tries.FREE_TRIES):
        assert give_code(client, "000000").status_code == 401

    assert give_code(client, totp.at(clock.at)).status_code == 429
    assert not is_in(client)


def test_between_password_and_code_there_are_five_minutes(client, db, coordinator, clock):
    totp, _ = enrol(db, coordinator)
    sign_in(client, coordinator)
    clock.at += timedelta(minutes=5)

    answer = client.post("/sign-in/code", data={"csrf_token": csrf_token(client), "code": totp.at(clock.at)})

    assert answer.headers["Location"] == "/sign-in"
    assert not is_in(client)


def test_setting_it_up_signs_out_wherever_only_a_password_was_given(app, db, coordinator, clock):
    here, elsewhere = app.test_client(), app.test_client()
    for client in (here, elsewhere):
        sign_in(client, coordinator)
    here.get("/account/second-step")
    secret = db.second_steps.find_one({"_id": coordinator})["secret"]
    form = {"csrf_token": csrf_token(here, "/account/second-step"), "code": pyotp.TOTP(secret).at(clock.at)}

    here.post("/account/second-step", data=form)

    assert is_in(here)
    assert not is_in(elsewhere)


def test_new_recovery_codes_want_the_password_and_end_the_old_ones(app, db, coordinator, clock):
    totp, codes = enrol(db, coordinator)
    client = app.test_client()
    sign_in(client, coordinator)
    give_code(client, totp.at(clock.at))
    form = {"csrf_token": csrf_token(client, "/account")}

    assert client.post("/account/recovery-codes", data={**form, "password": "wrong"}).status_code == 400
    page = client.post("/account/recovery-codes", data={**form, "password": PASSWORD}).text

    fresh = re.findall(r'class="code">((?:\w{4}-){3}\w{4})<', page)
    assert len(fresh) == 10
    assert not second_step.check(db, coordinator, codes[0], at=NOW)
    assert second_step.check(db, coordinator, fresh[0], at=NOW)


def test_a_session_can_be_ended_one_by_one(app, db, coordinator):
    here, there, third = (app.test_client() for _ in range(3))
    for client in (here, there, third):
        sign_in(client, coordinator)
    page = here.get("/account").text
    named = re.findall(r"/account/sessions/(\w{16})/end", page)
    assert len(named) == 3

    with there.session_transaction() as kept:
        from server import sessions  # noqa: PLC0415

        of_there = sessions.short_id(kept["id"])
    here.post(f"/account/sessions/{of_there}/end", data={"csrf_token": csrf_token(here, "/account")})

    assert (is_in(here), is_in(there), is_in(third)) == (True, False, True)


def test_nobody_ends_a_session_of_somebody_else(app, db, coordinator):
    client_as(app, db, "administrator")
    keep_sessions(db)
    others = db.sessions.find_one({"user": "administrator"})["_id"][:16]
    client = app.test_client()
    sign_in(client, coordinator)

    answer = client.post(
        f"/account/sessions/{others}/end", data={"csrf_token": csrf_token(client, "/account")}
    )

    assert answer.status_code == 404
    assert db.sessions.count_documents({"user": "administrator"}) == 1


def test_an_attack_from_many_addresses_takes_tries_away_but_locks_nobody_out(app, db, coordinator, clock):
    for number in range(tries.ATTACK):
        tries.count(db, tries.Trier(coordinator, f"203.0.113.{number}"), at=clock.at)
    stranger, owner = app.test_client(), app.test_client()
    stranger.environ_base["REMOTE_ADDR"] = "198.51.100.1"
    owner.environ_base["REMOTE_ADDR"] = "198.51.100.2"

    assert sign_in(stranger, coordinator, "wrong").status_code == 401
    assert sign_in(stranger, coordinator, "wrong").status_code == 429
    assert sign_in(owner, coordinator).status_code == 303


def test_a_browser_known_to_the_account_is_not_slowed_by_whoever_shares_its_address(app, db, coordinator):
    owner, attacker = app.test_client(), app.test_client()
    sign_in(owner, coordinator)
    owner.post("/sign-out", data={"csrf_token": csrf_token(owner, "/account")})
    for _ in range(tries.FREE_TRIES + 2):
        sign_in(attacker, coordinator, "wrong")
    assert sign_in(attacker, coordinator).status_code == 429

    assert sign_in(owner, coordinator).status_code == 303


def test_a_known_browser_has_no_more_tries_than_others(app, db, coordinator):
    client = app.test_client()
    sign_in(client, coordinator)
    client.post("/sign-out", data={"csrf_token": csrf_token(client, "/account")})
    for _ in range(tries.FREE_TRIES):
        assert sign_in(client, coordinator, "wrong").status_code == 401

    assert sign_in(client, coordinator).status_code == 429


@pytest.mark.parametrize("mark", ["", "made up", "x" * 3000, "$ne", "{}"])
def test_a_mark_that_was_made_up_is_worth_nothing(app, db, coordinator, mark):
    for _ in range(tries.FREE_TRIES):
        sign_in(app.test_client(), coordinator, "wrong")
    client = app.test_client()
    client.set_cookie("pteah-browser", mark)

    assert sign_in(client, coordinator).status_code == 429


def test_one_address_has_a_limit_for_all_accounts_together(app, db, coordinator):
    for number in range(tries.FREE_AT_ADDRESS):
        tries.count(db, tries.Trier(f"user{number}", "203.0.113.7"), at=NOW)
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "203.0.113.7"

    assert sign_in(client, coordinator).status_code == 429
