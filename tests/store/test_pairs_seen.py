"""Whose pairs a reader is shown: those of which both people are theirs, and only these are read for it."""

import random
from itertools import combinations

import pytest

from sync.store import caseload, pairs, returnees
from sync.store.connect import ensure_indexes
from sync.store.returnees import Change
from tests.store.test_counting import PLACES, SCOPES, WORKERS, some_file


def a_pair(one: dict, other: dict, chance: random.Random) -> dict:
    return pairs._pair(one, other, ["sound"] * chance.randrange(1, 4), set())


@pytest.fixture
def files(db) -> list[dict]:
    """Forty people, of whom any two may be one person with a chance of one in ten."""
    chance = random.Random(3)
    found = [some_file(number, chance) for number in range(40)]
    db.returnees.insert_many(found)
    likely = [two for two in combinations(found, 2) if chance.random() < 0.1]
    db.pairs.insert_many([a_pair(*two, chance) for two in likely])
    return found


def one_by_one(db, within) -> list[str]:
    """The same by looking at each pair of everybody's: whose are both?"""
    return [
        pair["_id"]
        for pair in pairs.listed(db, limit=0)
        if caseload.ids_within(db, within, pair["people"]) >= set(pair["people"])
    ]


def page_by_page(db, within) -> list[str]:
    found: list[str] = []
    while some := pairs.listed(db, within, limit=3, after=found[-1] if found else None):
        found += [pair["_id"] for pair in some]
    return found


def test_shown_are_the_pairs_of_which_both_are_the_readers_also_after_people_moved(db, files):
    chance, before = random.Random(4), {}
    for name, within in SCOPES.items():
        before[name] = page_by_page(db, within)
        assert before[name] == one_by_one(db, within), name
    assert 0 < len(before["a worker"]) < len(before["a team or a place"]) < len(before["everybody"])

    moved = []
    for file in chance.sample(files, 20):
        there = returnees.stored(db, [file["_id"]])[file["_id"]]
        place = chance.choice(PLACES)
        now = {**there, "worker_id": chance.choice(WORKERS), "places": [place[:2], place]}
        assert returnees.replace(db, [Change(file["_id"], now, there["revision"])]) == set()
        moved.append(now)
    pairs.follow(db, moved)
    after = {name: page_by_page(db, within) for name, within in SCOPES.items()}
    assert after == {name: one_by_one(db, within) for name, within in SCOPES.items()}
    assert after["a team"] != before["a team"]


def test_pairs_from_before_both_sides_stood_in_them_are_shown_to_the_same_after_a_start(db, files):
    now = list(db.pairs.find().sort("_id", 1))
    db.pairs.update_many({}, {"$unset": dict.fromkeys(pairs.SIDES, "")})
    ensure_indexes(db)
    assert list(db.pairs.find().sort("_id", 1)) == now
    assert pairs.bring_up_to_date(db) == 0


def test_for_a_team_or_a_place_no_pair_of_others_is_read(db, files):
    chance = random.Random(5)
    others = [some_file(number, chance) | {"worker_id": "z", "places": ["09"]} for number in range(50, 90)]
    db.pairs.insert_many([a_pair(*two, chance) | {"strength": 9} for two in combinations(others, 2)])
    for name in ("a worker", "a team", "a place", "a team or a place", "an organisation"):
        db.command("profile", 2, filter={"ns": f"{db.name}.pairs"})
        pairs.listed(db, SCOPES[name], limit=6)
        db.command("profile", 0)
        (asked,) = db["system.profile"].find({"command.find": "pairs"}).sort("ts", -1).limit(1)
        assert asked["docsExamined"] <= len(list(db.pairs.find({"one.worker_id": {"$ne": "z"}}))), name
