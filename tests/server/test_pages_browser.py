"""The pages as a real browser shows them: narrow and wide, English and Khmer, without scripts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from server.app import create_app
from sync.store import devices
from tests.server.browsing import FAINT, FAULTS, axe_faults, served, sign_in
from tests.server.files import NOW, TODAY, a_file, a_submission
from tests.server.signed_in import add_account

pytestmark = pytest.mark.browser

PERSON = "/caseload/KH-20-2026-0001X"
PHONES = [
    "/phones",
    "/phones/settings",
    "/phones/preview/worker-1",
    "/workers",
    "/workers/worker-1",
    "/logins",
]
PAGES = ["/sign-in", "/", "/caseload", PERSON, "/questions", *PHONES, "/account", "/nowhere"]


@pytest.fixture
def url(config, db) -> Iterator[str]:
    """A served application with some invented people, phones and records."""
    for number, level in enumerate(("high", "high", "medium", "low"), 1):
        due_on = TODAY + timedelta(days=7 * number - 14)
        db.returnees.insert_one(a_file(number, level=level, due_on=due_on))
    problem = {"code": "submission.processing_failed", "message": "Not worked through after 5 tries."}
    db.submissions.insert_one(a_submission(1, state="set_aside", problem=problem))
    devices.add(db, name="Phone 12", worker_id="worker-1", worker_name="Worker One", made_at=NOW)
    app = create_app(config, db, now=lambda: NOW)
    add_account(db, "administrator")
    with served(app) as address:
        yield address


def on_every_page(page: Page, question: str) -> dict[str, list[str]]:
    """What this script answers on each page."""
    found = {"/sign-in": page.evaluate(question)}
    sign_in(page)
    for path in PAGES[1:]:
        page.goto(path)
        found[path] = page.evaluate(question)
    return found


def test_signing_in_reading_a_persons_reasons_and_connecting_a_phone_need_no_script(open_page):
    page = open_page(scripts=False)

    sign_in(page)
    assert page.locator("h1").text_content() == "Today"
    page.click("nav >> text=Caseload")
    page.click("text=Show names")
    page.click("text=Sothea 1")
    assert "Because on 3 November 2026 she answered" in page.locator("main").text_content()
    page.click("nav >> text=Phones")
    page.fill("#name", "Phone 13")
    page.fill("#worker_name", "Worker Two")
    page.fill("#worker_id", "worker-2")
    page.click("main >> text=Show the code")
    assert page.locator(".qr svg").bounding_box()["width"] > 250
    page.click("text=Done, back to the phones")
    assert page.locator("tbody tr").count() == 2
    page.click("text=Sign out")
    assert page.url.endswith("/sign-in")


@pytest.mark.parametrize("language", ["en-GB", "km-KH"])
@pytest.mark.parametrize("width", [360, 1440])
def test_no_page_is_wider_than_the_screen_or_refused_by_its_own_policy(open_page, width, language):
    page = open_page(width=width, language=language)
    sign_in(page)

    for path in PAGES[1:-1]:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate("document.documentElement.lang") == language[:2]
    assert page.said == []


@pytest.mark.parametrize("language", ["en-GB", "km-KH"])
def test_every_page_can_be_read_without_seeing_it(open_page, language):
    faults = on_every_page(open_page(language=language), FAULTS)

    assert faults == {path: [] for path in PAGES}


@pytest.mark.parametrize("language", ["en-GB", "km-KH"])
def test_axe_finds_nothing_serious_on_any_page(open_page, language):
    page = open_page(language=language)
    found = {"/sign-in": axe_faults(page)}
    sign_in(page)
    for path in PAGES[1:]:
        page.goto(path)
        found[path] = axe_faults(page)

    assert found == {path: [] for path in PAGES}


def test_every_text_stands_out_from_what_is_behind_it(open_page):
    faint = on_every_page(open_page(), FAINT)

    assert faint == {path: [] for path in PAGES}


def test_the_caseload_can_be_walked_with_the_keyboard_alone(open_page):
    page = open_page()
    sign_in(page)

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    names = []
    for _ in range(24):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert "KH-20-2026-0001X" in names
    page.locator(f"main a[href$='{PERSON}']").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**" + PERSON)


def test_what_is_touched_on_a_phone_is_large_enough_for_a_thumb(open_page):
    page = open_page(width=360)
    sign_in(page)

    small = page.evaluate(
        "() => [...document.querySelectorAll('nav a, button, input:not([type=hidden])')]"
        ".filter(item => item.getClientRects().length)"  # not what shows itself when time runs out
        ".map(item => [item.textContent.trim() || item.name, item.getBoundingClientRect().height])"
        ".filter(([name, height]) => height < 40)"
    )

    assert small == []


def test_khmer_is_drawn_with_a_khmer_font_and_room_for_subscripts(open_page):
    page = open_page(language="km-KH")
    sign_in(page)

    assert page.evaluate("document.fonts.check('16px \"Pteah Khmer\"', 'ខ្មែរ')")
    height = page.evaluate(
        "() => { const s = getComputedStyle(document.querySelector('main'));"
        " return parseFloat(s.lineHeight) / parseFloat(s.fontSize) }"
    )
    assert height >= 1.65
