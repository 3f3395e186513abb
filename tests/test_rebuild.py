"""A rebuild over many people: proved, broken off, gone on with, shared out. The people are invented ones."""

import json
import secrets
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from server.commands.rebuild import command
from server.demo import add_people
from sync import deriving, folding, rebuild
from sync.core.protocol import Protocol
from sync.store import rebuilds, records, returnees, stretches, submissions
from sync.store.connect import database as database_of
from sync.store.connect import ensure_indexes
from sync.store.rules import current_rules
from sync.store.stretches import Stretch
from tests.conftest import take_over

NOW = datetime(2026, 3, 20, 3, 0, tzinfo=UTC)
FEW, MANY = 12, 80
DERIVED = ("records", "returnees")


@pytest.fixture(scope="module")
def with_people(with_our_workbooks, any_database):
    """Makes a database with so many invented people, their submissions worked through."""
    made = []

    def make(people):
        db = database_of(any_database.client, f"pteah_test_people_{secrets.token_hex(6)}")
        made.append(db.name)
        ensure_indexes(db)
        take_over(with_our_workbooks, db)
        add_people(db, returnees=people, seed=4, now=NOW)
        rebuild.tick(db, current_rules(db), NOW)
        return db

    yield make
    for name in made:
        any_database.client.drop_database(name)


@pytest.fixture(scope="module")
def few(with_people):
    """Some people; every test leaves them as they were."""
    return with_people(FEW)


def derived(db):
    return {name: list(db[name].find({}, {"revision": 0}).sort("_id")) for name in DERIVED}


def damage(db) -> None:
    db.returnees.update_many({}, {"$set": {"risk.level": "low"}})
    db.records.delete_many({"form_id": "followup"})


@pytest.fixture
def by_small_stretches(monkeypatch):
    """As in a database of millions: many stretches."""
    monkeypatch.setattr(stretches, "FEW", 8)


def test_after_500_submissions_of_invented_people_everything_is_as_they_give_it(
    with_people, by_small_stretches
):
    many = with_people(MANY)
    checked = rebuild.check(many, current_rules(many), NOW)

    assert checked.differences == []
    assert checked.submissions >= 500
    assert checked.returnees == MANY


def test_a_rebuild_that_was_broken_off_goes_on_with_what_is_left(few, by_small_stretches):
    before, rules = derived(few), current_rules(few)
    damage(few)
    size = rebuild.size(few)

    class Broken(Exception):
        pass

    def breaks(count):
        if count > size // 2:
            raise Broken

    with pytest.raises(Broken):
        rebuild.rebuild(few, rules, NOW, breaks)
    left = rebuild.rebuild(few, rules, NOW)

    assert 0 < left.submissions + left.returnees < size * 2 // 3
    assert derived(few) == before


def test_a_rebuild_that_came_to_its_end_or_was_of_other_rules_is_begun_anew(few, by_small_stretches):
    rules = current_rules(few)
    rebuilds.begin(few, "other rules")
    rebuilds.mark(few, "other rules", "records ")

    once, again = (rebuild.rebuild(few, rules, NOW).submissions for _ in range(2))

    assert once == again == submissions.counts(few)["processed"]


def test_processes_that_share_the_work_come_to_the_same(few, mongodb_uri, tmp_path):
    environment = {"PTEAH_MONGODB_URI": mongodb_uri, "PTEAH_DATABASE": few.name, "PTEAH_DATA": str(tmp_path)}

    def run(*words):
        return CliRunner(env=environment).invoke(command, ["--processes", "2", *words])

    damage(few)
    found = run("--check", "--json")
    mended = run()
    checked = run("--check")

    assert found.exit_code == 1
    assert {one["collection"] for one in json.loads(found.stdout)["differences"]} == set(DERIVED)
    assert mended.exit_code == 0
    assert checked.exit_code == 0, checked.output
    assert "identical" in checked.stdout


def test_a_wrong_mark_of_what_was_edited_away_is_found(few):
    record = few.records.find_one({"form_id": "followup"})
    few.records.update_one({"_id": record["_id"]}, {"$set": {"superseded_by": "uuid:nothing"}})

    found = rebuild.check(few, current_rules(few), NOW).differences
    rebuild.rebuild(few, current_rules(few), NOW)

    assert ("records", record["_id"], "superseded_by") in [
        (one.collection, one.key, one.where) for one in found
    ]
    assert rebuild.check(few, current_rules(few), NOW).differences == []


def changed_protocol(db, **changes) -> None:
    """Publish the protocol again with other rows, as a coordinator would."""
    newest = db.protocols.find_one({}, sort=[("published_at", -1)])
    version = f"{newest['_id']}{secrets.token_hex(2)}"
    document = {**newest["document"], **changes, "version": version}
    later = datetime.fromisoformat(newest["published_at"].isoformat()).replace(year=2026)
    db.protocols.insert_one({**newest, "_id": version, "document": document, "published_at": later})


@pytest.fixture
def protocol(few):
    """The protocol in force; what a test publishes goes away afterwards."""
    before = {found["_id"] for found in few.protocols.find({}, {"_id": 1})}
    yield Protocol.from_document(few.protocols.find_one({})["document"]).document()
    few.protocols.delete_many({"_id": {"$nin": list(before)}})


def test_a_new_telephone_number_is_no_other_rule(few, protocol):
    before = current_rules(few)
    contacts = [{**one, "phone": "000 000 009"} for one in protocol["contacts"]]

    changed_protocol(few, contacts=contacts)

    assert current_rules(few).protocol.contacts[0].phone == "000 000 009"
    assert current_rules(few).version == before.version


def test_another_plan_of_visits_folds_everybody_again_and_derives_no_record(few, protocol, monkeypatch):
    before = current_rules(few)
    changed_protocol(few, schedule=protocol["schedule"][:-1])
    rules = current_rules(few)
    people = returnees.stale(few, rules.version, 1000)
    derived_anew = []
    monkeypatch.setattr(deriving, "derive", lambda *_: derived_anew.append(1))

    folding.refold(few, people, rules, today=NOW.date())

    assert len(people) == FEW
    assert derived_anew == []
    assert returnees.stale(few, rules.version, 1) == []
    monkeypatch.undo()
    folding.refold(few, people, before, today=NOW.date())
    assert rebuild.check(few, before, NOW).differences == []


def test_a_tick_brings_everybody_to_the_rules_in_force_and_goes_on_where_it_was_broken_off(
    few, protocol, by_small_stretches
):
    before = current_rules(few)
    changed_protocol(few, schedule=protocol["schedule"][:-1])
    rules = current_rules(few)

    class Broken(Exception):
        pass

    def breaks(count):
        if count > FEW // 2:
            raise Broken

    with pytest.raises(Broken):
        rebuild.tick(few, rules, NOW, breaks)
    left = rebuild.tick(few, rules, NOW)

    assert 0 < left < FEW
    assert returnees.stale(few, rules.version, 0) == []
    assert few.assessments.count_documents({"rules_version": rules.version}) == FEW
    assert rebuild.tick(few, before, NOW) == FEW


def test_nobody_stale_is_found_without_reading_anybody(few):
    rules = current_rules(few)
    question = {"rules_version": {"$ne": rules.version}, "_id": Stretch().query}

    plan = few.returnees.find(question, {"_id": 1}).hint("rules_version").explain()

    assert plan["executionStats"]["totalDocsExamined"] == 0


def test_a_record_rests_on_the_rules_of_its_form_and_on_what_the_protocol_looks_at(few, protocol):
    before = current_rules(few)
    changed_protocol(few, profile=protocol["profile"][1:])

    after = current_rules(few)

    assert {name for name in before.stamps if after.stamps[name] != before.stamps[name]} == set(before.stamps)
    one = next(iter(records.about(few, returnees.stale(few, "", 1)).values()))[0]
    assert one.rules_stamp == before.stamps[one.form_id]


IDS = st.one_of(st.uuids().map(str), st.uuids().map("uuid:{}".format), st.text(max_size=9))


@given(name=IDS, count=st.sampled_from([1, 10_000, 10_000_000]), prefix=st.sampled_from(["", "uuid:"]))
def test_every_id_lies_in_exactly_one_stretch(name, count, prefix):
    assert sum(one.holds(name) for one in stretches.stretches(count, prefix)) == 1


def test_stretches_of_millions_hold_a_few_thousand_each():
    cut = stretches.stretches(10_000_000, "uuid:")

    assert len(cut) == 16**3
    assert (cut[0], cut[-1]) == (Stretch("", "uuid:001"), Stretch("uuid:fff", ""))
