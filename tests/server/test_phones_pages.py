"""Pages about phones and their workers: many at once, what is on one, a lost one, the list it shows."""

import re
from datetime import timedelta
from io import BytesIO

import pytest

from server.app import create_app
from server.phones.overview import people_on
from sync.core.worker import Worker
from sync.store import audit, device_news, devices, ledger, programme, stamps, workers
from sync.store.ledger import Arrived
from tests.server.files import NOW, TODAY, a_file
from tests.server.phones_kit import Phone, publish, register
from tests.server.signed_in import client_as, csrf_token

COLLECT = "org.odk.collect.android/v2026.3.3 Dalvik/2.1.0"


@pytest.fixture
def app(config, db):
    return create_app(config, db, now=lambda: NOW)


@pytest.fixture
def administrator(app, db):
    return client_as(app, db, "administrator")


@pytest.fixture
def phone(db) -> devices.Device:
    token = devices.add(db, name="Phone 12", worker_id="worker-1", worker_name="Sok", made_at=NOW)
    return devices.find(db, devices.id_of(token))


def text_of(html: str) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def post(client, path: str, data=None, **more):
    return client.post(path, data={"csrf_token": csrf_token(client, "/phones"), **(data or {})}, **more)


def give(client, content: bytes):
    data = {"file": (BytesIO(content), "phones.csv")}
    return post(client, "/phones/csv", data, content_type="multipart/form-data")


# --- connecting


def test_a_file_connects_all_its_phones_with_a_sheet_to_print_for_each(administrator, db):
    answer = give(administrator, "name,worker,worker name\nPhone 1,dara,ដារ៉ា\nPhone 2,dara,\n".encode())

    tokens = re.findall(r"http://localhost/key/([A-Za-z0-9_-]{64})", answer.text)
    assert [devices.find_by_token(db, token).name for token in tokens] == ["Phone 1", "Phone 2"]
    assert workers.named(db, "dara").name == "ដារ៉ា"
    assert answer.text.count("How to connect this phone") == answer.text.count("របៀបភ្ជាប់ទូរសព្ទ") == 2


def test_a_file_with_one_bad_line_connects_nobody_and_names_the_line(administrator, db):
    answer = give(administrator, b"name,worker\nPhone 1,dara\n,dara\nPhone 1,dara\nPhone 3,no such/name\n")

    assert answer.status_code == 400
    told = text_of(answer.text)
    assert "No phone was connected" in told
    for line in ("Line 3:", "Line 4:", "Line 5:"):
        assert line in told
    assert db.devices.count_documents({}) == db.workers.count_documents({}) == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xff\xfe\xff", b"a,b\n1,2\n"])
def test_what_is_no_list_of_phones_is_refused_with_a_sentence(administrator, db, content):
    answer = give(administrator, content)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert db.devices.count_documents({}) == 0


def test_settings_count_for_phones_connected_afterwards_and_must_be_neutral(administrator, db):
    wanted = {
        "project_name": "Family visits", "icon": "🌳", "colour": "#112233", "updates": "match_exactly",
        "update_every": "every_one_hour", "autosend": "wifi_only", "app_language": "km",
        "admin_password": "1234", "locked": ["change_server", "get_blank"],
    }  # fmt: skip
    saved = post(administrator, "/phones/settings", wanted)

    assert saved.status_code == 303
    kept = programme.phone_settings(db)
    assert (kept.project_name, kept.delete_sent, kept.locked) == (
        "Family visits", False, ("change_server", "get_blank")
    )  # fmt: skip
    refused = post(administrator, "/phones/settings", {**wanted, "project_name": "Trafficking project"})
    assert refused.status_code == 400
    assert "Name of the project on the phone" in text_of(refused.text)
    assert programme.phone_settings(db) == kept


# --- what is on a phone


def test_a_phone_shows_what_it_fetched_and_which_records_have_not_arrived(published, administrator, phone):
    db = published
    device_news.mark_contact(db, phone, at=NOW, user_agent=COLLECT, install_id="collect:a")
    device_news.mark_form(db, phone, form_id="followup", version="1", at=NOW)
    device_news.mark_list(db, phone, md5="a" * 32, people=34, at=NOW)
    arrived = [
        Arrived(device_id=phone.id, install_id="collect:a", form_id="followup", number=number)
        for number in (1, 4)
    ]
    ledger.note(db, arrived, at=NOW)

    row, page = (text_of(administrator.get(path).text) for path in ("/phones", f"/phones/{phone.id}"))

    for said in ("34 people", "Collect v2026.3.3", "2 records have not arrived", "1 form is not the newest"):
        assert said in row
    for said in ("v2026.3.3", "34 people", "2, 3", "there is a newer one"):
        assert said in page
    settled = administrator.post(
        f"/phones/{phone.id}/settle", data={"csrf_token": csrf_token(administrator, "/phones")}
    )
    assert "None is missing" in text_of(administrator.get(settled.headers["Location"]).text)
    assert "have not arrived" not in text_of(administrator.get("/phones").text)


def test_a_code_that_two_phones_use_at_once_is_told(administrator, db, phone):
    for day, install in enumerate(["one", "two", "one", "two", "one"]):
        device_news.mark_contact(db, phone, at=NOW + timedelta(days=day), install_id=install)

    assert "scanned twice" in text_of(administrator.get("/phones").text)


def test_a_phone_set_up_anew_is_not_taken_for_two(administrator, db, phone):
    for day, install in enumerate(["one", "one", "two", "two"]):
        device_news.mark_contact(db, phone, at=NOW + timedelta(days=day), install_id=install)

    assert "scanned twice" not in text_of(administrator.get("/phones").text)


# --- lost


def test_a_lost_phone_is_locked_out_at_once_and_those_on_it_are_named_by_their_code(administrator, db, phone):
    for number in (1, 2):
        db.returnees.insert_one(a_file(number))
    for at, people in ((NOW, [a_file(2)["_id"]]), (NOW - timedelta(days=1), [a_file(1)["_id"]])):
        audit.note(db, at=at, by=f"phone:{phone.id[:12]}", kind="phone_list", about=people)
    path = f"/phones/{phone.id}/lost"

    asked = text_of(administrator.get(path).text)
    assert "has 1 person on it" in asked
    assert devices.find(db, phone.id).revoked_at is None
    answer = post(administrator, path)

    assert devices.find(db, phone.id).lost_at == NOW
    told = text_of(administrator.get(answer.headers["Location"]).text)
    assert "KH-20-2026-0002X" in told
    assert "KH-20-2026-0001X" not in told
    assert "Sothea" not in told
    assert "What to do now" in told
    assert audit.about(db, a_file(2)["_id"])[0]["kind"] in ("list", "configuration")
    assert post(administrator, path).status_code == 404  # once is enough


def test_a_list_that_was_fetched_again_still_names_its_people(db, config):
    publish(db, entity_lists=["people"])
    phone = Phone(db, config)
    register(db, "0b6c")
    for _ in range(3):  # without If-None-Match, as after the phone's cache was cleared
        assert phone.get("entities/people.csv").status_code == 200
    device = devices.find(db, devices.id_of(phone.token))

    assert people_on(db, device).people == ("0b6c",)

    db.returnees.update_one({}, {"$set": {"entity.deleted": True}})
    stamps.renew(db, [stamps.PEOPLE])
    phone.get("entities/people.csv")
    carried = people_on(db, device)
    assert (carried.at is not None, carried.people) == (True, ())


def test_a_phone_that_never_fetched_a_list_had_nobody_on_it(administrator, db, phone):
    post(administrator, f"/phones/{phone.id}/lost")

    assert "never fetched a list" in text_of(administrator.get(f"/phones/{phone.id}/lost").text)


# --- workers


def test_a_worker_is_entered_changed_and_leaves(administrator, db):
    fields = {"id": "sophea", "name": "សុភា", "team": "north", "places": "20, 2001", "covers": "places"}
    assert post(administrator, "/workers", fields).status_code == 303
    assert workers.named(db, "sophea") == Worker(
        id="sophea", name="សុភា", team="north", places=("20", "2001"), covers="places"
    )
    again = post(administrator, "/workers", fields)
    assert again.status_code == 400
    assert "already registered" in again.text

    changed = {**fields, "id": "another", "ahead_days": "7"}
    assert post(administrator, "/workers/sophea", changed).status_code == 303
    assert workers.named(db, "sophea").ahead_days == 7
    post(administrator, "/workers/sophea", {"do": "leave"})
    assert not workers.named(db, "sophea").is_active
    assert (
        post(administrator, "/phones", {"name": "P", "worker_name": "x", "worker_id": "sophea"}).status_code
        == 400
    )
    post(administrator, "/workers/sophea", {"do": "come_back"})
    assert workers.named(db, "sophea").is_active


def test_the_page_offers_to_hand_over_the_people_of_a_worker_who_leaves(administrator, db):
    for name in ("worker-1", "worker-2"):
        workers.add(db, Worker(id=name, name=f"Name of {name}"))
    db.returnees.insert_many([a_file(1), a_file(2)])

    asked = administrator.get("/workers/worker-1").text
    assert "Who takes over the 2 people this worker visits?" in asked
    assert re.findall(r'<option value="([^"]+)">', asked.partition('id="to"')[2]) == ["worker-2", "-"]
    refused = post(administrator, "/workers/worker-1", {"do": "leave", "to": ""})
    assert refused.status_code == 400
    assert "still visits 2 people" in text_of(refused.text)
    assert workers.named(db, "worker-1").is_active

    assert post(administrator, "/workers/worker-1", {"do": "leave", "to": "-"}).status_code == 303
    assert not workers.named(db, "worker-1").is_active
    assert "2 people are still in this worker’s care" in text_of(administrator.get("/workers/worker-1").text)
    assert "2 people still in their care" in text_of(administrator.get("/workers").text)


@pytest.mark.parametrize(
    "wrong", [{"ahead_days": "soon"}, {"places": "99"}, {"covers": "all"}, {"covers": "team"}, {"name": ""}]
)
def test_a_worker_who_cannot_be_right_is_not_entered_and_nothing_typed_is_lost(administrator, db, wrong):
    answer = post(administrator, "/workers", {"id": "sophea", "name": "Sophea", "covers": "own", **wrong})

    assert answer.status_code == 400
    assert 'value="sophea"' in answer.text
    assert db.workers.count_documents({}) == 0


# --- the list as phones show it


def test_the_preview_shows_what_the_phone_gets_and_nothing_more(administrator, db, phone):
    for number, days in ((1, 0), (2, 12), (3, 60)):
        db.returnees.insert_one(a_file(number, due_on=TODAY + timedelta(days=days), known_on="2026-11-03"))

    page = text_of(administrator.get("/phones/preview/worker-1").text)

    assert [f"Sothea {number}" in page for number in (1, 2, 3)] == [True, True, False]
    assert page.index("Sothea 1") < page.index("Sothea 2")
    assert "as of 3 Nov 2026" in page
    for word in ("high", "High", "14", "moderate"):
        assert word not in page.partition("Shown as")[2], word
    assert audit.about(db, a_file(1)["_id"])[0]["kind"] == "list"
    assert audit.about(db, a_file(3)["_id"]) == []


def test_a_list_with_nobody_on_it_says_why(administrator, db, phone):
    assert "Nobody is on this list now" in text_of(administrator.get("/phones/preview/worker-1").text)
    workers.leave(db, "worker-1", at=NOW)
    assert "works here no longer" in text_of(administrator.get("/phones/preview/worker-1").text)
