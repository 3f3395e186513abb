"""Counts are what the lists show: whoever is counted is listed, whoever reads, whatever they chose."""

import random
from datetime import timedelta

import pytest

from sync.core.listed import MARKS, line_of, marks_of
from sync.core.scope import EVERYBODY, NOBODY, Reader, Roster, files_for
from sync.store import caseload, counting, returnees, shares
from sync.store.caseload import Which
from sync.store.connect import kept_with, open_database
from sync.store.keys import vault_of
from sync.store.returnees import Change
from sync.store.sealed import as_stored
from tests.server.files import TODAY, a_file, a_follow_up, an_alert
from tests.waiting import wait_until

LEVELS, PLACES, WORKERS = (
    ("high", "medium", "low"),
    ("01", "0101", "0102", "02", "0201"),
    ("a", "b", "c", "d"),
)
SEEDS = range(2)


def some_file(number: int, chance: random.Random) -> dict:
    due = TODAY + timedelta(days=chance.randrange(-20, 20)) if chance.random() < 0.8 else None
    place = chance.choice(PLACES)
    return a_file(
        number,
        level=chance.choice(LEVELS),
        due_on=due,
        worker_id=chance.choice(WORKERS),
        places=[place[:2], place],
        status=chance.choice(("screened", "presumed", "follow_up", "closed")),
        registered_on=(TODAY - timedelta(days=chance.randrange(9))).isoformat(),
        alerts=[an_alert(acknowledged_at=chance.choice((None, an_alert()["raised_at"])))][
            : chance.randrange(2)
        ],
        questions=[{"instance_id": "uuid:1"}][: chance.randrange(2)],
        corrections=[{"counts": chance.random() < 0.5}][: chance.randrange(2)],
    )


SCOPES = {
    "everybody": EVERYBODY,
    "nobody": NOBODY,
    "a worker": {"worker_id": "a"},
    "all but another organisation's": files_for(Reader(sight="people"), Roster(others=frozenset("b"))),
    "an organisation": files_for(Reader(sight="people", organisation="x"), Roster(own=frozenset("ab"))),
    "a team or a place": files_for(
        Reader(sight="people", teams=("t",), places=("01", "0201")),
        Roster(team=frozenset("bc"), others=frozenset("d")),
    ),
    "a place": files_for(Reader(sight="people", places=("0101", "01")), Roster()),
    "a team": files_for(Reader(sight="people", teams=("t",), worker_id="d"), Roster(team=frozenset("a"))),
}
CHOSEN = (
    Which(),
    Which(level="high"),
    Which(place="01"),
    Which(workers=("a", "c")),
    Which(workers=("b",), place="0101", level="low"),
    Which(workers=()),
    Which(since=(TODAY - timedelta(days=4)).isoformat()),
    Which(mark="alert"),
    Which(due="overdue"),
)


@pytest.mark.parametrize("seed", SEEDS)
def test_counts_are_what_the_lists_show(db, seed):
    chance = random.Random(seed)
    db.returnees.insert_many([some_file(number, chance) for number in range(40)])

    def listed(which: Which, within) -> int:
        rows = caseload.caseload(db, which, today=TODAY, within=within, limit=0)
        assert len(rows) == caseload.count(db, which, today=TODAY, within=within)
        assert all(row["status"] != "closed" for row in rows)
        return len(rows)

    for within in SCOPES.values():
        for which in CHOSEN:
            narrowed = lambda which=which, **more: Which(  # noqa: E731
                **{name: getattr(which, name) for name in Which.__slots__} | more
            )
            counts = caseload.counts(db, which, today=TODAY, within=within)
            expected = {"everyone": listed(which, within)}
            expected |= {level: listed(narrowed(level=level), within) for level in LEVELS if not which.level}
            if which.due == "all":
                expected |= {due: listed(narrowed(due=due), within) for due in ("overdue", "soon")}
            if not which.mark:
                expected |= {mark: listed(narrowed(mark=mark), within) for mark in MARKS}
            assert {name: counts.get(name, 0) for name in expected} == expected


@pytest.mark.parametrize("within", SCOPES.values(), ids=SCOPES)
def test_no_file_is_read_in_order_to_count(db, within):
    chance = random.Random(1)
    db.returnees.insert_many([some_file(number, chance) for number in range(40)])
    db.command("profile", 2, filter={"ns": f"{db.name}.returnees"})
    caseload.counts(db, today=TODAY, within=within)
    db.command("profile", 0)
    asked = list(as_stored(db)["system.profile"].find({"command.aggregate": "returnees"}))
    assert asked
    assert [one["command"] for one in asked if one["docsExamined"]] == []


def test_no_file_is_read_for_a_list_but_those_it_shows(db):
    chance = random.Random(1)
    db.returnees.insert_many([some_file(number, chance) for number in range(40)])

    def read_for(ask) -> list[tuple[int, int]]:
        db.command("profile", 2, filter={"ns": f"{db.name}.returnees"})
        ask()
        db.command("profile", 0)
        asked = list(as_stored(db)["system.profile"].find({"command.find": "returnees"}).sort("ts", 1))
        as_stored(db)["system.profile"].drop()
        return [(one["docsExamined"], one["nreturned"]) for one in asked]

    soon = Which(due="soon")
    ((read, shown),) = read_for(lambda: caseload.caseload(db, soon, today=TODAY, limit=3))
    assert read == shown == 3
    here = Which(place="01")
    for by in ("due", "registered"):
        found = read_for(
            lambda by=by: caseload.latest(db, here, today=TODAY, within=EVERYBODY, by=by, limit=2)
        )
        assert found == [(0, 2), (2, 2)], "first whose, then these"


def test_what_is_kept_of_everybodys_counts_is_what_would_be_counted_anew(
    db, mongodb_uri, monkeypatch, request
):
    chance = random.Random(4)
    files = [some_file(number, chance) | {"_id": f"{chance.getrandbits(128):032x}"} for number in range(60)]
    db.returnees.insert_many(files)
    other = open_database(mongodb_uri, db.name)
    request.addfinalizer(other.client.close)
    scopes = [SCOPES["everybody"], SCOPES["all but another organisation's"]]
    asked = [(which, within) for which in (Which(), Which(level="high")) for within in scopes]

    def counted(by) -> list[dict[str, int]]:
        found = [caseload.counts(by, which, today=TODAY, within=within) for which, within in asked]
        return [{name: count for name, count in one.items() if count} for one in found]

    def anew() -> list[dict[str, int]]:
        monkeypatch.setattr(shares, "FEW", 20_000)
        found = counted(db)
        monkeypatch.setattr(shares, "FEW", 0)
        return found

    def are_kept(by) -> bool:
        kept = kept_with(by.client)["shares"][by.returnees.full_name][1]
        return len(kept.shares) == len(shares.SHARES)

    before = anew()
    for one in (db, other):
        assert counted(one) == before, "not kept yet"
        wait_until(lambda one=one: are_kept(one))
    for turn in range(6):
        file = files[turn]
        there = returnees.stored(db, [file["_id"]])[file["_id"]]
        level = "high" if there["risk"]["level"] == "low" else "low"
        now = there | {"status": ("closed", "follow_up")[turn % 2], "risk": there["risk"] | {"level": level}}
        change = Change(file["_id"], None if turn == 4 else now, there["revision"])
        assert returnees.replace(db, [change]) == set()
        assert counted(db) == counted(other) == anew()
    assert anew() != before


def an_older_line(db):
    return vault_of(db).seal({"person": {}, "follow_ups": [], "search": []}, "house")


def test_files_from_before_they_were_marked_are_marked_the_same_and_read_the_same(db):
    chance = random.Random(2)
    files = [some_file(number, chance) for number in range(40)]
    files.append(
        a_file(41, risk={"level": "high", "on": "2026-11-01", "review": True, "unsigned": {"id": "x"}})
    )
    db.returnees.insert_many(files)
    now = caseload.caseload(db, today=TODAY, limit=0)
    as_stored(db).returnees.update_one({"_id": files[0]["_id"]}, {"$set": {"line": an_older_line(db)}})
    assert caseload.caseload(db, today=TODAY, limit=0) == now, "what a line lacks is read from the file"
    as_stored(db).returnees.update_many({}, {"$unset": {"listed": "", "line": ""}})
    assert caseload.caseload(db, today=TODAY, limit=0) == []

    assert counting.bring_up_to_date(db) == len(files)
    assert counting.bring_up_to_date(db) == 0
    stored = {one["_id"]: one["listed"] for one in as_stored(db).returnees.find({}, {"listed": 1})}
    assert stored == {file["_id"]: marks_of(file) for file in files}
    assert caseload.caseload(db, today=TODAY, limit=0) == now


def test_a_line_has_what_a_list_shows_and_no_visit_that_is_over():
    visits = [a_follow_up(1, due_on=TODAY, done_on="2026-11-20"), a_follow_up(2, due_on=TODAY)]
    line = line_of(a_file(1) | {"follow_ups": visits})
    assert [one["due_on"] for one in line["follow_ups"]] == [TODAY.isoformat()]
    assert set(line) == {"person", "follow_ups", "search", "reasons", "levels", "assessed"}
    assert set(line["person"]) <= {"call_name", "village", "province", "is_child"}
