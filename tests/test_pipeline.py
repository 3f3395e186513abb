"""From a kept submission to a person's file: in any order, as often as you like, through any crash.

The submissions are made by JavaRosa from our own published workbooks.
"""

import contextlib
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from pymongo.synchronous.pool import Connection

from sync import deriving, folding, pipeline, rebuild, worker
from sync.core.decision import Decision
from sync.store import assessments, case_codes, decisions, forms, records, returnees, submissions
from sync.store.rules import current_rules
from tests.desk import FOLLOW_UP, NOW, SCREENING, SCREENING_AT, TODAY, Desk, clock, people_rows

DERIVED = ("records", "returnees")
GIVEN = ("case_codes", "case_code_serials")


@pytest.fixture
def desk(published, java):
    return Desk(published, java)


def derived(db, *, without: tuple[str, ...] = ("revision",)) -> dict[str, list[dict]]:
    """Everything derived, without what says only how often it was written."""
    return {
        name: [
            {key: value for key, value in found.items() if key not in without}
            for found in db[name].find().sort("_id")
        ]
        for name in DERIVED
    }


def one_person(desk) -> str:
    """A screening and one follow-up, kept but not worked through; the person's entity ID."""
    first = desk.fill("screening", SCREENING, SCREENING_AT)
    desk.work()
    (row,) = people_rows(desk.db, "worker-1")
    desk.fill(
        "followup",
        {"person": row.entity_id, **FOLLOW_UP},
        SCREENING_AT + timedelta(days=10),
        people=desk.people(),
    )
    assert first.form_id == "screening"
    return row.entity_id


def test_a_screening_becomes_a_person_with_a_level_its_reasons_and_a_schedule(desk):
    desk.fill("screening", SCREENING, SCREENING_AT)
    desk.work()

    (file,) = list(returnees.every(desk.db))
    assert file["risk"]["level"] == "high"
    (reason,) = [item for item in file["risk"]["indicators"] if item["name"] == "H2"]
    assert [(answer["name"], answer["value"]) for answer in reason["answers"]] == [
        ("contact_recruiter", "yes")
    ]
    assert reason["answers"][0]["label"]["km"]
    assert ("intake", "2026-03-02") in [(item["form_id"], item["due_on"]) for item in file["follow_ups"]]
    assert file["next_due_on"] == "2026-03-02"
    assert file["case_code"].startswith("KH-")


def test_a_visit_where_all_is_well_does_not_bring_the_level_down_alone(desk):
    entity_id = one_person(desk)
    desk.work()

    file = returnees.find(desk.db, entity_id)
    assert file["risk"]["level"] == "high"
    assert file["risk"]["held"]
    assert file["entity"]["version"] == 2


@pytest.mark.parametrize("moment", ["records.about", "decisions.about", "case_codes.find"])
def test_what_another_worker_adds_while_a_file_is_folded_is_not_lost(desk, monkeypatch, moment):
    entity_id = one_person(desk)
    (last,) = [one for one in submissions.every(desk.db) if one["form_id"] == "followup"]
    rules = current_rules(desk.db)
    module = {"records": records, "decisions": decisions, "case_codes": case_codes}[moment.split(".")[0]]
    read = getattr(module, moment.split(".")[1])

    def then_another(*what):
        found = read(*what)
        monkeypatch.undo()  # the other worker is whole, and comes once
        pipeline.process(desk.db, [last], rules, at=NOW)
        return found

    monkeypatch.setattr(module, read.__name__, then_another)
    folding.refold(desk.db, [entity_id], rules, today=TODAY)

    assert last["_id"] in returnees.find(desk.db, entity_id)["instances"]


def test_working_everything_through_again_changes_nothing(desk):
    one_person(desk)
    desk.work()
    before = derived(desk.db)

    for submission in submissions.every(desk.db):
        submissions.replay(desk.db, submission["_id"], at=NOW)
    desk.work()

    assert derived(desk.db) == before


def test_the_order_of_arrival_changes_nothing(desk):
    entity_id = one_person(desk)
    desk.work()
    before = derived(desk.db)
    for name in (*DERIVED, *GIVEN):
        desk.db[name].delete_many({})

    rules = current_rules(desk.db)
    for submission in reversed(list(submissions.every(desk.db))):
        pipeline.process(desk.db, [submission], rules, at=NOW)

    assert derived(desk.db) == before
    assert returnees.find(desk.db, entity_id)["entity"]["version"] == 2


def test_a_rebuild_finds_live_processing_identical(desk):
    one_person(desk)
    desk.work()

    checked = rebuild.check(desk.db, current_rules(desk.db), NOW)

    assert checked.differences == []
    assert (checked.submissions, checked.returnees) == (2, 1)


@pytest.mark.parametrize(
    ("damage", "where"),
    [
        pytest.param(
            lambda db: db.returnees.update_one({}, {"$set": {"risk.level": "low"}}),
            "risk.level",
            id="a level",
        ),
        pytest.param(lambda db: db.returnees.delete_many({}), "is not there", id="a lost file"),
        pytest.param(
            lambda db: db.records.delete_one({"form_id": "followup"}), "is not there", id="a lost record"
        ),
        pytest.param(
            lambda db: db.returnees.insert_one(
                {"_id": "nobody", "case_code": "x", "revision": 1, "rules_version": current_rules(db).version}
            ),
            "nothing registers this person",
            id="a person from nowhere",
        ),
    ],
)
def test_a_rebuild_says_where_a_derived_document_differs_and_mends_it(desk, damage, where):
    one_person(desk)
    desk.work()
    before = derived(desk.db)
    damage(desk.db)
    rules = current_rules(desk.db)

    found = [difference.where for difference in rebuild.check(desk.db, rules, NOW).differences]
    rebuild.rebuild(desk.db, rules, NOW)

    assert where in found
    assert derived(desk.db) == before
    assert rebuild.check(desk.db, rules, NOW).differences == []


class Cut(Exception):
    """The process died at this moment. No error of the driver's own: it would quietly try again."""


@pytest.mark.parametrize("reply_lost", [False, True], ids=["before it is written", "after it is written"])
def test_a_crash_between_any_two_steps_of_the_worker_ends_in_the_same_state(desk, monkeypatch, reply_lost):
    """Each command that the worker sends to MongoDB is cut once, before or after it took effect."""
    one_person(desk)
    desk.work()
    but_codes = ("revision", "case_code")  # a serial may be skipped
    expected = derived(desk.db, without=but_codes)
    sent = _commands_of_one_pass(desk, monkeypatch)
    assert sent > 8

    for cut_at in range(sent):
        _start_over(desk.db)
        with monkeypatch.context() as patch:
            _cut(patch, cut_at, reply_lost=reply_lost)
            with contextlib.suppress(Cut):
                _one_pass(desk.db)
        _claims_run_out(desk.db)
        _one_pass(desk.db)
        assert derived(desk.db, without=but_codes) == expected, f"cut at command {cut_at}"
        assert desk.db.case_codes.count_documents({}) == 1
        assert submissions.counts(desk.db) == {"received": 0, "processed": 2, "set_aside": 0}


def _start_over(db) -> None:
    for name in (*DERIVED, *GIVEN):
        db[name].delete_many({})
    db.submissions.update_many(
        {}, {"$set": {"state": "received", "next_try_at": NOW - timedelta(days=9), "failures": 0}}
    )


def _claims_run_out(db) -> None:
    db.submissions.update_many({"state": "received"}, {"$set": {"next_try_at": NOW - timedelta(days=9)}})


def _one_pass(db) -> None:
    """What a worker does, without its safety net: the first trouble ends it, as a crash would."""
    rules = current_rules(db)
    while waiting := submissions.claim_some(db, now=NOW, worker_name="test", limit=20):
        for submission in waiting:
            pipeline.process(db, [submission], rules, at=NOW)


def _commands_of_one_pass(desk, monkeypatch) -> int:
    _start_over(desk.db)
    with monkeypatch.context() as patch:
        counted = _cut(patch, -1, reply_lost=False)
        _one_pass(desk.db)
    return counted["commands"]


def _cut(patch, cut_at: int, *, reply_lost: bool) -> dict[str, int]:
    """Die at the `cut_at`-th command (counted from 0), for good or just before its reply is read."""
    counted = {"commands": 0}
    ours = threading.get_ident()  # the driver watches the server from threads of its own
    send, receive = Connection.send_message, Connection.receive_message

    def sending(self, *args, **kwargs):
        if threading.get_ident() == ours:
            counted["commands"] += 1
            if counted["commands"] - 1 == cut_at and not reply_lost:
                raise Cut
        return send(self, *args, **kwargs)

    def receiving(self, *args, **kwargs):
        answer = receive(self, *args, **kwargs)
        if threading.get_ident() == ours and counted["commands"] - 1 == cut_at:
            raise Cut
        return answer

    patch.setattr(Connection, "send_message", sending)
    patch.setattr(Connection, "receive_message", receiving)
    return counted


def test_a_visit_to_somebody_nobody_knows_is_processed_and_asks_people_who_she_is(desk):
    one_person(desk)
    stranger = "8e7c2a9e-9f1b-4a5e-8d1c-0a2b3c4d5e6f"
    people = desk.people().replace(people_rows(desk.db, "worker-1")[0].entity_id.encode(), stranger.encode())
    kept = desk.fill("followup", {"person": stranger, **FOLLOW_UP}, NOW - timedelta(days=1), people=people)
    desk.work()

    found = submissions.find(desk.db, kept.instance_id)
    assert (found["state"], found["problem"]["code"]) == ("processed", "entity.unknown")
    assert returnees.find(desk.db, stranger) is None


def test_a_record_edited_on_the_phone_counts_once_whichever_arrives_first(desk):
    entity_id = one_person(desk)
    original = next(item for item in submissions.every(desk.db) if item["form_id"] == "followup")
    xml = bytes(original["xml"])
    edited = (
        xml.replace(b"<contact_recruiter>no<", b"<contact_recruiter>yes<")
        .replace(original["_id"].encode(), b"uuid:5f7c2a9e-9f1b-4a5e-8d1c-0a2b3c4d5e6f")
        .replace(
            b"</instanceID>", b"</instanceID><deprecatedID>" + original["_id"].encode() + b"</deprecatedID>"
        )
    )
    assert edited != xml
    desk.keep(edited, SCREENING_AT + timedelta(days=11))
    states = []
    for order in (1, -1):
        for name in (*DERIVED, *GIVEN):
            desk.db[name].delete_many({})
        for submission in sorted(submissions.every(desk.db), key=lambda item: item["received_at"])[::order]:
            pipeline.process(desk.db, [submission], current_rules(desk.db), at=NOW)
        states.append(derived(desk.db))

    file = returnees.find(desk.db, entity_id)
    assert file["instances"] == [file["instances"][0], "uuid:5f7c2a9e-9f1b-4a5e-8d1c-0a2b3c4d5e6f"]
    assert not file["risk"]["held"], "the edited answer still says yes"
    assert states[0] == states[1]
    assert rebuild.check(desk.db, current_rules(desk.db), NOW).differences == []


def test_two_workers_never_do_the_same_work_and_lose_nothing(desk):
    for number in range(12):
        desk.fill(
            "screening", {**SCREENING, "call_name": f"Name {number}"}, SCREENING_AT + timedelta(hours=number)
        )
    taken: list[int] = []
    lock = threading.Lock()

    def work(name: str) -> None:
        while (outcome := worker.run_once(desk.db, name, clock)).taken:
            with lock:
                taken.append(outcome.taken)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(taken) == 12
    assert desk.db.returnees.count_documents({}) == 12
    assert len(desk.db.returnees.distinct("case_code")) == 12


def test_two_workers_on_one_person_end_with_all_her_records(desk):
    entity_id = one_person(desk)
    people = desk.people()
    for day in range(11, 19):
        desk.fill(
            "followup", {"person": entity_id, **FOLLOW_UP}, SCREENING_AT + timedelta(days=day), people=people
        )
    waiting = [item for item in submissions.every(desk.db) if item["state"] == "received"]
    rules = current_rules(desk.db)
    threads = [
        threading.Thread(target=pipeline.process, args=(desk.db, [item], rules), kwargs={"at": NOW})
        for item in waiting
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(returnees.find(desk.db, entity_id)["instances"]) == 10
    assert rebuild.check(desk.db, rules, NOW).differences == []


def test_what_fails_five_times_is_set_aside_with_its_reason_and_a_replay_takes_it_up_again(desk):
    kept = desk.fill("screening", SCREENING, SCREENING_AT)
    version = desk.db.form_versions.find_one_and_delete({"form_id": "screening"})
    forms.as_published.cache_clear()
    deriving.compiled_rules.cache_clear()
    for _ in range(5):
        worker.run_once(desk.db, "test", clock)
        _claims_run_out(desk.db)

    found = submissions.find(desk.db, kept.instance_id)
    assert (found["state"], found["problem"]["code"]) == ("set_aside", "submission.processing_failed")

    desk.db.form_versions.insert_one(version)
    submissions.replay(desk.db, kept.instance_id, at=NOW)
    desk.work()
    assert submissions.find(desk.db, kept.instance_id)["state"] == "processed"


def test_records_hold_every_answer_under_its_question(desk):
    kept = desk.fill("screening", SCREENING, SCREENING_AT)
    desk.work()

    record = records.find(desk.db, kept.instance_id)
    by_name = {answer["name"]: answer["value"] for answer in record["answers"]}
    assert by_name["age_now"] == 31
    assert by_name["purpose"] == ["labour"]
    assert record["on"] == "2026-03-01"


def test_a_level_stays_on_record_as_it_was_judged_whatever_the_rules_say_later(desk):
    entity_id = one_person(desk)
    desk.work()
    then = assessments.about(desk.db, entity_id)
    protocol = desk.db.protocols.find_one()
    for row in protocol["document"]["combine"]:
        row["level"] = "low"
    desk.db.protocols.insert_one({**protocol, "_id": "all-low", "published_at": NOW})
    desk.work()
    while worker.run_once(desk.db, "test", clock).refolded:
        pass

    assert returnees.find(desk.db, entity_id)["risk"]["level"] == "low"
    assert [item["level"] for item in then] == ["high", "high"]
    now = assessments.about(desk.db, entity_id)
    assert [item for item in now if item in then] == then
    assert [item["level"] for item in now if item not in then] == ["low"]


def test_an_override_counts_at_once_and_survives_a_rebuild(desk):
    entity_id = one_person(desk)
    desk.work()
    rules = current_rules(desk.db)
    decision = Decision(
        decision_id="d1",
        entity_id=entity_id,
        kind="override",
        at=NOW,
        on=TODAY,
        by="lead",
        reason="Safe",
        level="low",
    )
    signature = replace(decision, decision_id="d2", kind="sign", by="other", about="d1", level="")

    assert pipeline.decide(desk.db, decision, rules)["risk"]["level"] == "high"
    assert pipeline.decide(desk.db, signature, rules)["risk"]["level"] == "low"
    assert pipeline.decide(desk.db, signature, rules)["risk"]["level"] == "low", "the same once more"
    assert rebuild.check(desk.db, rules, NOW).differences == []
    rebuild.rebuild(desk.db, rules, NOW)
    assert returnees.find(desk.db, entity_id)["risk"]["override"]["reason"] == "Safe"


def test_every_record_agrees_with_what_the_phone_worked_out(desk):
    one_person(desk)
    desk.work()

    assert records.count_differing(desk.db) == 0
    damaged = next(item for item in submissions.every(desk.db) if item["form_id"] == "followup")
    xml = bytes(damaged["xml"]).replace(b"<step_1>0<", b"<step_1>1<")
    assert xml != bytes(damaged["xml"])
    desk.db.submissions.update_one({"_id": damaged["_id"]}, {"$set": {"xml": xml}})
    submissions.replay(desk.db, damaged["_id"], at=NOW)
    desk.work()
    (found,) = records.differing(desk.db)
    assert (found["_id"], found["parity"][0]["phone"], found["parity"][0]["server"]) == (
        damaged["_id"],
        True,
        False,
    )
