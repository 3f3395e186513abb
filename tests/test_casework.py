"""What people decide about a case, through the pipeline: kept once, folded at once, the same in a rebuild."""

from datetime import timedelta

import pytest

from sync import rebuild
from sync.core.decision import Decision
from sync.core.problem import Problem
from sync.core.worker import Worker
from sync.deciding import decide_once
from sync.store import caseload, phone_lists, records, returnees, submissions, workers
from sync.store.caseload import Which
from sync.store.rules import current_rules
from tests.desk import FOLLOW_UP, NOW, SCREENING, SCREENING_AT, TODAY, Desk, people_rows


@pytest.fixture
def desk(published, java):
    return Desk(published, java)


@pytest.fixture
def registered(desk):
    """A person whose first talk told of a threat: high; her screening and her file."""
    first = desk.fill("screening", SCREENING, SCREENING_AT)
    desk.work()
    (file,) = returnees.every(desk.db)
    return first, file


def path_of(desk, instance_id: str, name: str) -> str:
    found = records.find(desk.db, instance_id)["answers"]
    return next(answer["path"] for answer in found if answer["name"] == name)


def decide(desk, file, kind, number="1", **more):
    decision = Decision(
        decision_id=f"d{number}",
        entity_id=file["_id"],
        kind=kind,
        at=NOW,
        on=TODAY,
        **{"by": "lead", "reason": "Heard it wrong.", **more},
    )
    return decide_once(desk.db, decision, returnees.find(desk.db, file["_id"]), current_rules(desk.db))[1]


def agrees(desk) -> bool:
    """Whether a rebuild would give the very same, before and after it was done."""
    rules = current_rules(desk.db)
    before = rebuild.check(desk.db, rules, NOW).differences
    rebuild.rebuild(desk.db, rules, NOW)
    return before == rebuild.check(desk.db, rules, NOW).differences == []


def test_a_correction_that_lowers_the_level_waits_for_a_second_person(desk, registered):
    first, file = registered
    threat = path_of(desk, first.instance_id, "contact_recruiter")
    put_right = {"about": first.instance_id, "details": {"path": threat, "value": "no"}}

    after = decide(desk, file, "correct", **put_right)
    assert after["risk"]["level"] == "high"
    assert after["corrections"] == [
        {"id": "d1", "by": "lead", "on": "2026-03-20", "instance_id": first.instance_id, "counts": False}
    ]
    assert [found["_id"] for found in caseload.caseload(desk.db, Which(mark="unsigned"), today=TODAY)] == [
        file["_id"]
    ]
    with pytest.raises(Problem, match="cannot sign it too"):
        decide(desk, file, "sign", "2", about="d1")

    signed = decide(desk, file, "sign", "3", about="d1", by="other")
    assert signed["corrections"][0]["counts"]
    assert signed["risk"]["by_rules"] != "high"
    assert b"<contact_recruiter>yes<" in bytes(submissions.find(desk.db, first.instance_id)["xml"]), (
        "as it was sent"
    )
    assert agrees(desk)


def test_a_correction_that_raises_the_level_counts_at_once_and_can_be_taken_back(desk):
    calm = desk.fill("screening", {**SCREENING, "contact_recruiter": "no"}, SCREENING_AT)
    desk.work()
    (file,) = returnees.every(desk.db)
    assert file["risk"]["level"] != "high"
    path = path_of(desk, calm.instance_id, "contact_recruiter")

    raised = decide(desk, file, "correct", about=calm.instance_id, details={"path": path, "value": "yes"})
    assert raised["risk"]["level"] == "high"
    (reason,) = [item for item in raised["risk"]["indicators"] if item["name"] == "H2"]
    assert reason["answers"][0]["value"] == "yes"
    assert records.count_differing(desk.db) == 0, "phone and server agreed on what was sent"
    assert agrees(desk)

    decide(desk, file, "take_back", "2", about="d1")
    assert returnees.find(desk.db, file["_id"])["risk"]["level"] == file["risk"]["level"]
    assert agrees(desk)


def test_an_answer_that_the_record_does_not_have_is_refused_and_nothing_is_kept(desk, registered):
    first, file = registered
    with pytest.raises(Problem) as refused:
        decide(desk, file, "correct", about=first.instance_id, details={"path": "/data/none", "value": "no"})
    assert refused.value.code == "decision.question_unknown"
    assert desk.db.decisions.count_documents({}) == 0


def test_handing_over_moves_the_person_from_one_phone_to_another(desk, registered):
    _, file = registered
    with pytest.raises(Problem) as refused:
        decide(desk, file, "assign", about="worker-2", reason="")
    assert refused.value.code == "worker.unknown"
    workers.add(desk.db, Worker(id="worker-2", name="Worker Two"))
    decide(desk, file, "assign", about="worker-2", reason="")
    assert people_rows(desk.db, "worker-1") == []
    assert [row.entity_id for row in people_rows(desk.db, "worker-2")] == [file["_id"]]
    before = phone_lists.scope_of(desk.db, "worker-1", TODAY)
    assert phone_lists.gone_from(desk.db, before, [file["_id"]]) == {file["_id"]: True}
    assert agrees(desk)


def test_a_visit_by_phone_does_what_was_due_and_judges_nothing(desk, registered):
    _, file = registered
    desk.fill(
        "followup",
        {"person": file["_id"], **FOLLOW_UP},
        SCREENING_AT + timedelta(days=3),
        people=desk.people(),
    )
    desk.work()
    before = returnees.find(desk.db, file["_id"])
    due = [item for item in before["follow_ups"] if item["form_id"] == "followup" and not item["done_on"]]

    after = decide(desk, file, "call", until=TODAY, reason="She is well, and will be at her aunt's.")
    done = [item for item in after["follow_ups"] if item["done_by"] == "d1"]
    assert [item["done_on"] for item in done] == [TODAY.isoformat()]
    assert done[0]["id"] in {item["id"] for item in due}
    assert after["risk"]["level"] == before["risk"]["level"]
    assert after["last_seen_on"] == before["last_seen_on"], "spoken with is not seen"
    assert agrees(desk)


def test_the_same_decision_sent_twice_is_one_and_another_under_its_number_is_refused(desk, registered):
    _, file = registered
    decide(desk, file, "note", reason="Her aunt called.")
    decide(desk, file, "note", reason="Her aunt called.")
    assert desk.db.decisions.count_documents({}) == 1
    with pytest.raises(Problem) as refused:
        decide(desk, file, "note", reason="Something else.")
    assert refused.value.code == "decision.conflict"
