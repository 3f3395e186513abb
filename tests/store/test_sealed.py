"""What is written sealed and read as it was: nobody above the store knows."""

import hashlib
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag
from gridfs import GridFSBucket
from pymongo.database import Database
from pymongo.operations import InsertOne, UpdateOne

from sync.core.problem import Problem
from sync.core.search import keys_of
from sync.core.submission import parse_submission
from sync.store import attachments, audit, destroyed, resealing, search, settling, spaces, submissions
from sync.store.audit_check import verify
from sync.store.connect import indexes, kept_with
from sync.store.keys import vault_of
from sync.store.projection import projected
from sync.store.sealed import as_stored, sealed
from sync.store.sealing import SEALED, SEALED_FOR, merge, split
from tests.server.files import a_file, an_alert

AT = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
SHE, OTHER = "00000001-0000-4000-8000-000000000000", "00000002-0000-4000-8000-000000000000"
FILE = {
    "_id": SHE,
    "case_code": "KH-12-2026-00017",
    "person": {"call_name": "Srey Marker", "is_child": False},
    "entity": {"label": "Srey Marker", "deleted": False, "version": 1, "properties": {"village": "x"}},
    "risk": {
        "level": "high",
        "on": "2026-03-01",
        "unsigned": None,
        "indicators": [{"name": "M1", "answers": ["Marker"]}],
    },
    "alerts": [
        {"id": "a", "label": {"en": "Marker"}, "acknowledged_at": None, "answer_by": AT},
        {"id": "b", "label": {"en": "Marker"}, "acknowledged_at": AT, "answer_by": AT},
    ],
    "new_field_of_somebody": ["Marker"],
    "follow_ups": [{"due_on": "2026-04-01", "why": "Marker"}],
}


def test_what_was_split_is_merged_to_the_same():
    clear, hidden = split(FILE, SEALED["returnees"])
    assert "Marker" not in repr(clear)
    assert merge(clear, hidden) == FILE


def test_a_file_comes_back_as_it_was_and_lies_there_sealed(db):
    db.returnees.insert_one(FILE)
    assert db.returnees.find_one({"_id": SHE}) == FILE
    raw = as_stored(db).returnees.find_one({})
    assert raw["sealed_for"] == SHE
    assert raw["risk"] == {"level": "high", "on": "2026-03-01", "unsigned": None}
    assert b"Marker" not in repr(raw).encode()


@pytest.mark.parametrize(
    "wanted",
    [
        {"person.call_name": 1, "case_code": 1, "risk.level": 1},
        {"follow_ups.due_on": 1, "alerts.id": 1, "alerts.label": 1},
        {"person": 0, "follow_ups": 0},
        {"case_code": 1, "_id": 0},
        {"_id": 1},
        {"new_field_of_somebody": 1},
        {"alerts.label": 0},
    ],
)
def test_a_question_gets_the_fields_it_names_as_mongodb_would_cut_them(db, wanted):
    as_stored(db).plain.insert_one(FILE)
    db.returnees.insert_one(FILE)
    assert db.returnees.find_one({}, wanted) == db.plain.find_one({}, wanted) == projected(FILE, wanted)


def test_nobody_can_ask_for_or_sort_by_what_is_sealed(db):
    for question in ({"person.call_name": "x"}, {"$or": [{"scores.phq9": 1}]}, {"alerts.label": 1}):
        with pytest.raises(ValueError, match="is sealed"):
            db.returnees.find(question)
    with pytest.raises(ValueError, match="is sealed"):
        db.returnees.find().sort("person.call_name", 1)
    assert db.returnees.find({"alerts": {"$elemMatch": {"acknowledged_at": None}}}).to_list() == []


def test_what_is_changed_alone_is_sealed_in_its_place(db):
    db.devices.bulk_write([InsertOne({"_id": "d", "name": "Marker", "worker_name": "W", "worker_id": "w"})])
    db.devices.update_one({"_id": "d"}, {"$set": {"name": "Marker two", "worker_id": "v"}})
    db.devices.bulk_write([UpdateOne({"_id": "d"}, {"$set": {"worker_name": "Marker three"}})])
    assert db.devices.find_one({"_id": "d"}) == {
        "_id": "d", "name": "Marker two", "worker_name": "Marker three", "worker_id": "v",
    }  # fmt: skip
    assert b"Marker" not in repr(as_stored(db).devices.find_one({})).encode()


def test_a_part_of_what_is_sealed_together_cannot_be_changed_alone(db):
    db.returnees.insert_one(FILE)
    with pytest.raises(ValueError, match="sealed"):
        db.returnees.update_one({"_id": SHE}, {"$set": {"person.call_name": "x"}})
    with pytest.raises(ValueError, match="sealed"):
        db.returnees.update_one({"_id": SHE}, {"$push": {"new_field_of_somebody": "x"}})


def test_a_destroyed_key_takes_everything_under_it_and_nothing_else(db):
    db.returnees.insert_many([FILE, {**FILE, "_id": OTHER, "case_code": "KH-12-2026-00025"}])
    assert vault_of(db).destroy(SHE, at=AT)
    assert [file["_id"] for file in db.returnees.find()] == [OTHER]
    assert destroyed.is_destroyed(db, [SHE, OTHER]) == {SHE}
    with pytest.raises(Problem) as caught:
        db.returnees.replace_one({"_id": SHE}, FILE)
    assert caught.value.code == "key.destroyed"


def test_a_key_that_is_missing_without_having_been_destroyed_is_no_silence(db):
    db.returnees.insert_one(FILE)
    db.get_collection("keys").delete_one({"keyAltNames": SHE})
    vault_of(db).reload()
    with pytest.raises(Problem) as caught:
        db.returnees.find_one({})
    assert caught.value.code == "key.lost"


def test_a_name_is_found_however_it_is_spelt_without_being_there(db):
    db.returnees.insert_one({**FILE, "level_order": 3, "search": keys_of({"call_name": "Sokha"})})
    assert [found["_id"] for found in search.by_name(db, "Sauka", {})] == [SHE]
    assert [found["person"]["call_name"] for found in search.by_name(db, "សុខា", {})] == ["Srey Marker"]
    assert search.by_name(db, "Dara", {}) == []
    assert not any(word in repr(as_stored(db).returnees.find_one({})) for word in ("okha", "SKA"))


@pytest.mark.parametrize("length", [0, 1, 261_103, 261_104, 261_105, 700_000])
def test_a_file_comes_back_byte_for_byte_and_lies_there_sealed(db, length):
    content = (b"Marker " * 100_001)[:length]
    opened = attachments.open(db, attachments.put(db, content, at=AT))
    assert (opened.length, opened.read(10) + opened.read()) == (length, content)
    assert b"Marker Marker" not in b"".join(bytes(c["data"]) for c in db["attachments.chunks"].find())


def test_a_file_whose_end_was_cut_off_is_not_taken_for_whole(db):
    sha256 = attachments.put(db, bytes(522_208), at=AT)
    (last,) = db["attachments.chunks"].find().sort("n", -1).limit(1)
    (file,) = db["attachments.files"].find()
    db["attachments.chunks"].delete_one({"_id": last["_id"]})
    db["attachments.files"].update_one({}, {"$set": {"length": file["length"] - len(last["data"])}})
    with pytest.raises(InvalidTag):
        attachments.open(db, sha256).read()


def a_submission(instance_id: str, *touches: str) -> dict:
    return {
        "_id": instance_id, "xml": b"Marker", "received_at": AT, "touches": list(touches),
        "attachments": [], "replaced": [], "file_changes": 0, "state": "processed", "draft": False,
    }  # fmt: skip


def test_what_came_is_sealed_anew_under_the_key_of_whom_it_is_about(db):
    sha256 = attachments.put(db, b"photo", at=AT)
    came = {**a_submission("uuid:1"), "attachments": [{"name": "a.jpg", "sha256": sha256}]}
    db.submissions.insert_one(came)
    db.submissions.insert_one(a_submission("uuid:2"))
    db.conflicting.insert_one({"_id": "c", "instance_id": "uuid:1", "xml": b"Marker", "received_at": AT})
    assert {raw["sealed_for"] for raw in as_stored(db).submissions.find()} == {"intake:2026-03-20"}
    db.submissions.update_one({"_id": "uuid:1"}, {"$set": {"touches": [SHE]}})

    assert (settling.settle(db), settling.settle(db)) == (1, 0)

    raw = {one["_id"]: one["sealed_for"] for one in as_stored(db).submissions.find()}
    assert raw == {"uuid:1": SHE, "uuid:2": "intake:2026-03-20"}
    assert as_stored(db).conflicting.find_one({})["sealed_for"] == SHE
    (file,) = db["attachments.files"].find()
    assert [key["for"] for key in file["metadata"]["keys"]] == ["intake:2026-03-20", SHE]
    assert db.submissions.find_one({"_id": "uuid:1"}) == {**came, "touches": [SHE]}


def test_what_comes_for_a_day_whose_key_was_destroyed_is_kept_like_any_other(db):
    """A clock put back, a record worked through anew long after: a day's name is never used up."""
    vault = vault_of(db)
    for number in range(2):
        vault.seal("Marker", "intake:2026-03-20")
        vault.destroy("intake:2026-03-20", at=AT)
        arrived = {**a_submission(f"uuid:{number}"), "xml": f"Marker {number}".encode()}
        db.submissions.insert_one(arrived)
        db.records.insert_one({"_id": f"uuid:{number}", "received_at": AT, "entity_ids": [], "answers": []})
        attachments.put(db, f"photo {number}".encode(), at=AT)
        assert db.submissions.find_one({"_id": f"uuid:{number}"}) == arrived
        assert db.records.find_one({"_id": f"uuid:{number}"})


def test_no_day_s_key_is_destroyed_while_nobody_is_erased(db):
    """A backup made before a record was settled is opened by it."""
    db.submissions.insert_one(a_submission("uuid:1", SHE))
    db.conflicting.insert_one({"_id": "c", "instance_id": "uuid:1", "xml": b"Marker", "received_at": AT})
    settling.settle(db)
    assert settling.sweep(db, at=AT + timedelta(days=400)) == 0
    assert db["keys"].count_documents({"keyAltNames": "intake:2026-03-20"}) == 1


def test_a_retired_key_of_a_day_is_destroyed_once_what_is_left_has_another(db):
    """Also what another process, which did not know yet, sealed under it after it was retired."""
    sha256 = attachments.put(db, b"photo", at=AT)
    hers = {**a_submission("uuid:1"), "attachments": [{"name": "a.jpg", "sha256": sha256}]}
    others = {**a_submission("uuid:2"), "xml": b"Other", "attachments": [{"name": "a.jpg", "sha256": sha256}]}
    db.submissions.insert_many([hers, others])
    db.refused.insert_one({"_id": "r", "xml": b"Refused", "file_names": [], "first_at": AT})
    former = db["keys"].find_one({"keyAltNames": "intake:2026-03-20"})["_id"]
    late = {**a_submission("uuid:3"), "xml": b"Late", SEALED_FOR: "intake:2026-03-20"}
    late = sealed(db, "submissions", late)
    db.submissions.update_one({"_id": "uuid:1"}, {"$set": {"touches": [SHE]}})
    settling.settle(db)

    settling.retire_days(db, [SHE], at=AT)
    as_stored(db).submissions.insert_one(late)
    db.submissions.insert_one({**a_submission("uuid:4"), "xml": b"After"})

    assert settling.sweep(db, at=AT + timedelta(minutes=30)) == 0
    assert db["keys"].find_one({"_id": former})
    assert settling.sweep(db, at=AT + timedelta(hours=2)) == 1
    assert db["keys"].find_one({"_id": former}) is None
    vault_of(db).reload()
    found = {one["_id"]: bytes(one["xml"]) for one in db.submissions.find()}
    assert found == {"uuid:1": b"Marker", "uuid:2": b"Other", "uuid:3": b"Late", "uuid:4": b"After"}
    assert bytes(db.refused.find_one({})["xml"]) == b"Refused"
    assert attachments.open(db, sha256).read() == b"photo"


def test_a_file_that_comes_at_the_moment_its_record_is_settled_lies_under_the_same_key(db):
    """What was in between is looked at again: sealed under another key it would be lost with that."""
    db.submissions.insert_one(a_submission("uuid:1"))
    db.submissions.update_one({"_id": "uuid:1"}, {"$set": {"touches": [SHE]}})
    seal = vault_of(db).seal

    def settled_meanwhile(value, name):
        sealed_value = seal(value, name)
        if value == [{"name": "late.jpg"}]:
            settling.settle(db)
        return sealed_value

    vault_of(db).seal = settled_meanwhile
    db.submissions.update_one({"_id": "uuid:1"}, {"$set": {"attachments": [{"name": "late.jpg"}]}})
    del vault_of(db).seal

    vault_of(db).destroy("intake:2026-03-20", at=AT)
    assert db.submissions.find_one({"_id": "uuid:1"})["attachments"] == [{"name": "late.jpg"}]


def test_a_record_nobody_can_open_any_more_is_taken_again_from_its_phone(db):
    came = parse_submission(b'<data id="f" version="1"><meta><instanceID>uuid:1</instanceID></meta></data>')
    phone = {"worker_id": "worker-1", "device_id": "d"}
    assert submissions.keep(db, came, received_at=AT, **phone) == "created"
    vault_of(db).destroy("intake:2026-03-20", at=AT)
    assert submissions.find(db, "uuid:1") is None

    assert submissions.keep(db, came, received_at=AT + timedelta(days=1), **phone) == "created"
    assert bytes(submissions.find(db, "uuid:1")["xml"]) == came.xml
    assert submissions.keep(db, came, received_at=AT + timedelta(days=2), **phone) == "same"


def test_a_database_from_before_sealing_is_sealed_and_reads_the_same(db, tmp_path):
    """Also a photo, and a field that was in clear; not the files of forms, which phones fetch."""
    stored, photo = as_stored(db), b"Marker photo " * 50_000
    sha256 = hashlib.sha256(photo).hexdigest()
    came = {**a_submission("uuid:1", SHE), "attachments": [{"name": "a.jpg", "sha256": sha256}]}
    gone = {**a_submission("uuid:3"), "state": "erased"}
    del gone["xml"]
    stored.submissions.insert_many([came, a_submission("uuid:2"), gone])
    stored.returnees.insert_one({**FILE, "search": ["Marker"], "questions": []})
    stored.devices.insert_one({"_id": "d", "name": "Marker", "worker_name": "Marker", "worker_id": "w"})
    for name, content in ((sha256, photo), ("form", b"list.csv")):
        GridFSBucket(db, "attachments").upload_from_stream(name, content)
    db.form_versions.insert_one({"_id": "f@1", "media": [{"sha256": "form"}]})
    db.devices.insert_one({"_id": "e", "name": "Marker", "worker_name": "", "worker_id": "w"})
    stored.devices.update_one({"_id": "e"}, {"$set": {"worker_name": "Marker"}})
    draft = spaces.Space(db, "drafts.d")
    as_stored(draft).submissions.insert_one(came)
    GridFSBucket(draft, "attachments").upload_from_stream(sha256, photo)
    before = {name: list(db[name].find().sort("_id")) for name in ("submissions", "returnees", "devices")}
    assert resealing.unsealed(db) == {
        "submissions": 2, "returnees": 1, "devices": 1, "attachments.files": 1,
        "drafts.d.submissions": 1, "drafts.d.attachments.files": 1,
    }  # fmt: skip

    heard = []
    done = {"submissions": 2, "returnees": 1, "devices": 2, "drafts.d.submissions": 1}
    assert resealing.seal_all(db, heard.append) == done
    assert heard[-1] == 7
    assert (resealing.unsealed(db), resealing.seal_all(db)) == ({}, {})

    plain = Database(db.client, db.name)
    everything = {name: list(plain[name].find()) for name in plain.list_collection_names()}
    assert "Marker" not in repr(everything)
    assert {name: list(db[name].find().sort("_id")) for name in before} == before
    assert attachments.open(db, sha256).read() == photo == attachments.open(draft, sha256).read()
    assert attachments.open(db, "form").read() == b"list.csv"


def test_new_data_keys_take_the_place_of_the_former_ones(db):
    """The former is destroyed, but where the audit lies under it; an erasure finds that one too. The house's
    is one of them: names of staff, secrets, files of nobody in particular."""
    logo = attachments.put(db, b"logo")
    db.devices.insert_one({"_id": "d", "name": "Phone of Dara", "worker_name": "Dara", "worker_id": "w"})
    token = vault_of(db).token("search", "Marker")
    sha256 = attachments.put(db, b"photo", at=AT)
    came = {**a_submission("uuid:1"), "attachments": [{"name": "a.jpg", "sha256": sha256}]}
    db.submissions.insert_one(came)
    db.returnees.insert_many([FILE, {**FILE, "_id": OTHER, "case_code": "KH-12-2026-00025"}])
    audit.note(db, at=AT, by="dara", kind="look", about=[OTHER], why="Marker called")
    before = {key["keyAltNames"][0]: key["_id"] for key in db["keys"].find()}

    destroyed.retire(db, destroyed.names_in_use(db), at=AT)
    assert settling.sweep(db, at=AT) == 0
    assert settling.sweep(db, at=AT + timedelta(hours=2)) == 3

    now = {key["keyAltNames"][0]: key["_id"] for key in db["keys"].find()}
    assert {before[OTHER]} == set(before.values()) & set(now.values())
    assert {now[name] != before[name] for name in (SHE, "house")} == {True}
    kept_with(db.client)["vaults"].pop(db.name)  # as a process that begins now
    assert vault_of(db).token("search", "Marker") == token
    assert db.devices.find_one({})["name"] == "Phone of Dara"
    assert attachments.open(db, logo).read() == b"logo"
    assert db.returnees.find_one({"_id": SHE}) == FILE
    assert db.submissions.find_one({}) == came
    assert attachments.open(db, sha256).read() == b"photo"
    assert [row["why"] for row in audit.about(db, OTHER)] == ["Marker called"]
    assert verify(db).is_whole
    assert settling.sweep(db, at=AT + timedelta(hours=3)) == 0

    destroyed.destroy_all(db, OTHER, at=AT)
    assert db.returnees.find_one({"_id": OTHER}) is None
    assert "why" not in audit.about(db, OTHER)[0]


def test_every_index_is_of_what_is_not_sealed():
    """What is asked for must be said to be clear, or nobody finds it any more."""
    wrong = [
        f"{name}.{path}"
        for name, models in indexes().items()
        for model in models
        for path in (*model.document["key"], *model.document.get("partialFilterExpression", {}))
        if name in SEALED and SEALED[name].hides(path)
    ]
    assert wrong == []


def test_threads_that_need_a_new_key_at_the_same_moment_all_seal_under_one(db):
    """Sixteen phones send first thing in the morning; and somebody changes the master key meanwhile."""
    start, sealed, vault = threading.Barrier(17), [], vault_of(db)

    def run(number: int) -> None:
        start.wait()
        sealed.extend(vault.seal(f"{number}", f"intake:{turn}") for turn in range(5))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    start.wait()
    for _ in range(20):
        vault.reload()
    for thread in threads:
        thread.join()
    assert len({bytes(one[1:17]) for one in sealed}) == 5
    assert sorted(vault.open(sealed)) == sorted(str(number) for number in range(16) for _ in range(5))


def test_a_branch_of_which_only_parts_are_clear_is_given_whole_when_it_is_asked_for(db):
    file = a_file(1, alerts=[an_alert()])
    db.returnees.insert_one(file)

    found = db.returnees.find_one({"_id": file["_id"]}, {"alerts": 1, "risk": 1, "case_code": 1})

    assert found["alerts"][0].keys() == file["alerts"][0].keys()
    assert found["risk"].keys() == file["risk"].keys()
