"""Who sees whom, as filters; and how few people a number may stand for."""

from hypothesis import given
from hypothesis import strategies as st

from sync.core.scope import (
    EVERYBODY,
    NOBODY,
    Reader,
    Roster,
    files_counted,
    files_for,
    files_on_request,
    submissions_for,
)
from sync.core.small_cells import share, without_small

ROSTER = Roster(
    team=frozenset({"w1"}), in_places=frozenset({"w2"}), own=frozenset({"w7"}), others=frozenset({"w8"})
)
HOUSE = {"worker_id": {"$nin": ["w8"]}}


def test_a_reader_of_the_caseload_sees_only_those_they_visit():
    reader = Reader(sight="caseload", worker_id="w1", teams=("north",), organisation="Partner", may_ask=True)

    assert files_for(reader, ROSTER) == {"worker_id": "w1"}
    assert submissions_for(reader, ROSTER) == {"worker_id": "w1"}
    assert files_on_request(reader, ROSTER) == NOBODY


def test_a_worker_without_a_caseload_sees_nobody():
    assert files_for(Reader(sight="caseload"), Roster()) == NOBODY


def test_who_sees_no_person_sees_none_with_a_reason_either_but_is_counted_for():
    reader = Reader(sight="nobody", places=("01",), may_ask=True)

    assert files_for(reader, ROSTER) == NOBODY
    assert files_on_request(reader, ROSTER) == NOBODY
    assert submissions_for(reader, ROSTER) == NOBODY
    assert files_counted(reader, Roster()) == {"$and": [EVERYBODY, {"$or": [{"places": {"$in": ["01"]}}]}]}


def test_with_neither_team_nor_place_a_reader_sees_their_organisation_and_no_other():
    assert files_for(Reader(sight="people"), Roster()) == EVERYBODY
    assert files_for(Reader(sight="people"), ROSTER) == HOUSE
    assert files_for(Reader(sight="people", organisation="Partner"), ROSTER) == {"worker_id": {"$in": ["w7"]}}


def test_teams_places_and_ones_own_caseload_add_up():
    reader = Reader(sight="people", worker_id="w5", teams=("north",), places=("0105", "02"))

    near = [{"worker_id": {"$in": ["w1", "w5"]}}, {"places": {"$in": ["0105", "02"]}}]
    assert files_for(reader, ROSTER) == {"$and": [HOUSE, {"$or": near}]}
    assert submissions_for(reader, ROSTER) == {"$and": [HOUSE, {"worker_id": {"$in": ["w1", "w2", "w5"]}}]}


def test_a_team_that_nobody_is_in_opens_nothing():
    assert files_for(Reader(sight="people", teams=("gone",)), Roster()) == {
        "$and": [EVERYBODY, {"$or": [NOBODY]}]
    }


def test_a_reason_opens_the_organisation_to_people_and_nothing_to_programs():
    assert files_on_request(Reader(sight="people", teams=("north",), may_ask=True), ROSTER) == HOUSE
    assert files_on_request(Reader(sight="people", teams=("north",)), ROSTER) == NOBODY


counts = st.dictionaries(st.sampled_from(["high", "medium", "low"]), st.integers(0, 30), min_size=3)


@given(counts)
def test_no_small_number_is_shown_and_no_total_gives_one_back(parts):
    shown = without_small(parts)
    left_out = [name for name in parts if shown[name] is None]

    assert all(count is None or count == 0 or count >= 5 for count in shown.values())
    assert all(shown[name] in (None, parts[name]) for name in parts)
    # One alone would be the total less the others; unless there are no others to hide it behind.
    assert len(left_out) != 1 or all(parts[name] == 0 for name in parts if name not in left_out)


@given(st.integers(0, 50), st.integers(0, 50))
def test_a_share_hides_what_few_people_are_and_what_few_are_not(one, other):
    few = 0 < one < 5 or 0 < other < 5
    assert share(one, one + other) == (None if few else one)
