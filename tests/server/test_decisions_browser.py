"""Deciding about a case in a real browser: narrow and wide, English and Khmer, without scripts."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page

from server.app import create_app
from sync import worker
from sync.core.worker import Worker
from sync.store import returnees, workers
from tests.server.browsing import FAINT, FAULTS, served, sign_in
from tests.server.files import NOW
from tests.server.signed_in import add_account
from tests.test_pipeline import SCREENING, Desk

pytestmark = pytest.mark.browser

SCREENING_AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
BESIDES = {"doctor_today": "yes", "selfharm": "yes"}


@pytest.fixture
def code(published, java) -> str:
    """The case code of somebody who was met two hours ago and is in danger."""
    Desk(published, java).fill("screening", SCREENING | BESIDES, SCREENING_AT)
    worker.run_once(published, "test", lambda: NOW)
    return str(published.returnees.find_one()["case_code"])


@pytest.fixture
def url(config, published) -> Iterator[str]:
    seconds = itertools.count()
    app = create_app(config, published, now=lambda: NOW + timedelta(seconds=next(seconds)))
    for role in ("case_manager", "coordinator"):
        add_account(published, role)
    with served(app) as address:
        yield address


def open_case(page: Page, user: str, code: str) -> None:
    sign_in(page, user)
    page.goto(f"/caseload/{code}")


def send(page: Page, kind: str, *, nth: int = 0, **fields: str) -> None:
    """Fill in and send the form of this kind as a person would, opening what it is folded into."""
    form = page.locator(f"form:has(input[name=kind][value={kind}])").nth(nth)
    if form.locator("xpath=ancestor::details[not(@open)]").count():
        form.locator("xpath=ancestor::details/summary").click()
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        if name == "level":
            form.locator(f"[name=level][value={value}]").check()
        else:
            field.fill(value)
    form.locator("button").click()
    page.wait_for_selector("[role=status]")


@pytest.mark.parametrize("language", ["en-GB", "km-KH"])
@pytest.mark.parametrize("width", [360, 1440])
def test_an_alert_a_visit_and_a_level_are_decided_by_one_and_signed_by_another(
    open_page, published, code, width, language
):
    first = open_page(width=width, language=language, scripts=False)
    open_case(first, "case-manager", code)
    send(first, "acknowledge")
    send(first, "override", level="low", reason="Her aunt has taken her in.", until="2026-12-23")
    send(first, "excuse", reason="She is in hospital until Friday.")
    file = returnees.find(published, code)
    assert [bool(alert["acknowledged_by"]) for alert in file["alerts"]].count(True) == 1
    assert (file["risk"]["level"], file["risk"]["unsigned"]["by"]) == ("high", "case-manager")
    assert [item["ended"] for item in file["follow_ups"]].count("excused") == 1

    second = open_page(width=width, language=language, scripts=False)
    open_case(second, "coordinator", code)
    send(second, "sign")

    risk = returnees.find(published, code)["risk"]
    assert (risk["level"], risk["by_rules"]) == ("low", "high")


@pytest.mark.parametrize("language", ["en-GB", "km-KH"])
@pytest.mark.parametrize("width", [360, 1440])
def test_a_page_with_every_form_open_fits_can_be_read_and_needs_no_eyes(open_page, code, width, language):
    page = open_page(width=width, language=language)
    open_case(page, "case-manager", code)
    send(page, "override", level="low", reason="Her aunt has taken her in.")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(FAULTS) == []
    assert page.evaluate(FAINT) == []
    small = (
        "() => [...document.querySelectorAll('main button, main summary, main textarea, main label.choice')]"
        ".filter(item => item.getBoundingClientRect().height < 40).map(item => item.textContent)"
    )
    assert page.evaluate(small) == []
    assert page.said == []


def test_who_visits_the_family_and_the_states_decision_are_sent_as_chosen(open_page, published, code):
    for name in ("worker-1", "worker-2"):
        workers.meet(published, Worker(id=name, name=f"Name of {name}"))
    page = open_page()
    open_case(page, "case-manager", code)
    choose(page, "trace", about="started")
    choose(page, "identify", about="identified", authority="Police", until="2026-11-22")
    choose(page, "assign", about="worker-2")
    file = returnees.find(published, code)
    assert file["tracing"]["state"] == "started"
    assert file["identification"]["outcome"] == "identified"
    assert file["worker_id"] == "worker-2"


def test_no_form_of_a_person_carries_hidden_what_it_asks_for(open_page, code):
    page = open_page()
    open_case(page, "case-manager", code)
    asked = """() => [...document.querySelectorAll("main form")].flatMap((form) =>
      [...form.querySelectorAll("input[type=hidden]")].map((hidden) => hidden.name)
        .filter((name) => form.querySelector(`[name="${name}"]:not([type=hidden])`)))"""
    assert page.locator("main form [name=about]:not([type=hidden])").count() > 5
    assert page.evaluate(asked) == []


def choose(page: Page, kind: str, **fields: str) -> None:
    """Fill in the form of this kind, send it and wait until it is said to be kept."""
    form = page.locator(f"form:has(input[name=kind][value={kind}])")
    form.locator("xpath=ancestor::details/summary").click()
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        if name == "until":
            field.fill(value)
        else:
            field.select_option(value)
    if kind == "identify":
        form.locator("[name=asked_in_writing]").check()
    form.locator("button").click()
    page.wait_for_url(f"**done={kind}")
