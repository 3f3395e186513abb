"""Alerts, reasons to look at a case, and what must hold to close it. Rules: domain.md 3.4, 6.2, 6.4."""

from datetime import UTC, date, datetime

import pytest

from sync.core.closure import criteria
from sync.core.decision import Decision
from sync.core.protocol import Closure
from sync.core.returnee import fold
from tests.core.builders import ENTITY, a_protocol, a_record, a_screening, an_indicator, rules_with, two

SETTINGS = {
    **a_protocol().settings,
    "overdue_review_days_low": "60",
    "failed_attempts_before_review": "3",
    "supervisor_review_days": "90",
}
CLOSURE = (
    Closure(name="months_since_return", label=two("Months"), value="12"),
    Closure(name="months_since_return_child", label=two("Months, child"), value="24"),
    Closure(name="low_visits", label=two("Low visits"), value="2"),
    Closure(name="low_visits_days_apart", label=two("Days apart"), value="60"),
    Closure(name="days_without_h1", label=two("Days without"), value="90"),
    Closure(name="no_threat", label=two("No threat"), value="yes"),
    Closure(name="person_agrees", label=two("She agrees"), value="yes"),
)
PROTOCOL = a_protocol(settings=SETTINGS, closure=CLOSURE)
RULES = rules_with(
    an_indicator("H1", "high", respond_within_hours=12),
    an_indicator("H2", "high", respond_within_hours=24),
    an_indicator("M1", "medium", respond_within_hours=240),
    protocol=PROTOCOL,
)


def file_of(*records, as_of: str | None = None, decisions=()) -> dict:
    day = date.fromisoformat(as_of) if as_of else None
    found = fold(ENTITY, records, RULES, decisions=decisions, as_of=day)
    assert found is not None
    return dict(found.document)


def a_decision(kind: str, on: str, about: str = "") -> Decision:
    at = datetime.fromisoformat(f"{on}T05:00:00").replace(tzinfo=UTC)
    return Decision(
        decision_id=f"{kind}-{on}",
        entity_id=ENTITY,
        kind=kind,
        at=at,
        on=at.date(),
        by="lead",
        reason="",
        about=about,
    )


def test_a_same_day_answer_raises_an_alert_that_counts_from_its_arrival():
    record = a_screening(met={"H1": True, "M1": True}, received_after_hours=30)

    (alert,) = file_of(record)["alerts"]

    assert alert["code"] == "H1"
    assert alert["raised_at"] == record.received_at
    assert (alert["answer_by"] - alert["raised_at"]).total_seconds() == 12 * 3600


def test_an_answer_that_stands_already_raises_no_second_alert_and_one_that_comes_back_does():
    records = [
        a_screening(met={"H1": True}),
        a_record("2026-03-05", met={"H1": True}),
        a_record("2026-03-09", met={"H1": False}),
        a_record("2026-03-12", met={"H1": True}),
    ]

    assert [alert["instance_id"] for alert in file_of(*records)["alerts"]] == [
        "uuid:screening-2026-03-01",
        "uuid:followup-2026-03-12",
    ]


def test_somebody_who_takes_an_alert_on_is_named_with_the_time():
    name = file_of(a_screening(met={"H2": True}))["alerts"][0]["id"]
    taken = a_decision("acknowledge", "2026-03-01", about=name)

    (alert,) = file_of(a_screening(met={"H2": True}), decisions=[taken])["alerts"]

    assert (alert["acknowledged_by"], alert["acknowledged_at"]) == ("lead", taken.at)


def reasons(file: dict) -> list[str]:
    return [reason["code"] for reason in file["risk"]["look"]]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        pytest.param("2026-05-02", [], id="59 days late is waited for"),
        pytest.param("2026-05-03", ["overdue"], id="60 days late at level low asks a coordinator to look"),
    ],
)
def test_a_visit_that_is_long_overdue_asks_somebody_to_look(today, expected):
    """The intake was due on 4 March."""
    file = file_of(a_screening(), as_of=today)

    assert reasons(file) == expected
    assert file["risk"]["review"] == bool(expected)


def test_three_attempts_that_failed_ask_somebody_to_look():
    tries = [a_record(f"2026-03-{day}", outcome="not_home") for day in (18, 19, 20)]

    assert reasons(file_of(a_screening(), *tries[:2])) == []
    assert reasons(file_of(a_screening(), *tries)) == ["attempts"]


def test_a_grave_case_is_looked_at_every_ninety_days_and_a_look_counts():
    screening = a_screening(met={"M1": True})
    look = a_decision("review", "2026-05-20")

    assert "supervisor_review" in reasons(file_of(screening, as_of="2026-05-30"))
    assert "supervisor_review" not in reasons(file_of(screening, as_of="2026-05-30", decisions=[look]))
    assert "supervisor_review" in reasons(file_of(screening, as_of="2026-08-18", decisions=[look]))


def met(file: dict, today: str) -> dict[str, bool | None]:
    return {row["name"]: row["met"] for row in criteria(file, PROTOCOL, date.fromisoformat(today))}


WELL = [
    a_screening("2026-03-01", return_date="2026-02-20", met={"H1": False}),
    a_record("2026-06-01", outcome="done", met={"H1": False}),
]


def test_what_must_hold_to_close_is_read_off_her_file_and_the_rest_is_for_people_to_say():
    assert met(file_of(*WELL), "2027-02-21") == {
        "months_since_return": True,
        "months_since_return_child": True,
        "low_visits": True,
        "low_visits_days_apart": True,
        "days_without_h1": True,
        "no_threat": True,
        "person_agrees": None,
    }


def test_eleven_months_are_not_twelve_and_a_child_needs_twenty_four():
    assert met(file_of(*WELL), "2027-01-20")["months_since_return"] is False
    child = file_of(*WELL, a_record("2026-07-01", is_child="yes"))
    assert met(child, "2027-06-01")["months_since_return_child"] is False


def test_a_threat_or_a_sign_of_self_harm_keeps_a_case_open():
    threatened = file_of(*WELL, a_record("2026-09-01", met={"H2": True}))
    in_danger = file_of(
        *WELL, a_record("2026-09-01", met={"H1": True}), a_record("2026-09-05", met={"H1": False})
    )

    assert met(threatened, "2027-06-01")["no_threat"] is False
    assert met(in_danger, "2026-11-01")["days_without_h1"] is False
    assert met(in_danger, "2026-12-15")["days_without_h1"] is True
    assert met(in_danger, "2026-12-15")["low_visits"] is False
