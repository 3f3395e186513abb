"""Pairs of files that may be of one person: found when a file says something new, until people say not."""

import pytest

from sync.core.decision import Decision
from sync.core.returnee import fold
from sync.store import decisions, pairs, returnees
from sync.store.returnees import Change
from tests.core.builders import a_screening, an_indicator, rules_with

RULES = rules_with(an_indicator("H1", "high"))
IDS = [f"{number}f0c2a9e-9f1b-4a5e-8d1c-0a2b3c4d5e6f" for number in range(1, 10)]
SHE = {"call_name": "Sok Dara", "sex": "female", "age_now": 31, "province": "01", "village": "01020304"}


@pytest.fixture
def put(db):
    """Puts a file and looks for its pairs, as folding does; gives the file."""

    def put(number: int, **person):
        facts = {
            "call_name": "Sok Dara",
            "sex": "female",
            "age_now": 31,
            "province": "01",
            "village": "01020304",
        }
        screening = a_screening("2026-03-01", entity_id=IDS[number], **{**facts, **person})
        file = {**fold(IDS[number], [screening], RULES).document, "case_code": f"KH-01-2026-000{number}X"}
        before = returnees.stored(db, [IDS[number]]).get(IDS[number])
        assert returnees.replace(db, [Change(IDS[number], file, before and before["revision"])]) == set()
        pairs.look_for(db, [file])
        return file

    return put


def found(db) -> list[tuple[list[int], list[str]]]:
    return [
        ([IDS.index(name) for name in one["people"]], one["reasons"]) for one in pairs.listed(db, limit=50)
    ]


def test_who_may_be_the_same_is_found_whichever_came_first_and_however_she_is_written(db, put):
    put(0)
    put(1, call_name="សុខ ដារា", village="01020309")
    put(2, call_name="Sophea")
    put(3, province="02", village="02020304")

    assert found(db) == [([0, 1], ["sound", "sex", "age"])]
    put(1, call_name="Sok Dara")
    assert found(db) == [([0, 1], ["name", "sex", "age", "village"])]


def test_what_speaks_most_comes_first_and_pages_go_on_behind_the_last(db, put):
    for number, village in enumerate(("01020304", "01020304", "01020399")):
        put(number, village=village)

    everything = pairs.listed(db, limit=10)
    assert [one["strength"] for one in everything] == [5, 4, 4]
    assert pairs.listed(db, limit=10, after=everything[0]["_id"]) == everything[1:]
    assert [len(pairs.of(db, name)) for name in IDS[:3]] == [2, 2, 2]


def test_a_pair_goes_when_she_is_called_otherwise_and_when_her_file_goes(db, put):
    put(0)
    put(1)
    put(1, call_name="Sophea")
    assert found(db) == []
    put(1)
    pairs.forget(db, [IDS[0]])
    assert found(db) == []


def test_two_who_were_said_to_be_two_are_not_proposed_again(db, put):
    put(0)
    put(1)
    said = Decision(
        decision_id="d1", entity_id=IDS[0], kind="apart", at=a_screening().at, on=a_screening().on, by="lead",
        reason="twins", about=IDS[1],
    )  # fmt: skip
    decisions.keep(db, said)
    put(1, age_now=32)

    assert found(db) == []
    assert len(list(db.pairs.find({"apart": True}))) == 1


def test_no_name_and_no_answer_stands_in_a_pair(db, put):
    put(0)
    put(1)

    (pair,) = db.pairs.find()
    assert set(pair) == {"_id", "people", "one", "other", "reasons", "strength", "apart"}
    assert [set(pair[side]) for side in pairs.SIDES] == [{"_id", "worker_id", "places"}] * 2
