"""What a real browser is asked about a page, and how the pages are served to it."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from flask import Flask
from playwright.sync_api import Locator, Page, TimeoutError
from werkzeug.serving import make_server

from tests.server.signed_in import PASSWORD

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
  if (all("script:not([src]), style, [style], [onclick]").length) faults.push("inline script or style");
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

# What ODK Web Forms 0.22.0 does not say to a screen reader; our own part has none of these.
FAULTS_OF_THE_ENGINE = {
    "label",
    "button-name",
    "aria-required-attr",
    "aria-input-field-name",
    "color-contrast",
}


AXE = Path(__file__).parents[2] / "server/people/assets/node_modules/axe-core/axe.min.js"
SERIOUS = ("serious", "critical")


def axe_faults(page: Page) -> list[str]:
    """What axe finds on this page that keeps somebody from using it: rule, and where."""
    page.evaluate(_axe())
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


@cache
def _axe() -> str:
    # As text, not as an element of the page: the content policy of our pages would refuse that.
    return AXE.read_text(encoding="utf-8")


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address at which this application answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def sign_in(page: Page, user: str = "administrator") -> None:
    """Sign in as a person does, and wait for the first page."""
    page.fill("#user", user)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    if "/account/second-step" in page.url:  # not set up by accounts of tests, who are in their first days
        page.goto("/")


def by_tab(page: Page, what: Locator) -> None:
    """Go to this with the Tab key alone."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if what.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError("the Tab key does not come there")


def choose(page: Page, field: Locator, path: Path | str) -> None:
    """Choose this file there by keyboard; a browser that is busy may not hear a key, so again then."""
    page.wait_for_load_state()
    by_tab(page, field)
    for _ in range(5):
        try:
            with page.expect_file_chooser(timeout=10_000) as chosen:
                page.keyboard.press("Space")
        except TimeoutError:
            continue
        chosen.value.set_files(path)
        return
    raise AssertionError("the Space key opens no window to choose a file in")


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
