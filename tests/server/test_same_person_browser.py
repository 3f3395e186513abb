"""The same person? Two merged and taken apart again in a real browser, while phones go on sending."""

import itertools
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from server.app import create_app
from sync.store import audit, returnees
from tests.desk import SCREENING, SCREENING_AT, Desk
from tests.server.browsing import FAINT, FAULTS, axe_faults, served, sign_in
from tests.server.signed_in import add_account
from tests.test_entities import HOUR, NEXT_DAY, TALK, Pocket, arrive, identical, problem_of

pytestmark = [pytest.mark.browser, pytest.mark.java]

NOW = NEXT_DAY + timedelta(hours=8)
FIRST = {"call_name": "Sok Dara", "contact_way": ["phone", "visit_home"]}
SECOND = {"call_name": "សុខ ដារា", "age_now": 32, "contact_way": ["visit_home"]}
DIFFERING = ("call_name", "age_now", "contact_way")


@pytest.fixture
def desk(published, java) -> Desk:
    return Desk(published, java)


@pytest.fixture
def phones(desk) -> tuple[Pocket, Pocket]:
    """Two workers who each registered somebody; by name, sex and age it may be the same woman."""
    province = desk.media("screening")["provinces.csv"].decode().splitlines()[1].split(",")[0]
    pockets = Pocket(desk), Pocket(desk, "worker-2")
    for hours, (pocket, more) in enumerate(zip(pockets, (FIRST, SECOND), strict=True)):
        at = SCREENING_AT + hours * HOUR
        answers = {**SCREENING, "province": province, **more}
        arrive(desk, pocket.fill("screening", answers, at), at + HOUR, pocket.worker_id)
        pocket.refresh()
    return pockets


@pytest.fixture
def url(config, published, phones) -> Iterator[str]:
    seconds = itertools.count()
    app = create_app(config, published, now=lambda: NOW + timedelta(seconds=next(seconds)))
    for role in ("case_manager", "coordinator"):
        add_account(published, role)
    with served(app) as address:
        yield address


def look(page: Page, name: str, width: int) -> None:
    """What everybody needs of a page, and its picture where somebody wants to look at it."""
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(FAULTS) == []
    assert page.evaluate(FAINT) == []
    assert axe_faults(page) == []
    if folder := os.environ.get("PTEAH_PICTURES"):
        page.screenshot(path=Path(folder) / f"same-{name}-{width}.png", full_page=True)


@pytest.mark.parametrize(("width", "language"), [(1440, "en-GB"), (360, "km-KH")], ids=["wide", "narrow"])
def test_two_are_merged_value_by_value_and_taken_apart_while_a_phone_still_holds_the_old_number(
    open_page, desk, phones, width, language
):
    db = desk.db
    stays, gone = (returnees.find(db, phone.only) for phone in phones)
    page = open_page(width=width, language=language)
    sign_in(page, "case-manager")
    look(page, "today", width)
    page.click("#pairs a")
    page.wait_for_url("**/duplicates")
    look(page, "pairs", width)
    page.click(".pairs a.button")
    page.wait_for_url("**/same/*")
    assert "Sok Dara" not in page.content(), "names are hidden until somebody asks"
    page.click("form.names button")
    page.wait_for_selector("form.names button[value=no]")
    look(page, "both", width)
    sides = dict(zip(re.findall("KH-[0-9A-Z-]+", page.url), ("one", "other"), strict=True))
    first, second = sides[stays["case_code"]], sides[gone["case_code"]]
    chosen = {one: page.get_attribute(f"[name='choose.{one}']:checked", "value") for one in DIFFERING}
    assert chosen == dict.fromkeys(DIFFERING, second), "what was said last counts where nobody chooses"
    page.check(f"[name='choose.call_name'][value={first}]")
    page.check(f"[name='choose.contact_way'][value={first}]")
    page.check(f"[name=stays][value={first}]")
    page.fill("#reason", "Both workers know her; she has two names.")
    page.click("[name=do][value=look]")
    page.wait_for_selector("#preview")
    look(page, "preview", width)
    assert db.decisions.count_documents({}) == 0, "nothing is merged before it is confirmed"
    page.click("[name=do][value=merge]")
    page.wait_for_selector("main [role=status]")
    look(page, "merged-her-page", width)

    file = returnees.find(db, gone["case_code"])
    assert (file["_id"], len(file["instances"])) == (stays["_id"], 2)
    assert (file["person"]["call_name"], file["person"]["age_now"]) == ("Sok Dara", 32)
    assert file["person"]["contact_way"] == ["phone", "visit_home"]
    assert set(file["entity"]["properties"]) == set(stays["entity"]["properties"])
    identical(desk, NOW)

    late = phones[1].fill("intake", {**TALK, "person": gone["_id"], "call_name": "Dara"}, NOW - HOUR)
    name = arrive(desk, late, NOW + HOUR, "worker-2")
    assert returnees.find(db, stays["_id"])["instances"] == [*stays["instances"], *gone["instances"], name]
    assert problem_of(desk, name) == "entity.conflict", "it did not know what was chosen: people look at it"

    lead = open_page(width=width, language=language)
    sign_in(lead, "coordinator")
    lead.goto(f"/caseload/{stays['case_code']}")
    lead.click(f"main a[href$='/questions/records/{name}']")
    lead.click("form.names button")
    lead.wait_for_selector("form.names button[value=no]")
    look(lead, "settle", width)
    lead.locator(".differs .option", has_text=re.compile(": Dara")).locator("input").check()
    lead.click("main .sheet button")
    lead.wait_for_url("**/questions?settled=yes")
    assert problem_of(desk, name) is None
    assert returnees.find(db, stays["_id"])["person"]["call_name"] == "Dara"

    page.reload()
    page.click(f"main a[href$='/same/{gone['case_code']}']")
    page.wait_for_url("**/same/*")
    look(page, "apart", width)
    page.fill("#reason", "Her sister came to the office.")
    page.click("[name=do][value=unmerge]")
    page.wait_for_selector("main [role=status]")
    first, second = (returnees.find(db, one["case_code"]) for one in (stays, gone))
    assert (first["instances"], second["instances"]) == (stays["instances"], [*gone["instances"], name])
    assert (first["person"], second["person"]["call_name"]) == (stays["person"], "Dara")
    assert problem_of(desk, name) is None
    identical(desk, NOW + 2 * HOUR)

    page.goto(f"/caseload/{stays['case_code']}/same/{gone['case_code']}")
    page.click("[name=do][value=apart]")
    page.wait_for_selector("main [role=status]")
    assert page.locator(".pairs li").count() == 0
    kinds = [entry["kind"] for entry in audit.about(db, gone["_id"])]
    assert {"look", "list", "decision"} <= set(kinds)
