"""Invented people: as many as wanted, the same for the same seed, marked, and gone when told."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from server.demo import add_people
from server.demo.answers import ONE, SEVERAL, WORK
from server.demo.people import ANXIETY, COUNTRIES, DEPRESSION, PTSD, invent
from server.demo.stage import set_stage
from sync.store import demo, returnees, submissions
from sync.store.connect import Db

NOW = datetime(2026, 3, 15, 3, 0, tzinfo=UTC)
TODAY = date(2026, 3, 15)
MARKED = [*demo.MARKED, "case_codes"]


def stored(db: Db) -> dict[str, Any]:
    """Everything about people, without what differs between two databases (random phone tokens)."""
    return {
        "submissions": [
            (one["_id"], one["sha256"], one["state"]) for one in db.submissions.find().sort("_id")
        ],
        "returnees": list(db.returnees.find({}, {"revision": 0}).sort("_id")),
    }


def test_many_invented_people_come_from_where_people_came_and_feel_as_they_felt() -> None:
    many = [invent(1, number, TODAY) for number in range(6000)]
    countries = Counter(person.country for person in many)
    for country, count in COUNTRIES.items():
        assert countries[country] / len(many) == pytest.approx(count / 986, abs=0.02)
    for trouble, share in (("depressed", DEPRESSION), ("anxious", ANXIETY), ("ptsd", PTSD)):
        assert sum(getattr(person, trouble) for person in many) / len(many) == pytest.approx(share, abs=0.02)


def test_wellbeing_answers_lie_on_the_side_of_the_cut_off_they_belong_to() -> None:
    for person in (invent(1, number, TODAY) for number in range(500)):
        phq = sum(person.items[f"phq{item}"] for item in range(1, 10))
        gad = sum(person.items[f"gad{item}"] for item in range(1, 8))
        assert (phq >= 10) == person.depressed
        assert (gad >= 10) == person.anxious
        assert (sum(person.items[f"ptsd{item}"] for item in range(1, 6)) >= 3) == person.ptsd


def test_as_many_people_as_wanted_with_histories_until_today_and_all_marked(published: Db) -> None:
    added = add_people(published, returnees=12, seed=3, now=NOW)
    assert (added.returnees, added.new) == (12, 12)
    assert published.returnees.count_documents({"demo": True}) == 12
    assert submissions.counts(published) == {"received": 0, "processed": added.submissions, "set_aside": 0}
    assert published.submissions.count_documents({"demo": False}) == 0
    files = list(returnees.every(published))
    assert len({file["risk"]["level"] for file in files}) > 1
    assert max(len(file["instances"]) for file in files) > 3
    assert all(file["registered_on"] <= TODAY.isoformat() for file in files)
    assert published.submissions.count_documents({"problem": {"$ne": None}}) == 0


def test_the_same_seed_adds_nobody_twice_and_more_people_are_added_to_those_there(published: Db) -> None:
    add_people(published, returnees=3, seed=5, now=NOW)
    before = stored(published)
    again = add_people(published, returnees=3, seed=5, now=NOW)
    assert (again.returnees, again.new, again.submissions) == (3, 0, 0)
    assert stored(published) == before
    more = add_people(published, returnees=4, seed=5, now=NOW)
    assert (more.returnees, more.new) == (4, 1)


def test_the_same_seed_gives_the_same_people_anywhere(published: Db) -> None:
    add_people(published, returnees=3, seed=9, now=NOW)
    first = stored(published)
    demo.remove(published)
    published.case_code_serials.drop()  # else they would get the next case codes, as real people must
    add_people(published, returnees=3, seed=9, now=NOW)
    assert stored(published) == first


def test_what_invented_people_say_is_on_the_lists_of_our_forms(published: Db) -> None:
    stage = set_stage(published, now=NOW)
    offered: dict[str, set[str]] = {}
    for form in stage.forms.values():
        for path, choices in form.blank.definition.choices.items():
            offered.setdefault(path.rpartition("/")[2], set()).update(choices)
    said = {question: set(shares) for question, shares in {**ONE, **SEVERAL}.items()}
    said |= {
        "country": set(COUNTRIES),
        "purpose": {row[0] for row in WORK},
        "exploit_type": {row[1] for row in WORK},
    }
    assert {question: names - offered.get(question, set()) for question, names in said.items()} == {
        question: set() for question in said
    }


def test_removing_takes_away_everything_invented_and_nothing_else(published: Db) -> None:
    add_people(published, returnees=3, seed=2, now=NOW)
    published.submissions.insert_one({"_id": "uuid:real", "demo": False, "touches": []})
    removed = demo.remove(published)
    assert removed["returnees"] == 3
    assert removed["case_codes"] == 3
    assert {name: published[name].count_documents({}) for name in MARKED} == {
        **dict.fromkeys(MARKED, 0),
        "submissions": 1,
    }
