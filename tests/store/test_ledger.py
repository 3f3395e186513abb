"""Which records a phone began and did not get through, from the numbers of those that arrived."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sync.core.running_number import running_number
from sync.store import ledger
from sync.store.ledger import Arrived

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
_numbers = itertools.count()


def note(db, *numbers: int, device="phone", install="i1", form="followup", at=NOW) -> None:
    for number in numbers:
        one = Arrived(device_id=device, install_id=install, form_id=form, number=number)
        ledger.note(db, [one], at=at)


def missing(db, device="phone") -> list[tuple[str, str, tuple[int, ...]]]:
    return [(gap.install_id, gap.form_id, gap.missing) for gap in ledger.gaps(db, device)]


@pytest.mark.parametrize(
    ("arrived", "gone"),
    [
        ((1, 2, 3), ()),
        ((1, 4), (2, 3)),
        ((3,), (1, 2)),
        ((4, 1, 2, 3), ()),
        ((1, 1, 2, 2, 2), ()),
        ((1, 3, 3, 5), (2, 4)),
    ],
)
def test_what_is_missing_is_what_lies_between_the_numbers_that_arrived(db, arrived, gone):
    note(db, *arrived)

    assert [numbers for _, _, numbers in missing(db)] == ([gone] if gone else [])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrived=st.lists(st.integers(1, 12), min_size=1, max_size=15))
def test_in_any_order_and_however_often_the_same_is_missing(db, arrived):
    device = f"phone-{next(_numbers)}"
    note(db, *arrived, device=device)

    gone = tuple(sorted(set(range(1, max(arrived) + 1)) - set(arrived)))
    assert [numbers for _, _, numbers in missing(db, device)] == ([gone] if gone else [])


def test_each_form_and_each_installation_counts_for_itself(db):
    note(db, 1, 2, 3, install="before")
    note(db, 1, 3, install="after")
    note(db, 2, install="after", form="intake")

    assert sorted(missing(db)) == [("after", "followup", (2,)), ("after", "intake", (1,))]
    assert ledger.missing_by_device(db) == {"phone": 2}


def test_a_gap_is_as_old_as_its_first_sight_and_gone_when_it_is_filled(db):
    note(db, 1, 3, at=NOW)
    note(db, 5, at=NOW + timedelta(days=1))
    assert [gap.since for gap in ledger.gaps(db)] == [NOW]

    note(db, 2, 4, at=NOW + timedelta(days=2))
    assert ledger.gaps(db) == []
    note(db, 7, at=NOW + timedelta(days=3))
    assert [gap.since for gap in ledger.gaps(db)] == [NOW + timedelta(days=3)]


def test_each_number_is_overdue_by_itself_and_a_settled_one_makes_no_later_one_so(db):
    note(db, 1, 3, at=NOW)
    ledger.settle(db, "phone", by="sok", at=NOW)
    note(db, 5, 7, at=NOW + timedelta(days=3))
    note(db, 9, at=NOW + timedelta(days=4))

    (gap,) = ledger.gaps(db)
    assert (gap.missing, gap.since) == ((4, 6, 8), NOW + timedelta(days=3))
    assert gap.overdue(NOW + timedelta(days=3)) == ()
    assert gap.overdue(NOW + timedelta(days=4)) == (4, 6)


def test_what_somebody_looked_into_is_not_said_again_and_what_is_missing_later_is(db):
    note(db, 1, 4)
    settled = ledger.settle(db, "phone", by="sok", at=NOW)
    assert [gap.missing for gap in settled] == [(2, 3)]
    assert ledger.gaps(db) == []

    note(db, 6)
    assert missing(db) == [("i1", "followup", (5,))]
    note(db, 2)  # it came after all
    assert missing(db) == [("i1", "followup", (5,))]


def test_a_leap_too_far_to_be_true_says_nothing_is_missing(db):
    note(db, 1, 900_000, 900_002)

    assert missing(db) == [("i1", "followup", (900_001,))]


@pytest.mark.parametrize("text", ["$missing", "$$ROOT", "a.b", "x:y"])
def test_names_that_phones_chose_are_kept_as_text(db, text):
    note(db, 2, install=text, device=text)

    assert missing(db, text) == [(text, "followup", (1,))]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("", None),
        ("0", None),
        ("-3", None),
        ("7.0", None),
        ("៧", None),
        ("9" * 30, None),
    ],
)
def test_a_number_is_read_only_where_it_is_one(written, number):
    root = etree.fromstring(f"<data><running_number>{written}</running_number></data>")

    assert running_number(root) == number


def test_a_form_that_does_not_count_has_no_number():
    assert running_number(etree.fromstring("<data><q>1</q></data>")) is None
