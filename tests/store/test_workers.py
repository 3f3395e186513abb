"""The outreach workers, as coordinators enter them. On a real MongoDB."""

from datetime import UTC, datetime

import pytest

from sync.core.problem import Problem
from sync.core.worker import Worker
from sync.store import devices, workers

AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


def test_a_worker_is_read_back_as_entered(db):
    worker = Worker(
        id="dara", name="Dara", team="north", places=("20", "2001"), covers="team", ahead_days=None
    )
    workers.add(db, worker)

    assert workers.find(db, "dara") == worker
    assert workers.every(db) == [worker]


def test_two_workers_never_share_a_short_name(db):
    workers.add(db, Worker(id="dara", name="Dara"))

    with pytest.raises(Problem) as problem:
        workers.add(db, Worker(id="dara", name="Another Dara"))

    assert problem.value.code == "worker.exists"
    assert workers.named(db, "dara").name == "Dara"


def test_a_phone_enters_a_worker_whom_nobody_entered_and_changes_one_who_is_known_in_nothing(db):
    workers.add(db, Worker(id="dara", name="Dara", team="north"))
    for worker_id in ("dara", "sophea"):
        devices.add(db, name="Phone", worker_id=worker_id, worker_name="As the phone says", made_at=AT)

    assert workers.named(db, "dara") == Worker(id="dara", name="Dara", team="north")
    assert workers.named(db, "sophea") == Worker(id="sophea", name="As the phone says")


def test_a_team_is_all_who_work_in_it_and_without_a_name_there_is_no_team(db):
    for worker_id, team in (("a", "north"), ("b", "north"), ("c", "south"), ("d", "")):
        workers.add(db, Worker(id=worker_id, name=worker_id, team=team))
    workers.leave(db, "b", at=AT)

    assert workers.of_team(db, "north") == ["a", "b"]
    assert workers.of_team(db, "") == []


def test_a_worker_leaves_and_comes_back(db):
    workers.add(db, Worker(id="dara", name="Dara"))

    assert not workers.leave(db, "dara", at=AT).is_active
    assert workers.named(db, "dara").left_at == AT
    assert workers.come_back(db, "dara").is_active


def test_a_change_leaves_the_rest_and_an_unknown_worker_is_said_so(db):
    workers.add(db, Worker(id="dara", name="Dara", team="north"))

    assert workers.change(db, "dara", places=("20",)) == workers.named(db, "dara")
    assert workers.named(db, "dara") == Worker(id="dara", name="Dara", team="north", places=("20",))
    with pytest.raises(Problem) as problem:
        workers.change(db, "nobody", name="Nobody")
    assert problem.value.code == "worker.unknown"
