"""Every address that shows a page, in a real browser and in Khmer, on a phone's screen and on a wide one.

Which pages there are, test_routes says; a new one is looked at here by itself.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.server.browsing import FAULTS, axe_faults, served, sign_in
from tests.server.signed_in import add_account
from tests.server.test_routes import EXPECTED, WITH_FORM_ENGINE, address, app, things  # noqa: F401 - fixtures

pytestmark = pytest.mark.browser

ROLES = ("coordinator", "administrator")
NO_PAGES = re.compile(
    r"^/(api|static|calendar|metrics|healthz|readyz|session|month)|\.(xlsx|xml)$|/files/<|(token|part|recompute)$"
    r"|/preview$"
)
"""Programs read these, or they are files or parts of pages; the month is made to look like nobody's, and what
holds the form engine is looked at in test_workbench_browser and test_fill_browser."""
NARROW, WIDE = 360, 1440

# Three words of small letters in a row, in what a reader sees and what is not marked as English.
ENGLISH = """
() => {
  const found = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const around = texts.currentNode.parentElement;
    if (around.closest("[lang=en], bdi, code, .code, option, script")) continue;
    if (!around.checkVisibility()) continue;
    for (const [words] of texts.currentNode.textContent.matchAll(/[A-Za-z]{2,}(?:[ ,]+[a-z]{2,}){2,}/g))
      if (!/^(worker of|pteah)/.test(words)) found.add(words);
  }
  return [...found];
}
"""
WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture
def url(app, db, things) -> Iterator[str]:  # noqa: F811
    for role in ROLES:
        add_account(db, role, worker_id="worker-1", teams=("north",))
    with served(app) as shown:
        yield shown


def pages(role: str, before: tuple[str, ...]) -> list[str]:
    """The routes this role opens and none of those before did."""
    return [
        route
        for (method, route), may in EXPECTED.items()
        if method == "GET" and not NO_PAGES.search(route) and route not in WITH_FORM_ENGINE
        if role in may and not set(before) & set(may)
    ]


def faults_of(page: Page) -> list[str]:
    """What keeps somebody from reading this page."""
    found = page.evaluate(FAULTS) + page.evaluate(ENGLISH)
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate(WIDTH) > width:
            found.append(f"wider than {width}")
    found += axe_faults(page)
    if page.locator("form[data-leave]").count() != 1:
        found.append("no way to leave at once")
    return found


@pytest.mark.parametrize("role", ROLES)
def test_every_page_can_be_read_by_everybody_and_left_at_once(open_page, things, role):  # noqa: F811
    page = open_page(language="km-KH")
    sign_in(page, role)
    routes = pages(role, ROLES[: ROLES.index(role)])
    found = {}
    for route in routes:
        answer = page.goto(address(route, things))
        if answer.ok and "html" in answer.headers["content-type"]:
            found[route] = faults_of(page)

    assert {route: faults for route, faults in found.items() if faults} == {}
    assert len(found) > len(routes) / 2
    assert [line for line in page.said if "Content Security Policy" in line] == []
