"""How long somebody's data is kept: by where the case stands, never while it is open."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from sync.core.decision import Decision
from sync.core.retention import kept_until
from sync.core.times import PHNOM_PENH
from tests.core.builders import an_indicator, rules_with

PROTOCOL = rules_with(an_indicator("H1", "high")).protocol


def a_file(status: str = "closed", *, palermo: str = "", **person: object) -> dict:
    scores = {"palermo": {"value": palermo, "on": "2026-01-31"}} if palermo else {}
    return {
        "status": status,
        "registered_on": "2026-03-01",
        "known_on": "2026-05-01",
        "person": {"is_child": False, **person},
        "scores": scores,
    }


def closed(on: str) -> Decision:
    at = datetime.fromisoformat(on).replace(tzinfo=PHNOM_PENH)
    return Decision(
        decision_id="1", entity_id="e", kind="close", at=at, on=at.date(), by="dara", reason="Done."
    )


def test_an_open_case_is_kept():
    assert kept_until(a_file("follow_up"), [], PROTOCOL) is None
    assert kept_until(a_file("screened", palermo="indications"), [], PROTOCOL) is None


def test_a_closed_case_is_kept_five_years_from_the_day_it_was_closed():
    assert kept_until(a_file(), [closed("2026-04-30")], PROTOCOL) == (date(2031, 4, 30), "closed")


def test_where_nobody_decided_the_last_day_anything_was_known_counts():
    assert kept_until(a_file(), [], PROTOCOL) == (date(2031, 5, 1), "closed")


@pytest.mark.parametrize(("age", "year"), [(10, 2039), (17, 2032), (None, 2049), (-3, 2049)])
def test_a_child_is_kept_until_grown_up_for_certain(age, year):
    file = a_file(is_child=True, age_now=age)
    assert kept_until(file, [closed("2026-04-30")], PROTOCOL) == (date(year, 12, 31), "child")


def test_a_first_talk_without_any_sign_is_kept_twelve_months():
    file = a_file("screened", palermo="no_indication")
    assert kept_until(file, [], PROTOCOL) == (date(2027, 1, 31), "no_indication")


def test_coordinators_set_the_years_in_their_protocol():
    protocol = replace(PROTOCOL, settings={**PROTOCOL.settings, "retention_years": "1"})
    assert kept_until(a_file(), [closed("2028-02-29")], protocol) == (date(2029, 2, 28), "closed")
