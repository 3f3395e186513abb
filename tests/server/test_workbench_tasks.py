"""What a coordinator does in the first weeks, by keyboard alone, as somebody who is new to it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from sync.store import devices, forms
from tests.e2e.visits import FOLLOW_UP, LATER_VISIT
from tests.javarosa import JavaRosa, Phone
from tests.server.browsing import by_tab, choose, faults, sign_in
from tests.server.signed_in import add_account
from tests.xlsforms.our_workbooks import FOLDER
from tests.xlsforms.tables import A_FORM, ONE_MORE, SETTINGS, workbook
from xlsforms.publish import publish

pytestmark = pytest.mark.browser

NEXT = SETTINGS.replace("2026010101", "2026010102")
SLOWEST = 120_000


@pytest.fixture
def url(server, db, published) -> str:
    """A whole server, the bench's own processes included, with our own workbooks published."""
    for role in ("coordinator", "administrator"):
        add_account(db, role)
    return server.url


def press(page: Page, what: Locator) -> None:
    """Go there with the Tab key and press Enter."""
    by_tab(page, what)
    page.keyboard.press("Enter")


def hand_in(page: Page, path: Path) -> None:
    press(page, page.get_by_role("link", name="Forms", exact=True))
    page.wait_for_url("**/forms")
    choose(page, page.get_by_label("Workbook", exact=True), path)
    press(page, page.get_by_role("button", name="Look through it"))
    page.wait_for_selector("#proposal:not([hx-get]) h1", timeout=SLOWEST)


def press_publish(page: Page, version: str) -> None:
    press(page, page.get_by_role("button", name=f"Publish version {version}"))
    expect(page.get_by_text("Published. Phones get it")).to_be_visible(timeout=SLOWEST)


def mend(page: Page, path: Path) -> None:
    """What the table of findings says to do, done in the workbook; nothing else is known of it."""
    book = load_workbook(path)
    for row in page.locator(".findings tbody tr").all():
        where, what, fix = (row.locator("th, td").nth(place).inner_text() for place in range(3))
        place = re.search(r"(\w+), row (\d+)\s+(\S.*)", where)
        wrong, right = re.search(r"“(.+?)”", what), re.search(r"Did you mean (.+?)\?", fix)
        assert place
        assert wrong
        assert right
        sheet = book[place[1]]
        column = next(cell.column for cell in sheet[1] if cell.value == place[3].strip())
        cell = sheet.cell(int(place[2]), column)
        assert wrong[1] in cell.value
        cell.value = cell.value.replace(wrong[1], right[1])
    book.save(path)


def test_a_broken_workbook_is_mended_from_the_findings_published_and_taken_back(open_page, db, tmp_path):
    path = tmp_path / "talk.xlsx"
    publish(db, workbook(*A_FORM), path.name, datetime(2026, 1, 2, tzinfo=UTC), "test")
    page = open_page()
    sign_in(page, "coordinator")
    broken = ONE_MORE.replace("select_one ynr    | sleeps", "selct_one ynr     | sleeps")
    path.write_bytes(workbook(*A_FORM, NEXT, broken.replace("${unsafe} = 'yes'", "${unsaf} = 'yes'")))

    hand_in(page, path)

    expect(page.get_by_role("heading", name="2 things must be mended")).to_be_visible()
    assert faults(page) == []
    mend(page, path)
    hand_in(page, path)
    expect(page.get_by_text("Question sleeps is new")).to_be_visible()
    press_publish(page, "2026010102")
    assert forms.current_version(db, "trial") == "2026010102"

    press(page, page.get_by_role("link", name="All versions"))
    press(page, page.get_by_role("button", name="Return to this version 2026010101"))
    expect(page.get_by_text("Question sleeps is removed")).to_be_visible(timeout=SLOWEST)
    (button,) = page.get_by_role("button", name="Publish version").all()
    press_publish(page, button.inner_text().removeprefix("Publish version "))
    now = forms.current_version(db, "trial") or ""
    assert now > "2026010102"
    assert "sleeps" not in forms.form_definition(db, "trial", now).paths


def test_a_form_is_rehearsed_on_a_test_phone_to_the_level_and_the_visits_and_thrown_away(
    open_page: Callable[..., Page], java: JavaRosa, db: Any, tmp_path: Path
) -> None:
    path = tmp_path / "followup.xlsx"
    book = load_workbook(FOLDER / "followup.xlsx")
    version = next(cell for cell in book["settings"][1] if cell.value == "version")
    book["settings"].cell(2, version.column).value = "2099010101"
    book.save(path)
    page = open_page()
    sign_in(page, "coordinator")
    hand_in(page, path)
    press(page, page.get_by_role("link", name="Rehearse it on a test phone"))
    press(page, page.get_by_role("button", name="Begin the rehearsal"))
    page.wait_for_selector(".qr", timeout=SLOWEST)
    assert faults(page) == []
    person = page.get_by_role("row").filter(has_text="Test A")
    expect(person).to_contain_text("Low")

    phone = Phone(java, page.locator(".address").inner_text())
    phone.refresh()
    assert [(form.form_id, form.version) for form in phone.forms] == [(FOLLOW_UP, "2099010101")]
    (chosen,) = [name for name, row in phone.lists["people"].rows.items() if row.label.startswith("Test A")]
    visit = {**LATER_VISIT, "person": chosen, "danger_now": "yes"}
    (sent,) = phone.send(phone.fill(FOLLOW_UP, visit))
    assert sent.status == 201

    for _ in range(60):
        press(page, page.get_by_role("link", name="Look again"))
        page.wait_for_load_state()
        if "High" in person.inner_text():
            break
        page.wait_for_timeout(1000)
    expect(person).to_contain_text("H3 Violence or danger now")
    assert len(re.findall(r"\d{1,2} \w{3} \d{4}", person.inner_text())) == 3
    assert (db.submissions.count_documents({}), db.returnees.count_documents({})) == (0, 0)
    press(page, page.get_by_role("button", name="End the rehearsal"))
    expect(page.get_by_role("button", name="Begin the rehearsal")).to_be_visible()
    assert phone.line.get(f"{phone.url}/formList").status != 200


def test_a_phone_is_made_and_its_sheet_is_ready_to_print(open_page, java, db):
    page = open_page()
    sign_in(page, "administrator")
    press(page, page.get_by_role("link", name="Phones", exact=True))
    for label, typed in (
        ("Name of the phone", "Phone 12"),
        ("Name of the outreach worker", "Sok Dara"),
        ("The worker’s short name", "dara"),
    ):
        by_tab(page, page.get_by_label(label))
        page.keyboard.type(typed)
    press(page, page.get_by_role("button", name="Show the code"))

    expect(page.get_by_role("heading", name="Connect “Phone 12”")).to_be_visible()
    assert faults(page) == []
    phone = Phone(java, page.locator(".address").inner_text())
    phone.refresh()
    assert {form.form_id for form in phone.forms} == {"screening", "intake", "followup"}
    page.emulate_media(media="print")
    expect(page.locator(".qr")).to_be_visible()
    expect(page.get_by_role("navigation").first).to_be_hidden()
    page.emulate_media(media="screen")
    press(page, page.get_by_role("link", name="Done, back to the phones"))
    expect(page.get_by_role("row").filter(has_text="Phone 12")).to_contain_text("Connected")
    assert [one.name for one in devices.all(db)] == ["Phone 12"]
