"""What people decided besides level and visits, folded: who goes, who helps, what the State decided."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sync.core import casework
from sync.core.decision import Decision
from tests.core.builders import ENTITY, a_protocol, a_screening

FIRST = date(2026, 3, 1)


def decided(*said: tuple, **more) -> list[Decision]:
    """Decisions on days after each other: (kind, about, details)."""
    found = []
    for place, (kind, about, *details) in enumerate(said, start=1):
        on = FIRST + timedelta(days=place)
        found.append(
            Decision(
                decision_id=f"d{place}",
                entity_id=ENTITY,
                kind=kind,
                at=datetime.combine(on, datetime.min.time(), tzinfo=UTC),
                on=on,
                by=f"user-{place}",
                reason="",
                about=about,
                **({"details": details[0]} if details else {}),
                **more,
            )
        )
    return found


def parts(*said: tuple, **more) -> dict:
    return casework.parts(a_screening(), decided(*said, **more), a_protocol())


def test_she_belongs_to_whoever_registered_her_until_she_is_handed_over():
    assert parts()["worker_id"] == "worker-1"
    assert parts(("assign", "worker-2"), ("assign", "worker-3"))["worker_id"] == "worker-3"


def test_a_referral_keeps_every_step_with_its_day():
    (referral,) = parts(
        ("refer", "hagar"),
        ("answer_referral", "d1", {"answer": "accepted"}),
        ("answer_referral", "d1", {"answer": "done"}),
    )["referrals"]
    assert referral["service"] == "hagar"
    assert [(step["state"], step["on"]) for step in referral["history"]] == [
        ("sent", "2026-03-02"),
        ("accepted", "2026-03-03"),
        ("done", "2026-03-04"),
    ]
    assert not casework.is_open(referral)


def test_an_answer_to_a_referral_that_does_not_exist_changes_nothing():
    assert parts(("answer_referral", "d9", {"answer": "done"}))["referrals"] == []


def test_tracing_and_the_formal_decision_are_as_they_were_last_said():
    found = parts(
        ("trace", "started"), ("trace", "found"), ("identify", "identified", {"authority": "Police"})
    )
    assert found["tracing"] == {"state": "found", "on": "2026-03-03"}
    assert found["identification"] == {"outcome": "identified", "on": "2026-03-04", "authority": "Police"}
    assert parts()["tracing"] is None
    assert parts()["identification"] is None


def test_the_time_to_rest_and_to_think_is_thirty_days_unless_the_protocol_says_more():
    birth = a_screening()
    assert casework.reflection_ends_on(birth, a_protocol()) == date(2026, 3, 31)
    longer = a_protocol(settings={"reflection_days": "45"})
    assert casework.reflection_ends_on(birth, longer) == date(2026, 4, 15)


CORRECTION = ("correct", "uuid:one", {"path": "/data/phq1", "value": "2"})


def test_of_two_corrections_of_one_answer_the_later_one_counts():
    again = ("correct", "uuid:one", {"path": "/data/phq1", "value": "1"})
    assert casework.corrections_in_force(decided(CORRECTION, again)) == {"uuid:one": {"/data/phq1": "1"}}


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        pytest.param((), False, id="nobody signed"),
        pytest.param((("sign", "d1"),), True, id="signed by another person"),
        pytest.param((("sign", "d1"), ("take_back", "d1")), None, id="signed and taken back"),
        pytest.param((("take_back", "d1"),), None, id="taken back"),
        pytest.param((("sign", "d7"),), False, id="something else was signed"),
    ],
)
def test_a_correction_that_lowers_counts_once_another_person_signed_it(said, counts):
    made = decided(CORRECTION, *said, to_be_signed=True)
    in_force = casework.corrections_in_force(made)
    listed = casework.parts(a_screening(), made, a_protocol())["corrections"]
    assert bool(in_force) is bool(counts)
    assert [one["counts"] for one in listed] == ([] if counts is None else [counts])


def test_nobody_signs_their_own_correction():
    correction, signature = decided(CORRECTION, ("sign", "d1"), to_be_signed=True)
    own = Decision(**{name: getattr(signature, name) for name in Decision.__slots__} | {"by": correction.by})
    assert casework.corrections_in_force([correction, own]) == {}
