"""Rows on phones, from what phones do offline to what people settle; JavaRosa's forms and a real MongoDB.

The rules themselves are tried in tests/core/test_entity_row.py and test_merging.py.
"""

import re
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from sync import pipeline, rebuild, who_is_who, worker
from sync.core.decision import Decision
from sync.core.file_parts import phone_row
from sync.core.problem import Problem
from sync.handing_over import hand_over
from sync.store import devices, pairs, phone_lists, returnees, submissions
from sync.store.rules import current_rules
from sync.who_is_who import Said
from tests.desk import SCREENING, SCREENING_AT, Desk
from tests.javarosa.entity_lists import EntityList, apply_offline
from tests.test_pipeline import DERIVED, GIVEN, derived
from tests.xlsforms.tables import workbook
from xlsforms.publish import publish

pytestmark = pytest.mark.java

TALK = {"private": "yes", "consents": ["interview", "store", "visit"], "is_child": "no"}
NEXT_DAY = SCREENING_AT + timedelta(days=1)
HOUR = timedelta(hours=1)


class Pocket:
    """A phone that fills forms offline: its list of people, changed as Collect changes it (5.2, 5.3)."""

    def __init__(self, desk: Desk, worker_id: str = "worker-1") -> None:
        self.desk, self.worker_id = desk, worker_id
        self.people = EntityList("people")
        self.refresh()

    def refresh(self) -> None:
        self.people.merge(self.desk.people(self.worker_id), "")

    def fill(self, form_id: str, answers: dict, at: datetime) -> bytes:
        """A finalised record, not sent."""
        xml = self.desk.filled(form_id, answers, at, people=self.people.csv())
        apply_offline({"people": self.people}, self.desk.xform(form_id), xml)
        return xml

    @property
    def only(self) -> str:
        (row,) = self.people.rows.values()
        return row.id


@pytest.fixture
def desk(published, java) -> Desk:
    return Desk(published, java)


def arrive(desk: Desk, xml: bytes, at: datetime, worker_id: str = "worker-1") -> str:
    """It is received at this moment and worked through at once."""
    kept = desk.keep(xml, at - timedelta(minutes=5), worker_id=worker_id)
    pipeline.process(desk.db, [submissions.find(desk.db, kept.instance_id)], current_rules(desk.db), at=at)
    return kept.instance_id


def problem_of(desk: Desk, instance_id: str) -> str | None:
    found = submissions.find(desk.db, instance_id)
    assert found["state"] == "processed"
    return found["problem"]["code"] if found["problem"] else None


def identical(desk: Desk, at: datetime) -> None:
    """Promise 2: everything folded again comes out the same."""
    assert rebuild.check(desk.db, current_rules(desk.db), at).differences == []


def said(number: int, at: datetime = NEXT_DAY, **more) -> Said:
    return Said(
        decision_id=f"00000000-0000-4000-8000-{number:012d}", by="lead", at=at, reason="I asked", **more
    )


def test_what_was_made_and_changed_offline_comes_out_the_same_in_any_order_of_arrival(desk):
    """5.3: created offline and then changed twice offline; trunkVersion "" with baseVersion 1, 2."""
    pocket = Pocket(desk)
    made = [pocket.fill("screening", SCREENING, SCREENING_AT)]
    person = pocket.only
    for hours, name in ((1, "Sokha"), (2, "Dara")):
        answers = {**TALK, "person": person, "call_name": name}
        made.append(pocket.fill("intake", answers, SCREENING_AT + timedelta(hours=hours)))
    ends = []
    for order in permutations(made):
        for name in (*DERIVED, *GIVEN, "submissions", "ledger"):
            desk.db[name].delete_many({})
        arrived = [arrive(desk, xml, NEXT_DAY) for xml in order]
        assert [problem_of(desk, name) for name in arrived] == [None] * 3
        ends.append(derived(desk.db))
        identical(desk, NEXT_DAY)

    assert [rebuild.first_difference(end, ends[0]) for end in ends] == [None] * 6
    (file,) = ends[0]["returnees"]
    assert (file["entity"]["version"], file["person"]["call_name"]) == (3, "Dara")
    pocket.refresh()
    assert (pocket.people.rows[person].version, pocket.people.rows[person].offline) == (3, False)


def test_a_change_whose_predecessor_is_missing_waits_and_says_so_until_five_days_are_over(desk):
    """central_behaviour 8: held, then forced with a visible reason, then as if it had come in order."""
    pocket = Pocket(desk)
    arrive(desk, pocket.fill("screening", SCREENING, SCREENING_AT), SCREENING_AT)
    pocket.refresh()
    person = pocket.only
    first = pocket.fill("intake", {**TALK, "person": person, "call_name": "Sokha"}, NEXT_DAY)
    second = pocket.fill(
        "intake", {**TALK, "person": person, "is_child": "yes"}, NEXT_DAY + timedelta(hours=1)
    )
    held = arrive(desk, second, NEXT_DAY + timedelta(hours=2))

    file = returnees.find(desk.db, person)
    assert problem_of(desk, held) == "entity.held"
    assert (file["entity"]["version"], file["entity"]["properties"]["is_child"]) == (2, "no")
    assert held in file["instances"], "what she said counts at once"
    assert file["person"]["is_child"] is True
    identical(desk, NEXT_DAY)

    later = NEXT_DAY + timedelta(days=6)
    while worker.run_once(desk.db, "test", lambda: later).refolded:
        pass
    file = returnees.find(desk.db, person)
    assert problem_of(desk, held) == "entity.forced"
    assert file["entity"]["properties"]["is_child"] == "yes"
    assert file["entity"]["version"] == 3, "phones were shown the row without it, and must see it change"
    identical(desk, later)

    arrive(desk, first, later)
    file = returnees.find(desk.db, person)
    assert problem_of(desk, held) is None
    assert (file["entity"]["version"], file["questions"]) == (4, [])
    identical(desk, later)


def test_a_visit_to_somebody_nobody_registered_becomes_a_file_after_five_days(desk):
    """central_behaviour 8: unknown entity -> the update is applied as a create; a late create updates."""
    pocket = Pocket(desk)
    screening = pocket.fill("screening", SCREENING, SCREENING_AT)
    person = pocket.only
    visit = arrive(desk, pocket.fill("intake", {**TALK, "person": person}, NEXT_DAY), NEXT_DAY)
    assert problem_of(desk, visit) == "entity.unknown"
    assert returnees.find(desk.db, person) is None

    later = NEXT_DAY + timedelta(days=6)
    while worker.run_once(desk.db, "test", lambda: later).refolded:
        pass
    assert problem_of(desk, visit) == "entity.forced"
    assert returnees.find(desk.db, person)["instances"] == [visit]
    identical(desk, later)

    arrive(desk, screening, later)
    file = returnees.find(desk.db, person)
    assert (problem_of(desk, visit), file["entity"]["version"], len(file["instances"])) == (None, 2, 2)
    identical(desk, later)


@pytest.fixture
def crossed(desk):
    """Two phones saw her first version and each gave her another name; a phone and the later record."""
    pocket = Pocket(desk)
    arrive(desk, pocket.fill("screening", SCREENING, SCREENING_AT), SCREENING_AT)
    pocket.refresh()
    other = Pocket(desk)
    records = [
        phone.fill(
            "intake", {**TALK, "person": pocket.only, "call_name": name}, NEXT_DAY + timedelta(hours=hour)
        )
        for phone, name, hour in ((pocket, "Sokha", 0), (other, "Dara", 1))
    ]
    arrived = [arrive(desk, xml, NEXT_DAY + timedelta(hours=5)) for xml in records]
    return pocket, arrived[1]


def test_two_phones_that_say_two_things_are_a_conflict_that_a_person_settles(desk, crossed):
    """central_behaviour 8: hard, with its properties; kept and shown until somebody settles it."""
    pocket, later = crossed
    person = pocket.only
    file = returnees.find(desk.db, person)
    assert problem_of(desk, later) == "entity.conflict"
    assert file["clashes"] == [{"instance_id": later, "name": "call_name", "found": "Sokha", "sent": "Dara"}]
    version = file["entity"]["version"]
    identical(desk, NEXT_DAY)

    at = NEXT_DAY + timedelta(hours=6)
    rules = current_rules(desk.db)
    after = who_is_who.settle(desk.db, later, "as_it_is", said(1, at, values={"call_name": "Sokha"}), rules)
    assert (after["person"]["call_name"], phone_row(after).properties["call_name"]) == ("Sokha", "Sokha")
    assert (after["entity"]["version"], after["questions"], after["clashes"]) == (version + 1, [], [])
    assert problem_of(desk, later) is None
    again = who_is_who.settle(desk.db, later, "as_it_is", said(1, at, values={"call_name": "Sokha"}), rules)
    assert again["entity"]["version"] == version + 1, "the same once more"
    with pytest.raises(Problem, match="Load the page again"):
        who_is_who.settle(desk.db, later, "as_it_is", said(2, at), rules)
    identical(desk, at)


@pytest.mark.parametrize(
    "values", [{"call_name": "a" * 256}, {"call_name": "a\nb"}, {"level": "low"}, {"$set": "x"}], ids=str
)
def test_what_is_no_value_of_her_row_settles_nothing(desk, crossed, values):
    _, later = crossed

    with pytest.raises(Problem, match="cannot be kept"):
        who_is_who.settle(desk.db, later, "as_it_is", said(1, values=values), current_rules(desk.db))
    assert problem_of(desk, later) == "entity.conflict"


def test_a_number_that_is_damaged_is_a_question_and_can_be_tied_to_the_person(desk):
    """central_behaviour 8: uuid malformed; the submission is processed all the same."""
    pocket = Pocket(desk)
    arrive(desk, pocket.fill("screening", SCREENING, SCREENING_AT), SCREENING_AT)
    pocket.refresh()
    person = pocket.only
    visit = pocket.fill("intake", {**TALK, "person": person, "call_name": "Sokha"}, NEXT_DAY)
    damaged = visit.replace(f'id="{person}"'.encode(), b'id="not-a-number"')
    assert damaged != visit
    name = arrive(desk, damaged, NEXT_DAY)
    assert problem_of(desk, name) == "entity.id_malformed"
    assert desk.db.returnees.count_documents({}) == 1

    rules, at = current_rules(desk.db), NEXT_DAY + timedelta(hours=1)
    file = who_is_who.settle(
        desk.db, name, "somebodys", said(1, at), rules, whose=returnees.find(desk.db, person)
    )
    assert (file["_id"], file["person"]["call_name"]) == (person, "Sokha")
    assert name in file["instances"]
    assert problem_of(desk, name) is None
    identical(desk, at)


@pytest.mark.parametrize(("answer", "files"), [("now", 1), ("out", 0)])
def test_somebody_nobody_registered_can_be_registered_at_once_or_left_out(desk, answer, files):
    pocket = Pocket(desk)
    pocket.fill("screening", SCREENING, SCREENING_AT)
    visit = arrive(desk, pocket.fill("intake", {**TALK, "person": pocket.only}, NEXT_DAY), NEXT_DAY)

    who_is_who.settle(desk.db, visit, answer, said(1), current_rules(desk.db))

    assert problem_of(desk, visit) is None
    assert desk.db.returnees.count_documents({}) == files
    identical(desk, NEXT_DAY)


def test_a_second_registration_can_be_said_to_be_hers(desk):
    """5.3: a create whose id exists already makes no submission fail and changes nothing by itself."""
    pocket = Pocket(desk)
    first = pocket.fill("screening", SCREENING, SCREENING_AT)
    arrive(desk, first, SCREENING_AT)
    again = first.replace(b"<instanceID>uuid:", b"<instanceID>uuid:9").replace(b">Sok<", b">Dara<")
    second = arrive(desk, again, NEXT_DAY)
    person = pocket.only
    assert problem_of(desk, second) == "entity.exists"
    assert returnees.find(desk.db, person)["entity"]["version"] == 1

    file = who_is_who.settle(desk.db, second, "hers", said(1), current_rules(desk.db))
    assert (len(file["instances"]), file["entity"]["version"], problem_of(desk, second)) == (2, 2, None)
    identical(desk, NEXT_DAY)


def test_a_second_registration_can_be_of_another_person_who_gets_a_file_of_her_own(desk):
    """Somebody copied a filled form on the phone: two people came under one number."""
    pocket = Pocket(desk)
    first = pocket.fill("screening", SCREENING, SCREENING_AT)
    arrive(desk, first, SCREENING_AT)
    again = first.replace(b"<instanceID>uuid:", b"<instanceID>uuid:9").replace(b">Sok<", b">Dara<")
    second = arrive(desk, again, NEXT_DAY)
    person = pocket.only

    rules = current_rules(desk.db)
    hers = who_is_who.settle(desk.db, second, "another", said(1), rules)
    assert submissions.find(desk.db, second)["state"] == "received"
    pipeline.process(desk.db, [submissions.find(desk.db, second)], rules, at=NEXT_DAY)
    first_file = returnees.find(desk.db, person)
    assert (len(first_file["instances"]), first_file["questions"], problem_of(desk, second)) == (1, [], None)
    assert hers["_id"] != person
    assert (hers["instances"], hers["person"]["call_name"]) == ([second], "Dara")
    assert returnees.find(desk.db, hers["case_code"])["_id"] == hers["_id"]
    assert submissions.find(desk.db, second)["touches"] == [hers["_id"]]
    identical(desk, NEXT_DAY)
    same = who_is_who.settle(desk.db, second, "another", said(1), current_rules(desk.db))
    assert same["_id"] in (hers["_id"], person)

    edit = again.replace(b"<instanceID>uuid:9", b"<instanceID>uuid:8").replace(
        b"</instanceID>", b"</instanceID><deprecatedID>" + second.encode() + b"</deprecatedID>"
    )
    third = arrive(desk, edit, NEXT_DAY + timedelta(hours=1))
    assert returnees.find(desk.db, hers["_id"])["instances"] == [third]
    identical(desk, NEXT_DAY + timedelta(hours=1))


def test_two_who_are_one_are_merged_while_a_phone_still_holds_the_old_number_and_apart_again(desk):
    """Late records land on the one who stays; integrity says deleted; taken back, both are as they were."""
    pocket, other = Pocket(desk), Pocket(desk, "worker-2")
    arrive(desk, pocket.fill("screening", SCREENING, SCREENING_AT), SCREENING_AT)
    arrive(
        desk, other.fill("screening", {**SCREENING, "call_name": "Sokha"}, SCREENING_AT), NEXT_DAY, "worker-2"
    )
    pocket.refresh()
    other.refresh()
    stays, gone = (returnees.find(desk.db, one.only) for one in (pocket, other))
    rules, at = current_rules(desk.db), NEXT_DAY + timedelta(hours=1)

    merged = who_is_who.merge(desk.db, gone, stays, said(1, at), rules)
    assert len(merged["instances"]) == 2
    assert merged["aliases"][0]["case_code"] == gone["case_code"]
    assert returnees.find(desk.db, gone["case_code"])["_id"] == stays["_id"]
    scope = phone_lists.scope_of(desk.db, "worker-2", at.date())
    assert phone_lists.gone_from(desk.db, scope, [gone["_id"], "never-heard-of"]) == {gone["_id"]: True}
    identical(desk, at)

    late = arrive(
        desk,
        other.fill("intake", {**TALK, "person": gone["_id"]}, at + timedelta(hours=1)),
        at + timedelta(hours=2),
        "worker-2",
    )
    file = returnees.find(desk.db, stays["_id"])
    assert file["instances"][-1] == late
    assert file["entity"]["version"] == merged["entity"]["version"] + 1
    assert (problem_of(desk, late), desk.db.returnees.count_documents({})) == (None, 1)
    identical(desk, at)

    apart_at = at + timedelta(hours=3)
    alias = file["aliases"][0]["decision_id"]
    first, second = who_is_who.unmerge(desk.db, file, alias, said(2, apart_at), rules)
    assert (first["instances"], second["instances"]) == (stays["instances"], [*gone["instances"], late])
    assert {name: first[name] for name in ("person", "risk", "follow_ups", "case_code")} == {
        name: stays[name] for name in ("person", "risk", "follow_ups", "case_code")
    }
    assert (first["entity"]["version"], second["entity"]["version"]) == (
        file["entity"]["version"] + 1,
        gone["entity"]["version"] + 2,
    ), "one for the undoing, and the late record's own"
    identical(desk, apart_at)
    rebuild.rebuild(desk.db, rules, apart_at)
    assert returnees.find(desk.db, gone["case_code"])["_id"] == gone["_id"]


def test_two_registrations_that_look_like_one_person_are_proposed_and_a_merge_ends_that(desk):
    province = desk.media("screening")["provinces.csv"].decode().splitlines()[1].split(",")[0]
    for number, name in enumerate(("Sok Dara", "សុខ ដារា")):
        answers = {**SCREENING, "call_name": name, "province": province}
        arrive(desk, desk.filled("screening", answers, SCREENING_AT), SCREENING_AT + number * HOUR)
    (pair,) = pairs.listed(desk.db, limit=9)
    assert pair["reasons"] == ["sound", "sex", "age"]

    one, other = (returnees.find(desk.db, name) for name in pair["people"])
    assert len(one["instances"]) == len(other["instances"]) == 1, "nothing is merged by itself"
    rules = current_rules(desk.db)

    def seen_by(worker_id: str) -> int:
        return len(pairs.listed(desk.db, {"worker_id": worker_id}, limit=9))

    devices.add(desk.db, name="Phone", worker_id="worker-2", worker_name="Chan", made_at=SCREENING_AT)
    to = {"by": "lead", "at": NEXT_DAY, "rules": rules, "reason": "near"}
    assert (seen_by("worker-1"), seen_by("worker-2")) == (1, 0)
    hand_over(desk.db, one, "worker-2", handover_id="1", **to)
    assert (seen_by("worker-1"), seen_by("worker-2")) == (0, 0), "each has one of the two"
    hand_over(desk.db, other, "worker-2", handover_id="1", **to)
    assert (seen_by("worker-1"), seen_by("worker-2")) == (0, 1)

    one, other = (returnees.find(desk.db, name) for name in pair["people"])
    who_is_who.merge(desk.db, one, other, said(1), rules)
    assert pairs.listed(desk.db, limit=9) == []
    who_is_who.unmerge(desk.db, returnees.find(desk.db, other["_id"]), said(1).decision_id, said(2), rules)
    assert (seen_by("worker-1"), seen_by("worker-2")) == (0, 1)


def test_of_two_who_merge_the_same_two_the_second_is_told(desk):
    pocket = Pocket(desk)
    for name in ("Sok", "Sokha"):
        arrive(desk, pocket.fill("screening", {**SCREENING, "call_name": name}, SCREENING_AT), SCREENING_AT)
    one, other = sorted(returnees.every(desk.db), key=lambda file: file["_id"])
    rules = current_rules(desk.db)
    who_is_who.merge(desk.db, one, other, said(1), rules)

    with pytest.raises(Problem, match="somebody may have been quicker"):
        who_is_who.merge(desk.db, other, one, said(2, NEXT_DAY + timedelta(hours=1)), rules)
    with pytest.raises(Problem, match="Choose two people"):
        who_is_who.merge(desk.db, one, one, said(3), rules)
    assert desk.db.returnees.count_documents({}) == 1
    identical(desk, NEXT_DAY + timedelta(hours=1))


def test_another_day_agreed_raises_the_version_by_one_and_is_nobodys_conflict(desk):
    """5.2: the server's own change of a row counts as a version too, and crosses no phone's change."""
    pocket = Pocket(desk)
    arrive(desk, pocket.fill("screening", SCREENING, SCREENING_AT), SCREENING_AT)
    pocket.refresh()
    before = returnees.find(desk.db, pocket.only)
    visit = pocket.fill("intake", {**TALK, "person": pocket.only, "call_name": "Sokha"}, NEXT_DAY)
    next_visit = next(one for one in before["follow_ups"] if one["due_on"] == before["next_due_on"])
    move = Decision(
        decision_id="d1", entity_id=before["_id"], kind="move", at=SCREENING_AT + timedelta(hours=1),
        on=SCREENING_AT.date(), by="lead", reason="", about=next_visit["id"],
        until=SCREENING_AT.date() + timedelta(days=5),
    )  # fmt: skip
    moved = pipeline.decide(desk.db, move, current_rules(desk.db))
    assert phone_row(moved).properties != phone_row(before).properties
    assert moved["entity"]["version"] == before["entity"]["version"] + 1

    name = arrive(desk, visit, NEXT_DAY)
    file = returnees.find(desk.db, before["_id"])
    assert (file["entity"]["version"], problem_of(desk, name)) == (moved["entity"]["version"] + 1, None)
    identical(desk, NEXT_DAY)


BUS = """
== survey ==
| type         | name      | label::English (en) | label::Khmer (km) | save_to   |
| text         | place     | Place of arrival    | កន្លែងមកដល់        |           |
| begin repeat | traveller | Traveller           | អ្នកធ្វើដំណើរ        |           |
| text         | call_name | Name to use         | ឈ្មោះសម្រាប់ហៅ      | call_name |
| integer      | age_now   | Age                 | អាយុ              | age       |
| end repeat   |           |                     |                   |           |
== choices ==
| list_name | name | label::English (en) | label::Khmer (km) |
== settings ==
| form_title | form_id  | version | default_language |
| Arrivals   | arrivals | v1      | English (en)     |
== entities ==
| list_name | label        |
| people    | ${call_name} |
"""


def test_one_record_registers_everybody_in_its_repeat_each_with_her_own_answers(desk):
    """5.3, 2025.1: meta/entity at every level, properties relative to the group that holds it."""
    publish(desk.db, workbook(BUS), "arrivals.xlsx", SCREENING_AT, "test")
    travellers = [{"call_name": "Sok", "age_now": "31"}, {"call_name": "Dara", "age_now": "16"}]
    xml = desk.filled("arrivals", {"place": "Poipet", "traveller": travellers}, SCREENING_AT)
    name = arrive(desk, xml, SCREENING_AT)

    files = sorted(returnees.every(desk.db), key=lambda file: file["person"]["age_now"])
    assert [(file["person"]["call_name"], file["person"]["is_child"]) for file in files] == [
        ("Dara", True),
        ("Sok", False),
    ]
    assert [file["entity"]["properties"] for file in files] == [
        {"call_name": "Dara", "age": "16"},
        {"call_name": "Sok", "age": "31"},
    ]
    assert {file["entity"]["version"] for file in files} == {1}
    assert problem_of(desk, name) is None
    identical(desk, SCREENING_AT)


def test_what_a_record_asks_about_one_person_stays_while_another_of_it_is_folded(desk):
    publish(desk.db, workbook(BUS), "arrivals.xlsx", SCREENING_AT, "test")
    alone = desk.filled("arrivals", {"traveller": [{"call_name": "Sok", "age_now": "31"}]}, SCREENING_AT)
    arrive(desk, alone, SCREENING_AT)
    (known,) = returnees.every(desk.db)
    travellers = [{"call_name": "Sok", "age_now": "31"}, {"call_name": "Dara", "age_now": "16"}]
    both = desk.filled("arrivals", {"traveller": travellers}, NEXT_DAY)
    first, other = re.findall(rb'id="([0-9a-f-]{36})"', both)
    again = both.replace(first, known["_id"].encode())  # she is registered already
    name = arrive(desk, again, NEXT_DAY)
    assert problem_of(desk, name) == "entity.exists"

    looked = Decision(
        decision_id="d1", entity_id=other.decode(), kind="review", at=NEXT_DAY + HOUR, on=NEXT_DAY.date(),
        by="lead", reason="",
    )  # fmt: skip
    pipeline.decide(desk.db, looked, current_rules(desk.db))
    assert problem_of(desk, name) == "entity.exists"
    who_is_who.settle(desk.db, name, "hers", said(1, NEXT_DAY + 2 * HOUR), current_rules(desk.db))
    assert problem_of(desk, name) is None


def test_a_form_that_only_registers_cannot_change_anybody(desk):
    """central_behaviour 8: update by a form that only declares create."""
    publish(desk.db, workbook(BUS), "arrivals.xlsx", SCREENING_AT, "test")
    xml = desk.filled("arrivals", {"traveller": [{"call_name": "Sok", "age_now": "31"}]}, SCREENING_AT)
    arrive(desk, xml, SCREENING_AT)
    (before,) = returnees.every(desk.db)
    forged = xml.replace(b'create="1"', b'update="1" baseVersion="1"').replace(b">Sok<", b">Dara<")
    forged = forged.replace(b"<instanceID>uuid:", b"<instanceID>uuid:9")
    assert forged != xml

    name = arrive(desk, forged, NEXT_DAY)
    (after,) = returnees.every(desk.db)
    assert problem_of(desk, name) == "entity.not_declared"
    assert after["entity"]["properties"] == before["entity"]["properties"]


def test_a_list_this_server_does_not_keep_is_refused_at_publishing_and_says_so(desk):
    other = BUS.replace("| people ", "| vehicles ")

    with pytest.raises(Problem, match="“vehicles” is not a list this server keeps"):
        publish(desk.db, workbook(other), "arrivals.xlsx", SCREENING_AT, "test")
