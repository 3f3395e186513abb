"""A dry run says today what publishing will make of everybody, and writes nothing."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook

from server.demo import add_people
from sync import dry_run, folding, pipeline
from sync.core.times import local_date
from sync.store import protocols, returnees, submissions
from sync.store.rules import current_rules
from sync.touched import levels_with_other_visits
from tests.xlsforms.our_workbooks import FOLDER
from xlsforms.convert import convert
from xlsforms.trials import rules_with

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
TODAY = local_date(NOW)


def with_rule(level: str) -> bytes:
    """Our follow-up with one more reason, and one that is there already at another level."""
    book = load_workbook(io.BytesIO((FOLDER / "followup.xlsx").read_bytes()))
    sheet = book["risk"]
    headers = {cell.value: cell.column for cell in sheet[1]}
    row = {
        "indicator": "M18",
        "label::English (en)": "Could not get health care",
        "label::Khmer (km)": "មិនអាចទទួលបានការថែទាំសុខភាព",
        "condition": "${health_access} != 'ref'",
        "dimension": "health",
        "level": level,
        "on phone": "no",
        "respond within": "14 days",
    }
    place = sheet.max_row + 1
    for header, text in row.items():
        sheet.cell(place, headers[header]).value = text
    settings = {cell.value: cell.column for cell in book["settings"][1]}
    book["settings"].cell(2, settings["version"]).value = "2026112001"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.fixture
def peopled(published):
    add_people(published, returnees=8, seed=3, now=NOW)
    rules = current_rules(published)
    waiting = submissions.claim_some(published, now=NOW, worker_name="test", limit=1000)
    pipeline.process(published, waiting, rules, at=NOW)
    return published


def contents(db) -> dict[str, list]:
    return {name: list(db[name].find().sort("_id", 1)) for name in ("records", "returnees", "assessments")}


def test_what_is_foretold_is_what_publishing_brings_and_nothing_is_written_before(peopled):
    db = peopled
    before = current_rules(db)
    made = convert(with_rule("high"), filename="followup.xlsx", protocol=protocols.current(db))
    after = rules_with(db, before.protocol, made.rules)
    untouched = contents(db)

    found = dry_run.try_on(db, dry_run.Trying(before=before, after=after, today=TODAY), dry_run.people(db))

    assert contents(db) == untouched
    told = {one.entity_id: one for one in found}
    assert any(one.is_raised and "M18" in one.reasons_new for one in found)
    assert any(not one.changes for one in found) or len(told) > 3
    for record in db.records.find():  # as they were before what was sent was kept in them
        db.records.replace_one({"_id": record["_id"]}, {n: v for n, v in record.items() if n != "texts"})
    trying = dry_run.Trying(before=before, after=after, today=TODAY)
    assert dry_run.try_on(db, trying, dry_run.people(db)) == found

    files = folding.refold(db, told, replace(after, version="as published"), today=TODAY).files
    for entity_id, file in files.items():
        assert (file["risk"]["level"], file["next_due_on"]) == (
            told[entity_id].level_after,
            told[entity_id].next_after,
        )


def test_the_same_rules_change_nobody(peopled):
    rules = current_rules(peopled)

    found = dry_run.try_on(
        peopled, dry_run.Trying(before=rules, after=rules, today=TODAY), dry_run.people(peopled)
    )

    assert [one for one in found if one.changes] == []
    told = dry_run.summary_of(found)
    assert (told["people"], told["raised"], told["lowered"], told["workers"]) == (len(found), 0, 0, {})
    assert returnees.count_stale(peopled, rules.version) == 0


def test_other_visits_alone_move_visits_and_say_how_many_more_for_whom(peopled):
    db = peopled
    rules = current_rules(db)
    visits = tuple(row for row in rules.protocol.schedule if row.offset_days > 30)
    after = rules_with(db, replace(rules.protocol, schedule=visits))

    told = dry_run.summary_of(
        dry_run.try_on(db, dry_run.Trying(before=rules, after=after, today=TODAY), dry_run.people(db))
    )

    assert told["visits_after"] != told["visits_before"]
    assert sum(one["after"] for one in told["workers"].values()) <= told["visits_after"]


def one_after_the_other(rules):
    """Changes as coordinators make them, each on top of the one before."""
    followup = rules.forms["followup"]
    by_code, scores = followup.by_code, followup.scores
    kept, asks = list(by_code.values()), "${health_access}"
    rule = replace(kept[0], code="M18", level="high", on_phone=False)
    others = [form for name, form in rules.forms.items() if name != "followup"]
    alone = [one for one in kept if not any(one.code in form.by_code for form in others)]
    milder = [replace(one, level="medium" if one.level == "high" else one.level) for one in kept]
    double = [replace(one, formula=f"({one.formula}) * 2") for one in scores]
    yield "a new reason few have", [*kept, replace(rule, condition=f"{asks} = 'no'")], scores
    yield "it is met by many", [*kept, replace(rule, condition=f"{asks} != 'ref'")], scores
    late = replace(rule, code="M19", condition="${today} > date('2026-01-01')")
    yield "one that asks for the day, too", [*kept, late], scores
    yield "it is taken away again", kept, scores
    yield "what is high becomes medium", milder, scores
    yield "what another form asks, too, is left to that", alone, scores
    yield "sums count double", kept, double


def test_it_foretells_every_kind_of_change_for_everyone(peopled):
    db = peopled
    published = before = current_rules(db)
    moved, told_apart = set(), set()
    for number, (what, indicators, scores) in enumerate(one_after_the_other(published)):
        followup = replace(published.forms["followup"], indicators=tuple(indicators), scores=tuple(scores))
        forms = {**published.forms, "followup": followup}
        after = replace(published, version=f"v{number}", forms=forms)
        trying = dry_run.Trying(before=before, after=after, today=TODAY)
        told = {one.entity_id: one for one in dry_run.try_on(db, trying, dry_run.people(db))}
        files = folding.refold(db, told, after, today=TODAY).files
        for entity_id, file in files.items():
            said = told[entity_id]
            assert (file["risk"]["level"], file["next_due_on"]) == (said.level_after, said.next_after), what
            (moved if said.changes else told_apart).add(what)
        before = after
    assert len(moved) >= 4
    assert len(told_apart) >= 4


def test_other_visits_at_one_level_move_those_who_were_ever_there_and_nobody_else(peopled):
    db, before = peopled, current_rules(peopled)
    (level, *_) = {one["risk"]["level"] for one in db.returnees.find()} - {"unknown"}
    later = tuple(
        replace(row, offset_days=row.offset_days + 3) if row.level == level else row
        for row in before.protocol.schedule
    )
    after = replace(before, version="later", protocol=replace(before.protocol, version="9", schedule=later))
    assert levels_with_other_visits(before.protocol, after.protocol) == {level}

    trying = dry_run.Trying(before=before, after=after, today=TODAY)
    told = {one.entity_id: one for one in dry_run.try_on(db, trying, dry_run.people(db))}

    files = folding.refold(db, told, after, today=TODAY).files
    assert any(one.visit_moves for one in told.values())
    for entity_id, file in files.items():
        said = told[entity_id]
        assert (file["risk"]["level"], file["next_due_on"]) == (said.level_after, said.next_after)
