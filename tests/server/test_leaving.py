"""Leaving at once, being signed out, two people at one case: nothing stays on the screen, nothing is lost."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import expect

from server.app import create_app
from server.people import meanwhile
from server.sessions import IDLE
from sync import worker
from tests.server.browsing import served
from tests.server.browsing import sign_in as sign_in_page
from tests.server.files import NOW
from tests.server.signed_in import PASSWORD, add_account, client_as, csrf_token, sign_in
from tests.test_pipeline import SCREENING, Desk

SCREENING_AT = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
TYPED = "She fears the man who came on Friday. ស្ត្រីខ្លាច។"


@pytest.fixture
def clock() -> list:
    return [NOW]


@pytest.fixture
def app(config, published, clock):
    return create_app(config, published, now=lambda: clock[0])


@pytest.fixture
def her(published, java) -> str:
    """The page of somebody who was met three weeks ago and is in danger."""
    Desk(published, java).fill("screening", SCREENING, SCREENING_AT)
    worker.run_once(published, "test", lambda: NOW)
    return f"/caseload/{published.returnees.find_one()['case_code']}"


@pytest.fixture
def manager(app, db) -> FlaskClient:
    return client_as(app, db, "case_manager")


def form_of(client: FlaskClient, her: str, **more: str) -> dict[str, str]:
    """A decision form of her page as the browser would send it now."""
    page = client.get(her).text
    fields = {
        name: re.search(f'name="{name}" value="([^"]*)"', page)[1]
        for name in ("csrf_token", "revision", "seen_at")
    }
    return {**fields, "decision_id": str(uuid4()), "kind": "review", "reason": TYPED, **more}


def test_leaving_signs_out_and_shows_a_page_that_says_nothing_of_this_place(manager, her):
    answer = manager.post("/leave", data={"csrf_token": csrf_token(manager, "/caseload")})

    assert answer.headers["Location"] == "/month"
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    page = manager.get("/month").text
    assert "November 2026" in page
    assert not re.search("Pteah|ផ្ទះ|case|Sign", page)
    assert manager.get(her).headers["Location"].startswith("/sign-in")


def test_what_was_sent_after_the_session_had_ended_is_there_again_after_signing_in(
    app, db, manager, clock, her
):
    form = form_of(manager, her)
    clock[0] += IDLE + timedelta(minutes=1)

    asked = manager.post(f"{her}/decisions", data=form)
    back = re.search("next=([^&]+)", asked.headers["Location"])[1]
    assert back.startswith("/typed/")
    assert TYPED.encode() not in str(list(db.typed.find())).encode()
    assert "What you had typed is kept" in manager.get(asked.headers["Location"]).text
    assert sign_in(manager, "case-manager", next=back).headers["Location"].endswith(back)
    page = manager.get(back).text
    assert TYPED in page
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page[page.index("sheet") :]))
    answer = manager.post(f"{her}/decisions", data={**fields, "reason": TYPED})

    assert answer.headers["Location"] == f"{her}?done=review"
    assert [one["reason"] for one in db.decisions.find()] == [TYPED]


def test_what_somebody_typed_is_given_to_nobody_else(app, db, manager, clock, her):
    form = form_of(manager, her)
    clock[0] += IDLE + timedelta(minutes=1)
    back = manager.post(f"{her}/decisions", data=form).headers["Location"].partition("next=")[2]
    add_account(db, "coordinator")

    sign_in(manager, "coordinator")

    page = manager.get(back)
    assert page.status_code == 404
    assert TYPED not in page.text


def test_a_stranger_fills_no_database_with_typing(app, db):
    client = app.test_client()
    client.post("/caseload/x/decisions", data={"csrf_token": csrf_token(client), "reason": "x" * 1000})

    assert db.typed.count_documents({}) == 0


def test_asking_how_long_a_session_lasts_does_not_make_it_longer(manager, clock):
    clock[0] += timedelta(minutes=50)
    assert [manager.get("/session").json["left"] for _ in range(2)] == [600, 600]

    assert manager.get("/session?stay=yes").json["left"] == IDLE.total_seconds()
    clock[0] += IDLE + timedelta(seconds=1)
    assert manager.get("/session").json["left"] == 0


def test_the_second_of_two_who_decide_at_once_sees_what_the_first_did_and_keeps_what_was_typed(
    app, db, manager, clock, her
):
    other = client_as(app, db, "coordinator")
    mine, theirs = form_of(manager, her), form_of(other, her, reason="Seen by the coordinator.")
    clock[0] += timedelta(minutes=1)
    assert other.post(f"{her}/decisions", data=theirs).status_code == 303

    answer = manager.post(f"{her}/decisions", data=mine)

    assert answer.status_code == 400
    assert "this case changed while you were deciding" in answer.text
    assert "A coordinator · looked at this case" in answer.text
    assert TYPED in answer.text
    clock[0] += timedelta(minutes=1)
    again = {**mine, **{k: v for k, v in form_of(manager, her).items() if k in ("revision", "seen_at")}}
    assert manager.post(f"{her}/decisions", data=again).status_code == 303


def test_a_form_sent_twice_and_time_that_passed_are_no_news(app, db, manager, clock, her):
    form = form_of(manager, her)
    clock[0] += timedelta(minutes=1)
    assert manager.post(f"{her}/decisions", data=form).status_code == 303
    assert manager.post(f"{her}/decisions", data=form).status_code == 303
    file = db.returnees.find_one({})
    with app.test_request_context():
        later = {"revision": "another", "seen_at": clock[0].isoformat()}
        assert meanwhile.news_of(file, later, "x") == []


@pytest.fixture
def url(app, db) -> Iterator[str]:
    add_account(db, "case_manager")
    with served(app) as address:
        yield address


@pytest.mark.browser
def test_in_a_browser_a_lost_connection_loses_nothing_and_escape_leaves_at_once(open_page, db, her):
    page = open_page()
    sign_in_page(page, "case-manager")
    page.goto(her)
    page.locator("summary", has_text="Set another level").click()
    page.get_by_label("High", exact=True).check()
    page.fill("#override-reason", TYPED)

    page.context.set_offline(True)
    page.get_by_role("button", name="Set this level").click()
    expect(page.get_by_role("alert")).to_contain_text("No connection. Nothing is lost")
    assert page.input_value("#override-reason") == TYPED
    page.context.set_offline(False)
    page.get_by_role("button", name="Set this level").click()
    expect(page.get_by_role("status").first).to_contain_text("The level is set.")
    assert db.decisions.count_documents({"kind": "override"}) == 1
    assert [line for line in page.said if "Content Security Policy" in line] == []

    page.keyboard.press("Escape")
    page.wait_for_url("**/month")
    assert page.title() == "November 2026"
    page.go_back()
    expect(page.locator("#password")).to_be_visible()


@pytest.mark.browser
def test_in_a_browser_somebody_who_does_nothing_is_warned_and_signed_out_with_what_was_typed(
    open_page, db, clock, her
):
    page = open_page()
    page.clock.install()
    sign_in_page(page, "case-manager")
    page.goto(her)
    page.locator("summary", has_text="Set another level").click()
    page.fill("#override-reason", TYPED)

    clock[0] += IDLE - timedelta(seconds=100)
    page.clock.run_for(int(IDLE.total_seconds() * 1000))
    expect(page.get_by_role("dialog")).to_be_visible()
    clock[0] += timedelta(seconds=101)
    page.clock.run_for(30_000)
    page.wait_for_url("**/sign-in?**")
    assert "She fears" not in page.content()

    page.fill("#user", "case-manager")
    page.fill("#password", PASSWORD)
    back = page.input_value("main [name=next]")
    page.click("main button")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(back)
    expect(page.locator("textarea")).to_have_value(TYPED)
