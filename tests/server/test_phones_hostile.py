"""What no phone should send: each gets a sentence and a status, nothing is half kept, nothing is lost."""

import tracemalloc
from contextlib import suppress
from io import BytesIO, RawIOBase

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import create_environ
from werkzeug.wrappers import Response

from server.phones.multipart import read_sending
from sync.core.problem import Problem
from sync.store import devices, refused
from tests.javarosa.multipart import Part
from tests.server.phones_kit import HEADERS, Phone, a_photo, a_record, publish, sentence

BOUNDARY = b"boundary"
MULTIPART = "multipart/form-data; boundary=boundary"
RECORD = a_record(instance_id="uuid:whole")
HEAD = b'--boundary\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="r.xml"\r\n\r\n'
WHOLE = HEAD + RECORD + b"\r\n--boundary--\r\n"


@pytest.fixture
def phone(db, config) -> Phone:
    publish(db)
    return Phone(db, config)


def assert_nothing_is_kept(phone: Phone) -> None:
    for collection in ("submissions", "conflicting", "attachments.files", "attachments.chunks"):
        assert phone.db[collection].count_documents({}) == 0, collection


def assert_refused(phone: Phone, response, status: int, code: str) -> None:
    assert response.status_code == status
    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert response.headers["X-OpenRosa-Version"] == "1.0"
    assert Problem(code, limit_mb=10).message("en")[:20] in sentence(response)
    assert_nothing_is_kept(phone)


def test_the_whole_sending_that_the_following_are_damages_of_is_received(phone):
    assert phone.send_body(WHOLE, MULTIPART).status_code == 201


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"", MULTIPART, id="no bytes at all"),
        pytest.param(b"", "", id="no bytes and no type"),
        pytest.param(WHOLE, "multipart/form-data", id="no boundary named"),
        pytest.param(WHOLE, "multipart/form-data; boundary=other", id="another boundary"),
        pytest.param(WHOLE, "multipart/form-data; boundary=គ", id="a boundary in Khmer"),
        pytest.param(RECORD, "text/xml", id="the record alone, not in parts"),
        pytest.param(b"a=1&b=2", "application/x-www-form-urlencoded", id="a form of a web page"),
        pytest.param(b"--boundary\r\n", MULTIPART, id="cut short in a head"),
        pytest.param(HEAD + RECORD, MULTIPART, id="no closing boundary"),
        pytest.param(b"--boundary\r\nX: 1\r\n\r\nx\r\n" + WHOLE, MULTIPART, id="a part without a head"),
        pytest.param(b"--boundary\r\n: x\r\n\r\nx\r\n" + WHOLE, MULTIPART, id="a head without a name"),
        pytest.param(
            b'--boundary\r\nContent-Disposition: form-data; name="\xff\xfe"\r\n\r\nx\r\n' + WHOLE,
            MULTIPART,
            id="a name in no encoding",
        ),
        pytest.param(b"x" * 2_000_000, MULTIPART, id="2 MB before any boundary"),
        pytest.param(b"--boundary\r\nX: " + b"x" * 2_000_000, MULTIPART, id="a head of 2 MB"),
    ],
)
def test_what_is_not_whole_multipart_did_not_arrive(phone, body, content_type):
    response = phone.send_body(body, content_type)
    assert_refused(phone, response, 400, "submission.multipart_unreadable")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=st.integers(0, len(WHOLE) - 5))
def test_a_sending_cut_short_anywhere_keeps_nothing(phone, length):
    response = phone.send_body(WHOLE[:length], MULTIPART)

    assert response.status_code == 400
    assert_nothing_is_kept(phone)


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=60), at=st.integers(0, len(WHOLE)), length=st.integers(0, 40))
def test_a_damaged_sending_is_parts_or_a_problem(body, at, length):
    damaged = WHOLE[:at] + body + WHOLE[at + length :]
    with suppress(Problem), read_sending(BytesIO(damaged), MULTIPART) as sending:
        assert all(bytes(record) in damaged for record in sending.records)


def test_a_sending_without_a_record_is_told_so(phone):
    assert_refused(phone, phone.send_parts([a_photo()]), 400, "submission.xml_missing")


def test_a_sending_without_any_part_is_told_so(phone):
    assert_refused(phone, phone.send_body(b"--boundary--\r\n", MULTIPART), 400, "submission.xml_missing")


def test_two_records_in_one_sending_are_refused_and_both_are_seen(phone):
    records = [Part("xml_submission_file", a_record(), "r.xml", "text/xml") for _ in range(2)]

    response = phone.send_parts([*records, a_photo()])

    assert_refused(phone, response, 400, "submission.xml_twice")
    seen = refused.of_device(phone.db, devices.id_of(phone.token))
    assert {bytes(one["xml"]) for one in seen} == {record.content for record in records}


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        pytest.param(b"", "submission.unreadable", id="an empty record"),
        pytest.param(a_record()[:-12], "submission.unreadable", id="a record cut short"),
        pytest.param(
            f'<!DOCTYPE d [<!ENTITY l0 "ha">{LAUGHS}]>'.encode()
            + b'<d id="screening" instanceID="u">&l9;</d>',
            "submission.unreadable",
            id="a billion laughs",
        ),
        pytest.param(
            b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hosts">]><d id="screening" instanceID="u">&x;</d>',
            "submission.unreadable",
            id="a file of the server",
        ),
        pytest.param(b"<d>" * 100_000, "submission.unreadable", id="100 000 levels deep"),
        pytest.param(
            a_record().replace(b"UTF-8", b"windows-1258"), "submission.unreadable", id="another encoding"
        ),
        pytest.param(
            b'<d id="screening" version="1"/>', "submission.instance_id_missing", id="no instance ID"
        ),
        pytest.param(
            b"<d><meta><instanceID>u</instanceID></meta></d>", "submission.form_id_missing", id="no form ID"
        ),
    ],
)
def test_a_record_that_cannot_be_read_is_refused_and_a_coordinator_sees_it(phone, xml, code):
    response = phone.send(xml, a_photo())

    assert_refused(phone, response, 400, code)
    (one,) = refused.of_device(phone.db, devices.id_of(phone.token))
    assert (one["code"], bytes(one["xml"])) == (code, xml)


def test_a_record_with_a_byte_order_mark_is_received(phone):
    assert phone.send(b"\xef\xbb\xbf" + a_record()).status_code == 201


def test_a_record_of_more_than_10_mb_is_too_large(phone):
    xml = a_record(answer="x" * 10_000_000)
    assert_refused(phone, phone.send(xml), 413, "submission.too_large")


def test_300_parts_are_too_many(phone):
    photos = [a_photo(f"{number}.jpg") for number in range(299)]
    assert_refused(phone, phone.send(a_record(), *photos), 400, "submission.too_many_parts")


def test_a_phone_that_repeats_what_is_refused_is_noted_once(phone):
    for _ in range(3):
        phone.send(b"<broken")

    (one,) = refused.of_device(phone.db, devices.id_of(phone.token))
    assert one["times"] == 3


class Endless(RawIOBase):
    """A body that is never held anywhere: `head`, then zeroes up to `length`."""

    def __init__(self, head: bytes, length: int) -> None:
        self._head, self._left = head, length - len(head)
        self.was_read = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece, self._head = self._head[:size], self._head[size:]
        more = min(self._left, size - len(piece))
        self._left -= more
        self.was_read += len(piece) + more
        return piece + b"\0" * more


def test_200_mb_are_refused_before_any_of_it_is_looked_at(phone):
    body = Endless(HEAD, 200_000_000)
    environ = create_environ(
        f"/key/{phone.token}/submission", method="POST", headers=HEADERS, content_type=MULTIPART
    )

    response = Response.from_app(
        phone.app.wsgi_app, {**environ, "wsgi.input": body, "CONTENT_LENGTH": "200000000"}
    )

    assert_refused(phone, response, 413, "submission.too_large")
    assert "100 MB" in sentence(response)
    assert body.was_read == 0


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(
            HEAD
            + RECORD
            + b'\r\n--boundary\r\nContent-Disposition: form-data; name="v"; filename="v.mp4"\r\n\r\n',
            id="in a file",
        ),
        pytest.param(HEAD, id="in the record"),
        pytest.param(b"--boundary\r\nContent-Disposition: form-data; name=v\r\n\r\n", id="in a field"),
        pytest.param(b"", id="before the first part"),
        pytest.param(b"--boundary\r\nX: ", id="in a head"),
    ],
)
def test_a_long_sending_is_never_held_in_memory(head):
    tracemalloc.start()
    try:
        with pytest.raises(Problem):  # it has no end
            read_sending(Endless(head, 60_000_000), MULTIPART)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 25_000_000


def test_content_after_the_end_is_of_no_interest(phone):
    assert phone.send_body(WHOLE + b"x" * 3_000_000, MULTIPART).status_code == 201


def test_a_wrong_content_length_is_no_way_in(phone):
    environ = create_environ(
        f"/key/{phone.token}/submission", method="POST", headers=HEADERS, content_type=MULTIPART
    )

    response = Response.from_app(
        phone.app.wsgi_app, {**environ, "wsgi.input": BytesIO(WHOLE), "CONTENT_LENGTH": "9"}
    )

    assert response.status_code == 400
    assert_nothing_is_kept(phone)
