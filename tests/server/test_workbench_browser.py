"""The workbench as a new coordinator meets it: by keyboard alone, narrow and wide, in English and Khmer."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sync.core.forecast import Ahead
from sync.dry_run import summary_of
from sync.store import forms, proposals
from tests.server.browsing import by_tab, choose, faults, picture, sign_in
from tests.server.signed_in import add_account
from tests.xlsforms.tables import A_FORM, ONE_MORE, RISK, SETTINGS, fixture, workbook
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


def test_a_question_in_two_languages_is_handed_in_seen_and_published_by_keyboard_alone(
    open_page, db, handed_in
):
    page = open_page()
    sign_in(page, "coordinator")
    by_tab(page, page.get_by_role("link", name="Forms", exact=True))
    page.keyboard.press("Enter")
    choose(page, page.get_by_label("Workbook", exact=True), handed_in)
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


NEW_RULE = (
    f"{RISK.rstrip()}\n| M9 | Sad | ស្រងាក់ | ${{phq2}} = '3' | health | medium | | | no | 3 days | | ours |"
)
MOVED = Ahead(
    entity_id="0001", worker_id="demo-1", level_before="low", level_after="medium", is_raised=True,
    why={"en": "One reason stands", "km": "មានមូលហេតុមួយ"}, reasons_new=("M9",), reasons_gone=("H3",),
    next_before="2026-02-01", next_after="2026-01-09", visits_before=0, visits_after=1,
)  # fmt: skip


def looked_through(page: Page, content: bytes, tmp_path: Path) -> str:
    """The address of a workbook's page once it was looked through."""
    path = tmp_path / "handed-in.xlsx"
    path.write_bytes(content)
    page.goto("/forms")
    page.set_input_files("#workbook", path)
    page.click("[data-drop] button")
    page.wait_for_selector("#proposal:not([hx-get]) h1", timeout=120_000)
    return page.url


def test_pages_full_of_content_can_be_used_by_everybody_narrow_and_wide_in_both_languages(
    open_page, db, tmp_path
):
    page = open_page()
    sign_in(page, "coordinator")
    wrong = ONE_MORE.replace("select_one ynr    | sleeps", "selct_one ynr | sleeps")
    findings = looked_through(
        page, workbook(*A_FORM, NEXT, wrong, RISK.replace("${phq2}", "${phq_2}")), tmp_path
    )
    changes = looked_through(page, workbook(*A_FORM, NEXT, ONE_MORE, NEW_RULE), tmp_path)
    page.goto(f"{changes}/rehearsal")
    page.get_by_role("button", name="Begin the rehearsal").click()
    page.wait_for_selector(".qr", timeout=120_000)
    people = [MOVED, replace(MOVED, entity_id="0002", level_after="low", is_raised=False)]
    dry = {
        "on": "2026-01-02",
        "summary": summary_of(people),
        "changed": 2,
        "people": [asdict(one) for one in people],
    }
    proposals.change(db, changes.rsplit("/", 1)[1], {"dry": dry, "state": "ready"})

    for language in ("en", "km"):
        page.goto("/forms")
        if language == "km":
            page.locator("button[name=language]").click()
        for width in (360, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            for name, address in (
                ("findings", findings),
                ("changes", changes),
                ("who-moves", f"{changes}/people"),
                ("rehearsal-running", f"{changes}/rehearsal"),
            ):
                page.goto(address)
                assert page.locator("html").get_attribute("lang") == language
                assert faults(page) == [], (name, width, language)
                picture(page, f"{name}-{language}-{width}")
            page.goto(f"{changes}/preview")
            page.frame_locator("iframe.phone").get_by_role("radio").first.check(timeout=60_000)
            page.locator("#trial .level").wait_for(timeout=60_000)
            assert faults(page, engine=True) == [], ("preview", width, language)
            picture(page, f"preview-answered-{language}-{width}")
