"""Attachments under the hash of their content, phones under the hash of their token, refused records."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from sync.core.problem import Problem
from sync.core.submission import parse_submission
from sync.store import attachments, device_news, devices, refused, submissions

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
PHOTO = bytes(range(256)) * 4000  # four chunks


@pytest.mark.parametrize("content", [b"", b"x", PHOTO])
def test_content_is_found_under_its_hash(db, content):
    sha256 = attachments.put(db, content)

    assert sha256 == hashlib.sha256(content).hexdigest()
    assert attachments.open(db, sha256).read() == content


def test_a_file_is_read_from_where_it_stands(db):
    file = io.BytesIO(PHOTO)

    assert attachments.put(db, file) == attachments.put(db, PHOTO)
    assert attachments.open(db, attachments.put(db, io.BytesIO(b"abc"))).read() == b"abc"


def test_the_same_content_is_kept_once(db):
    for _ in range(3):
        attachments.put(db, PHOTO)

    assert db["attachments.files"].count_documents({}) == 1
    assert db["attachments.chunks"].count_documents({}) == 4


def test_the_same_content_from_many_threads_is_kept_once(db):
    with ThreadPoolExecutor(8) as pool:
        hashes = set(pool.map(lambda _: attachments.put(db, PHOTO), range(8)))

    assert len(hashes) == 1
    assert db["attachments.files"].count_documents({}) == 1
    assert attachments.open(db, hashes.pop()).read() == PHOTO
    assert db["attachments.chunks"].count_documents({}) == 4


def test_content_that_never_came_is_a_problem(db):
    with pytest.raises(Problem) as missing:
        attachments.open(db, "0" * 64)
    assert missing.value.code == "attachment.unknown"


# --- phones


def a_phone(db, name: str = "Phone 1") -> str:
    return devices.add(db, name=name, worker_id="worker-1", worker_name="Worker One", made_at=NOW)


def test_a_phone_is_found_by_its_token_and_the_token_is_nowhere_in_the_database(db):
    token = a_phone(db)

    assert len(token) == 64
    assert devices.find_by_token(db, token).worker_id == "worker-1"
    assert token not in str(list(db.devices.find()))


def test_a_token_nobody_was_given_finds_no_phone(db):
    a_phone(db)
    for token in ("", "x" * 64, "សុខ", "a\x00b", "x" * 100_000):
        assert devices.find_by_token(db, token) is None


def test_a_revoked_phone_is_not_found_any_more(db):
    token = a_phone(db)
    device = devices.find_by_token(db, token)

    devices.revoke(db, device.id, at=NOW)

    assert devices.find_by_token(db, token) is None
    assert [one.revoked_at for one in devices.all(db)] == [NOW]


def test_a_phone_can_be_revoked_only_once(db):
    device = devices.find_by_token(db, a_phone(db))
    devices.revoke(db, device.id, at=NOW)

    with pytest.raises(Problem) as refusal:
        devices.revoke(db, device.id, at=NOW)
    assert refusal.value.code == "device.unregistered"


def test_contact_with_a_phone_is_noted_at_most_once_a_minute(db):
    device = devices.find_by_token(db, a_phone(db))
    noted = []
    for seconds in (0, 59, 60, 61):
        device_news.mark_contact(db, device, at=NOW + timedelta(seconds=seconds))
        # Nobody waited for the write; but this thread's connection answers in the order it was asked.
        noted.append(next(iter(devices.all(db))).last_contact_at)

    assert noted == [NOW, NOW, NOW + timedelta(seconds=60), NOW + timedelta(seconds=60)]


# --- what was refused


def refuse(db, xml: bytes, device_id: str = "device-1", code: str = "form.unknown") -> None:
    refused.put(db, device_id=device_id, worker_id="w", code=code, xml=xml, file_names=["a.jpg"], at=NOW)


def test_a_refused_record_is_kept_once_however_often_it_comes(db):
    for _ in range(3):
        refuse(db, b"<d")

    (one,) = refused.of_device(db, "device-1")
    assert (bytes(one["xml"]), one["times"], one["file_names"]) == (b"<d", 3, ["a.jpg"])


def test_a_phone_gone_wrong_does_not_fill_the_disk(db):
    for number in range(refused.MAX_PER_DEVICE + 9):
        refuse(db, b"%d" % number)
    refuse(db, b"1", device_id="device-2")

    assert len(refused.of_device(db, "device-1")) == refused.MAX_PER_DEVICE
    assert len(refused.of_device(db, "device-2")) == 1


def test_what_got_through_later_is_not_shown_as_refused(db):
    xml = b'<d id="f" instanceID="uuid:1"/>'
    refuse(db, xml)

    submissions.keep(db, parse_submission(xml), received_at=NOW, worker_id="w", device_id="device-1")

    assert refused.of_device(db, "device-1") == []
