"""It happened again to somebody who had come back: a new clock of visits, and nothing before it lost.

The submissions are made by JavaRosa from our own published workbooks. Source: domain.md 6.3.
"""

from datetime import date, timedelta

import pytest

from sync import pipeline, rebuild
from sync.core.closure import criteria
from sync.core.decision import Decision
from sync.store import returnees
from sync.store.rules import current_rules
from tests.desk import FOLLOW_UP, NOW, SCREENING, SCREENING_AT, TODAY, Desk

CALM = {**SCREENING, "contact_recruiter": "no"}
VISIT = SCREENING_AT + timedelta(days=12)
TALK = SCREENING_AT + timedelta(days=14)


@pytest.fixture
def desk(published, java):
    return Desk(published, java)


def registered(desk) -> str:
    desk.fill("screening", CALM, SCREENING_AT)
    desk.work()
    (file,) = returnees.every(desk.db)
    return file["_id"]


def file_of(desk, entity_id):
    desk.work()
    return returnees.find(desk.db, entity_id)


def decide(desk, file, kind, name="d1", **more):
    decision = Decision(
        decision_id=name,
        entity_id=file["_id"],
        kind=kind,
        at=NOW,
        on=TODAY,
        by="lead",
        reason="Heard.",
        **more,
    )
    return pipeline.decide(desk.db, decision, current_rules(desk.db))


def agrees(desk) -> bool:
    return rebuild.check(desk.db, current_rules(desk.db), NOW).differences == []


def waiting(file, form_id):
    return [
        item["due_on"]
        for item in file["follow_ups"]
        if item["form_id"] == form_id and not item["done_on"] and not item["ended"]
    ]


def test_a_visit_that_says_so_begins_a_new_clock_and_the_new_talk_after_it_does_not_begin_another(desk):
    entity_id = registered(desk)
    before = file_of(desk, entity_id)
    visited = {"person": entity_id, **FOLLOW_UP, "again_since": "yes"}
    desk.fill("followup", visited, VISIT)

    after = file_of(desk, entity_id)
    assert (before["risk"]["level"], after["risk"]["level"]) == ("low", "high")
    assert [item["code"] for item in after["alerts"]] == ["H11"]
    assert before["clock"]["again"] == []
    assert [(one["on"], one["by"]) for one in after["clock"]["again"]] == [("2026-03-13", None)]
    owed = timedelta(days=3)  # the long first visit was not made yet
    assert after["clock"]["since"] == (date(2026, 3, 13) + owed).isoformat()
    assert after["clock"]["until"] == (date(2026, 3, 13) + owed + timedelta(days=730)).isoformat()
    assert waiting(after, "screening") == ["2026-03-16"]
    assert after["instances"][:1] == before["instances"]

    desk.fill("screening", {**CALM, "again": "yes", "person": entity_id, "again_since": "yes"}, TALK)

    talked = file_of(desk, entity_id)
    assert talked["clock"] == after["clock"]
    assert waiting(talked, "screening") == []
    assert {item["id"]: item["done_on"] for item in after["follow_ups"] if item["done_on"]}.items() <= {
        item["id"]: item["done_on"] for item in talked["follow_ups"]
    }.items()
    assert agrees(desk)


def test_a_second_talk_says_so_itself_and_one_that_is_only_to_understand_more_changes_no_plan(desk):
    entity_id = registered(desk)
    more = {**CALM, "again": "yes", "person": entity_id, "again_since": "no"}
    desk.fill("screening", more, VISIT)

    assert file_of(desk, entity_id)["clock"]["again"] == []

    desk.fill("screening", {**more, "again_since": "yes"}, TALK)

    file = file_of(desk, entity_id)
    assert [one["on"] for one in file["clock"]["again"]] == ["2026-03-15"]
    assert waiting(file, "screening") == []
    assert file["risk"]["level"] == "high"


@pytest.mark.parametrize("answer", ["unk", "ref", None])
def test_not_known_and_refused_are_no_yes_and_no_no(desk, answer):
    entity_id = registered(desk)
    desk.fill("followup", {"person": entity_id, **FOLLOW_UP, "again_since": "yes"}, VISIT)
    later = {"person": entity_id, **FOLLOW_UP} | ({"again_since": answer} if answer else {})
    desk.fill("followup", later, TALK)

    file = file_of(desk, entity_id)
    assert "H11" in {item["name"] for item in file["risk"]["indicators"]}
    assert len(file["clock"]["again"]) == 1


def test_the_records_in_any_order_of_arrival_give_the_same_file(desk):
    entity_id = registered(desk)
    visit = desk.filled("followup", {"person": entity_id, **FOLLOW_UP, "again_since": "yes"}, VISIT)
    talk = desk.filled("screening", {**CALM, "again": "yes", "person": entity_id, "again_since": "yes"}, TALK)
    for xml, at in ((talk, TALK), (visit, VISIT)):
        desk.keep(xml, at)
        desk.work()

    file = file_of(desk, entity_id)
    assert [one["on"] for one in file["clock"]["again"]] == ["2026-03-13"]
    assert agrees(desk)


def test_a_person_says_so_the_level_rises_at_once_and_taking_it_back_leaves_nothing_of_it(desk):
    entity_id = registered(desk)
    before = file_of(desk, entity_id)

    said = decide(desk, before, "again")

    assert said["risk"]["level"] == "high"
    assert [(one["on"], one["by"], one["reason"]) for one in said["clock"]["again"]] == [
        ("2026-03-20", "lead", "Heard.")
    ]
    assert waiting(said, "screening") == ["2026-03-23"]
    assert agrees(desk)

    after = decide(desk, said, "take_back", "d2", about="d1")

    assert after["clock"] == before["clock"]
    assert after["risk"]["level"] == before["risk"]["level"]
    assert waiting(after, "followup") == waiting(before, "followup")
    assert agrees(desk)


def test_closing_waits_longer_for_whom_it_happened_again_and_counts_from_that_day(desk):
    entity_id = registered(desk)
    protocol = current_rules(desk.db).protocol
    file = decide(desk, file_of(desk, entity_id), "again")

    def months(on: date) -> dict[str, bool]:
        told = criteria(file, protocol, on)
        return {one["name"]: one["met"] for one in told if one["name"].startswith("months")}

    assert months(TODAY + timedelta(days=725))["months_since_return_child"] is False
    assert months(TODAY + timedelta(days=731))["months_since_return_child"] is True
