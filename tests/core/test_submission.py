"""What can be read of a record without its form, and what is refused before anything looks at it."""

import hashlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.problem import Problem
from sync.core.submission import Attachment, merge_attachments, parse_submission, root_of

RECORD = (
    "<?xml version='1.0' encoding='UTF-8' ?>"
    '<data id="screening" version="2026112301"><name>សុខ</name>'
    "<meta><instanceID>uuid:1f0a</instanceID></meta></data>"
)


def refusal(xml: bytes) -> str:
    with pytest.raises(Problem) as refused:
        parse_submission(xml)
    return refused.value.code


def test_a_record_says_which_form_and_version_it_belongs_to_and_which_record_it_is():
    submission = parse_submission(RECORD.encode())

    assert (submission.form_id, submission.form_version) == ("screening", "2026112301")
    assert submission.instance_id == "uuid:1f0a"
    assert submission.deprecated_id is None
    assert not submission.encrypted


def test_the_bytes_are_kept_as_they_came_and_hashed():
    xml = RECORD.encode() + b"\n"

    submission = parse_submission(xml)

    assert submission.xml == xml
    assert submission.sha256 == hashlib.sha256(xml).hexdigest()


@pytest.mark.parametrize(
    "meta",
    [
        pytest.param(
            "<meta><instanceID>uuid:7</instanceID></meta>", id="in no namespace, as pyxform writes it"
        ),
        pytest.param(
            '<orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>uuid:7</orx:instanceID></orx:meta>',
            id="in the OpenRosa namespace",
        ),
        pytest.param("<meta><instanceID>\n  uuid:7 </instanceID></meta>", id="with space around it"),
        pytest.param("<instanceID>uuid:7</instanceID>", id="as a child of the root, as Central takes it"),
        pytest.param("<!-- --><meta><x/><instanceID>uuid:7</instanceID></meta>", id="after a comment"),
    ],
)
def test_the_instance_id_is_found(meta):
    assert parse_submission(f'<data id="f" version="1">{meta}</data>'.encode()).instance_id == "uuid:7"


def test_the_instance_id_may_stand_in_the_root_element():
    assert parse_submission(b'<data id="f" instanceID="uuid:7"/>').instance_id == "uuid:7"


def test_a_form_without_a_version_has_the_empty_one():
    assert parse_submission(b'<data id="f" instanceID="uuid:7"/>').form_version == ""


def test_an_edit_names_the_record_it_replaces():
    xml = b'<d id="f"><meta><instanceID>uuid:2</instanceID><deprecatedID>uuid:1</deprecatedID></meta></d>'
    assert parse_submission(xml).deprecated_id == "uuid:1"


@pytest.mark.parametrize(
    "namespace", ["http://www.opendatakit.org/xforms/encrypted", "http://opendatakit.org/submissions"]
)
def test_an_envelope_is_known_by_its_key(namespace):
    xml = (
        f'<data xmlns="{namespace}" id="f" version="1" encrypted="yes">'
        "<base64EncryptedKey>AA==</base64EncryptedKey>"
        '<orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>uuid:7</orx:instanceID></orx:meta></data>'
    )
    submission = parse_submission(xml.encode())

    assert submission.encrypted
    assert submission.instance_id == "uuid:7"


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda text: b"\xef\xbb\xbf" + text.encode(), id="UTF-8 with a byte order mark"),
        pytest.param(lambda text: text.replace("UTF-8", "utf-8").encode(), id="utf-8 in small letters"),
        pytest.param(lambda text: text.replace("UTF-8", "UTF-16").encode("utf-16"), id="UTF-16 with a mark"),
        pytest.param(
            lambda text: text.replace("UTF-8", "UTF-16").encode("utf-16-be"), id="UTF-16 without a mark"
        ),
    ],
)
def test_an_encoding_that_is_read(encode):
    assert root_of(encode(RECORD)).findtext("name") == "សុខ"


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        pytest.param(b"", "submission.unreadable", id="nothing"),
        pytest.param(b"   ", "submission.unreadable", id="only space"),
        pytest.param(b"sok,29,kandal", "submission.unreadable", id="not XML"),
        pytest.param(RECORD.encode()[:-9], "submission.unreadable", id="cut short"),
        pytest.param(RECORD.encode() + b"<data/>", "submission.unreadable", id="two roots"),
        pytest.param(b"\xff\xfe<", "submission.unreadable", id="half a UTF-16 character"),
        pytest.param(b'<d id="f">\xe1\x9e</d>', "submission.unreadable", id="half a UTF-8 character"),
        pytest.param(
            RECORD.replace("UTF-8", "windows-1252").encode(), "submission.unreadable", id="another encoding"
        ),
        pytest.param(
            RECORD.replace("UTF-8", "UTF-7").encode("utf-7"),
            "submission.unreadable",
            id="a disguised encoding",
        ),
        pytest.param(RECORD.encode("utf-32"), "submission.unreadable", id="UTF-32"),
        pytest.param(b"<d>" * 300 + b"</d>" * 300, "submission.unreadable", id="300 levels deep"),
        pytest.param(b"<d>" * 1_000_000, "submission.unreadable", id="a million levels deep"),
        pytest.param(b'<d id="f">' + b" " * 10_000_000 + b"</d>", "submission.unreadable", id="over 10 MB"),
        pytest.param(b"<d/>", "submission.form_id_missing", id="no form"),
        pytest.param(b'<d id=" "/>', "submission.form_id_missing", id="an empty form ID"),
        pytest.param(b'<d id="f"/>', "submission.instance_id_missing", id="no instance ID"),
        pytest.param(
            b'<d id="f"><meta><instanceID/></meta></d>', "submission.instance_id_missing", id="an empty one"
        ),
        pytest.param(
            b'<d id="f"><meta><instanceID>' + b"a" * 256 + b"</instanceID></meta></d>",
            "submission.instance_id_missing",
            id="one of 256 characters",
        ),
        pytest.param(
            b'<d id="f"><meta><instanceID>uuid:\n1</instanceID></meta></d>',
            "submission.instance_id_missing",
            id="one on two lines",
        ),
    ],
)
def test_a_record_that_cannot_be_taken_says_why(xml, code):
    assert refusal(xml) == code


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        pytest.param(f'<!DOCTYPE d [<!ENTITY l0 "ha">{LAUGHS}]>', id="a billion laughs"),
        pytest.param('<!DOCTYPE d [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>', id="a file of this machine"),
        pytest.param(
            '<!DOCTYPE d [<!ENTITY l9 SYSTEM "http://127.0.0.1:9/">]>', id="an address in our network"
        ),
        pytest.param(
            '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/d.dtd" []>', id="a document type from elsewhere"
        ),
        pytest.param('<!DOCTYPE d [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>', id="a parameter entity"),
        pytest.param("<!DOCTYPE d>", id="a harmless document type"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_nothing_with_a_document_type_is_read(doctype, encoding):
    xml = f'{doctype}<d id="f" instanceID="uuid:7"><a>&l9;</a></d>'
    assert refusal(xml.encode(encoding)) == "submission.unreadable"


@given(st.binary(max_size=300))
def test_whatever_bytes_arrive_the_answer_is_a_record_or_a_problem(body):
    with suppress(Problem):
        assert parse_submission(body).xml == body


@given(st.text(max_size=100), st.integers(0, 200))
def test_a_record_damaged_anywhere_is_a_record_or_a_problem(inserted, at):
    damaged = (RECORD[:at] + inserted + RECORD[at:]).encode(errors="surrogatepass")
    with suppress(Problem):
        assert parse_submission(damaged).xml == damaged


def a_file(name: str, content: str) -> Attachment:
    return Attachment(name=name, sha256=content, bytes=1, content_type="image/jpeg")


def test_files_that_come_again_are_listed_once_by_name():
    listed, replaced = merge_attachments([a_file("b.jpg", "1")], [a_file("a.jpg", "2"), a_file("b.jpg", "1")])

    assert listed == (a_file("a.jpg", "2"), a_file("b.jpg", "1"))
    assert replaced == ()


def test_a_file_of_the_same_name_with_other_content_takes_the_place_of_the_former():
    listed, replaced = merge_attachments([a_file("a.jpg", "1")], [a_file("a.jpg", "2")])

    assert listed == (a_file("a.jpg", "2"),)
    assert replaced == (a_file("a.jpg", "1"),)
