"""Erasing a person: two people say so, and nothing readable is left, in no backup either."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pymongo.database import Database

from server import backup_file, master_key
from sync import erasing, rebuild
from sync.core.problem import Problem
from sync.core.submission import Attachment, parse_submission
from sync.store import (
    attachments,
    audit,
    case_codes,
    destroyed,
    erasures,
    keys,
    pairs,
    phone_lists,
    returnees,
    settling,
    submissions,
    wrapping,
)
from sync.store.audit_check import verify
from sync.store.connect import database, ensure_indexes
from sync.store.keys import vault_of
from sync.store.rules import current_rules
from tests.desk import FOLLOW_UP, NOW, SCREENING, SCREENING_AT, TODAY, Desk

NAMES = ("Sreymarker Zqx", "Othermarker Zqy")


@pytest.fixture
def desk(published, java):
    return Desk(published, java)


@pytest.fixture
def two(desk):
    """Two people with a file each: (who is to be erased, who stays)."""
    for name in NAMES:
        kept = desk.fill("screening", {**SCREENING, "call_name": name}, SCREENING_AT)
        photo = Attachment(
            name="a.jpg",
            sha256=attachments.put(desk.db, f"photo of {name}".encode() * 99, at=SCREENING_AT),
            bytes=1,
            content_type="image/jpeg",
        )
        submissions.keep(
            desk.db, kept, received_at=SCREENING_AT, worker_id="worker-1", device_id="d", attachments=[photo]
        )
    desk.work()
    by_name = {file["person"]["call_name"]: file for file in returnees.every(desk.db)}
    return by_name[NAMES[0]], by_name[NAMES[1]]


def erase(desk, file) -> dict:
    number = erasing.ask(desk.db, file, at=NOW, by="dara", why="She asked for it.")
    return erasing.confirm(desk.db, number, current_rules(desk.db), at=NOW, by="bopha")


def everything(db) -> bytes:
    plain = Database(db.client, db.name)
    return b"".join(
        piece for name in plain.list_collection_names() for piece in plain[name].find_raw_batches()
    )


def test_one_asks_and_another_confirms(desk, two):
    number = erasing.ask(desk.db, two[0], at=NOW, by="dara", why="She asked for it.")
    for call, code in (
        (
            lambda: erasing.confirm(desk.db, number, current_rules(desk.db), at=NOW, by="dara"),
            "erasure.same_person",
        ),
        (lambda: erasing.ask(desk.db, two[0], at=NOW, by="x", why="y"), "erasure.asked_already"),
        (lambda: erasing.ask(desk.db, two[1], at=NOW, by="x", why=" "), "erasure.reason_missing"),
    ):
        with pytest.raises(Problem) as refused:
            call()
        assert refused.value.code == code
    erasing.refuse(desk.db, number, at=NOW, by="bopha", why="A court needs it.")
    assert returnees.find(desk.db, two[0]["_id"]) is not None
    with pytest.raises(Problem) as answered:
        erasing.confirm(desk.db, number, current_rules(desk.db), at=NOW, by="chan")
    assert answered.value.code == "erasure.answered"


def test_nobody_erases_whom_the_law_holds(desk, two):
    number = erasing.ask(desk.db, two[0], at=NOW, by="dara", why="She asked for it.")
    erasing.hold(desk.db, two[0], at=NOW, by="bopha", why="A court needs it.")
    with pytest.raises(Problem) as held:
        erasing.confirm(desk.db, number, current_rules(desk.db), at=NOW, by="bopha")
    assert held.value.code == "erasure.held"
    erasing.release(desk.db, two[0], at=NOW, by="bopha")
    assert erasing.confirm(desk.db, number, current_rules(desk.db), at=NOW, by="bopha")


def test_after_an_erasure_she_is_nowhere_and_everybody_else_is_as_before(desk, two):
    she, other = two
    db = desk.db
    db.pairs.insert_one(pairs._pair(she, other, ["sound"], set()))
    certificate = erase(desk, she)

    assert certificate["taken_away"]["pairs"] == 1
    assert pairs.listed(db, limit=9) == []
    assert certificate["case_code"] == she["case_code"]
    assert certificate["taken_away"]["submissions"] == certificate["taken_away"]["attachments"] == 1
    assert [file["_id"] for file in returnees.every(db)] == [other["_id"]]
    assert {k: v for k, v in returnees.find(db, other["_id"]).items() if k != "revision"} == {
        k: v for k, v in other.items() if k != "revision"
    }
    assert destroyed.is_destroyed(db, [she["_id"], other["_id"]]) == {she["_id"]}
    with pytest.raises(Problem):
        attachments.open(db, attachments.hashlib.sha256(f"photo of {NAMES[0]}".encode() * 99).hexdigest())
    assert rebuild.check(db, current_rules(db), NOW).differences == []
    rebuild.rebuild(db, current_rules(db), NOW)
    assert [file["_id"] for file in returnees.every(db)] == [other["_id"]]


def test_the_certificate_and_the_audit_stay_and_name_nobody(desk, two):
    she = two[0]
    audit.note(desk.db, at=NOW, by="dara", kind="look", about=[she["_id"]], why=f"{NAMES[0]} called")
    erase(desk, she)
    (request,) = erasures.every(desk.db)
    assert (request["state"], request["asked_by"], request["answered_by"]) == ("done", "dara", "bopha")
    rows = audit.about(desk.db, she["_id"])
    assert {row["more"].get("what") for row in rows if row["kind"] == "erasure"} == {"asked", "done"}
    assert any(row["kind"] == "look" and not row.get("why") for row in rows)
    assert NAMES[0] not in repr(rows) + repr(request)
    assert verify(desk.db).is_whole


def test_her_case_code_is_never_given_again(desk, two):
    erase(desk, two[0])
    desk.fill("screening", {**SCREENING, "call_name": "Third"}, NOW - timedelta(hours=1))
    desk.work()
    codes = [file["case_code"] for file in returnees.every(desk.db)]
    assert two[0]["case_code"] not in codes
    assert case_codes.find(desk.db, [two[0]["_id"]])[two[0]["_id"]].code == two[0]["case_code"]


def test_a_phone_that_sends_her_record_again_is_told_it_was_received_and_nothing_is_kept(desk, two):
    she = two[0]
    (again,) = [found for found in submissions.every(desk.db) if she["_id"] in found["touches"]]
    erase(desk, she)
    desk.keep(bytes(again["xml"]), NOW)
    desk.work()
    assert returnees.find(desk.db, she["_id"]) is None
    assert NAMES[0].encode() not in everything(desk.db)
    assert submissions.find(desk.db, again["_id"])["state"] == "erased"


def test_a_visit_that_was_still_on_a_phone_makes_nobody_of_her_again(desk, two):
    she = two[0]
    people = desk.people()
    erase(desk, she)
    late = desk.fill(
        "followup", {"person": she["_id"], **FOLLOW_UP}, SCREENING_AT + timedelta(days=10), people=people
    )
    desk.work()
    assert returnees.find(desk.db, she["_id"]) is None
    assert submissions.find(desk.db, late.instance_id)["state"] == "erased"
    assert desk.db.records.find_one({"entity_ids": she["_id"]}) is None


def test_phones_are_told_to_forget_her(desk, two):
    erase(desk, two[0])
    scope = phone_lists.scope_of(desk.db, "worker-1", TODAY)
    assert phone_lists.gone_from(desk.db, scope, [two[0]["_id"], "never-heard-of"]) == {two[0]["_id"]: True}


@pytest.fixture
def other_database(mongodb_client, db):
    other = database(mongodb_client, f"{db.name}_2")
    yield other
    mongodb_client.drop_database(other.name)


def test_a_backup_made_before_holds_nothing_readable_of_her_and_everything_of_others(
    desk, two, tmp_path, other_database
):
    """With the file of keys that was written by the next backup into the same folder."""
    she, other = two
    at = datetime(2026, 3, 20, tzinfo=UTC)
    old = backup_file.write(desk.db, tmp_path / "old.zip", made_at=at, version="1", progress=lambda _: None)
    erase(desk, she)
    later = at + timedelta(days=1)
    backup_file.write(desk.db, tmp_path / "new.zip", made_at=later, version="1", progress=lambda _: None)

    files = {
        tmp_path / "old.zip": old,
        tmp_path / old["keys"]: backup_file.verify(tmp_path / old["keys"]),
    }
    backup_file.load(other_database, files, progress=lambda _: None)
    ensure_indexes(other_database)
    vault_of(other_database).reload()

    assert [file["_id"] for file in returnees.every(other_database)] == [other["_id"]]
    assert erasing.take_away_again(other_database) == 1
    assert she["_id"] not in {one for found in other_database.submissions.find() for one in found["touches"]}
    assert rebuild.check(other_database, current_rules(other_database), NOW).differences == []


def test_a_backup_made_before_her_record_was_settled_holds_nothing_readable_of_her_either(
    desk, tmp_path, other_database
):
    """It lay under the key of its day then, which others of that day need."""
    names = {"hers": f"{NAMES[0]} draws", "other's": f"{NAMES[1]} draws"}
    for name in names.values():
        desk.fill("screening", {**SCREENING, "call_name": name}, SCREENING_AT)
    attachments.put(desk.db, b"never named by a record", at=SCREENING_AT)
    at = datetime(2026, 3, 20, tzinfo=UTC)
    old = backup_file.write(desk.db, tmp_path / "old.zip", made_at=at, version="1", progress=lambda _: None)
    desk.work()
    she = next(f for f in returnees.every(desk.db) if f["person"]["call_name"] == names["hers"])
    erase(desk, she)
    settling.sweep(desk.db, at=NOW + timedelta(hours=2))
    backup_file.write(desk.db, tmp_path / "new.zip", made_at=at, version="1", progress=lambda _: None)

    files = {
        tmp_path / "old.zip": old,
        tmp_path / old["keys"]: backup_file.verify(tmp_path / old["keys"]),
    }
    backup_file.load(other_database, files, progress=lambda _: None)
    assert list(submissions.every(other_database)) == []
    assert [f["person"]["call_name"] for f in returnees.every(desk.db)] == [names["other's"]]


def test_a_photo_that_was_sent_again_on_a_later_day_goes_with_her(desk, two):
    """And one that came late, when her record was settled already."""
    she = two[0]
    (kept,) = [found for found in submissions.every(desk.db) if she["_id"] in found["touches"]]
    again = parse_submission(bytes(kept["xml"]))
    later, files = SCREENING_AT + timedelta(days=2), []
    for name, content in (("a.jpg", f"photo of {NAMES[0]}".encode() * 99), ("b.jpg", b"second photo")):
        sha256 = attachments.put(desk.db, content, at=later)
        files.append(Attachment(name=name, sha256=sha256, bytes=1, content_type="image/jpeg"))
        submissions.keep(
            desk.db, again, received_at=later, worker_id="worker-1", device_id="d", attachments=files
        )
    desk.work()
    assert attachments.open(desk.db, files[1].sha256).read() == b"second photo"
    erase(desk, she)
    for file in files:
        with pytest.raises(Problem) as gone:
            attachments.open(desk.db, file.sha256)
        assert gone.value.code == "attachment.unknown"


def test_an_older_file_of_keys_is_of_no_use_once_the_master_key_was_changed(
    desk, two, tmp_path, other_database, config
):
    """What README tells the operator to do: rotate, and destroy the former master key."""
    at = datetime(2026, 3, 20, tzinfo=UTC)
    file = tmp_path / "master.key"
    in_a_file = replace(config, master_key="", master_key_file=str(file))
    env = master_key.load(config)
    file.write_text(f"main {config.master_key}\n")
    file.chmod(0o600)
    keys.unlock(desk.db, lambda: master_key.load(in_a_file))
    old = backup_file.write(desk.db, tmp_path / "old.zip", made_at=at, version="1", progress=lambda _: None)
    erase(desk, two[0])

    master_key.add_new(in_a_file)
    wrapping.wrap_by_current(desk.db)
    while wrapping.rewrap(desk.db, 2):
        pass
    assert master_key.forget_others(in_a_file) == 1
    vault_of(desk.db).reload()

    assert returnees.find(desk.db, two[1]["_id"])["person"]["call_name"] == NAMES[1]
    assert wrapping.count_wrapped_otherwise(desk.db) == 0
    files = {
        tmp_path / "old.zip": old,
        tmp_path / old["keys"]: backup_file.verify(tmp_path / old["keys"]),
    }
    backup_file.load(other_database, files, progress=lambda _: None)
    with pytest.raises(Problem) as locked:
        returnees.find(other_database, two[0]["_id"])
    assert locked.value.code == "key.wrong_master"
    keys.unlock(desk.db, lambda: env)
