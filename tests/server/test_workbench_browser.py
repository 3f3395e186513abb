"""The workbench as a new coordinator meets it: by keyboard alone, narrow and wide, in English and Khmer."""

import os
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from sync.store import forms
from tests.server.browsing import FAINT, FAULTS, axe_faults, sign_in
from tests.server.signed_in import add_account
from tests.server.test_fill_browser import FAULTS_OF_THE_ENGINE
from tests.xlsforms.tables import A_FORM, ONE_MORE, SETTINGS, fixture, workbook
from xlsforms.publish import publish

pytestmark = pytest.mark.browser

AT = datetime(2026, 1, 2, tzinfo=UTC)
NEXT = SETTINGS.replace("2026010101", "2026010102")


@pytest.fixture
def url(server, db) -> str:
    """A whole server, the bench's own processes included, with one form published."""
    publish(db, workbook(fixture("trial_protocol")), "p.xlsx", AT, "test")
    publish(db, workbook(*A_FORM), "trial.xlsx", AT, "test")
    add_account(db, "coordinator")
    return server.url


@pytest.fixture
def handed_in(tmp_path) -> str:
    path = tmp_path / "one-more.xlsx"
    path.write_bytes(workbook(*A_FORM, NEXT, ONE_MORE))
    return str(path)


def by_tab(page: Page, what) -> None:
    """Go to this with the Tab key alone."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if what.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError("the Tab key does not come there")


def picture(page: Page, name: str) -> None:
    """Kept where PTEAH_PICTURES says, for people to look at."""
    if folder := os.environ.get("PTEAH_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def faults(page: Page, *, engine: bool = False) -> list[str]:
    """What keeps somebody from using this page."""
    found = [one for one in axe_faults(page) if not engine or one.split(":")[0] not in FAULTS_OF_THE_ENGINE]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [
        *found,
        *page.evaluate(FAULTS),
        *page.evaluate(FAINT),
        *([f"{wide} px too wide"] if wide > 0 else []),
    ]


def test_a_question_in_two_languages_is_handed_in_seen_and_published_by_keyboard_alone(
    open_page, db, handed_in
):
    page = open_page()
    sign_in(page, "coordinator")
    by_tab(page, page.get_by_role("link", name="Forms", exact=True))
    page.keyboard.press("Enter")
    by_tab(page, page.get_by_label("Workbook", exact=True))
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Space")
    chosen.value.set_files(handed_in)
    by_tab(page, page.get_by_role("button", name="Look through it"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Question sleeps is new")).to_be_visible(timeout=120_000)
    assert faults(page) == []

    by_tab(page, page.get_by_role("link", name="Preview it as on a phone"))
    page.keyboard.press("Enter")
    frame = page.frame_locator("iframe.phone")
    expect(frame.get_by_text("Do you sleep well?")).to_be_visible(timeout=60_000)
    frame.get_by_label("Yes").first.check()
    expect(page.locator("#trial")).to_contain_text("Not safe at present", timeout=60_000)
    page.get_by_role("link", name="Khmer (km)").click()
    expect(frame.get_by_text("តើអ្នកដេកបានល្អទេ?")).to_be_visible(timeout=60_000)
    assert faults(page, engine=True) == []

    page.go_back()
    page.go_back()
    by_tab(page, page.get_by_label("What is new, in a sentence"))
    page.keyboard.type("We ask about sleep.")
    by_tab(page, page.get_by_role("button", name="Publish version 2026010102"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Published. Phones get it")).to_be_visible(timeout=120_000)
    expect(page.get_by_role("button", name="Discard this workbook")).to_have_count(0)
    assert forms.find_version(db, "trial", "2026010102")["note"] == "We ask about sleep."
    assert [one for one in page.said if "Content Security" in one] == []


def drop(page: Page, place, *paths: str) -> None:
    """Let these files fall on it, as from the window of a file manager."""
    box = place.bounding_box()
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    carried = {"items": [], "files": list(paths), "dragOperationsMask": 1}
    chromium = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        chromium.send("Input.dispatchDragEvent", {"type": kind, **at, "data": carried})


def test_a_workbook_is_dropped_with_the_files_it_names(open_page, handed_in, tmp_path):
    page = open_page()
    sign_in(page, "coordinator")
    page.goto("/forms")
    beside = tmp_path / "faces.csv"
    beside.write_text("name,label\nhappy,Happy\n")

    drop(page, page.get_by_role("heading", name="Forms", exact=True), handed_in)
    assert page.url.endswith("/forms")  # what misses the field opens nothing

    drop(page, page.locator(".drop").first, str(beside), handed_in)

    named = "field => [...field.files].map(one => one.name)"
    assert page.locator("#workbook").evaluate(named) == ["one-more.xlsx"]
    assert page.locator("#files").evaluate(named) == ["faces.csv"]
    page.get_by_role("button", name="Look through it").click()
    expect(page.get_by_text("Question sleeps is new")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("faces.csv")).to_be_visible()


@pytest.mark.parametrize(("width", "language"), [(360, "km-KH"), (1440, "en-GB")])
def test_every_page_of_the_bench_can_be_used_by_everybody(open_page, handed_in, width, language):
    page = open_page(width=width, language=language)
    sign_in(page, "coordinator")
    page.goto("/forms")
    assert faults(page) == []
    picture(page, f"forms-{width}")
    page.set_input_files("#workbook", handed_in)
    page.click("[data-drop] button")
    page.wait_for_selector("#publish", timeout=120_000)
    assert faults(page) == []
    picture(page, f"proposal-{width}")
    number = page.url.rsplit("/", 1)[1]

    for path, name in (
        (f"/forms/proposals/{number}/rehearsal", "rehearsal"),
        ("/forms/trial", "versions"),
        ("/forms/files", "files"),
    ):
        page.goto(path)
        assert faults(page) == []
        picture(page, f"{name}-{width}")
    page.goto("/forms/trial/preview")
    page.frame_locator("iframe.phone").locator("input").first.wait_for(timeout=60_000)
    assert faults(page, engine=True) == []
    picture(page, f"preview-{width}")
