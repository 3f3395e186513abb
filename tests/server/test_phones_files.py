"""The files that come with a record: collect_contract.md sections 6.3 and 6.4."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.store import attachments, submissions
from tests.javarosa.multipart import Part
from tests.server.phones_kit import Phone, a_photo, a_record, id_of, publish


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


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="an empty file"),
        pytest.param(b"\r\n", id="only a line break"),
        pytest.param(b"\r\n--b\r\n\r\n--b--\r\n", id="what looks like the end of a part"),
        pytest.param(bytes(range(256)) * 300, id="75 kB"),
        pytest.param(bytes(range(256)) * 12_000, id="3 MB, spooled to disk"),
    ],
)
def test_a_file_comes_out_as_it_went_in(phone, content):
    xml = a_record()

    assert phone.send(xml, a_photo(content=content)).status_code == 201

    assert files_of(phone, xml) == {"1700000000000.jpg": content}
    (file,) = kept(phone, xml)["attachments"]
    assert (file["bytes"], file["content_type"]) == (len(content), "image/jpeg")


def test_the_same_photo_in_two_records_is_kept_once(phone):
    for _ in range(2):
        phone.send(a_record(), a_photo())
    assert phone.db["attachments.files"].count_documents({}) == 1


def test_the_most_that_collect_sends_at_once_is_received(phone):
    xml = a_record()
    photos = [a_photo(f"{number}.jpg", b"%d" % number) for number in range(101)]

    assert phone.send(xml, *photos, incomplete=True).status_code == 201

    assert len(kept(phone, xml)["attachments"]) == 101


PHOTOS = {f"{name}.jpg": name.encode() for name in "abcd"}
sendings = st.lists(
    st.permutations(sorted(PHOTOS)).flatmap(lambda names: st.integers(0, 4).map(lambda n: names[:n]))
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(split=sendings)
def test_however_a_record_is_split_over_sendings_the_same_is_kept(phone, split):
    xml = a_record()

    for names in split:
        photos = [a_photo(name, PHOTOS[name]) for name in names]
        assert phone.send(xml, *photos, incomplete=True).status_code == 201
    missing = set(PHOTOS) - {name for names in split for name in names}
    assert phone.send(xml, *(a_photo(name, PHOTOS[name]) for name in missing)).status_code == 201

    assert files_of(phone, xml) == PHOTOS
    assert kept(phone, xml)["replaced"] == []
    assert [file["name"] for file in kept(phone, xml)["attachments"]] == sorted(PHOTOS)


@pytest.mark.parametrize(
    ("sent", "listed"),
    [
        ("photo.jpg", "photo.jpg"),
        ("រូបថត ១.jpg", "រូបថត ១.jpg"),
        ('say "hi".jpg', 'say "hi".jpg'),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("..\\\\..\\\\boot.ini", "boot.ini"),
        ("C:\\\\fakepath\\\\photo.jpg", "photo.jpg"),
        ("a\x00b\x1f.jpg", "ab.jpg"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("$where", "$where"),
        ("a.b.$c", "a.b.$c"),
        ("a;b=c.jpg", "a;b=c.jpg"),
        ("x" * 999, "x" * 255),
    ],
)
def test_a_file_is_listed_by_its_bare_name(phone, sent, listed):
    xml = a_record()

    assert phone.send(xml, Part("f", b"content", sent, "image/jpeg")).status_code == 201

    assert files_of(phone, xml) == {listed: b"content"}


def test_fields_nobody_asked_for_change_nothing(phone):
    xml = a_record()
    odd = [
        Part(name, b"x")
        for name in ("*isIncomplete*", "", "$set", "_id", "xml_submission_file[]", "name" * 99)
    ]

    assert phone.send(xml, *odd).status_code == 201

    assert kept(phone, xml)["attachments"] == []


def test_the_order_of_the_parts_does_not_matter(phone):
    xml = a_record()
    record = Part("xml_submission_file", xml, "r.xml", "text/xml")

    assert phone.send_parts([Part("*isIncomplete*", b"yes"), a_photo(), record]).status_code == 201

    assert len(kept(phone, xml)["attachments"]) == 1
