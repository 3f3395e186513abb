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


def test_a_worker_is_meant_by_short_name_or_by_as_much_of_the_name_as_only_one_has(db):
    for short, name in (("dara", "Sok Dara"), ("d2", "Chan Dara"), ("maly", "Maly"), ("gone", "Malyna")):
        workers.add(db, Worker(id=short, name=name, left_at=AT if short == "gone" else None))

    assert workers.meant(db, "dara") == "dara"
    assert workers.meant(db, "chan DARA") == "d2"
    assert workers.meant(db, "maly") == "maly"
    assert workers.meant(db, "mal") == "maly"
    assert workers.meant(db, "") == ""
    assert workers.meant(db, "nobody at all") == "nobody at all"
    with pytest.raises(Problem) as problem:
        workers.meant(db, "Dara ")
    assert problem.value.code == "worker.several"
    assert "dara, d2" in problem.value.message("en") or "d2, dara" in problem.value.message("en")


def test_who_works_here_is_known_anew_after_every_change(db):
    workers.add(db, Worker(id="dara", name="Dara"))
    workers.every(db).clear()
    assert [one.name for one in workers.every(db)] == ["Dara"]

    workers.change(db, "dara", name="Sok Dara")
    assert [one.name for one in workers.every(db)] == ["Sok Dara"]
    workers.meet(db, Worker(id="maly", name="Maly"), Worker(id="dara", name="Ignored"))
    assert [one.name for one in workers.every(db)] == ["Maly", "Sok Dara"]
    assert workers.leave(db, "maly", at=AT).left_at == AT
    assert [one.is_active for one in workers.every(db)] == [False, True]
