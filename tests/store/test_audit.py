"""The audit: written once for ever, by several processes at once; nothing can go missing unnoticed."""

import multiprocessing
import os
import threading
from datetime import UTC, datetime, timedelta

import pytest

from server.config import read_config
from server.master_key import unlock
from sync.store import audit
from sync.store.audit_check import verify
from sync.store.connect import open_database
from sync.store.sealed import as_stored

AT = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
SHE = "00000001-0000-4000-8000-000000000000"
OTHER = "00000002-0000-4000-8000-000000000000"


def look(db, number: int = 0, about: str = SHE) -> None:
    audit.note(
        db,
        at=AT + timedelta(minutes=number),
        by="dara",
        kind="look",
        about=[about],
        fields=["scores"],
        why="w",
    )


@pytest.fixture
def stored(db):
    """The database as somebody has it who writes to it without Pteah."""
    return as_stored(db)


@pytest.fixture
def ten(db):
    """Ten looks of one process: rows 2 to 11 of its chain, whose first row begins it."""
    for number in range(10):
        look(db, number)
    (head,) = db.audit_heads.find()
    return head["_id"]


def test_a_row_says_who_saw_which_parts_of_whom_when_and_why(db):
    look(db)
    (row,) = audit.about(db, SHE)
    assert (row["by"], row["kind"], row["fields"], row["why"], row["at"]) == (
        "dara", "look", ["scores"], "w", AT,
    )  # fmt: skip
    assert audit.about(db, OTHER) == []


def test_rows_about_a_person_come_newest_first_and_do_not_name_the_others(db):
    audit.note(db, at=AT, by="dara", kind="list", about=[SHE, OTHER])
    look(db, 1)
    assert [row["kind"] for row in audit.about(db, SHE)] == ["look", "list"]
    assert all("about" not in row for row in audit.about(db, SHE))


def test_an_export_of_many_people_fills_several_rows_and_names_each_of_them(db, monkeypatch):
    monkeypatch.setattr(audit, "MOST_ABOUT", 2)
    audit.note(db, at=AT, by="dara", kind="export", about=["a", "b", "c", "c"])
    assert [row["about"] for row in audit.recent(db, kind="export")] == [["c"], ["a", "b"]]


def test_a_kind_that_nobody_knows_is_a_mistake(db):
    with pytest.raises(ValueError, match="glance"):
        audit.note(db, at=AT, by="dara", kind="glance")


def test_untouched_rows_are_found_whole(db, ten):
    found = verify(db)
    assert (found.rows, found.chains, found.findings) == (11, 1, [])


def test_a_removed_row_is_found(db, stored, ten):
    stored.audit.delete_one({"_id": f"{ten}:0000000005"})
    assert verify(db).findings == [f"chain {ten}: row 5 is missing"]


@pytest.mark.parametrize("count", [1, 3])
def test_rows_removed_at_the_end_are_found(db, stored, ten, count):
    for number in range(12 - count, 12):
        stored.audit.delete_one({"_id": f"{ten}:{number:010d}"})
    assert verify(db).findings == [f"chain {ten}: its end is missing, rows {12 - count} to 11"]


def test_rows_removed_at_the_beginning_are_found(db, stored, ten):
    stored.audit.delete_one({"_id": f"{ten}:0000000001"})
    assert verify(db).findings == [f"chain {ten}: row 1 is missing"]


@pytest.mark.parametrize("change", [{"by": "bopha"}, {"about": []}, {"why": ""}, {"extra": 1}, {"at": AT}])
def test_a_changed_row_is_found(db, stored, ten, change):
    stored.audit.update_one({"_id": f"{ten}:0000000005"}, {"$set": change})
    assert verify(db).findings


def test_two_rows_that_changed_places_are_found(db, stored, ten):
    fifth, sixth = (stored.audit.find_one({"_id": f"{ten}:{n:010d}"}) for n in (5, 6))
    for one, other in ((fifth, sixth), (sixth, fifth)):
        stored.audit.replace_one({"_id": one["_id"]}, {**other, "_id": one["_id"]})
    assert f"chain {ten}: row 5 or the one before it was changed or moved" in verify(db).findings


def test_a_row_that_somebody_else_put_in_is_found(db, stored, ten):
    stored.audit.insert_one(
        {"_id": f"{ten}:0000000012", "at": AT, "by": "nobody", "kind": "look", "about": []}
    )
    assert f"row {ten}:0000000012: was not written by Pteah" in verify(db).findings


def test_a_head_put_back_with_its_last_row_removed_is_found(db, stored, ten):
    """Without the key nobody can make the head that belongs to the shorter chain."""
    tenth = stored.audit.find_one({"_id": f"{ten}:0000000010"})
    stored.audit.delete_one({"_id": f"{ten}:0000000011"})
    stored.audit_heads.update_one({"_id": ten}, {"$set": {"n": 10, "mac": tenth["mac"]}})
    assert verify(db).findings == [f"chain {ten}: its head was changed"]


def test_an_old_head_put_back_is_found_by_what_was_noted_outside(db, stored, ten):
    before = verify(db).heads
    old = stored.audit_heads.find_one({"_id": ten})
    look(db)
    noted = verify(db).heads
    stored.audit.delete_one({"_id": f"{ten}:0000000012"})
    stored.audit_heads.replace_one({"_id": ten}, old)
    assert verify(db, known=before).is_whole
    assert verify(db, known=noted).findings == [f"chain {ten}: its end is missing, rows 12 to 12"]


def test_a_chain_that_was_taken_away_whole_is_missed_by_those_that_began_after_it(db, stored, ten):
    audit.begin_anew(db)
    look(db)
    assert verify(db).is_whole
    stored.audit.delete_many({"_id": {"$regex": f"^{ten}"}})
    stored.audit_heads.delete_one({"_id": ten})
    assert verify(db).findings == [f"chain {ten}: all of its rows are missing"]


def test_threads_that_write_at_once_make_one_whole_chain(db):
    threads = [threading.Thread(target=look, args=(db, number)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify(db)
    assert (found.rows, found.chains, found.findings) == (31, 1, [])


def in_another_process(uri: str, name: str) -> None:
    db = open_database(uri, name)
    unlock(read_config(os.environ), db)
    for number in range(5):
        look(db, number)
    db.client.close()


def test_processes_that_write_at_once_make_a_chain_each_and_all_are_whole(db, mongodb_uri):
    with multiprocessing.get_context("spawn").Pool(2) as processes:
        waiting = [processes.apply_async(in_another_process, (mongodb_uri, db.name)) for _ in range(3)]
        look(db)
        for one in waiting:
            one.get(60)
    found = verify(db)
    assert (found.rows, found.findings) == (15 + 1 + found.chains, [])
    assert found.chains > 1


def test_after_a_write_that_failed_the_next_one_begins_a_new_chain(db, stored, ten):
    stored.audit.insert_one({"_id": f"{ten}:0000000012"})  # the next row has no room
    with pytest.raises(Exception, match=r"server\.busy|busy|try again"):
        look(db)
    stored.audit.delete_one({"_id": f"{ten}:0000000012"})
    look(db)
    found = verify(db)
    assert (found.chains, found.findings) == (2, [])
