"""What belongs to nothing is found and named, and only what is nobody's last trace is taken away."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from sync.core.problem import Problem
from sync.store import attachments, orphans
from tests.server.files import a_file
from tests.server.phones_kit import Phone, a_photo, a_record, id_of, publish

LATER = datetime.now(UTC) + timedelta(days=2)


def found(db, now=LATER) -> dict[str, int]:
    return {one.kind: one.count for one in orphans.find(db, now=now)}


@pytest.fixture
def phone(db, config) -> Phone:
    publish(db, media={"places.csv": b"name,label\n"})
    return Phone(db, config)


def test_nothing_that_is_named_anywhere_is_an_orphan(phone):
    db, first, photo = phone.db, a_record("yes", instance_id="uuid:1"), a_photo()
    phone.send(first, photo)
    phone.send(first, a_photo(content=b"another under the same name"))
    phone.send(a_record("no", instance_id="uuid:1"), a_photo(content=b"of the content kept aside"))
    meta = b"<deprecatedID>uuid:1</deprecatedID></meta>"
    for number in ("uuid:2", "uuid:3"):  # the second is overtaken: nothing stands under its own number
        phone.send(a_record("no", instance_id=number).replace(b"</meta>", meta))
    assert db.conflicting.count_documents({}) == 2
    for name, number in (("proposals", "n"), ("protocols", "p")):
        workbook = attachments.put(db, f"workbook of {name}".encode())
        db[name].insert_one({"_id": number, "workbook_sha256": workbook})

    db.case_codes.insert_one({"_id": "KH", "entity_id": a_file(1)["_id"]})
    db.returnees.insert_one(a_file(1, aliases=[{"entity_id": "merged", "case_code": "KH-2"}]))
    db.records.insert_one({"_id": "uuid:1", "entity_ids": [a_file(1)["_id"]], "answers": []})
    db.decisions.insert_one({"_id": "d", "entity_id": "merged", "kind": "note"})
    db.ledger.insert_one({"_id": "browser:sok:x:", "device_id": "browser:sok", "missing": []})

    assert db["attachments.files"].count_documents({}) == 6
    assert found(db) == {}


def test_a_file_nothing_names_is_left_alone_for_a_day_and_when_somebody_wants_it_again(phone):
    db, at = phone.db, datetime.now(UTC)
    content = attachments.put(db, b"photo of a sending that broke off", at=at)

    assert found(db, now=at) == {}
    assert found(db) == {orphans.FILES: 1}
    late = at + timedelta(hours=13)
    assert attachments.put(db, b"photo of a sending that broke off", at=late) == content
    wanted_at = db["attachments.files"].find_one({"filename": content})["metadata"]["wanted_at"]
    assert wanted_at >= at - timedelta(minutes=1)
    assert not attachments.take_away(db, content, unused_since=at - timedelta(minutes=1))
    assert attachments.open(db, content).read() == b"photo of a sending that broke off"

    assert orphans.take_care(db, orphans.FILES, now=LATER) == 1
    assert found(db) == {}
    with pytest.raises(Problem, match="file"):
        attachments.open(db, content)
    assert attachments.put(db, b"photo of a sending that broke off", at=at) == content
    assert attachments.open(db, content).read() == b"photo of a sending that broke off"


def test_each_kind_of_leftover_is_counted_and_only_what_can_be_made_again_is_mended(phone):
    db, xml, id_of_file = phone.db, a_record(), ObjectId()
    phone.send(xml)
    db.submissions.update_one({"_id": id_of(xml)}, {"$set": {"state": "processed"}})  # and no record
    # Some pieces were written; then the server went away.
    db["attachments.chunks"].insert_many([{"files_id": id_of_file, "n": n, "data": b"x"} for n in range(2)])
    db.records.insert_one({"_id": "uuid:gone", "entity_ids": ["e"], "answers": []})
    db.returnees.insert_one(a_file(1))
    db.decisions.insert_one({"_id": "d", "entity_id": "nobody", "kind": "note"})
    db.conflicting.insert_one({"_id": "uuid:gone:x", "instance_id": "uuid:gone", "xml": b""})
    db.phone_notes.insert_one({"_id": "uuid:gone", "events": []})
    db.ledger.insert_one({"_id": "x:screening:", "device_id": "x", "missing": []})

    assert found(db) == dict.fromkeys([*orphans.LINKS, orphans.PIECES], 1)
    mends = {one.kind: one.mend for one in orphans.find(db, now=LATER)}
    for kind, mend in mends.items():
        assert orphans.take_care(db, kind, now=LATER) == bool(mend), kind

    assert db.submissions.find_one({"_id": id_of(xml)})["state"] == "received"
    assert found(db) == {kind: 1 for kind, mend in mends.items() if not mend}
    assert set(found(db)) == {
        "records without their submission",
        "people without any record",
        "rows of phones' lists without a case code",
        "decisions about nobody",
        "other contents of a record that is not here",
    }
