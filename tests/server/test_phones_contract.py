"""Every MUST of collect_contract.md and the test that holds it: a table, and the tests it still lacked.

A row is (section, what must be, tests). Tests are those of this file, or `module::name` for another one.
"""

import ast
import hashlib
import http.client
import socket
import time
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import etree

from sync.store import submissions
from tests.javarosa.multipart import Part, body_of
from tests.server.phones_kit import (
    HEADERS,
    Phone,
    a_photo,
    a_record,
    id_of,
    publish,
    texts,
)

HERE = Path(__file__).parent
TESTS = HERE.parent

MUST: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "date": (
        "1.1",
        "Date is not used for anything",
        ("test_whatever_date_a_phone_believes_in_it_is_answered",),
    ),
    "no-cookies": ("1.1", "no cookies, no CSRF, no Accept", ("test_no_answer_sets_a_cookie_or_redirects",)),
    "device-id": ("1.2", "addresses put up with deviceID", ("test_every_address_handed_out_takes_deviceid",)),
    "60-seconds": (
        "1.3",
        "an answer begins within 60 s",
        ("test_others_are_answered_while_an_upload_stalls",),
    ),
    "idle": (
        "1.3",
        "connections are kept alive",
        ("test_a_phone_is_answered_beside_a_thousand_idle_connections",),
    ),
    "challenge": (
        "1.4",
        "401 always with WWW-Authenticate, in the order Collect looks through",
        ("test_phones_sign_in::test_whoever_is_not_signed_in_is_told_how_with_every_address",),
    ),
    "basic-tls": (
        "1.4",
        "Basic on https only",
        ("test_phones_sign_in::test_basic_is_taken_over_tls_and_never_on_a_line_where_others_read_along",),
    ),
    "latin-1": (
        "1.4",
        "credentials in ISO-8859-1",
        ("test_phones_sign_in::test_whatever_stands_in_the_header_instead_is_asked_for_again",),
    ),
    "stale": (
        "1.4",
        "nonces are used again with a counter, an old one is answered with stale=true",
        (
            "test_phones_sign_in::test_one_nonce_serves_many_requests_and_no_request_twice",
            "test_phones_sign_in::test_an_old_nonce_is_stale_only_for_whoever_knows_the_password",
        ),
    ),
    "digest-uri": (
        "1.4",
        "the uri in the digest has the deviceID",
        ("test_phones_sign_in::test_an_answer_is_good_for_the_address_and_method_it_was_made_for",),
    ),
    "token-urls": ("1.4", "all URLs contain the token", ("test_every_address_handed_out_takes_deviceid",)),
    "no-401-on-post": (
        "1.4",
        "no 401 round trip on a long POST",
        (
            "test_phones_sign_in::test_a_nonce_that_is_old_for_a_question_is_good_for_a_long_upload",
            "test_phones_sign_in::test_a_phone_with_a_password_fetches_and_sends_over_plain_http",
        ),
    ),
    "no-redirect": (
        "1.5",
        "the submission path is never redirected",
        ("test_phones_forms::test_a_slash_too_many_is_no_reason_to_redirect",),
    ),
    "not-fresh": ("1.6", "nothing is fresh without asking", ("test_nothing_is_fresh_without_asking",)),
    "etag": ("1.6", "ETag and 304", ("test_phones_forms::test_what_a_phone_has_already_is_not_sent_again",)),
    "openrosa-version": (
        "1.7",
        "X-OpenRosa-Version and text/xml on every XML answer",
        ("test_phones_forms::test_xml_answers_carry_what_collect_looks_for",),
    ),
    "no-bom": ("1.7", "no byte order mark", ("test_a_list_of_whatever_titles_is_valid_for_collect",)),
    "list-fields": (
        "2.2",
        "formID, name, downloadUrl are there and not empty",
        ("test_a_list_of_whatever_titles_is_valid_for_collect",),
    ),
    "list-hash": (
        "2.2",
        "hash is md5: and 32 lower-case digits, never empty",
        ("test_a_list_of_whatever_titles_is_valid_for_collect",),
    ),
    "absolute": (
        "2.2",
        "URLs are absolute and percent-encoded",
        (
            "test_phones_forms::test_addresses_are_percent_encoded",
            "test_phones_forms::test_a_proxy_is_believed_only_if_the_operator_trusts_it",
        ),
    ),
    "once": (
        "2.2",
        "one form once in the list",
        ("test_phones_forms::test_each_form_is_listed_once_in_its_current_version_by_title",),
    ),
    "title": ("3.1", "h:title is not empty", ("test_our_own_forms_are_what_the_list_says",)),
    "hash-of-bytes": (
        "3.1",
        "the hash is that of the bytes served",
        ("test_phones_forms::test_what_the_form_list_hashes_is_what_is_served",),
    ),
    "id-version": (
        "3.2",
        "ID and version are those in the XML",
        ("test_our_own_forms_are_what_the_list_says",),
    ),
    "old-versions": (
        "3.3",
        "earlier versions are accepted",
        ("test_phones_submission::test_a_record_of_an_earlier_version_or_a_withdrawn_form_is_received",),
    ),
    "never-empty": (
        "3.4",
        "an internal failure is never an empty list",
        (
            "test_phones_forms::test_a_broken_store_is_never_an_empty_list",
            "test_a_list_that_is_not_whole_is_no_list",
        ),
    ),
    "manifest-fields": (
        "4.1",
        "filename, hash, downloadUrl of each file",
        ("test_phones_people::test_the_manifest_names_files_and_the_list_of_people",),
    ),
    "manifest-reliable": (
        "4.2",
        "a failing manifest is an error",
        ("test_a_broken_store_is_never_an_empty_manifest",),
    ),
    "same-list": (
        "4.5",
        "one list in all manifests of a user",
        ("test_phones_people::test_every_manifest_announces_the_same_list_of_people",),
    ),
    "csv-columns": (
        "5.1",
        "name, label, __version; a header at least",
        ("test_phones_people::test_a_list_without_people_has_its_header",),
    ),
    "create-known": (
        "5.3",
        "a create of a known or an update of an unknown entity does not fail the submission",
        ("test_phones_submission::test_whatever_a_record_says_about_people_it_is_received",),
    ),
    "8-kb": (
        "5.4",
        "8 kB of ids in one address",
        ("test_phones_connection::test_200_entity_ids_in_one_address_are_accepted",),
    ),
    "unknown-id": (
        "5.4",
        "an unknown id is not deleted",
        ("test_phones_people::test_integrity_tells_who_is_gone_and_is_silent_about_the_unknown",),
    ),
    "head-204": (
        "6.2",
        "HEAD is 204 with the limit and without Location",
        ("test_phones_submission::test_head_tells_how_much_may_be_sent_and_nothing_else",),
    ),
    "khmer-names": ("6.3", "names of files in raw UTF-8", ("test_names_of_files_in_khmer_stay_as_they_are",)),
    "103-parts": (
        "6.4",
        "1 + 101 files and a field in one POST",
        ("test_phones_files::test_the_most_that_collect_sends_at_once_is_received",),
    ),
    "merge": (
        "6.4",
        "files of one record over several POSTs are merged",
        ("test_phones_files::test_however_a_record_is_split_over_sendings_the_same_is_kept",),
    ),
    "201": (
        "6.5",
        "201 and nothing else is received",
        ("test_phones_submission::test_a_record_is_received_and_the_person_reads_so_in_khmer_and_english",),
    ),
    "message": (
        "6.6",
        "a refusal is a sentence",
        ("test_phones_submission::test_errors_are_told_in_khmer_first",),
    ),
    "idempotent": (
        "6.7",
        "same bytes 201, other bytes 409",
        (
            "test_phones_submission::test_the_same_bytes_twice_are_one_record_and_twice_received",
            "test_phones_submission::test_other_bytes_under_one_instance_id_are_a_conflict_for_people",
        ),
    ),
    "orx-meta": ("6.9", "meta in whatever namespace", ("test_meta_is_found_in_whatever_namespace",)),
    "encrypted": (
        "7",
        "opened exactly as Collect encrypts",
        ("../test_encrypted::test_a_record_for_this_server_is_opened_and_worked_through_like_any_other",),
    ),
    "edit-unknown": (
        "8",
        "an edit of an unknown record is held or accepted",
        ("test_phones_submission::test_edits_of_edits_are_received_in_any_order_and_again",),
    ),
    "qr": (
        "9",
        "general and admin are there",
        ("test_phones_command::test_the_code_sets_what_collect_must_be_set_to",),
    ),
    "audit": (
        "10",
        "audit.csv is kept per record",
        ("../test_encrypted::test_what_a_phone_noted_is_taken_in_without_answers_names_and_places",),
    ),
}
"""From collect_contract.md, in its order; its words MUST, MUST NOT and the rows of its check list (12)."""

SECTIONS_WITH_A_MUST = {
    *("1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "2.2", "3.1", "3.2", "3.3", "3.4", "4.1", "4.2"),
    *("5.1", "5.3", "5.4", "6.2", "6.4", "6.5", "6.7", "7", "8", "9"),
}


def test_every_section_with_a_must_has_a_row_and_every_row_a_test_that_is_there():
    assert {section for section, _, _ in MUST.values()} >= SECTIONS_WITH_A_MUST
    for key, (_, _, tests) in MUST.items():
        assert tests, key
        for test in tests:
            module, _, name = test.rpartition("::")
            path = (HERE / (module or Path(__file__).stem)).resolve().with_suffix(".py")
            assert name in functions_of(path), f"{key}: {test}"


def functions_of(path: Path) -> set[str]:
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in found if isinstance(node, ast.FunctionDef)}


@pytest.fixture
def phone(db, config) -> Phone:
    publish(db, media={"places.csv": b"a,b\n"}, entity_lists=["people"])
    return Phone(db, config)


def addresses(phone: Phone) -> list[str]:
    """Every address the server hands out, from list to files."""
    (form,) = texts(listed := phone.get("formList"), "xforms/xform/downloadUrl")
    (manifest,) = texts(listed, "xforms/xform/manifestUrl")
    answer = phone.follow(manifest)
    files = texts(answer, "manifest/mediaFile/downloadUrl") + texts(answer, "manifest/mediaFile/integrityUrl")
    return [form, manifest, *files]


@pytest.mark.parametrize(
    "date", ["Mon, 23 Nov 2026 04:11:39 GMT", "Thu, 01 Jan 1970 12:00:00 GMT", "ថ្ងៃ", "", "tomorrow"]
)
def test_whatever_date_a_phone_believes_in_it_is_answered(phone, date):
    headers = {**HEADERS, "Date": date.encode().decode("latin-1")}
    xml = a_record()
    content_type, body = body_of([Part("xml_submission_file", xml, "r.xml", "text/xml")])

    assert phone.get("formList", headers=headers).status_code == 200
    sent = phone.ask("POST", "submission", headers=headers, data=body, content_type=content_type)
    assert sent.status_code == 201


def test_no_answer_sets_a_cookie_or_redirects(phone):
    for address in addresses(phone):
        answer = phone.follow(address, headers={**HEADERS, "Accept": "image/png", "Accept-Language": "tlh"})
        assert answer.status_code == 200, address
        assert "Set-Cookie" not in answer.headers
        assert "Location" not in answer.headers


def test_every_address_handed_out_takes_deviceid(phone):
    for address in addresses(phone):
        assert f"/key/{phone.token}/" in address
        path = address.partition(f"/key/{phone.token}/")[2]
        for query in ({}, {"a": "b"}, {"deviceID": "other"}):
            assert phone.get(path, query=query).status_code == 200, address


def test_nothing_is_fresh_without_asking(phone):
    answers = [phone.follow(address) for address in addresses(phone)]
    answers += [phone.get("formList"), phone.ask("HEAD", "submission"), phone.send(a_record())]
    for answer in answers:
        said = answer.headers["Cache-Control"]
        assert "no-cache" in said or "no-store" in said
        assert "max-age" not in said
        assert "Expires" not in answer.headers
        assert "Vary" not in answer.headers


TITLES = ["ការចុះជួប", 'A & B < C > "D"', "tab\tand\nline", "\x00\x0b\ufffe", "🏠", ""]


@pytest.mark.parametrize("title", TITLES)
def test_a_list_of_whatever_titles_is_valid_for_collect(db, config, title):
    publish(db, "form-ក", title=title)
    answer = Phone(db, config).get("formList")

    assert not answer.data.startswith(b"\xef\xbb\xbf")
    root = etree.fromstring(answer.data)
    assert root.tag == "{http://openrosa.org/xforms/xformsList}xforms"
    for name in ("formID", "name", "downloadUrl", "hash"):
        (said,) = texts(answer, f"xforms/xform/{name}")
        assert said.strip(), name
    (digest,) = texts(answer, "xforms/xform/hash")
    assert digest.startswith("md5:")
    assert len(digest) == 36
    assert digest == digest.lower()


def test_our_own_forms_are_what_the_list_says(published, config):
    phone = Phone(published, config)
    listed = phone.get("formList")
    rows = zip(
        *(texts(listed, f"xforms/xform/{name}") for name in ("formID", "version", "hash", "downloadUrl")),
        strict=True,
    )
    for form_id, version, digest, url in rows:
        xform = phone.follow(url).data
        root = etree.fromstring(xform)
        (primary,) = root.xpath("(//*[local-name()='instance'])[1]/*")
        assert (primary.get("id"), primary.get("version")) == (form_id, version)
        assert root.findtext("{*}head/{*}title")
        assert digest == f"md5:{hashlib.md5(xform).hexdigest()}"


def test_a_list_that_is_not_whole_is_no_list(phone):
    publish(phone.db, "other")
    phone.db.form_versions.delete_one({"form_id": "other"})
    publish(phone.db, "third")
    assert phone.get("formList").status_code == 500


def test_a_broken_store_is_never_an_empty_manifest(phone):
    phone.db.form_versions.update_one({}, {"$unset": {"media": ""}})
    assert phone.get("manifests/screening/1.xml").status_code == 500


def test_names_of_files_in_khmer_stay_as_they_are(phone):
    name = "រូបថត ផ្ទះ (១).jpg"
    xml = a_record()
    assert phone.send(xml, a_photo(name)).status_code == 201
    assert [file["name"] for file in submissions.find(phone.db, id_of(xml))["attachments"]] == [name]


@pytest.mark.parametrize(
    "meta",
    [
        "<meta><instanceID>{}</instanceID></meta>",
        '<orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>{}</orx:instanceID></orx:meta>',
        '<meta xmlns="http://openrosa.org/xforms"><instanceID> {} </instanceID></meta>',
    ],
)
def test_meta_is_found_in_whatever_namespace(phone, meta):
    instance_id = f"uuid:{hashlib.md5(meta.encode()).hexdigest()}"
    xml = f'<data id="screening" version="1"><q>x</q>{meta.format(instance_id)}</data>'.encode()
    assert phone.send(xml).status_code == 201
    assert submissions.find(phone.db, instance_id)


# --- over real sockets


@pytest.fixture
def line(server, device):
    """Where the server listens, and what a POST to it begins with."""
    publish(server.db)
    content_type, body = body_of([Part("xml_submission_file", a_record(), "r.xml", "text/xml"), a_photo()])
    head = f"POST /key/{device}/submission?deviceID=a HTTP/1.1\r\nHost: here\r\nX-OpenRosa-Version: 1.0\r\n"
    return urlsplit(server.url).netloc, f"{head}Content-Type: {content_type}\r\n".encode(), body


def ask(netloc: str, device: str) -> int:
    with closing(http.client.HTTPConnection(netloc, timeout=60)) as connection:
        connection.request("HEAD", f"/key/{device}/submission", headers=HEADERS)
        return connection.getresponse().status


def dial(netloc: str) -> socket.socket:
    host, _, port = netloc.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=60)


def test_others_are_answered_while_an_upload_stalls(line, device):
    """More of them than the server has threads."""
    netloc, head, body = line
    with ExitStack() as stalled:
        for _ in range(40):
            one = stalled.enter_context(closing(dial(netloc)))
            one.sendall(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:-20])
        begun = time.monotonic()
        assert ask(netloc, device) == 204
        assert time.monotonic() - begun < 60
        one.sendall(body[-20:])
        assert one.recv(12) == b"HTTP/1.1 201"


def test_a_phone_is_answered_beside_a_thousand_idle_connections(line, device):
    netloc, *_ = line
    with ExitStack() as idle:
        for number in range(1_000):
            one = idle.enter_context(closing(dial(netloc)))
            if number % 2:
                one.sendall(b"GET /key/")
        assert ask(netloc, device) == 204


def test_a_body_without_a_length_is_no_record_and_one_in_chunks_is(line, server):
    netloc, head, body = line
    with closing(dial(netloc)) as one:
        one.sendall(head + b"Connection: close\r\n\r\n")
        assert one.recv(12) == b"HTTP/1.1 400"
    with closing(dial(netloc)) as one:
        chunks = b"".join(
            f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in (body[:100], body[100:])
        )
        one.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
        assert one.recv(12) == b"HTTP/1.1 201"
    assert server.db.submissions.count_documents({}) == 1
