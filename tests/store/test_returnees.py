"""The caseload: who is in danger first, then who is due; flat at any size. On a real MongoDB."""

from datetime import date

import pytest
from bson import ObjectId

from sync.core.returnee import fold
from sync.store import caseload, returnees
from sync.store.caseload import Which
from sync.store.connect import indexes
from sync.store.returnees import Change
from tests.core.builders import a_screening, an_indicator, rules_with

TODAY = date(2026, 3, 20)
RULES = rules_with(an_indicator("H1", "high"), an_indicator("M1", "medium"))


def put(
    db, number: int, met: dict[str, bool], on: str, *, visits: str = "yes", worker_id: str = "worker-1"
) -> str:
    entity_id = f"{number:08d}-0000-4000-8000-000000000000"
    record = a_screening(on, met=met, entity_id=entity_id, con_visit=visits, instance_id=f"uuid:{number}")
    file = fold(entity_id, [record], RULES)
    assert file is not None
    entity = {**file.document["entity"], "version": 1}
    document = {**file.document, "worker_id": worker_id, "case_code": f"KH-{number}", "entity": entity}
    assert returnees.replace(db, [Change(entity_id, document, None)]) == set()
    return entity_id


@pytest.fixture
def five(db):
    return {
        "low": put(db, 1, {}, "2026-03-01"),
        "high, no visit wanted": put(db, 2, {"H1": True}, "2026-03-01", visits="no"),
        "high, late": put(db, 3, {"H1": True}, "2026-03-10"),
        "high, later": put(db, 4, {"H1": True}, "2026-03-18"),
        "medium": put(db, 5, {"M1": True}, "2026-03-02", worker_id="worker-2"),
    }


def names(five, rows) -> list[str]:
    back = {entity_id: name for name, entity_id in five.items()}
    return [back[row["_id"]] for row in rows]


def test_who_is_in_danger_comes_first_then_who_is_due_and_last_who_has_no_visit(db, five):
    found = caseload.caseload(db, Which(), today=TODAY)

    assert names(five, found) == ["high, late", "high, later", "high, no visit wanted", "medium", "low"]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_of_any_size_put_together_are_the_whole_caseload(db, five, size):
    seen, after = [], None
    while rows := caseload.caseload(db, Which(), today=TODAY, limit=size, after=after):
        seen += rows
        last = rows[-1]
        after = (last["level_order"], last["next_due_on"] or "", last["_id"])

    assert names(five, seen) == names(five, caseload.caseload(db, Which(), today=TODAY))


def test_a_scope_lets_only_its_own_through_and_a_choice_only_what_is_chosen(db, five):
    def found(which: Which, **more) -> list[str]:
        return names(five, caseload.caseload(db, which, today=TODAY, **more))

    assert found(Which(), within={"worker_id": "worker-2"}) == ["medium"]
    assert found(Which(workers=("worker-2",))) == ["medium"]
    assert found(Which(level="low")) == ["low"]


def test_the_caseload_is_read_in_the_order_of_an_index(db, five):
    plan = db.command(
        "explain",
        {
            "find": "returnees",
            "filter": {"listed.open": True},
            "sort": {"level_order": -1, "due_key": 1, "_id": 1},
        },
        verbosity="queryPlanner",
    )

    assert "SORT'" not in str(plan["queryPlanner"]["winningPlan"])


def test_two_writers_of_one_file_cannot_both_win(db):
    entity_id = put(db, 1, {}, "2026-03-01")
    stored = returnees.stored(db, [entity_id])[entity_id]
    change = Change(entity_id, {**stored, "status": "follow_up"}, stored["revision"])

    assert returnees.replace(db, [change]) == set()
    assert returnees.replace(db, [change]) == {entity_id}
    assert returnees.replace(db, [Change(entity_id, stored, None)]) == {entity_id}, "she exists already"
    assert returnees.replace(db, [Change(entity_id, None, ObjectId())]) == {entity_id}, "not what was read"


def test_every_index_has_a_name_of_its_own():
    for models in indexes().values():
        found = [model.document["name"] for model in models]
        assert len(set(found)) == len(found)
