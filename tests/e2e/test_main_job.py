"""A worker's phone, the whole server, a program: what Pteah is for, from end to end."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import xlsforms
from sync.core.calendar import Calendar
from sync.core.times import local_date
from sync.store import devices
from tests.e2e.conftest import Program
from tests.e2e.visits import FOLLOW_UP, INTAKE, LATER_VISIT, LONG_TALK, SCREENING, first_talk
from tests.javarosa import Filled, Phone, message_of
from tests.javarosa.multipart import Part, body_of
from xlsforms.protocol import read_protocol
from xlsforms.sheets import read_book

pytestmark = pytest.mark.java

Send = Callable[[Phone, Filled], Filled]

CALL_TODAY = {
    "en": "Please call your coordinator today before you leave.",
    "km": "សូមទូរស័ព្ទទៅអ្នកសម្របសម្រួលរបស់អ្នកនៅថ្ងៃនេះ មុនពេលអ្នកចាកចេញ។",
}


def codes(returnee: dict[str, Any]) -> set[str]:
    return {indicator["name"] for indicator in returnee["risk"]["indicators"]}


def waiting(returnee: dict[str, Any]) -> list[tuple[str, str]]:
    """(due day, form) of what is still to be done."""
    return [
        (item["due_on"], item["form_id"])
        for item in returnee["follow_ups"]
        if item["state"] in ("planned", "open", "overdue")
    ]


def in_days(days: int) -> str:
    return (local_date(datetime.now(UTC)) + timedelta(days=days)).isoformat()


def planned(windows: dict[int, int]) -> list[tuple[str, str]]:
    """Routine visits in so many days, on the working day that their window of so many days allows."""
    book = read_book((Path(xlsforms.__file__).parent / "protocol.xlsx").read_bytes(), filename="p.xlsx")
    calendar = Calendar(read_protocol(book)[0])
    return [
        (
            calendar.working_day(date.fromisoformat(in_days(days)), timedelta(window), "medium").isoformat(),
            FOLLOW_UP,
        )
        for days, window in windows.items()
    ]


def test_three_visits_raise_the_level_and_lay_out_the_schedule_anew(
    phone: Phone, program: Program, sent: Send
) -> None:
    talk = sent(phone, phone.fill(SCREENING, first_talk(phone)))
    entity_id = talk.entity["id"]
    first = program.returnee(entity_id)
    assert first["risk"]["level"] == "low"
    assert (in_days(3), INTAKE) in waiting(first)
    assert program.returnee(first["case_code"])["entity_id"] == entity_id

    phone.refresh()
    assert phone.lists["people"].rows[entity_id].label.startswith("Dara")
    low_mood = {f"phq{item}": "2" for item in range(1, 7)}
    longer = phone.fill(INTAKE, {**LONG_TALK, "person": entity_id, **low_mood})
    assert longer.answer("case_code") == first["case_code"]
    sent(phone, longer)
    second = program.returnee(entity_id)
    assert second["risk"]["level"] == "medium"
    assert codes(second) == {"M1"}
    assert (second["scores"]["phq9"]["value"], second["scores"]["phq9"]["band"]) == (12, "moderate")
    (reason,) = second["risk"]["indicators"]
    assert reason["instance_id"] == longer.instance_id
    assert (reason["form_id"], reason["dimension"], reason["level"]) == (INTAKE, "health", "medium")
    assert {answer["name"]: answer["value"] for answer in reason["answers"]}["phq1"] == "2"
    assert waiting(second)[:3] == planned({7: 1, 14: 1, 30: 3})

    phone.refresh()
    later = phone.fill(
        FOLLOW_UP, {**LATER_VISIT, "person": entity_id, "violence": "yes", "violence_who": "other"}
    )
    sent(phone, later)
    third = program.returnee(entity_id)
    assert third["risk"]["level"] == "high"
    assert codes(third) == {"H3"}, "the two mood questions were asked again and answered: not at all"
    assert waiting(third)[:3] == [(in_days(days), FOLLOW_UP) for days in (1, 3, 7)]
    assert {item["state"] for item in third["follow_ups"]} >= {"cancelled", "done"}


def test_what_must_be_done_today_is_shown_in_the_workers_language_and_explained_to_programs(
    phone: Phone, program: Program, sent: Send
) -> None:
    for language in ("en", "km"):
        answers = first_talk(phone, contact_recruiter="yes", call_name=f"Dara {language}")
        talk = phone.fill(SCREENING, answers, language=language)
        labels = [line["label"].strip() for line in talk.shown]
        assert [label for label in labels if label.startswith(CALL_TODAY[language])]
        assert ("Can we talk alone, with nobody listening?" in labels) == (language == "en")
        sent(phone, talk)
        told = program.returnee(talk.entity["id"])
        assert told["risk"]["level"] == "high"
        (reason,) = told["risk"]["indicators"]
        assert reason["name"] == "H2"
        assert reason["label"] == "Contact or threat from people of that time"
        assert [(answer["name"], answer["value"]) for answer in reason["answers"]] == [
            ("contact_recruiter", "yes")
        ]
        assert in_days(1) in [due for due, _ in waiting(told)]


def test_the_next_visitor_is_told_to_call_first_in_neutral_words(phone: Phone, sent: Send) -> None:
    talk = sent(phone, phone.fill(SCREENING, first_talk(phone, selfharm="yes")))
    phone.refresh()
    answers = {**LONG_TALK, "person": talk.entity["id"]}
    longer = phone.fill(INTAKE, answers, language="en")
    assert "n_call_first" in longer.notes
    labels = {line["name"]: line["label"] for line in longer.shown}
    assert labels["n_call_first"] == "Please call your coordinator first, before you go in."


def test_nothing_is_registered_without_consent(phone: Phone, program: Program, sent: Send) -> None:
    talk = sent(phone, phone.fill(SCREENING, first_talk(phone, con_store="no")))
    assert talk.answer("country") is None
    assert talk.questions[-1] == "con_store"
    assert program.get("returnees")["items"] == []


def test_a_person_registered_and_visited_offline_arrives_whole_in_any_order(
    phone: Phone, program: Program
) -> None:
    talk = phone.fill(SCREENING, first_talk(phone))
    entity_id = talk.entity["id"]
    longer = phone.fill(INTAKE, {**LONG_TALK, "person": entity_id, "phq9": "1"})
    assert (longer.entity["baseVersion"], longer.entity["trunkVersion"]) == ("1", "")
    phone.send(longer)
    assert program.until_worked_through(longer.instance_id)["problem"]["code"] == "entity.unknown"
    phone.send()
    program.until_worked_through(talk.instance_id)
    told = program.returnee(entity_id)
    assert (told["risk"]["level"], codes(told)) == ("high", {"H1"})
    phone.refresh()
    row = phone.lists["people"].rows[entity_id]
    assert (row.offline, row.version, row.trunk_version) == (False, 2, 2)


def test_other_workers_do_not_get_this_persons_row(
    phone: Phone, new_phone: Callable[..., Phone], sent: Send, server: Any
) -> None:
    talk = sent(phone, phone.fill(SCREENING, first_talk(phone)))
    token = devices.add(
        server.db, name="Other", worker_id="worker-2", worker_name="Two", made_at=datetime.now(UTC)
    )
    other = new_phone(token)
    other.refresh()
    assert talk.entity["id"] not in other.lists["people"].rows
    assert [form.form_id for form in other.forms] == [form.form_id for form in phone.forms]


def test_the_same_bytes_again_are_welcome_and_kept_once(phone: Phone, sent: Send, server: Any) -> None:
    talk = sent(phone, phone.fill(SCREENING, first_talk(phone)))
    (again,) = phone.send(talk)
    assert again.status == 201
    assert server.db.submissions.count_documents({"_id": talk.instance_id}) == 1
    assert server.db.conflicting.count_documents({}) == 0


def test_other_bytes_under_one_instance_id_are_refused_and_both_kept(
    phone: Phone, sent: Send, server: Any
) -> None:
    talk = sent(phone, phone.fill(SCREENING, first_talk(phone)))
    other = talk.xml.replace(b"<age_now>31<", b"<age_now>32<")
    assert other != talk.xml
    part = Part("xml_submission_file", other, talk.file_name, "text/xml")
    answer = phone.line.post(f"{phone.url}/submission", *body_of([part]))
    assert answer.status == 409
    assert message_of(answer)
    assert bytes(server.db.submissions.find_one({"_id": talk.instance_id})["xml"]) == talk.xml
    assert [bytes(kept["xml"]) for kept in server.db.conflicting.find()] == [other]


def test_a_record_split_over_several_posts_is_kept_with_all_its_files(
    phone: Phone, program: Program, server: Any
) -> None:
    files = {"1700000000001.jpg": b"\xff\xd8" + b"a" * 5000, "1700000000002.m4a": b"b" * 5000}
    talk = phone.fill(SCREENING, first_talk(phone), attachments=files)
    (answer,) = phone.send(talk, limit_bytes=len(talk.xml) + 6000)
    assert answer.status == 201
    assert program.until_worked_through(talk.instance_id)["state"] == "processed"
    kept = server.db.submissions.find_one({"_id": talk.instance_id})
    assert {file["name"]: file["bytes"] for file in kept["attachments"]} == {
        name: len(content) for name, content in files.items()
    }


def test_a_second_refresh_fetches_nothing_that_did_not_change(phone: Phone) -> None:
    changes = phone.refresh()
    assert (changes.downloaded, changes.removed, changes.lists) == ([], [], [])
