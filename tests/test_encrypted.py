"""Forms encrypted on the phone (collect_contract.md section 7), against an implementation in Java."""

import base64
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import worker
from sync.core import envelope as envelopes
from sync.core.problem import Problem
from sync.core.submission import parse_submission, root_of
from sync.store import attachments, devices, form_keys, forms, phone_notes, records, submissions
from tests.javarosa.multipart import Part, body_of
from tests.xlsforms.tables import A_FORM, SETTINGS, SURVEY, fixture, workbook
from xlsforms.convert import examine
from xlsforms.findings import WorkbookRefused
from xlsforms.publish import publish
from xlsforms.sheets import read_book

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
PHOTO = "| image | photo | A picture | រូប | | |\n"
WITH_PHOTO = SURVEY.replace("| end group", PHOTO + "| end group", 1)
ANSWERS = {"unsafe": "yes", "phq1": "3", "phq2": "3", "debt_usd": "10", "call_name": "Test"}


def settings_with(key: str, version: str = "2026010101") -> str:
    lines = SETTINGS.replace("2026010101", version).splitlines()
    return "\n".join(
        line if not line.startswith("|") else f"{line} {'public_key' if 'form_id' in line else key} |"
        for line in lines
    )


def own_key(bits: int = 2048) -> tuple[rsa.RSAPrivateKey, str]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, base64.b64encode(public).decode()


@pytest.fixture
def filled(server, new_phone):
    """Publishes the trial form with this key, fills it on a phone, and gives phone and record."""
    publish(server.db, workbook(fixture("trial_protocol")), "protocol.xlsx", NOW, "test")

    def made(key: str, **attachments_):
        sheets = (*A_FORM, WITH_PHOTO, settings_with(key))
        publish(server.db, workbook(*sheets), "trial.xlsx", NOW, "test")
        token = devices.add(server.db, name="P", worker_id="worker-1", worker_name="W", made_at=NOW)
        phone = new_phone(token)
        phone.refresh()
        return phone, phone.fill("trial", ANSWERS, attachments={"1.jpg": b"photo", **attachments_})

    return made


def work(db) -> None:
    """Until nothing waits, whoever does it."""
    until = datetime.now(UTC) + timedelta(seconds=120)
    while db.submissions.count_documents({"state": "received"}) and datetime.now(UTC) < until:
        worker.run_once(db, "test", lambda: datetime.now(UTC) + timedelta(minutes=2))


def test_a_record_for_this_server_is_opened_and_worked_through_like_any_other(server, filled):
    phone, record = filled("pteah", **{"ចម្លើយ.m4a": b"sound" * 100_000})
    assert b"unsafe" not in record.xml

    (answer,) = phone.send(record)
    work(server.db)

    assert answer.status == 201
    kept = submissions.find(server.db, record.instance_id)
    assert (kept["state"], kept["problem"], kept["missing"]) == ("processed", None, [])
    assert bytes(kept["xml"]) == record.xml, "the envelope stays as it came"
    assert b"<unsafe>yes</unsafe>" in submissions.content_of(kept)
    files = {
        one["name"]: attachments.open(server.db, one["sha256"]).read()
        for one in kept["opened"]["attachments"]
    }
    assert files == {"1.jpg": b"photo", "ចម្លើយ.m4a": b"sound" * 100_000}
    derived = records.find(server.db, record.instance_id)
    assert {one["code"] for one in derived["indicators"]} >= {"H3"}


def test_a_file_that_comes_late_completes_the_record(server, filled):
    phone, record = filled("pteah")
    whole = dict(record.attachments)
    record.attachments = {"submission.xml.enc": whole["submission.xml.enc"]}
    phone.send(record)
    work(server.db)
    kept = submissions.find(server.db, record.instance_id)
    assert (kept["problem"]["code"], kept["missing"]) == ("submission.envelope_incomplete", ["1.jpg.enc"])
    assert records.find(server.db, record.instance_id)["indicators"], "the answers count already"

    record.attachments = whole
    phone.send(record)
    work(server.db)

    kept = submissions.find(server.db, record.instance_id)
    assert (kept["problem"], kept["missing"]) == (None, [])


@pytest.mark.parametrize("damaged", ["submission.xml.enc", "1.jpg.enc", "signature", "key"])
def test_damage_is_seen_and_nothing_is_lost(server, filled, damaged):
    phone, record = filled("pteah")
    if damaged in record.attachments:
        content = bytearray(record.attachments[damaged])
        content[3] ^= 1
        record.attachments[damaged] = bytes(content)
    else:
        tag = {"signature": b"ElementSignature>", "key": b"EncryptedKey>"}[damaged]
        before, mark, after = record.xml.partition(tag)
        record.xml = before + mark + bytes([after[0] ^ 1]) + after[1:]

    (answer,) = phone.send(record)
    work(server.db)

    assert answer.status == 201
    kept = submissions.find(server.db, record.instance_id)
    code = {
        "submission.xml.enc": ("submission.signature_wrong", "submission.envelope_broken"),
        "key": ("submission.encrypted",),
    }.get(damaged, ("submission.signature_wrong",))
    assert kept["problem"]["code"] in code
    assert kept["state"] == "processed"
    assert {one["name"] for one in kept["attachments"]} == set(record.attachments)


def test_a_record_for_the_organisation_s_own_key_is_kept_and_said_to_be_unread(server, filled):
    private, public = own_key()
    phone, record = filled(public)

    phone.send(record)
    work(server.db)

    kept = submissions.find(server.db, record.instance_id)
    assert kept["problem"]["code"] == "submission.encrypted"
    assert "opened" not in kept
    assert form_keys.private_key(server.db, "trial") is None
    # Whoever has the key opens what was kept.
    envelope = envelopes.envelope_in(root_of(kept["xml"]), kept["_id"])
    key = envelopes.content_key(private, envelope)
    *_, vector = (v for v, _ in zip(envelopes.vectors(kept["_id"], key), envelope.files, strict=False))
    stored = {one["name"]: one["sha256"] for one in kept["attachments"]}
    opened = b"".join(
        envelopes.plain([attachments.open(server.db, stored[envelope.record]).read()], key, vector)
    )
    assert parse_submission(opened).instance_id == kept["_id"]


def test_all_versions_of_a_form_have_one_key_and_the_list_says_the_hash_of_what_is_served(server, filled):
    phone, _ = filled("pteah")
    key = form_keys.public_key(server.db, "trial", at=NOW)
    publish(server.db, workbook(*A_FORM, settings_with("pteah", "2026010102")), "trial.xlsx", NOW, "test")

    assert phone.refresh().downloaded == ["trial"]
    assert phone.form("trial").public_key == key
    assert phone.refresh().downloaded == []
    assert b"pteah" not in forms.xform_of(server.db, "trial", "2026010102")


def test_a_plain_record_of_an_encrypted_form_is_received(server, filled, device):
    phone, _ = filled("pteah")
    plain = parse_submission(
        b'<data id="trial" version="2026010101"><talk><unsafe>yes</unsafe></talk>'
        b"<meta><instanceID>uuid:plain</instanceID></meta></data>"
    )
    parts = body_of([Part("xml_submission_file", plain.xml, "r.xml", "text/xml")])
    assert phone.line.post(f"{phone.url}/submission", *parts).status == 201
    work(server.db)
    assert submissions.find(server.db, "uuid:plain")["problem"] is None


@pytest.mark.parametrize("key", ["secret", "MIIBIjANBg", own_key(1024)[1]])
def test_a_key_that_phones_cannot_use_is_refused_at_publishing(db, key):
    with pytest.raises(WorkbookRefused) as refused:
        publish(db, workbook(*A_FORM, settings_with(key)), "trial.xlsx", NOW, "test")
    assert any("no public key" in finding.message for finding in refused.value.findings)


def test_a_key_of_one_s_own_is_published_with_a_warning():
    book = read_book(workbook(*A_FORM, settings_with(own_key()[1])), filename="trial.xlsx")
    _, findings = examine(book, media={}, protocol=None, java=None)
    assert any("cannot read them" in finding.message for finding in findings)


@settings(max_examples=200)
@given(
    content=st.binary(max_size=100), cuts=st.lists(st.integers(1, 40), min_size=1), flip=st.integers(0, 4000)
)
def test_a_damaged_file_opens_to_something_or_is_a_problem(content, cuts, flip):
    key, vector = b"k" * 32, b"v" * 16
    pieces, at = [], 0
    damaged = bytearray(content or b"\0" * 16)
    damaged[flip % len(damaged)] ^= 1 + flip % 255
    for cut in cuts:
        pieces.append(bytes(damaged[at : at + cut]))
        at += cut
    with suppress(Problem):  # any other error would fail
        opened = b"".join(envelopes.plain(pieces, key, vector))
        assert len(opened) < sum(map(len, pieces))


AUDIT = (
    "event,node,start,end,latitude,longitude,old-value,new-value,user\n"
    "form start,,1700000000000,,,,,,Sok\n"
    "question,/data/talk/unsafe,1700000000000,1700000004000,11.5,104.9,no,yes,Sok\n"
    "her name is Dara,/data/secret,1700000000000,1700000001000,,,,,\n"
    "broken,,x,y\n"
)


def test_what_a_phone_noted_is_taken_in_without_answers_names_and_places(server, new_phone, device):
    publish(server.db, workbook(fixture("trial_protocol")), "protocol.xlsx", NOW, "test")
    audited = SURVEY.replace("| start             | start     |", "| audit             | audit     |", 1)
    publish(server.db, workbook(*A_FORM, audited), "trial.xlsx", NOW, "test")
    phone = new_phone(device)
    phone.refresh()
    record = phone.fill("trial", ANSWERS)
    # Collect, and not the engine in it, writes these notes and their name.
    record.xml = re.sub(rb"<audit */>", b"<audit>audit.csv</audit>", record.xml)
    assert b"audit.csv" in record.xml, record.xml

    phone.send(record)
    work(server.db)
    assert submissions.find(server.db, record.instance_id)["missing"] == ["audit.csv"]
    assert [one["_id"] for one in submissions.with_missing_files(server.db, before=datetime.now(UTC))]

    record.attachments = {"audit.csv": AUDIT.encode()}
    phone.send(record)
    work(server.db)

    assert submissions.find(server.db, record.instance_id)["missing"] == []
    notes = phone_notes.find(server.db, record.instance_id)
    assert (notes["asked_ms"], notes["changed"], notes["has_positions"], notes["is_whole"]) == (
        4000,
        1,
        True,
        False,
    )
    assert [(one["event"], one["path"]) for one in notes["events"]] == [
        ("form start", ""),
        ("question", "/data/talk/unsafe"),
        ("other", ""),
    ]
    for word in ("Sok", "Dara", "secret", "11.5", "yes"):
        assert word not in str(notes["events"])
