"""Whoever has all of the database and not the master key learns no name, no answer and nothing anybody wrote.

One busy database, with everything this suite can put into it; then every byte of it is looked through.
"""

import base64
from datetime import timedelta

import pytest
from pymongo.database import Database

from server import accounts
from sync import erasing, rebuild
from sync.core.decision import Decision
from sync.core.problem import Problem
from sync.core.submission import Attachment
from sync.deciding import decide_once
from sync.store import (
    attachments,
    audit,
    decisions,
    devices,
    drafts,
    erasures,
    looks,
    refused,
    returnees,
    settling,
    spaces,
    submissions,
)
from sync.store.rules import current_rules
from sync.store.sealing import SEALED
from tests.desk import FOLLOW_UP, NOW, SCREENING, SCREENING_AT, TODAY, Desk

NAME, KHMER = "Sreymarker Zqx", "ស្រីម៉ាកឃ័រ"
"""No word of our own contains them."""


@pytest.fixture
def desk(published, java):
    return Desk(published, java)


def words(number: int) -> str:
    """Something that somebody wrote, which nothing else can be mistaken for."""
    return f"zqx{number:03d}marker"


@pytest.fixture
def busy(desk):
    """A database in which everything happened; the desk, and every value that was put in."""
    db, put = desk.db, [NAME, KHMER]

    def said(*, file_name: bool = False) -> str:
        put.append(words(len(put)) + (".jpg" if file_name else ""))
        return put[-1]

    first = desk.fill("screening", {**SCREENING, "call_name": NAME}, SCREENING_AT)
    desk.fill("screening", {**SCREENING, "call_name": KHMER}, SCREENING_AT)
    photo = Attachment(
        name=said(file_name=True),
        sha256=attachments.put(db, said().encode() * 1000, at=SCREENING_AT),
        bytes=1,
        content_type="image/jpeg",
    )
    submissions.keep(
        db, first, received_at=SCREENING_AT, worker_id="worker-1", device_id="d", attachments=[photo]
    )
    desk.work()
    settling.settle(db)
    file = returnees.find(db, next(iter(db.returnees.find({}, {"_id": 1})))["_id"])
    desk.fill("followup", {"person": file["_id"], **FOLLOW_UP}, SCREENING_AT + timedelta(days=10))
    desk.work()  # and not settled: under the intake's key still
    waiting = desk.fill("followup", {"person": file["_id"], **FOLLOW_UP}, SCREENING_AT + timedelta(days=12))
    other = waiting.xml.replace(b"<phq1>0</phq1>", f"<phq1>{said()}</phq1>".encode())
    with pytest.raises(Problem) as conflict:
        desk.keep(other, NOW)
    assert conflict.value.code == "submission.conflict"
    refused.put(
        db, device_id="d", worker_id="worker-1", code="submission.unreadable",
        xml=f"<broken>{said()}".encode(), file_names=[said(file_name=True)], at=NOW,
    )  # fmt: skip
    decide_once(
        db,
        Decision(
            decision_id="1", entity_id=file["_id"], kind="override", level="high", at=NOW, on=TODAY,
            by="dara", reason=said(), until=TODAY + timedelta(days=20),
        ),
        returnees.find(db, file["_id"]),
        current_rules(db),
    )  # fmt: skip
    devices.add(db, name=said(), worker_id="w2", worker_name=said(), made_at=NOW)
    accounts.add(db, user="dara", name=said(), role="administrator", password="one two three", made_at=NOW)
    audit.note(db, at=NOW, by="dara", kind="look", about=[file["_id"]], why=said())
    looks.begin(db, by="dara", entity_id=file["_id"], case_code="KH-1", reason=said(), told=["b"], at=NOW)
    erasing.ask(db, file, at=NOW, by="dara", why=said())
    erasures.hold(db, file["_id"], at=NOW, by="dara", why=said())
    trial = drafts.PREFIX + ".x"
    submissions.keep(spaces.Space(db, trial), waiting, received_at=NOW, worker_id="worker-1", device_id="d")
    return desk, put


def every_byte(db) -> dict[str, bytes]:
    """What lies in every collection, as it lies there; GridFS and MongoDB's own log of changes too."""
    plain = Database(db.client, db.name)
    found = {name: b"".join(plain[name].find_raw_batches()) for name in plain.list_collection_names()}
    log = db.client.get_database("local")["oplog.rs"].find_raw_batches({"ns": {"$regex": f"^{db.name}\\."}})
    in_transactions = {"ns": "admin.$cmd", "o.applyOps.ns": {"$regex": f"^{db.name}\\."}}
    more = db.client.get_database("local")["oplog.rs"].find_raw_batches(in_transactions)
    return found | {"oplog": b"".join(log) + b"".join(more)}


def ways_to_write(text: str) -> list[bytes]:
    """A text as it is, and as it stands in base64 at any of three places."""
    plain = text.encode()
    coded = [base64.b64encode(b"\0" * before + plain)[4:-4] for before in range(3)]
    return [plain, plain.hex().encode(), text.encode("utf-16-le"), *(one for one in coded if len(one) > 8)]


def test_a_dump_of_a_busy_database_shows_nothing_anybody_said_or_wrote(busy):
    desk, put = busy
    kept = every_byte(desk.db)
    shown = [
        f"{value} in {name}"
        for name, content in kept.items()
        for value in put
        for way in ways_to_write(value)
        if way in content
    ]
    assert shown == []
    assert len(kept["oplog"]) > 100_000
    assert len(put) > 12


def test_no_answer_of_a_form_is_readable_beside_its_question(busy):
    """The answers are short words; beside the names of their questions they would say something."""
    desk, _ = busy
    kept = every_byte(desk.db)
    published = {name for name in kept if name.startswith(("form", "protocol", "attachments"))}
    for name in kept.keys() - published - {"oplog"}:
        for question in ("contact_recruiter", "selfharm", "phq1", "age_now", "call_name", "means"):
            assert question.encode() not in kept[name], (name, question)


def test_all_of_it_can_still_be_read_by_those_who_have_the_key(busy):
    desk, put = busy
    db = desk.db
    told = repr([list(db[name].find()) for name in SEALED])
    told += repr([bytes(found["xml"]).decode() for found in db.submissions.find({}, {"xml": 1})])
    told += (
        repr(list(db["attachments.chunks"].find()))
        + attachments.open(
            db,
            next(
                found["attachments"][0]["sha256"] for found in db.submissions.find() if found["attachments"]
            ),
        )
        .read()
        .decode()
    )
    assert [value for value in put if value not in told] == []
    assert decisions.find(db, "1").reason in put
    assert rebuild.check(db, current_rules(db), NOW).differences == []


def test_every_collection_that_names_people_is_known_to_the_table_of_sealing(busy):
    """A collection with entity IDs in it that nobody thought of is found here."""
    desk, _ = busy
    people = [found["_id"].encode() for found in desk.db.returnees.find({}, {"_id": 1})]
    naming = {
        name.rpartition(".")[2]
        for name, content in every_byte(desk.db).items()
        if any(one in content for one in people)
    }
    assert naming - {"oplog", "keys", "case_codes", "files"} <= SEALED.keys()
