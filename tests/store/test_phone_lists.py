"""MongoDB answers who is on a list exactly as the pure rule does. On a real MongoDB."""

import random
from datetime import date, timedelta

from bson import ObjectId

from server.phones.lists import list_of
from sync.core.file_parts import phone_row
from sync.core.phone_list import is_listed
from sync.core.worker import Worker
from sync.store import phone_lists, returnees, workers
from tests.server.files import a_file, a_follow_up
from tests.server.phones_kit import register

TODAY = date(2026, 3, 20)
WORKERS = [
    Worker(id="own", name="Own"),
    Worker(id="team", name="Team", team="north", covers="team"),
    Worker(id="mate", name="Mate", team="north", ahead_days=3),
    Worker(id="alone", name="Alone", covers="team"),
    Worker(id="places", name="Places", places=("2001", "14"), covers="places", ahead_days=0),
    Worker(id="nowhere", name="Nowhere", covers="places"),
]


def fill(db, chance: random.Random, people: int) -> None:
    for number in range(people):
        due = TODAY + timedelta(days=chance.randint(-60, 90))
        register(
            db,
            f"{number:04d}",
            worker_id=chance.choice([*(one.id for one in WORKERS), "nobody"]),
            deleted=chance.random() < 0.1,
            places=chance.choice([[], ["20", "2001", "200101"], ["14"], ["20", "2002"]]),
            next_due_on=chance.choice([due.isoformat()] * 5 + [None]),
        )


def test_the_question_to_mongodb_and_the_rule_agree_about_everybody(db):
    fill(db, random.Random(1), 300)
    for worker in WORKERS:
        workers.add(db, worker)
    workers.leave(db, "mate", at=ObjectId().generation_time)
    everybody = list(db.returnees.find())

    for worker_id in (*(one.id for one in WORKERS), "unknown here"):
        scope = phone_lists.scope_of(db, worker_id, TODAY)
        expected = {
            file["_id"] for file in everybody if is_listed(file, scope.worker, scope.team, scope.until)
        }
        gone = phone_lists.gone_from(db, scope, [file["_id"] for file in everybody])

        assert phone_lists.listed(db, scope).keys() == expected, worker_id
        assert {one for one, is_gone in gone.items() if not is_gone} == expected, worker_id
        assert {row.entity_id for row in list_of(db, worker_id, TODAY).rows} == expected, worker_id


def test_a_row_read_from_the_database_says_all_that_the_whole_file_says(db):
    visit = {**a_follow_up(1, due_on=TODAY), "agreed": True, "retry_on": "2026-03-19"}
    properties = {"province": "01", "village": "010501-02"}
    more = {"measured_on": {"phq": "2026-03-01", "ptsd": "2026-03-02"}, "known_on": "2026-03-18"}
    file = a_file(1, due_on=TODAY, follow_ups=[visit], **more)
    file["entity"]["properties"] = properties
    db.returnees.insert_one(file)

    (_, row) = phone_lists.rows(db, [file["_id"]])[file["_id"]]

    assert row == phone_row(file)
    assert [name for name, value in row.properties.items() if not value] == []
    assert row.properties["as_of"] == "2026-03-18"


def test_a_list_is_found_without_reading_anybodys_file(db):
    fill(db, random.Random(2), 50)
    question = {"worker_id": "own", "entity.deleted": False, "next_due_on": {"$lte": "2026-04-19"}}

    told = db.command(
        "explain",
        {"find": "returnees", "filter": question, "projection": {"revision": 1}},
        verbosity="executionStats",
    )["executionStats"]
    assert told["nReturned"] > 0
    assert told["totalDocsExamined"] == 0


def test_the_same_people_give_the_same_bytes_on_every_day_and_a_change_gives_others(db):
    fill(db, random.Random(3), 60)
    workers.add(db, Worker(id="own", name="Own", ahead_days=0))
    first = list_of(db, "own", TODAY)

    assert list_of(db, "own", TODAY + timedelta(days=1)) == first
    assert [row.properties["next_visit"] or "9" for row in first.rows] == sorted(
        row.properties["next_visit"] or "9" for row in first.rows
    )

    one = first.rows[0].entity_id
    file = returnees.stored(db, [one])[one]
    other = {**file, "person": {**file["person"], "call_name": "Other"}}
    returnees.replace(db, [returnees.Change(one, other, file["revision"])])
    changed = list_of(db, "own", TODAY)
    assert changed.md5 != first.md5
    assert [row for row in changed.rows if row.entity_id != one] == [
        row for row in first.rows if row.entity_id != one
    ]
