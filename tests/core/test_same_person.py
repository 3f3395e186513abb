"""Whether two files may be of one person: reasons for people, never a verdict."""

import pytest

from sync.core.same_person import possible_same_person


def a_file(registered_on="2026-03-01", **person):
    known = {
        "call_name": "Sok Dara",
        "sex": "female",
        "age_now": 31,
        "province": "01",
        "commune": "010203",
        "village": "010203-4",
        "return_date": "2026-02-11",
        "country": "th",
    }
    return {"registered_on": registered_on, "person": {**known, **person}}


def test_everything_that_speaks_for_it_is_said():
    assert possible_same_person(a_file(), a_file()) == (
        "name",
        "sex",
        "age",
        "village",
        "returned",
        "country",
    )


@pytest.mark.parametrize("name", ["សុខ ដារា", "Sokh Darah", "SOKDARA", "Dara", "ដារា", "Dara Sok"])
def test_a_name_is_the_same_however_it_is_written(name):
    assert "village" in possible_same_person(a_file(), a_file(call_name=name))


@pytest.mark.parametrize(
    "other",
    [
        {"call_name": "Sophea"},
        {"call_name": "Sok Sophea"},
        {"call_name": ""},
        {"province": "02"},
        {"sex": "male"},
        {"age_now": 28},
        {"age_now": 34},
    ],
    ids=str,
)
def test_what_rules_it_out(other):
    assert possible_same_person(a_file(), a_file(**other)) == ()


def test_the_year_of_birth_counts_and_not_the_age_on_the_day():
    later = a_file(registered_on="2028-03-01", age_now=33)

    assert "age" in possible_same_person(a_file(), later)


def test_a_shared_call_name_alone_is_not_enough():
    bare = a_file(sex="", age_now=None, commune="", village="", return_date="", country="")

    assert possible_same_person(a_file(), bare) == ()
    assert possible_same_person(
        a_file(), {**bare, "person": {**bare["person"], "return_date": "2026-02-25"}}
    ) == (
        "name",
        "returned",
    )


def test_what_is_not_known_rules_nothing_out():
    unsure = a_file(age_now=None, sex="")

    assert possible_same_person(a_file(), unsure) == ("name", "village", "returned", "country")


def test_it_does_not_matter_which_comes_first():
    one, other = a_file(), a_file(call_name="Dara", age_now=32)

    assert possible_same_person(one, other) == possible_same_person(other, one) != ()
