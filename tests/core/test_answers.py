"""What was answered in one submission."""

from datetime import UTC, date, datetime

import pytest
from lxml import etree

from sync.core.answers import contents_of
from sync.core.form import Field, FormDefinition

RECEIVED_AT = datetime(2026, 3, 10, 20, 0, tzinfo=UTC)  # the 11th in Cambodia


def a_form() -> FormDefinition:
    fields = [
        Field(path="/data/start", name="start", type="dateTime", control=""),
        Field(path="/data/talk", name="talk", type="string", control="group"),
        Field(path="/data/talk/age_now", name="age_now", type="int", control="input"),
        Field(path="/data/talk/needs", name="needs", type="string", control="select"),
        Field(path="/data/talk/village", name="village", type="string", control="select1", save_to="village"),
        Field(path="/data/talk/help", name="help", type="string", control="repeat", repeat="/data/talk/help"),
        Field(
            path="/data/talk/help/kind",
            name="kind",
            type="string",
            control="select1",
            repeat="/data/talk/help",
        ),
    ]
    return FormDefinition(
        form_id="f", version="1", title="F", root="data", fields={x.path: x for x in fields}
    )


def read(body: str, received_at=RECEIVED_AT):
    return contents_of(etree.fromstring(f'<data id="f" version="1">{body}</data>'), a_form(), received_at)


def test_answers_are_typed_by_their_question():
    found = read("<talk><age_now>31</age_now><needs>food shelter</needs></talk>")

    assert found.by_name == {"age_now": 31, "needs": ["food", "shelter"]}


def test_what_cannot_be_read_as_its_type_stays_as_it_was_sent():
    assert read("<talk><age_now>about 30</age_now></talk>").by_name == {"age_now": "about 30"}


def test_a_question_that_was_left_empty_is_told_apart_from_one_that_was_not_asked():
    found = read("<talk><age_now/></talk>")

    assert found.unanswered == {"age_now"}


def test_an_answer_the_form_does_not_know_is_kept_as_text():
    found = read("<talk><later_question>yes</later_question></talk>")

    assert [(answer.path, answer.value) for answer in found.answers] == [("/data/talk/later_question", "yes")]


def test_each_repeat_has_its_place():
    found = read("<talk><help><kind>food</kind></help><help><kind>legal</kind></help></talk>")

    assert [answer.path for answer in found.answers] == ["/data/talk/help[1]/kind", "/data/talk/help[2]/kind"]


@pytest.mark.parametrize(
    ("start", "day"),
    [
        pytest.param(
            "2026-03-09T23:30:00.000+07:00", date(2026, 3, 9), id="the phone's own day is the visit's day"
        ),
        pytest.param("2026-03-09T18:30:00.000Z", date(2026, 3, 10), id="days are Cambodian"),
        pytest.param(
            "2031-01-01T08:00:00.000+07:00", date(2026, 3, 11), id="a clock ahead of us is not believed"
        ),
        pytest.param(
            "1970-01-01T08:00:00.000+07:00", date(2026, 3, 11), id="a clock that was reset is not believed"
        ),
        pytest.param("nonsense", date(2026, 3, 11), id="without a readable time the arrival counts"),
    ],
)
def test_the_day_of_a_visit(start, day):
    assert read(f"<start>{start}</start>").on == day


ENTITY = (
    '<entity dataset="people" id="uuid:3F0C2A9E-9f1b-4a5e-8d1c-0a2b3c4d5e6f" update="1" create="" '
    'baseVersion="3" trunkVersion="2" branchId="b"><label> Sok </label></entity>'
)


@pytest.mark.parametrize(
    "meta", ["<meta>{}</meta>", '<orx:meta xmlns:orx="http://openrosa.org/xforms">{}</orx:meta>']
)
def test_an_entity_block_is_read_with_the_answers_that_are_saved_to_it(meta):
    (entity,) = read("<talk><village>010203-4</village></talk>" + meta.format(ENTITY)).entities

    assert entity.entity_list == "people"
    assert entity.entity_id == "3f0c2a9e-9f1b-4a5e-8d1c-0a2b3c4d5e6f"
    assert (entity.create, entity.update) == (False, True)
    assert (entity.base_version, entity.trunk_version, entity.branch_id) == ("3", "2", "b")
    assert entity.label == "Sok"
    assert entity.properties == {"village": "010203-4"}


def test_a_property_that_was_not_relevant_keeps_its_value_and_one_left_empty_is_emptied():
    assert read("<talk/>" + f"<meta>{ENTITY}</meta>").entities[0].properties == {}
    assert read("<talk><village/></talk>" + f"<meta>{ENTITY}</meta>").entities[0].properties == {
        "village": ""
    }
