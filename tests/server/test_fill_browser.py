"""The phones' forms in a real browser: sent by the same path, and not lost when something fails."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from server.app import create_app
from sync.core.submission import root_of
from tests.server.browsing import FAULTS_OF_THE_ENGINE, axe_faults, served, sign_in
from tests.server.files import NOW
from tests.server.signed_in import add_account

pytestmark = pytest.mark.browser


@pytest.fixture
def url(config, published) -> Iterator[str]:
    """A served application with our four workbooks published."""
    app = create_app(config, published, now=lambda: NOW)
    add_account(published, "case_manager")
    with served(app) as address:
        yield address


@pytest.fixture
def form(open_page) -> Page:
    """The screening form, begun by a case manager: nobody can talk alone today, so it ends there."""
    page = open_page()
    page.posts = []
    page.on("request", lambda request: page.posts.append(request.url) if request.method == "POST" else None)
    sign_in(page, "case-manager")
    page.click("text=Fill in a form")
    page.click("main >> text=Family visit A")
    page.get_by_text("Can we talk alone").wait_for()
    page.posts.clear()
    page.get_by_label("No", exact=True).check()
    page.get_by_label("Come back another day").check()
    return page


def said(page: Page, which: str):
    return page.locator(f"[data-odk-say={which}]")


def test_a_filled_form_arrives_once_like_one_from_a_phone_though_send_is_pressed_twice(form, db):
    form.get_by_role("button", name="Send").dblclick()

    form.wait_for_url("**/fill")
    (kept,) = db.submissions.find()
    assert (kept["worker_id"], kept["form_id"], kept["state"]) == ("case-manager", "screening", "received")
    assert root_of(bytes(kept["xml"])).findtext(".//private") == "no"
    assert len(form.posts) == 1


def test_without_a_connection_or_signed_out_nothing_is_lost_and_sending_again_works(form, db):
    send = form.get_by_role("button", name="Send")
    form.context.set_offline(True)
    send.click()
    expect(said(form, "unreached")).to_be_visible()

    form.context.set_offline(False)
    db.sessions.delete_many({})
    send.click()
    expect(said(form, "ended")).to_be_visible()
    assert db.submissions.count_documents({}) == 0

    with form.expect_popup() as opened:
        form.click("text=Sign in in another window")
    sign_in(opened.value, "case-manager")
    send.click()
    form.wait_for_url("**/fill")
    assert db.submissions.count_documents({}) == 1


def test_what_is_typed_is_told_at_every_change_and_the_page_refuses_nothing_it_needs(form):
    form.evaluate("document.addEventListener('pteah:values', (event) => { window.told = event.detail })")
    form.get_by_label("Yes", exact=True).check()

    assert "<private>yes</private>" in form.evaluate("window.told.xml")
    assert form.evaluate("window.told.open") > 0
    assert [line for line in form.said if "Content Security Policy" in line] == []


@pytest.mark.parametrize("way", ["button", "Escape"])
def test_one_leaves_a_form_at_once_and_it_shows_no_more(form, way):
    if way == "button":
        form.get_by_role("button", name="Leave now").click()
    else:
        form.keyboard.press("Escape")
    form.wait_for_url("**/month")
    form.goto("/fill")
    assert "/sign-in" in form.url


def test_axe_finds_in_the_form_only_what_is_known_of_its_engine(form):
    assert {fault.split(":")[0] for fault in axe_faults(form)} <= FAULTS_OF_THE_ENGINE


def test_a_browser_that_may_not_run_the_engine_is_told_so(open_page):
    page = open_page()
    sign_in(page, "case-manager")
    page.route("**/island-*.js", lambda route: route.abort())

    page.goto("/fill/screening")

    expect(page.locator("[data-odk-failed]")).to_be_visible()
