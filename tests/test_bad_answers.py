"""Answers that cannot be right are kept, shown to people, and never lower a level or stop anything.

The submissions are JavaRosa's, with answers changed afterwards, as other programs and edited files have them.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sync import deriving, pipeline
from sync.core.protocol import Rules
from sync.core.record import record_from
from sync.store import records, returnees, submissions
from sync.store.rules import current_rules
from tests.test_pipeline import FOLLOW_UP, SCREENING, SCREENING_AT, Desk, people_rows

VISIT_AT = SCREENING_AT + timedelta(days=10)
SAFE_SCREENING = {**SCREENING, "contact_recruiter": "no"}


@pytest.fixture
def desk(published, java) -> Desk:
    return Desk(published, java)


class Spoilt:
    """A screening, and visits in which answers are changed on the way."""

    def __init__(self, desk, screening=SCREENING) -> None:
        self.desk = desk
        desk.fill("screening", screening, SCREENING_AT)
        desk.work()
        (row,) = people_rows(desk.db, "worker-1")
        self.entity_id = row.entity_id

    def visit(self, *changes, at=VISIT_AT, form_id="followup", answers=FOLLOW_UP):
        """Keep a visit with these changes `(node, text before, text after)`; its record."""
        kept = self.desk.fill(
            form_id,
            {**answers, "person": self.entity_id} if form_id != "screening" else answers,
            at,
            people=self.desk.people(),
        )
        xml = bytes(submissions.find(self.desk.db, kept.instance_id)["xml"]).decode()
        for node, before, after in changes:
            assert f"<{node}>{before}<" in xml, node
            xml = xml.replace(f"<{node}>{before}<", f"<{node}>{after}<")
        self.desk.db.submissions.delete_one({"_id": kept.instance_id})
        self.desk.keep(xml.encode(), at)
        self.desk.work()
        return records.find(self.desk.db, kept.instance_id)

    @property
    def file(self):
        return returnees.find(self.desk.db, self.entity_id)

    def problem(self, record):
        found = submissions.find(self.desk.db, record["_id"])
        assert found["state"] == "processed"
        return (found["problem"] or {}).get("code")


def doubts(record):
    return [(doubt["code"], doubt["name"]) for doubt in record["doubts"]]


def met(record, code):
    """Whether this record says that the indicator is met; None: it says nothing of it."""
    return {item["code"]: item["met"] for item in record["indicators"]}.get(code)


def standing(file):
    return {item["name"] for item in file["risk"]["indicators"]}


def looked_for(file):
    return [reason["code"] for reason in file["risk"]["look"]]


def test_an_honest_visit_raises_no_doubt(desk):
    spoilt = Spoilt(desk)

    record = spoilt.visit()

    assert doubts(record) == []
    assert spoilt.problem(record) is None
    assert met(record, "H2") is False
    assert "doubtful" not in looked_for(spoilt.file)


def test_an_answer_outside_the_choices_ends_no_reason_and_asks_people(desk):
    spoilt = Spoilt(desk)
    assert "H2" in standing(spoilt.file)

    record = spoilt.visit(("contact_recruiter", "no", "NO"))

    assert doubts(record) == [("choice", "contact_recruiter")]
    assert met(record, "H2") is None
    assert "H2" in standing(spoilt.file)
    assert spoilt.problem(record) == "submission.doubtful"
    assert "doubtful" in looked_for(spoilt.file)
    assert spoilt.file["risk"]["review"]


def test_two_choices_where_one_is_due_are_doubtful(desk):
    record = Spoilt(desk).visit(("danger_now", "no", "no yes"))

    assert doubts(record) == [("choice", "danger_now")]
    assert met(record, "H3") is None


@pytest.mark.parametrize("text", ["7", "abc", "-3", "1e9"])
def test_a_score_of_an_answer_it_does_not_have_is_no_score_and_no_all_clear(desk, text):
    spoilt = Spoilt(desk)

    record = spoilt.visit(("phq1", "0", text))

    scores = {score.name: score.value for score in record_from(record).scores}
    assert (scores["phq2"], scores["phq4"], scores["gad2"]) == (None, None, 0)
    assert met(record, "M1") is not False
    assert spoilt.problem(record) == "submission.doubtful"


@pytest.mark.parametrize("text", ["thirty", "-4", "31.5"])
def test_an_age_that_is_no_age_makes_a_child_of_her_until_somebody_looks(desk, text):
    spoilt = Spoilt(desk)
    assert not spoilt.file["person"]["is_child"]
    again = {**SCREENING, "again": "yes", "person": spoilt.entity_id}

    record = spoilt.visit(("age_now", "31", text), form_id="screening", answers=again)

    assert [name for _, name in doubts(record)] == ["age_now"]
    assert spoilt.file["person"]["is_child"]
    assert spoilt.file["person"]["age_now"] == 31
    assert spoilt.problem(record) == "submission.doubtful"


@pytest.mark.parametrize("age", ["40", "-1"])
def test_an_age_then_above_the_age_now_or_below_zero_is_doubtful(desk, age):
    again = {**SCREENING, "again": "yes", "person": ""}
    spoilt = Spoilt(desk)

    record = spoilt.visit(
        ("age_then", "29", age), form_id="screening", answers={**again, "person": spoilt.entity_id}
    )

    assert doubts(record) == [("age", "age_then")]
    assert met(record, "M15") is not False


def test_a_day_before_birth_is_doubtful(desk):
    again = {**SCREENING, "again": "yes", "return_date": "2026-02-20"}
    spoilt = Spoilt(desk)

    record = spoilt.visit(
        ("return_date", "2026-02-20", "1990-02-20"),
        form_id="screening",
        answers={**again, "person": spoilt.entity_id},
    )

    assert doubts(record) == [("before_birth", "return_date")]
    assert "return_date" not in spoilt.file["person"]


def test_a_visit_before_birth_by_a_phone_with_a_wrong_clock_counts_when_it_arrived(desk):
    again = {**SCREENING, "again": "yes"}
    spoilt = Spoilt(desk)

    record = spoilt.visit(
        ("today", "2026-03-11", "1970-01-01"),
        form_id="screening",
        answers={**again, "person": spoilt.entity_id},
    )

    assert doubts(record) == [("before_birth", "today"), ("clock", "today")]
    assert record["on"] == "2026-03-11"


def test_days_of_the_buddhist_era_move_no_visit_by_543_years(desk):
    spoilt = Spoilt(desk)
    not_home = {"outcome": "not_home", "new_date": "2026-03-14"}

    record = spoilt.visit(
        ("new_date", "2026-03-14", "2569-03-14"), ("today", "2026-03-11", "2569-03-11"), answers=not_home
    )

    assert doubts(record) == [
        ("buddhist_era", "today"),
        ("buddhist_era", "new_date"),
        ("clock", "today"),
    ]
    assert record["on"] == "2026-03-11"
    assert spoilt.file["next_due_on"].startswith("2026-03")
    assert "doubtful" in looked_for(spoilt.file)


def test_text_where_a_day_is_due_is_doubtful(desk):
    not_home = {"outcome": "not_home", "new_date": "2026-03-14"}

    record = Spoilt(desk).visit(("new_date", "2026-03-14", "soon"), answers=not_home)

    assert doubts(record) == [("day", "new_date")]


def test_a_repeat_with_200_entries_is_worked_through_whole_and_shown(desk):
    spoilt = Spoilt(desk)
    record = spoilt.visit(
        answers={**FOLLOW_UP, "service_open": "yes", "service": [{"service_type": "health"}]}
    )
    assert doubts(record) == []
    xml = bytes(submissions.find(desk.db, record["_id"])["xml"]).decode()
    entry = re.search(r"<service>.*?</service>", xml, re.DOTALL)
    assert entry is not None
    other = "uuid:5f7c2a9e-9f1b-4a5e-8d1c-0a2b3c4d5e6f"
    many = xml.replace(entry[0], entry[0] * 200).replace(record["_id"], other)

    desk.keep(many.encode(), VISIT_AT + timedelta(days=1))
    desk.work()

    crowded = records.find(desk.db, other)
    assert doubts(crowded) == [("many", "service")]
    assert sum(answer["name"] == "service_type" for answer in crowded["answers"]) == 200
    assert met(crowded, "H2") is False


def test_a_form_version_older_than_the_rules_ends_nothing_it_did_not_ask(desk):
    spoilt = Spoilt(desk)
    rules = current_rules(desk.db)
    follow_up = rules.forms["followup"]
    asks_more = tuple(
        replace(rule, condition=f"{rule.condition} or ${{threat_by_phone}} = 'yes'")
        if rule.code == "H2"
        else rule
        for rule in follow_up.indicators
    )
    newer = _with(rules, replace(follow_up, indicators=asks_more))

    record = spoilt.visit()
    submission = submissions.find(desk.db, record["_id"])
    _, document = deriving.derive(desk.db, submission, newer, {}, {})

    (h2,) = [item for item in document["indicators"] if item["code"] == "H2"]
    assert h2["met"] is None
    assert h2["error"] == "This form version does not ask threat_by_phone."
    pipeline.process(desk.db, [submission], newer, at=datetime(2026, 3, 20, tzinfo=UTC))
    assert "H2" in standing(spoilt.file)


def test_rules_that_lack_an_instrument_the_form_came_with_are_named(desk):
    spoilt = Spoilt(desk)
    rules = current_rules(desk.db)
    follow_up = rules.forms["followup"]
    without = replace(
        follow_up,
        scores=tuple(score for score in follow_up.scores if score.name != "gad7"),
        indicators=tuple(rule for rule in follow_up.indicators if "gad7" not in rule.condition),
    )
    record = spoilt.visit()

    submission = submissions.find(desk.db, record["_id"])
    _, document = deriving.derive(desk.db, submission, _with(rules, without), {}, {})

    assert [(doubt["code"], doubt["name"]) for doubt in document["doubts"]] == [("instrument", "gad7")]


def test_rules_that_know_nothing_of_a_form_leave_its_record_without_a_verdict(desk):
    spoilt = Spoilt(desk)
    rules = current_rules(desk.db)
    nothing = Rules(
        version="r-nothing",
        protocol=rules.protocol,
        forms={name: found for name, found in rules.forms.items() if name != "followup"},
    )
    record = spoilt.visit()
    submission = submissions.find(desk.db, record["_id"])

    pipeline.process(desk.db, [submission], nothing, at=datetime(2026, 3, 20, tzinfo=UTC))

    again = records.find(desk.db, record["_id"])
    assert again["indicators"] == []
    assert ("instrument", "phq9") in doubts(again)
    assert spoilt.file["risk"]["level"] == "high"


def _with(rules, form):
    return Rules(version="r-newer", protocol=rules.protocol, forms={**rules.forms, form.form_id: form})
