"""The client itself: does it behave as a person with ODK Collect does?"""

from datetime import datetime
from typing import Any

import pytest
from lxml import etree
from pyxform.xls2xform import convert

from sync.core.times import PHNOM_PENH
from tests.javarosa import EntityList, Filled, JavaRosa, JavaRosaError, Row, posts_of
from tests.javarosa.entity_lists import apply_offline

NOW = datetime(2026, 3, 15, 10, 20, 30, tzinfo=PHNOM_PENH)
LANGUAGES = ("label::English (en)", "label::Khmer (km)")

YES_NO = [
    {"list_name": "yn", "name": "yes", LANGUAGES[0]: "Yes", LANGUAGES[1]: "បាទ/ចាស"},
    {"list_name": "yn", "name": "no", LANGUAGES[0]: "No", LANGUAGES[1]: "ទេ"},
    {"list_name": "fruit", "name": "mango", LANGUAGES[0]: "Mango", LANGUAGES[1]: "ស្វាយ"},
    {"list_name": "fruit", "name": "banana", LANGUAGES[0]: "Banana", LANGUAGES[1]: "ចេក"},
]


def asked(kind: str, name: str, english: str = "", khmer: str = "", **more: str) -> dict[str, str]:
    labels = {LANGUAGES[0]: english, LANGUAGES[1]: khmer} if english else {}
    return {"type": kind, "name": name, **labels, **more}


MARKET = {
    "survey": [
        asked("start", "start"),
        asked("end", "end"),
        asked("today", "today"),
        asked("username", "username"),
        asked("deviceid", "deviceid"),
        asked("text", "seller", "Who sells?", "អ្នកណាលក់?"),
        asked("select_one yn", "open", "Is the stall open?", "តើតូបបើកទេ?"),
        asked("begin group", "stall", relevant="${open}='yes'"),
        asked("select_multiple fruit", "fruits", "What is sold?", "លក់អ្វី?"),
        asked(
            "integer",
            "kilos",
            "How many kilos?",
            "ប៉ុន្មានគីឡូ?",
            constraint=". < 100",
            **{"constraint_message::English (en)": "Too many", "constraint_message::Khmer (km)": "ច្រើនពេក"},
        ),
        asked("date", "since", "Since when?", "តាំងពីពេលណា?", constraint=". <= today()"),
        asked("calculate", "days_open", calculation="today() - ${since}"),
        asked("note", "n_long", "Here for long", "នៅទីនេះយូរហើយ", relevant="${days_open} > 10"),
        asked("end group", "stall"),
        asked("begin repeat", "helper", "Helper", "អ្នកជួយ"),
        asked("text", "helper_name", "Name?", "ឈ្មោះ?"),
        asked("integer", "helper_age", "Age?", "អាយុ?"),
        asked("end repeat", "helper"),
        asked("calculate", "ages", calculation="sum(${helper_age})"),
        asked("calculate", "seen", calculation="string(now())"),
    ],
    "choices": YES_NO,
    "settings": [
        {"form_title": "Market", "form_id": "market", "version": "7", "default_language": "English (en)"}
    ],
}

VISIT = {
    "survey": [
        asked("select_one_from_file people.csv", "person", "Who?", "អ្នកណា?"),
        asked("calculate", "known_level", calculation="instance('people')/root/item[name=${person}]/level"),
        asked("text", "level", "Level now?", "កម្រិត?", save_to="level"),
    ],
    "entities": [{"list_name": "people", "entity_id": "${person}"}],
    "settings": [{"form_title": "Visit", "form_id": "visit", "version": "1"}],
}

ARRIVAL = {
    "survey": [
        asked("text", "call", "Call name?", "ហៅថា?", save_to="call_name"),
        asked("text", "other", "Other", "ផ្សេង"),
    ],
    "entities": [{"list_name": "people", "label": "${call}"}],
    "settings": [{"form_title": "Arrival", "form_id": "arrival", "version": "1"}],
}


def xform_of(workbook: dict[str, Any]) -> bytes:
    xform: str = convert(workbook, validate=False).xform
    return xform.encode()


def text_of(xml: str, path: str) -> str | None:
    found = etree.fromstring(xml.encode()).find(path)
    return None if found is None else found.text


@pytest.fixture(scope="module")
def market() -> bytes:
    return xform_of(MARKET)


def test_a_person_sees_only_relevant_questions_in_order_and_in_their_language(
    java: JavaRosa, market: bytes
) -> None:
    closed = java.fill(market, {"seller": "Srey", "open": "no"}, language="km")
    assert [line["name"] for line in closed["shown"]] == [
        "seller",
        "open",
        "helper",
        "helper_name",
        "helper_age",
    ]
    assert [line["label"] for line in closed["shown"]][:2] == ["អ្នកណាលក់?", "តើតូបបើកទេ?"]
    assert closed["shown"][1]["choices"] == [
        {"name": "yes", "label": "បាទ/ចាស"},
        {"name": "no", "label": "ទេ"},
    ]

    answers = {"open": "Yes", "fruits": ["banana", "mango"], "kilos": 5, "since": "2026-03-01"}
    told = java.fill(market, answers, language="English (en)", now=NOW)
    assert [line["name"] for line in told["shown"]][1:6] == ["open", "fruits", "kilos", "since", "n_long"]
    assert told["shown"][5] | {"hint": None} == told["shown"][5]
    assert (told["shown"][5]["kind"], told["shown"][5]["label"]) == ("note", "Here for long")
    assert text_of(told["xml"], "stall/fruits") == "banana mango"
    assert text_of(told["xml"], "stall/days_open") == "14"


def test_what_is_not_relevant_is_not_sent_and_what_is_skipped_is_sent_empty(
    java: JavaRosa, market: bytes
) -> None:
    told = java.fill(market, {"open": "no", "kilos": 5})
    root = etree.fromstring(told["xml"].encode())
    assert root.find("stall") is None
    assert root.find("seller") is not None
    assert root.findtext("seller") == ""
    assert told["unasked"] == ["kilos"]


def test_clock_worker_and_device_are_the_phones(java: JavaRosa, market: bytes) -> None:
    told = java.fill(
        market,
        {},
        now=NOW,
        metadata={"username": "sokha", "deviceid": "collect:abc"},
        values=["seen", "today"],
    )
    assert text_of(told["xml"], "start") == "2026-03-15T10:20:30.000+07:00"
    assert text_of(told["xml"], "end") == "2026-03-15T10:20:30.000+07:00"
    assert text_of(told["xml"], "username") == "sokha"
    assert text_of(told["xml"], "deviceid") == "collect:abc"
    assert told["values"] == {"seen": "2026-03-15", "today": "2026-03-15"}
    assert (text_of(told["xml"], "meta/instanceID") or "").startswith("uuid:")


def test_an_answer_outside_a_constraint_is_refused_with_its_message_and_left_out(
    java: JavaRosa, market: bytes
) -> None:
    told = java.fill(market, {"open": "yes", "kilos": 500, "since": "2026-03-16"}, language="km", now=NOW)
    assert [(said["name"], said["why"], said["message"]) for said in told["refused"]] == [
        ("kilos", "constraint", "ច្រើនពេក"),
        ("since", "constraint", None),
    ]
    assert text_of(told["xml"], "stall/kilos") is None


def test_repeats_are_added_as_long_as_there_are_answers(java: JavaRosa, market: bytes) -> None:
    helpers = [{"helper_name": "A", "helper_age": 20}, {"helper_name": "B"}, {"helper_age": 5}]
    told = java.fill(market, {"helper": helpers})
    root = etree.fromstring(told["xml"].encode())
    assert [(h.findtext("helper_name"), h.findtext("helper_age")) for h in root.iter("helper")] == [
        ("A", "20"),
        ("B", ""),
        ("", "5"),
    ]
    assert root.findtext("ages") == "25"
    assert told["unasked"] == []


def test_nobody_can_choose_what_is_not_on_the_list(java: JavaRosa, market: bytes) -> None:
    with pytest.raises(JavaRosaError, match="not on the list: maybe"):
        java.fill(market, {"open": "maybe"})


def test_expressions_are_evaluated_as_the_phone_does(java: JavaRosa, market: bytes) -> None:
    asked_for = ["/data/seller = ''", "today() - date('2026-03-01')", "nosuch()"]
    told = java.fill(market, {}, now=NOW, expressions=asked_for)["expressions"]
    assert told[asked_for[0]] == {"string": "true", "boolean": True}
    assert told[asked_for[1]]["string"] == "14"
    assert "error" in told[asked_for[2]]


def people(*rows: Row) -> dict[str, EntityList]:
    return {"people": EntityList("people", "md5:x", ["call_name", "level"], {row.id: row for row in rows})}


SOMEONE = "6f2c1d3e-0f0e-4d6f-9d3c-3f1f5f0f7a11"


def test_a_person_is_chosen_by_label_and_updated_as_collect_does(java: JavaRosa) -> None:
    lists = people(Row(SOMEONE, "KH-26-0001-00017", 3, {"call_name": "Dara", "level": "low"}, 3, "b-1"))
    xform = xform_of(VISIT)
    answers = {"person": "KH-26-0001-00017", "level": "high"}
    told = java.fill(xform, answers, media={"people.csv": lists["people"].csv()}, values=["known_level"])
    assert told["values"] == {"known_level": "low"}
    entity = etree.fromstring(told["xml"].encode()).find("meta/entity")
    assert entity is not None
    assert {str(name): str(value) for name, value in entity.items()} == {
        "dataset": "people",
        "id": SOMEONE,
        "update": "1",
        "baseVersion": "3",
        "trunkVersion": "3",
        "branchId": "b-1",
    }
    apply_offline(lists, xform, told["xml"].encode())
    row = lists["people"].rows[SOMEONE]
    assert (row.version, row.trunk_version, row.properties["level"]) == (4, 3, "high")

    again = java.fill(xform, answers, media={"people.csv": lists["people"].csv()})
    entity = etree.fromstring(again["xml"].encode()).find("meta/entity")
    assert entity is not None
    assert (entity.get("baseVersion"), entity.get("trunkVersion"), entity.get("branchId")) == (
        "4",
        "3",
        "b-1",
    )


def test_a_person_registered_offline_is_on_the_list_at_once(java: JavaRosa) -> None:
    lists = people()
    xform = xform_of(ARRIVAL)
    told = java.fill(xform, {"call": "Bopha", "other": "x"}, media={"people.csv": lists["people"].csv()})
    apply_offline(lists, xform, told["xml"].encode())
    (row,) = lists["people"].rows.values()
    assert (row.label, row.version, row.trunk_version, row.offline) == ("Bopha", 1, None, True)
    assert row.properties == {"call_name": "Bopha"}


def test_a_list_from_the_server_is_merged_by_version() -> None:
    kept = people(
        Row("changed", "c", 4, {"level": "mine"}, 3, "b"),
        Row("arrived", "a", 4, {"level": "mine"}, 3, "b"),
        Row("gone", "g", 1, {}, 1, "b"),
        Row("made-here", "m", 1, {}, None, "b", offline=True),
    )["people"]
    kept.merge(b"name,label,__version,level\nchanged,c,3,theirs\narrived,a,4,theirs\nnew,n,1,low\n", "md5:y")
    assert {id: row.properties.get("level") for id, row in kept.rows.items()} == {
        "changed": "mine",
        "arrived": "theirs",
        "made-here": None,
        "new": "low",
    }
    assert kept.rows["arrived"].trunk_version == 4
    kept.merge(b"name,label\nnew,n\n", "md5:z")
    assert kept.hash == "md5:y", "a list without __version is dropped silently"


def test_a_big_submission_is_split_with_the_same_record_first() -> None:
    files = {"a.jpg": b"a" * 600, "b.jpg": b"b" * 600, "c.bin": b"c" * 5000}
    filled = Filled("f", "1", "uuid:1", b"x" * 500, [], [], [], {}, "F_1.xml", files)
    posts = posts_of(filled, 1700)
    assert [[part.name for part in parts] for parts in posts] == [
        ["xml_submission_file", "a.jpg", "b.jpg", "*isIncomplete*"],
        ["xml_submission_file", "c.bin"],
    ]
    many = Filled("f", "1", "uuid:1", b"x", [], [], [], {}, "F_1.xml", {f"{n}.jpg": b"" for n in range(203)})
    assert [len(parts) for parts in posts_of(many, 10**7)] == [103, 103, 2]
