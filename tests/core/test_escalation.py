"""Who is told of an alert and when, as long as nobody takes it on."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.core.escalation import Due, digest_due, send_at, steps_due
from tests.core.builders import a_protocol

RAISED = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)  # ten in the morning in Cambodia


def a_file(**alert):
    given = {
        "id": "a1",
        "raised_at": RAISED,
        "answer_by": RAISED + timedelta(hours=12),
        "acknowledged_at": None,
    }
    return {"alerts": [given | alert]}


def steps(after_hours: float, file=None, **settings: str) -> list[str]:
    now = RAISED + timedelta(hours=after_hours)
    return [due.step for due in steps_due(file or a_file(), a_protocol(settings=settings), now)]


def test_worker_and_case_manager_are_told_at_once_and_the_coordinator_when_half_the_time_is_gone():
    assert steps(0) == ["worker", "manager"]
    assert steps(5.99) == ["worker", "manager"]
    assert steps(6) == ["worker", "manager", "coordinator"]


def test_the_programme_sets_how_soon_each_is_told():
    late = {"tell_manager_after_percent": "25", "tell_coordinator_after_percent": "100"}
    assert steps(2.9, **late) == ["worker"]
    assert steps(3, **late) == ["worker", "manager"]
    assert steps(12, **late) == ["worker", "manager", "coordinator"]


def test_nobody_is_told_of_an_alert_that_somebody_took_on():
    assert steps(9, a_file(acknowledged_at=RAISED)) == []


def test_a_step_says_since_when():
    (last,) = [
        one
        for one in steps_due(a_file(), a_protocol(), RAISED + timedelta(days=2))
        if one.step == "coordinator"
    ]
    assert last == Due("a1", "coordinator", RAISED + timedelta(hours=6))


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        pytest.param("2026-03-02T13:59", "2026-03-02T13:59", id="before nine in the evening"),
        pytest.param("2026-03-02T14:00", "2026-03-02T23:00", id="at nine it waits until six"),
        pytest.param("2026-03-02T18:30", "2026-03-02T23:00", id="in the night until the same morning"),
        pytest.param("2026-03-02T22:59", "2026-03-02T23:00", id="a minute before six"),
        pytest.param("2026-03-02T23:00", "2026-03-02T23:00", id="at six"),
    ],
)
def test_what_can_wait_waits_until_the_quiet_hours_are_over(wanted, sent):
    at = datetime.fromisoformat(f"{wanted}+00:00")
    assert send_at(at, a_protocol(), urgent=False) == datetime.fromisoformat(f"{sent}+00:00")
    assert send_at(at, a_protocol(), urgent=True) == at, "danger does not wait"


def test_quiet_hours_within_one_day_are_kept_too():
    noon = a_protocol(settings={"quiet_from_hour": "12", "quiet_until_hour": "14"})
    at = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
    assert send_at(at, noon, urgent=False) == datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def test_the_digest_is_of_the_cambodian_day():
    assert digest_due(datetime(2026, 3, 1, 23, 59, tzinfo=UTC), a_protocol()) is None
    assert digest_due(datetime(2026, 3, 2, 0, 0, tzinfo=UTC), a_protocol()) == "2026-03-02"
