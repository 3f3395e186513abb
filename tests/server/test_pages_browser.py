"""The pages as a real browser shows them: narrow and wide, English and Khmer, without scripts."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from server.app import create_app
from sync.store import devices
from tests.server.files import NOW, TODAY, a_file, a_submission
from tests.server.signed_in import PASSWORD, add_account

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PERSON = "/caseload/KH-20-2026-0001X"
PAGES = ["/sign-in", "/caseload", PERSON, "/questions", "/phones", "/account", "/nowhere"]

# What a screen reader user meets: one main landmark and heading, no level skipped, every field and button
# named, every table with caption and heads, no two ids alike, the language said.
FAULTS = """
() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  if (!document.documentElement.lang) faults.push("no language");
  if (!document.title.trim()) faults.push("no title");
  for (const selector of ["main", "header", "h1"])
    if (all(selector).length !== 1) faults.push(`${all(selector).length} ${selector}`);
  let before = 0;
  for (const heading of all("h1, h2, h3, h4")) {
    const level = Number(heading.tagName[1]);
    if (level > before + 1) faults.push(`h${level} after h${before}`);
    before = level;
  }
  for (const field of all("input:not([type=hidden]):not([hidden]), select, textarea"))
    if (!field.labels.length) faults.push(`no label: ${field.name}`);
  for (const named of all("button, a"))
    if (!named.textContent.trim() && !named.ariaLabel) faults.push(`no name: ${named.outerHTML}`);
  for (const table of all("table"))
    if (!table.caption || !table.querySelector("th[scope=col]")) faults.push("table without caption");
  for (const nav of all("nav, section"))
    if (!nav.ariaLabel && !document.getElementById(nav.getAttribute("aria-labelledby")))
      faults.push(`no name: ${nav.tagName}`);
  const ids = all("[id]").map((item) => item.id);
  if (new Set(ids).size !== ids.length) faults.push("an id twice");
  if (all("script, [style], [onclick]").length) faults.push("script or inline style");
  return faults;
}
"""

# Every text against the nearest background behind it, as WCAG 1.4.3 counts contrast.
FAINT = """
() => {
  const parts = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const shine = (colour) => {
    const [r, g, b] = parts(colour).map((c) => c / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (item) => {
    for (let at = item; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = [];
  for (const item of document.querySelectorAll("body *")) {
    const own = [...item.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !item.checkVisibility()) continue;
    const pair = [shine(getComputedStyle(item).color), shine(behind(item))].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${item.className} ${item.tagName}`);
  }
  return faint;
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def url(config, db) -> Iterator[str]:
    """A served application with some invented people, phones and records."""
    for number, level in enumerate(("high", "high", "medium", "low"), 1):
        due_on = TODAY + timedelta(days=7 * number - 14)
        db.returnees.insert_one(a_file(number, level=level, due_on=due_on))
    problem = {"code": "submission.processing_failed", "message": "Not worked through after 5 tries."}
    db.submissions.insert_one(a_submission(1, state="set_aside", problem=problem))
    devices.add(db, name="Phone 12", worker_id="worker-1", worker_name="Worker One", made_at=NOW)
    add_account(db, "administrator")
    served = make_server("127.0.0.1", 0, create_app(config, db, now=lambda: NOW), threaded=True)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.fixture
def open_page(browser: Browser, url: str):
    """Opens a fresh window at the sign-in page; what its console says is collected in `said`."""
    contexts = []

    def open_one(*, width: int = 1440, language: str = "en-GB", scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=url,
            viewport={"width": width, "height": 800},
            locale=language,
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.goto("/sign-in")
        return page

    yield open_one
    for context in contexts:
        context.close()


def sign_in(page: Page) -> None:
    page.fill("#user", "administrator")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/caseload")


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
    assert page.locator("h1").text_content() == "Caseload"
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
    for _ in range(12):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert "Sothea 1" in names
    page.locator("text=Sothea 1").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**" + PERSON)


def test_what_is_touched_on_a_phone_is_large_enough_for_a_thumb(open_page):
    page = open_page(width=360)
    sign_in(page)

    small = page.evaluate(
        "() => [...document.querySelectorAll('nav a, button, input:not([type=hidden])')]"
        ".map(item => [item.textContent.trim() || item.name, item.getBoundingClientRect().height])"
        ".filter(([name, height]) => height < 40)"
    )

    assert small == []


def test_khmer_is_drawn_with_a_khmer_font_and_room_for_subscripts(open_page):
    page = open_page(language="km-KH")
    sign_in(page)

    assert page.evaluate("document.fonts.check('16px \"Pteah Khmer\"', 'ខ្មែរ')")
    height = page.evaluate(
        "() => { const s = getComputedStyle(document.querySelector('main p, main caption'));"
        " return parseFloat(s.lineHeight) / parseFloat(s.fontSize) }"
    )
    assert height >= 1.65
