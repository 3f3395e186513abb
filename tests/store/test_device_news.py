"""What a phone lets us know by asking. On a real MongoDB; `find` follows on the same connection."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.core.problem import Problem
from sync.core.worker import Worker
from sync.store import device_news, devices, workers

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
COLLECT = "org.odk.collect.android/v2026.3.3 Dalvik/2.1.0 (Linux; U; Android 14)"


@pytest.fixture
def phone(db) -> devices.Device:
    token = devices.add(db, name="Phone 1", worker_id="dara", worker_name="Dara", made_at=NOW)
    return devices.find(db, devices.id_of(token))


def now_known(db, phone) -> devices.Device:
    return devices.find(db, phone.id)


def test_the_version_of_collect_is_that_of_the_last_contact(db, phone):
    for minute, agent in enumerate([COLLECT, COLLECT.replace("2026.3.3", "2026.4.0"), "curl/8"]):
        device_news.mark_contact(db, phone, at=NOW + timedelta(minutes=minute), user_agent=agent)

    assert now_known(db, phone).collect_version == "v2026.4.0"


def test_each_installation_is_known_from_first_to_last_and_no_more_than_ten_of_them(db, phone):
    for number in range(12):
        device_news.mark_contact(db, phone, at=NOW + timedelta(minutes=number), install_id=f"i{number}")
    device_news.mark_contact(db, phone, at=NOW + timedelta(hours=1), install_id="i5")

    found = now_known(db, phone).installs
    assert [one["id"] for one in found] == [f"i{n}" for n in (2, 3, 4, 6, 7, 8, 9, 10, 11, 5)]
    assert (found[-1]["first_at"], found[-1]["last_at"]) == (
        NOW + timedelta(minutes=5),
        NOW + timedelta(hours=1),
    )
    assert now_known(db, phone).last_contact_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("text", ["$name", "$$ROOT", "{$gt: 0}", "a.b", "x" * 500])
def test_what_a_phone_says_of_itself_is_kept_as_text_and_nothing_more(db, phone, text):
    device_news.mark_contact(db, phone, at=NOW, install_id=text)
    device_news.mark_form(db, phone, form_id=text, version=text, at=NOW)

    found = now_known(db, phone)
    assert [one["id"] for one in found.installs] == [text[:64]]
    assert [(one["form_id"], one["version"]) for one in found.forms] == [(text, text)]
    assert found.name == "Phone 1"


def test_the_forms_and_the_list_on_a_phone_are_those_it_fetched_last(db, phone):
    for version in ("1", "2"):
        device_news.mark_form(db, phone, form_id="followup", version=version, at=NOW)
    device_news.mark_form(db, phone, form_id="intake", version="1", at=NOW)
    device_news.mark_list(db, phone, md5="a" * 32, people=3, at=NOW)
    device_news.mark_list(db, phone, md5="b" * 32, people=4, at=NOW + timedelta(hours=1))

    found = now_known(db, phone)
    assert [(one["form_id"], one["version"]) for one in found.forms] == [("followup", "2"), ("intake", "1")]
    assert found.list == {"md5": "b" * 32, "people": 4, "at": NOW + timedelta(hours=1)}


def test_many_phones_are_registered_together_each_with_its_own_token(db):
    wanted = [("Phone 1", Worker(id="dara", name="Dara")), ("Phone 2", Worker(id="sok", name="Sok"))]

    tokens = devices.add_all(db, wanted, made_at=NOW)

    found = [devices.find_by_token(db, token) for token in tokens]
    assert [(one.name, one.worker_id) for one in found if one] == [("Phone 1", "dara"), ("Phone 2", "sok")]
    assert {one.id for one in workers.every(db)} == {"dara", "sok"}
    assert [one.name for one in devices.of_worker(db, "sok")] == ["Phone 2"]


def test_a_phone_that_is_said_to_be_lost_is_revoked_at_once(db):
    token = devices.add(db, name="Phone", worker_id="dara", worker_name="Dara", made_at=NOW)
    devices.revoke(db, devices.id_of(token), at=NOW, lost=True)

    assert devices.find_by_token(db, token) is None
    assert devices.find(db, devices.id_of(token)).lost_at == NOW
    with pytest.raises(Problem):
        devices.find(db, "nothing")
