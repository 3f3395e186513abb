"""What a phone sends: collect_contract.md sections 6 to 8 and 12, central_behaviour.md sections 4 and 5."""

from dataclasses import replace
from io import BytesIO

import pytest

from sync.store import attachments, devices, forms, refused, submissions
from tests.javarosa.multipart import Part
from tests.server.phones_kit import (
    HEADERS,
    INSTALLATION,
    MADE_AT,
    Phone,
    a_photo,
    a_record,
    id_of,
    publish,
    sentence,
    texts,
)

KHMER = "បានទទួល"


@pytest.fixture
def phone(db, config) -> Phone:
    publish(db)
    return Phone(db, config)


def kept(phone: Phone, xml: bytes) -> dict | None:
    return submissions.find(phone.db, id_of(xml))


def files_of(phone: Phone, xml: bytes) -> dict[str, bytes]:
    """The content of every file that a kept record lists."""
    listed = kept(phone, xml)["attachments"]
    return {file["name"]: attachments.open(phone.db, file["sha256"]).read() for file in listed}


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_head_tells_how_much_may_be_sent_and_nothing_else(phone, method):
    response = phone.ask(method, "submission")

    assert (response.status_code, response.data) == (204, b"")
    assert response.headers["X-OpenRosa-Accept-Content-Length"] == "100000000"
    assert response.headers["X-OpenRosa-Version"] == "1.0"
    assert "Location" not in response.headers


def test_a_record_is_received_and_the_person_reads_so_in_khmer_and_english(phone):
    response = phone.send(a_record())

    assert response.status_code == 201
    assert response.headers["X-OpenRosa-Version"] == "1.0"
    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert KHMER in sentence(response)
    assert "Received" in sentence(response)
    # Collect looks for the tag by its literal name.
    assert b"<message" in response.data


def test_what_is_kept_is_what_was_sent_by_whom_and_from_where(phone):
    xml = a_record()

    phone.send(xml)

    document = kept(phone, xml)
    assert bytes(document["xml"]) == xml
    assert document["worker_id"] == "worker-1"
    assert document["device_id"] == devices.id_of(phone.token)
    assert document["install_id"] == INSTALLATION
    assert document["user_agent"].startswith("org.odk.collect.android/")
    assert (document["state"], document["draft"], document["demo"]) == ("received", False, False)


def test_what_a_phone_says_of_itself_is_cut_to_255_characters(phone):
    xml = a_record()
    phone.client.post(
        f"/key/{phone.token}/submission",
        headers={**HEADERS, "User-Agent": "a" * 999},
        query_string={"deviceID": "d" * 999},
        data={"xml_submission_file": (BytesIO(xml), "r.xml")},
    )
    assert (len(kept(phone, xml)["user_agent"]), len(kept(phone, xml)["install_id"])) == (255, 255)


def test_the_worker_in_this_process_is_woken_once_the_record_is_on_disk(db, config):
    publish(db)
    xml, seen = a_record(), []
    phone = Phone(db, config, wake=lambda: seen.append(submissions.find(db, id_of(xml)) is not None))

    phone.send(xml)
    phone.send(b"<broken")

    assert seen == [True]


def test_the_same_bytes_twice_are_one_record_and_twice_received(phone):
    xml = a_record()

    answers = [phone.send(xml) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].data == answers[1].data
    assert phone.db.submissions.count_documents({}) == 1


def test_other_bytes_under_one_instance_id_are_a_conflict_for_people(phone):
    first, second = (a_record(answer, instance_id="uuid:same") for answer in ("yes", "no"))
    phone.send(first)

    response = phone.send(second, a_photo())

    assert response.status_code == 409
    assert "Both are kept" in sentence(response)
    assert bytes(kept(phone, first)["xml"]) == first
    (aside,) = submissions.conflicts_of(phone.db, "uuid:same")
    assert bytes(aside["xml"]) == second
    assert [file["name"] for file in aside["attachments"]] == ["1700000000000.jpg"]


def test_one_line_break_more_is_other_bytes(phone):
    xml = a_record()
    assert phone.send(xml).status_code == 201
    assert phone.send(xml + b"\n").status_code == 409


def test_a_record_of_an_earlier_version_or_a_withdrawn_form_is_received(phone):
    publish(phone.db, "screening", "2")
    publish(phone.db, "old", state="closing")

    assert phone.send(a_record(version="1")).status_code == 201
    assert phone.send(a_record(form="old")).status_code == 201


def test_a_closed_form_takes_nothing_but_says_so_and_a_coordinator_sees_it(phone):
    publish(phone.db, "old", state="closed")
    xml = a_record(form="old")

    response = phone.send(xml)

    assert response.status_code == 409
    assert "form is closed" in sentence(response)
    assert kept(phone, xml) is None
    (one,) = refused.of_device(phone.db, devices.id_of(phone.token))
    assert (one["code"], bytes(one["xml"])) == ("form.closed", xml)
    forms.set_state(phone.db, "old", "open")
    assert phone.send(xml).status_code == 201


def test_what_was_received_before_its_form_was_closed_is_received_again(phone):
    xml = a_record()
    phone.send(xml, incomplete=True)
    forms.set_state(phone.db, "screening", "closed")

    assert phone.send(xml, a_photo()).status_code == 201
    assert list(files_of(phone, xml)) == ["1700000000000.jpg"]
    assert phone.send(xml.replace(b"yes", b"no")).status_code == 409


def test_an_edit_is_received_also_before_the_record_it_replaces(phone):
    edit = a_record(instance_id="uuid:b").replace(
        b"</instanceID>", b"</instanceID><deprecatedID>uuid:a</deprecatedID>"
    )

    assert phone.send(edit).status_code == 201
    assert phone.send(a_record(instance_id="uuid:a")).status_code == 201
    assert phone.send(edit).status_code == 201
    assert kept(phone, edit)["deprecated_id"] == "uuid:a"


def an_edit(of: str, instance_id: str, answer: str = "no", **more: str) -> bytes:
    deprecated = f"</instanceID><deprecatedID>{of}</deprecatedID>".encode()
    return a_record(answer, instance_id=instance_id, **more).replace(b"</instanceID>", deprecated)


def test_edits_of_edits_are_received_in_any_order_and_again(phone):
    first = a_record(instance_id="uuid:1")
    chain = [an_edit(f"uuid:{number}", f"uuid:{number + 1}") for number in (1, 2, 3)]

    for xml in (chain[2], chain[0], first, chain[1], *chain, first):
        assert phone.send(xml).status_code == 201
    assert phone.db.submissions.count_documents({}) == 4


def test_a_second_edit_of_the_same_record_is_a_conflict_for_people_and_both_are_kept(phone):
    phone.send(a_record(instance_id="uuid:1"))
    phone.send(an_edit("uuid:1", "uuid:2"))

    response = phone.send(an_edit("uuid:1", "uuid:3", "unk"), a_photo())

    assert response.status_code == 409
    assert "changed elsewhere" in sentence(response)
    assert submissions.find(phone.db, "uuid:3") is None
    (aside,) = submissions.conflicts_of(phone.db, "uuid:3")
    assert (aside["deprecated_id"], len(aside["attachments"])) == ("uuid:1", 1)
    assert phone.send(an_edit("uuid:2", "uuid:4")).status_code == 201


def test_an_edit_cannot_take_the_place_of_another_form_s_record(phone):
    publish(phone.db, "other")
    phone.send(a_record(instance_id="uuid:1"))

    assert phone.send(an_edit("uuid:1", "uuid:2", form="other")).status_code == 409
    assert phone.send(an_edit("uuid:1", "uuid:3")).status_code == 201


def test_a_file_that_comes_after_the_record_was_worked_through_has_it_taken_up_again(phone):
    xml = a_record()
    phone.send(xml)
    phone.db.submissions.update_one({}, {"$set": {"state": "processed", "next_try_at": None}})

    phone.send(xml)
    assert kept(phone, xml)["state"] == "processed", "nothing new came"
    phone.send(xml, a_photo())
    assert kept(phone, xml)["state"] == "received"
    # A worker that had read it before the file came does not mark it.
    submissions.mark_processed(phone.db, [submissions.Processed(id_of(xml), [])], at=MADE_AT)
    assert kept(phone, xml)["state"] == "received"
    submissions.mark_processed(phone.db, [submissions.Processed(id_of(xml), [], file_changes=1)], at=MADE_AT)
    assert kept(phone, xml)["state"] == "processed"


def test_an_encrypted_record_is_received_with_its_files(phone):
    envelope = (
        b'<data xmlns="http://www.opendatakit.org/xforms/encrypted" id="screening" version="1">'
        b'<base64EncryptedKey>AA==</base64EncryptedKey><orx:meta xmlns:orx="http://openrosa.org/xforms">'
        b"<orx:instanceID>uuid:secret</orx:instanceID></orx:meta></data>"
    )

    response = phone.send(envelope, Part("submission.xml.enc", b"\x00\x01", "submission.xml.enc"))

    assert response.status_code == 201
    assert kept(phone, envelope)["encrypted"]
    assert files_of(phone, envelope) == {"submission.xml.enc": b"\x00\x01"}


@pytest.mark.parametrize(
    "entity",
    [
        '<entity dataset="people" id="9b1d" update="1" baseVersion="9"><label/></entity>',
        '<entity dataset="people" id="not a uuid" create="1"><label/></entity>',
        '<entity dataset="nobody knows" create="1"/>',
    ],
)
def test_whatever_a_record_says_about_people_it_is_received(phone, entity):
    xml = a_record().replace(b"<meta>", f"<meta>{entity}".encode())
    assert phone.send(xml).status_code == 201


def test_a_record_without_a_file_name_or_type_is_a_record(phone):
    assert phone.send_parts([Part("xml_submission_file", a_record())]).status_code == 201


@pytest.mark.parametrize(
    ("record", "code", "words"),
    [
        ({"form": "unknown"}, "form.unknown", "form is not used here"),
        ({"version": "9"}, "form.version_unknown", "version of the form"),
        ({"version": ""}, "form.version_unknown", "version of the form"),
    ],
)
def test_a_record_of_an_unknown_form_stays_on_the_phone_and_is_seen_here(phone, record, code, words):
    xml = a_record(**record)

    response = phone.send(xml, a_photo())

    assert response.status_code == 404
    assert words in sentence(response)
    assert "stays on the phone" in sentence(response)
    assert kept(phone, xml) is None
    (one,) = refused.of_device(phone.db, devices.id_of(phone.token))
    assert (one["code"], bytes(one["xml"]), one["file_names"]) == (code, xml, ["1700000000000.jpg"])


def test_once_its_form_is_published_the_record_gets_through(phone):
    xml = a_record(form="late")
    assert phone.send(xml).status_code == 404

    publish(phone.db, "late")

    assert phone.send(xml).status_code == 201
    assert refused.of_device(phone.db, devices.id_of(phone.token)) == []


def test_a_phone_of_the_demonstration_marks_what_it_sends(phone):
    phone.db.devices.update_one({}, {"$set": {"demo": True}})
    xml = a_record()
    phone.send(xml)
    assert kept(phone, xml)["demo"]


def test_a_database_that_is_gone_means_come_again(db, config):
    publish(db)
    phone = Phone(db, config)
    phone.send(a_record())
    unreachable = db.client.__class__("mongodb://127.0.0.1:9/", serverSelectionTimeoutMS=50)[db.name]
    lost = Phone(db, replace(config))
    lost.app.wsgi_app.service.keeper._db = unreachable

    response = lost.send(a_record())

    assert response.status_code == 503
    assert "Nothing is lost" in sentence(response)
    unreachable.client.close()


def test_errors_are_told_in_khmer_first(phone):
    said = sentence(phone.send(a_record(form="unknown")))
    assert said.index("ទម្រង់") < said.index("This form")


def test_no_answer_repeats_what_was_answered(phone):
    response = phone.send(a_record(answer="Sok Dara", form="unknown"))
    assert "Sok" not in response.text
    assert texts(response, "OpenRosaResponse/message")
