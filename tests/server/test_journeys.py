"""Whole tasks in a real browser against the real server, as somebody does them on their first day.

Every page on the way is held against axe and the width of the screen; with `PTEAH_TEST_PICTURES` naming a
folder, a picture of each is left there to be looked at.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from server.config import read_config
from server.serving import Serving
from sync import worker
from sync.core.times import local_date
from sync.core.worker import Worker
from sync.store import returnees, workers
from sync.store.connect import database, ensure_indexes
from tests.conftest import take_over
from tests.desk import SCREENING, Desk
from tests.server.browsing import axe_faults, sign_in
from tests.server.signed_in import add_account

pytestmark = pytest.mark.browser

NOW = datetime.now(UTC)
PICTURES = os.environ.get("PTEAH_TEST_PICTURES", "")
MOST_BYTES, MOST_REQUESTS = 150_000, 12
PEOPLE = (
    {"call_name": "Sok"},
    {"call_name": "<script>alert('name')</script>"},
    {"call_name": "ស" * 500, "contact_recruiter": "no"},
    {"call_name": "\u202eelbategev\u202c \u200bដារា", "contact_recruiter": "no"},
)
LANGUAGES = [("en-GB", 1440), ("km-KH", 360)]


@pytest.fixture(scope="module")
def house(any_database, with_our_workbooks, java, tmp_path_factory):
    """A served database with four people, whom the phone's engine registered, and two workers."""
    db = database(any_database.client, f"pteah_test_journeys_{os.getpid()}")
    ensure_indexes(db)
    take_over(with_our_workbooks, db)
    desk = Desk(db, java)
    for number, besides in enumerate(PEOPLE):
        desk.fill("screening", SCREENING | besides, NOW - timedelta(days=20 + number))
    while worker.run_once(db, "test", lambda: NOW).taken:
        pass
    for name in ("worker-1", "worker-2"):
        workers.meet(db, Worker(id=name, name=f"Name of {name}"))
    for role in ("case_manager", "coordinator"):
        add_account(db, role)
    config = read_config(os.environ, data=str(tmp_path_factory.mktemp("journeys")))
    with Serving(replace(config, port=0, database=db.name), db) as serving:
        yield db, serving.url
    any_database.client.drop_database(db.name)


@pytest.fixture
def url(house) -> Iterator[str]:
    return house[1]


@pytest.fixture
def db(house):
    return house[0]


class Walk:
    """One person's way through the pages; each page is looked at."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0
        self.name = f"{page.evaluate('navigator.language')[:2]}-{page.viewport_size['width']}"

    def look(self) -> None:
        page = self.page
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], page.url
        assert axe_faults(page) == [], page.url
        assert page.locator("h1").count() == 1
        if PICTURES:
            self.count += 1
            page.screenshot(path=Path(PICTURES) / f"{self.name}-{self.count:02}.png", full_page=True)

    def go(self, selector: str) -> None:
        """Press what leads on, opening what it is folded into; then look."""
        with self.page.expect_navigation():
            self.unfold(selector).click()
        self.look()

    def unfold(self, selector: str):
        found = self.page.locator(selector).first
        if found.evaluate("one => one.closest('[popover]') && !one.checkVisibility()"):
            self.page.click(".menu-button")
        folded = found.locator("xpath=ancestor::details[not(@open)]")
        while folded.count():
            folded.first.locator("xpath=./summary").click()
        return found

    def decide(self, kind: str, **fields: str) -> None:
        """Fill in the form of this kind, send it, and wait until it says that it is kept."""
        form = f"form:has(input[name=kind][value={kind}])"
        for name, value in fields.items():
            field = self.unfold(f"{form} [name={name}]")
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        self.page.evaluate("document.querySelector('main [role=status]')?.remove()")  # of the one before
        self.unfold(f"{form} button").click()
        self.page.wait_for_selector("main [role=status]")
        self.look()


@pytest.mark.parametrize(("language", "width"), LANGUAGES)
def test_a_new_case_manager_finds_who_is_in_danger_and_why_and_does_what_is_needed(
    open_page, db, language, width
):
    page = open_page(width=width, language=language)
    sign_in(page, "case-manager")
    walk = Walk(page)
    walk.look()
    listed = page.locator("section[aria-labelledby=danger] .lines li")
    assert listed.count() >= 3
    code = listed.first.locator("a").get_attribute("href").rpartition("/")[2]
    walk.go("section[aria-labelledby=danger] .lines a")
    assert page.locator(".reason .answers li").count() >= 1, "the reason and the answer behind it"

    walk.decide("move", until=(local_date(NOW) + timedelta(days=3)).isoformat(), reason="She is at work.")
    agreed = [item["retry_on"] for item in returnees.find(db, code)["follow_ups"] if item["agreed"]]
    assert agreed == [(local_date(NOW) + timedelta(days=3)).isoformat()]

    walk.go("section[aria-labelledby=records] a")
    with page.expect_navigation():
        page.locator("a[href*=contact_recruiter]").click()
    walk.look()
    page.check("input[name=value][value=no]")
    walk.decide("correct", reason="She meant her cousin.")
    assert [one["counts"] for one in returnees.find(db, code)["corrections"]] == [False]

    walk.go("a[href$='/print']")
    walk.go("form[action$='/print/sheet'] button")
    page.emulate_media(media="print")
    assert not page.locator(".paper-bar").is_visible(), "what is around the paper is not on it"
    page.emulate_media(media="screen")
    paper = page.pdf(prefer_css_page_size=True, print_background=False)
    assert paper.startswith(b"%PDF-")
    page.go_back()
    page.go_back()
    walk.go("a[href$='/timeline']")
    walk.go("a[href$='kind=decision']")
    page.goto(f"/caseload/{code}")
    walk.decide("close", reason="She has moved away.", code=code)
    assert returnees.find(db, code)["status"] == "closed"
    walk.decide("reopen", reason="She came back.")
    assert returnees.find(db, code)["status"] != "closed"
    walk.decide("note", reason="Open again.")


@pytest.mark.parametrize(("language", "width"), LANGUAGES)
def test_a_new_coordinator_hands_a_whole_caseload_over(open_page, db, language, width):
    page = open_page(width=width, language=language)
    sign_in(page, "coordinator")
    walk = Walk(page)
    walk.go("nav a[href$='/caseload']")
    walk.go("a[href*='/handover']")
    before, after = ("worker-1", "worker-2") if width > 1000 else ("worker-2", "worker-1")
    page.select_option("#from", before)
    walk.go("form:has(#from) button")
    people = page.locator("input[name=code]").count()
    page.select_option("#to", after)
    page.fill("#note", "She takes over from Monday on.")
    walk.go("form:has(#to) button")

    assert people == len(PEOPLE)
    assert {one["worker_id"] for one in db.returnees.find()} == {after}


def test_the_first_visit_of_any_page_is_light_and_asks_for_little(browser, url, db):
    code = db.returnees.find_one()["case_code"]
    context = browser.new_context(base_url=url, locale="km-KH")
    page = context.new_page()
    page.goto("/sign-in")
    sign_in(page, "coordinator")
    signed_in = context.storage_state()
    context.close()
    hers = f"/caseload/{code}"
    pages = ["/", "/caseload", hers, f"{hers}/timeline", f"{hers}/files", f"{hers}/print/summary?in=km"]
    heavy = {
        path: found
        for path in [*pages, f"{hers}/privacy", "/handover", "/questions", "/forms", "/numbers", "/account"]
        if (found := first_visit(browser, url, path, signed_in))[0] > MOST_BYTES or found[1] > MOST_REQUESTS
    }

    assert heavy == {}


def first_visit(browser, url: str, path: str, signed_in) -> tuple[int, int]:
    """Bytes over the line without fonts, and requests, with nothing remembered."""
    context = browser.new_context(base_url=url, locale="km-KH", storage_state=signed_in)
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    line.on("Network.responseReceived", lambda one: kinds.__setitem__(one["requestId"], one["type"]))
    line.on(
        "Network.loadingFinished", lambda one: sizes.__setitem__(one["requestId"], one["encodedDataLength"])
    )
    assert page.goto(path, wait_until="networkidle").status == 200
    context.close()
    assert sum(sizes.values()) > 1000, "nothing was counted"
    return int(sum(size for name, size in sizes.items() if kinds.get(name) != "Font")), len(sizes)


def test_hostile_names_are_shown_as_they_are_and_break_nothing(open_page, db):
    page = open_page(width=360)
    sign_in(page, "case-manager")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.click("form.names button")
    for path in ("/", "/caseload"):
        page.goto(path)
        Walk(page).look()
    for file in list(db.returnees.find()):
        page.goto(f"/caseload/{file['case_code']}")
        assert page.locator("h1").text_content() == file["person"]["call_name"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.locator("h1 bdi").count() == 1, "letters from right to left turn nothing around them"
    assert asked == []
    assert page.said == []


SCRIPT = "<img src=x onerror=alert(1)>\u202e'\"{{7*7}}%(x)s"


def test_script_and_odd_letters_in_every_field_of_a_decision_are_only_words(open_page, db):
    page = open_page()
    sign_in(page, "case-manager")
    code = db.returnees.find_one({"status": {"$ne": "closed"}})["case_code"]
    page.goto(f"/caseload/{code}")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    walk = Walk(page)
    walk.decide("note", reason=SCRIPT)
    page.goto(f"/caseload/{code}/timeline")
    assert SCRIPT in page.locator("main").text_content()
    assert asked == []
    assert page.said == []
