"""What was kept aside and waits for a person: seen, compared, taken in, settled; never thrown away."""

import re
from datetime import timedelta

import pytest

from server import accounts
from server.app import create_app
from server.people.aside import REFUSED_NAMES
from sync.core.problem import Problem
from sync.core.scope import EVERYBODY, NOBODY
from sync.store import aside, attachments, devices, forms, ledger, submissions
from sync.store.ledger import Arrived
from tests.server.files import NOW, a_file, a_submission
from tests.server.phones_kit import Phone, a_record, id_of, publish
from tests.server.signed_in import PASSWORD, client_as, csrf_token, sign_in
from tests.test_pipeline import SCREENING

AT = NOW + timedelta(hours=1)


@pytest.fixture
def phone(db, config) -> Phone:
    publish(db)
    return Phone(db, config)


@pytest.fixture
def app(config, db):
    return create_app(config, db, now=lambda: NOW)


def in_conflict(phone: Phone) -> tuple[bytes, bytes, str]:
    """Two contents under one number, the second kept aside; its key."""
    first, second = a_record("yes", instance_id="uuid:1"), a_record("no", instance_id="uuid:1")
    assert phone.send(first).status_code == 201
    assert phone.send(second).status_code == 409
    (waiting,) = aside.conflicts_waiting(phone.db, EVERYBODY)
    return first, second, waiting["_id"]


def test_another_content_waits_until_somebody_says_that_the_first_counts(phone):
    first, _, key = in_conflict(phone)
    aside.keep_what_counts(phone.db, key, EVERYBODY, by="sok", at=AT)

    assert aside.conflicts_waiting(phone.db, EVERYBODY) == []
    assert bytes(submissions.find(phone.db, "uuid:1")["xml"]) == first
    assert len(submissions.conflicts_of(phone.db, "uuid:1")) == 1


def test_the_other_content_can_count_instead_and_both_stay_kept(phone):
    first, second, key = in_conflict(phone)
    aside.let_other_count(phone.db, key, EVERYBODY, by="sok", at=AT)

    now = submissions.find(phone.db, "uuid:1")
    assert (bytes(now["xml"]), now["state"]) == (second, "received")
    assert {bytes(one["xml"]) for one in submissions.conflicts_of(phone.db, "uuid:1")} == {first, second}
    assert aside.conflicts_waiting(phone.db, EVERYBODY) == []
    # The phone that holds what counts now is told so; the other's content is kept aside as before.
    assert phone.send(second).status_code == 201
    assert phone.send(first).status_code == 409
    assert aside.conflicts_waiting(phone.db, EVERYBODY) == []


def test_two_people_who_settle_at_once_do_not_undo_each_other(phone):
    _, second, key = in_conflict(phone)
    aside.let_other_count(phone.db, key, EVERYBODY, by="sok", at=AT)

    for settle in (aside.keep_what_counts, aside.let_other_count):
        with pytest.raises(Problem) as problem:
            settle(phone.db, key, EVERYBODY, by="dara", at=AT)
        assert problem.value.code == "conflict.unknown"
    assert bytes(submissions.find(phone.db, "uuid:1")["xml"]) == second


def test_what_lies_outside_a_readers_scope_waits_for_others(phone):
    _, _, key = in_conflict(phone)

    assert aside.conflicts_waiting(phone.db, NOBODY) == []
    with pytest.raises(Problem):
        aside.conflict(phone.db, key, NOBODY)


def test_a_record_refused_for_want_of_its_form_is_taken_in_once_the_form_is_published(phone):
    xml = a_record("yes", form="later")
    assert phone.send(xml).status_code == 404
    (refused,) = aside.refused_waiting(phone.db, EVERYBODY)
    with pytest.raises(Problem) as problem:
        aside.replay_refused(phone.db, refused["_id"], EVERYBODY, by="sok", at=AT)
    assert problem.value.code == "form.unknown"

    publish(phone.db, "later")
    assert aside.replay_refused(phone.db, refused["_id"], EVERYBODY, by="sok", at=AT) == id_of(xml)

    assert bytes(submissions.find(phone.db, id_of(xml))["xml"]) == xml
    assert aside.refused_waiting(phone.db, EVERYBODY) == []
    assert phone.send(xml).status_code == 201  # the phone is rid of it, too


def test_what_the_phone_got_through_by_itself_waits_for_nobody(phone):
    xml = a_record("yes", form="later")
    phone.send(xml)
    publish(phone.db, "later")
    phone.send(xml)

    assert aside.refused_waiting(phone.db, EVERYBODY) == []


def test_a_record_of_a_closed_form_is_taken_in_where_somebody_says_so_and_then_the_phone_gets_through(phone):
    publish(phone.db, "later")
    forms.set_state(phone.db, "later", "closed")
    xml = a_record("yes", form="later")
    assert phone.send(xml).status_code == 409
    (refused,) = aside.refused_waiting(phone.db, EVERYBODY)

    assert refused["code"] in REFUSED_NAMES
    aside.replay_refused(phone.db, refused["_id"], EVERYBODY, by="sok", at=AT)

    assert aside.refused_waiting(phone.db, EVERYBODY) == []
    assert phone.send(xml).status_code == 201
    assert phone.send(a_record("no", instance_id="uuid:9", form="later")).status_code == 409


def test_what_cannot_be_read_can_only_be_put_aside(phone):
    phone.send(b"<data")
    (refused,) = aside.refused_waiting(phone.db, EVERYBODY)
    with pytest.raises(Problem):
        aside.replay_refused(phone.db, refused["_id"], EVERYBODY, by="sok", at=AT)
    aside.put_aside(phone.db, refused["_id"], EVERYBODY, by="sok", at=AT)

    assert aside.refused_waiting(phone.db, EVERYBODY) == []
    assert phone.db.refused.count_documents({}) == 1


# --- the page


def test_the_page_lists_what_waits_and_settles_it_in_one_click(app, phone):
    _, _, key = in_conflict(phone)
    phone.send(a_record("yes", form="later"))
    phone.db.submissions.update_one(
        {"_id": "uuid:1"}, {"$set": {"missing": ["photo.jpg"], "received_at": NOW - timedelta(hours=49)}}
    )
    coordinator = client_as(app, phone.db, "coordinator")
    page = coordinator.get("/questions").text
    for said in ("Two contents under one number", "What phones were refused", "Files that did not come"):
        assert said in page
    token = csrf_token(coordinator, "/questions")

    hours = coordinator.post("/questions/hours", data={"csrf_token": token, "hours": "72"})
    assert hours.status_code == 303
    assert "Files that did not come" not in coordinator.get("/questions").text
    for text in ("0", "soon", "-1", ""):
        answer = coordinator.post("/questions/hours", data={"csrf_token": token, "hours": text})
        assert answer.status_code == 400, text

    settled = coordinator.post(f"/questions/conflicts/{key}", data={"csrf_token": token, "counts": "other"})
    assert settled.status_code == 303
    assert "Two contents under one number" not in coordinator.get("/questions").text
    assert coordinator.get(f"/questions/conflicts/{key}").status_code == 404


def test_the_two_contents_stand_side_by_side_where_they_differ(app, published, config, java):
    version = forms.current_version(published, "screening")
    media = {
        file["name"]: attachments.open(published, file["sha256"]).read()
        for file in forms.find_version(published, "screening", version)["media"]
    }
    told = java.fill(
        forms.xform_of(published, "screening", version),
        SCREENING,
        media={**media, "people.csv": b"name,label,__version,call_name\n"},
        now=NOW,
    )
    xml = told["xml"].encode()
    phone = Phone(published, config)
    assert phone.send(xml).status_code == 201
    assert phone.send(xml.replace(b"<age_now>31<", b"<age_now>32<")).status_code == 409
    (waiting,) = aside.conflicts_waiting(published, EVERYBODY)

    page = client_as(app, published, "coordinator").get(f"/questions/conflicts/{waiting['_id']}").text

    body = page.partition("<tbody")[2].partition("</tbody>")[0]
    assert body.count("<tr") == 2  # when they came, and the one answer
    assert ">31<" in body
    assert ">32<" in body
    assert SCREENING["call_name"] not in page


def test_records_and_files_that_stay_missing_stand_on_today_and_are_settled_by_a_coordinator(app, db, config):
    publish(db)
    token = devices.add(db, name="Phone 12", worker_id="worker-1", worker_name="Sok", made_at=NOW)
    phone, long_ago = devices.id_of(token), NOW - timedelta(hours=config.missing_after_hours, minutes=1)
    db.submissions.insert_one(a_submission(1, missing=["a.jpg"], received_at=long_ago))
    for number, at in ((3, long_ago), (5, NOW)):
        arrived = [Arrived(device_id=phone, install_id="i", form_id="screening", number=number)]
        ledger.note(db, arrived, at=at)
    db.returnees.insert_one(a_file(1))
    coordinator, elsewhere = client_as(app, db, "coordinator"), app.test_client()
    sign_in(elsewhere, accounts.add(
        db, user="south", name="", role="coordinator", password=PASSWORD, made_at=NOW, teams=("south",)
    ).user)  # fmt: skip

    assert "3 files or records are missed" in coordinator.get("/").text
    assert "are missed" not in elsewhere.get("/").text
    page = coordinator.get("/questions").text
    assert re.search(r"Phone 12.*?Missing records\W*?>2<", page, re.DOTALL)
    settle = {"csrf_token": csrf_token(elsewhere, "/questions")}
    assert elsewhere.post(f"/questions/phones/{phone}", data=settle).status_code == 404
    settle = {"csrf_token": csrf_token(coordinator, "/questions")}
    assert coordinator.post(f"/questions/phones/{phone}", data=settle).status_code == 303
    assert "1 file or record is missed" in coordinator.get("/").text
