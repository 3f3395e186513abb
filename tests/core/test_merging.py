"""Two entity IDs that are one person: merged by a decision, taken back by another, never by itself."""

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from sync.core.decision import Decision
from sync.core.entity_change import Ledger
from sync.core.merging import merges_in_force, stays
from sync.core.returnee import fold
from tests.core.builders import ENTITY, a_record, a_screening, an_indicator, rules_with

OTHER = "5a1c2a9e-9f1b-4a5e-8d1c-0a2b3c4d5e6f"
THIRD = "7b1c2a9e-9f1b-4a5e-8d1c-0a2b3c4d5e6f"
RULES = rules_with(an_indicator("H1", "high"), an_indicator("M1", "medium"))
AT = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)


def decided(kind: str, entity_id: str, about: str, day: int = 1, **more) -> Decision:
    at = AT.replace(day=day)
    return Decision(
        decision_id=f"{kind}-{entity_id[:1]}-{day}", entity_id=entity_id, kind=kind, at=at, on=at.date(),
        by="lead", reason="the same woman", about=about, **more,
    )  # fmt: skip


MERGE = decided("merge", OTHER, ENTITY)
UNMERGE = decided("unmerge", OTHER, MERGE.decision_id, day=2)

HERS = [
    a_screening(
        "2026-03-01", label="Sok", properties={"village": "A", "phone": "1"}, call_name="Sok", age_now=30
    ),
    a_record("2026-03-05", form_id="intake", outcome="done", met={"M1": True}),
]
OTHERS = [
    a_screening(
        "2026-03-10", label="Sokha", properties={"village": "B"}, entity_id=OTHER, instance_id="uuid:o1"
    ),
    a_record(
        "2026-03-12", entity_id=OTHER, instance_id="uuid:o2", met={"H1": True}, properties={"phone": "2"}
    ),
]


def file_of(entity_id, records, decisions=(), ledgers=None, as_of=None):
    return fold(entity_id, records, RULES, decisions=decisions, ledgers=ledgers, as_of=as_of)


def ledgers_before():
    return {name: file_of(name, HERS + OTHERS).ledger for name in (ENTITY, OTHER)}


def test_the_one_who_stays_has_both_histories_and_every_reason():
    file = file_of(ENTITY, HERS + OTHERS, [MERGE])

    assert file.document["instances"] == [
        "uuid:screening-2026-03-01",
        "uuid:intake-2026-03-05",
        "uuid:o1",
        "uuid:o2",
    ]
    assert file.document["risk"]["level"] == "high"
    assert [alias["entity_id"] for alias in file.document["aliases"]] == [OTHER]
    assert file_of(OTHER, HERS + OTHERS, [MERGE]) is None
    assert file.document["questions"] == [], "who merged has seen both"


def test_without_the_decision_they_stay_two_whatever_is_alike():
    assert file_of(ENTITY, HERS + OTHERS).document["instances"] == [one.instance_id for one in HERS]


def test_a_merge_and_its_undoing_raise_each_version_by_one():
    before = ledgers_before()
    merged = file_of(ENTITY, HERS + OTHERS, [MERGE], before)
    assert (before[ENTITY].version, merged.ledger.version) == (2, 3)

    between = {**before, ENTITY: merged.ledger}
    apart = [file_of(name, HERS + OTHERS, [MERGE, UNMERGE], between) for name in (ENTITY, OTHER)]
    assert [one.ledger.version for one in apart] == [4, before[OTHER].version + 1]


def test_a_late_change_for_the_id_that_is_gone_lands_on_the_one_who_stays():
    before = ledgers_before()
    merged = file_of(ENTITY, HERS + OTHERS, [MERGE], before)
    late = a_record(
        "2026-04-03", entity_id=OTHER, instance_id="uuid:o3", met={"M1": True}, properties={"phone": "3"}
    )
    late = replace(late, entities=(replace(late.entities[0], base_version="2"),))

    file = file_of(ENTITY, [*HERS, *OTHERS, late], [MERGE], {**before, ENTITY: merged.ledger})
    assert file.document["instances"][-1] == "uuid:o3"
    assert file.document["entity"]["properties"]["phone"] == "3"
    assert file.ledger.version == merged.ledger.version + 1
    assert file.document["questions"] == [], (
        "it knew of all the others under its ID, and nobody else changed it"
    )


def test_what_the_merge_settled_counts_and_is_seen_in_row_and_person():
    chosen = replace(MERGE, values={"village": "B", "call_name": "Sokha"})
    file = file_of(ENTITY, HERS + OTHERS, [chosen])

    assert file.document["entity"]["properties"]["village"] == "B"
    assert file.document["person"]["call_name"] == "Sokha"


def test_a_closed_file_that_is_merged_into_an_open_one_does_not_close_it():
    close = decided("close", OTHER, "", day=1)
    merge = replace(MERGE, at=AT.replace(day=2))

    assert file_of(OTHER, HERS + OTHERS, [close]).document["status"] == "closed"
    assert file_of(ENTITY, HERS + OTHERS, [close, merge]).document["status"] == "follow_up"


def test_a_lower_level_signed_for_the_one_who_goes_wants_a_new_signature():
    lower = decided("override", OTHER, "", day=1, level="low")
    signed = replace(decided("sign", OTHER, lower.decision_id, day=2), by="other")
    merge = replace(MERGE, at=AT.replace(day=3))

    assert file_of(OTHER, HERS + OTHERS, [lower, signed]).document["risk"]["level"] == "low"
    file = file_of(ENTITY, HERS + OTHERS, [lower, signed, merge])
    assert file.document["risk"]["level"] == "high"
    assert file.document["risk"]["unsigned"]["id"] == lower.decision_id


def test_merges_follow_each_other_and_never_go_round():
    further = replace(decided("merge", ENTITY, THIRD, day=2))
    round_about = replace(decided("merge", THIRD, OTHER, day=3))

    found = merges_in_force([MERGE, further, round_about])
    assert {stays(name, found) for name in (ENTITY, OTHER, THIRD)} == {THIRD}
    twice = replace(decided("merge", OTHER, THIRD, day=2), at=AT.replace(day=1, hour=9))
    assert merges_in_force([MERGE, twice, UNMERGE]) == {}


an_outcome = st.sampled_from(["done", "not_home", "moved"])


@st.composite
def histories(draw, entity_id: str):
    """A registration and some visits, with properties."""
    records = [a_screening("2026-03-01", entity_id=entity_id, instance_id=f"uuid:{entity_id[:1]}")]
    for number, days in enumerate(draw(st.lists(st.integers(1, 28), max_size=4))):
        record = a_record(
            f"2026-03-{1 + days % 28:02d}",
            entity_id=entity_id,
            instance_id=f"uuid:{entity_id[:1]}{number}",
            outcome=draw(an_outcome),
            met={"H1": draw(st.booleans()), "M1": draw(st.booleans())},
            properties=draw(st.dictionaries(st.sampled_from(["village", "phone"]), st.sampled_from("ABC"))),
        )
        records.append(record)
    return records


@given(hers=histories(ENTITY), others=histories(OTHER), days=st.integers(0, 60))
def test_a_merge_taken_back_gives_both_files_back_exactly(hers, others, days):
    day = date(2026, 4, 2 + days % 28)
    records = hers + others
    before = {name: file_of(name, records, as_of=day) for name in (ENTITY, OTHER)}
    ledgers = {name: file.ledger for name, file in before.items()}
    merged = file_of(ENTITY, records, [MERGE], ledgers, day)
    ledgers[ENTITY] = merged.ledger

    for name, file in before.items():
        after = file_of(name, records, [MERGE, UNMERGE], ledgers, day)
        assert after.document == file.document
        assert after.ledger.version == ledgers[name].version + 1


@given(hers=histories(ENTITY), others=histories(OTHER), chance=st.randoms(use_true_random=False))
def test_a_merged_file_is_the_same_whatever_came_first(hers, others, chance):
    records = hers + others
    mixed = list(records)
    chance.shuffle(mixed)

    assert file_of(ENTITY, mixed, [MERGE]).document == file_of(ENTITY, records, [MERGE]).document
    ledgers = {name: file_of(name, records).ledger for name in (ENTITY, OTHER)}
    one = file_of(ENTITY, records, [MERGE], ledgers)
    again = file_of(ENTITY, mixed, [MERGE], {**ledgers, ENTITY: one.ledger})
    assert (again.document, again.ledger) == (one.document, one.ledger)
    assert isinstance(one.ledger, Ledger)


def test_what_was_settled_about_a_record_while_they_were_one_goes_back_with_the_record():
    settled = decided("settle", ENTITY, "uuid:o2", values={"village": "C"}, details={"choice": "as_it_is"})
    out = decided("settle", ENTITY, "uuid:o2", details={"choice": "out"})
    apart = [MERGE, settled, UNMERGE]

    assert file_of(ENTITY, HERS + OTHERS, [MERGE, settled]).document["person"]["village"] == "C"
    assert "village" not in file_of(ENTITY, HERS + OTHERS, apart).document["person"]
    assert file_of(OTHER, HERS + OTHERS, apart).document["person"]["village"] == "C"
    left = file_of(OTHER, HERS + OTHERS, [MERGE, out, UNMERGE]).document
    assert left["instances"] == ["uuid:o1"], "it still counts for nothing"
