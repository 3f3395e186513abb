"""Forms filled in without a phone: is the XML what JavaRosa would have written for the same answers?"""

import csv
import io
import random
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

import xlsforms
from server.demo.blank import blank_from
from server.demo.filler import Ask, Asked, fill
from server.demo.writing import list_from
from sync.core.entity_list import PROPERTIES
from sync.core.times import PHNOM_PENH
from tests.javarosa import EntityList, JavaRosa, Row
from xlsforms.convert import convert

pytestmark = pytest.mark.java

FILLINGS = 40
NOW = datetime(2026, 3, 15, 10, 20, 30, tzinfo=PHNOM_PENH)
PERSON = "6f2c1d3e-0f0e-4d6f-9d3c-3f1f5f0f7a11"
GATES = {
    "private": "yes",
    "con_interview": "yes",
    "con_store": "yes",
    "outcome": "done",
    "still_ok": "yes",
    "consents": "interview store visit",
}


def person_on_list(chance: random.Random) -> EntityList:
    row = dict.fromkeys(PROPERTIES, "") | {
        "case_code": "KH-01-2026-00017",
        "call_name": "Dara",
        "is_child": chance.choice(("yes", "no", "")),
        "next_visit": chance.choice(("", "2026-03-20")),
        "visit_reason": chance.choice(("visit", "full", "call_first")),
        "last_visit": chance.choice(("", "2026-03-01")),
    }
    return EntityList("people", "", list(row), {PERSON: Row(PERSON, "Dara", 3, row, 3, "b-1")})


def by_chance(chance: random.Random, answered: dict[str, str]) -> Ask:
    """Somebody who answers anything that is offered, and whose answers are noted by path."""

    def ask(asked: Asked) -> str:
        if asked.kind == "repeat":
            return "yes" if chance.random() < 0.4 and not asked.path.endswith("[4]") else ""
        if chance.random() < 0.15 and asked.name not in {*GATES, "person"}:
            return ""
        if asked.name in GATES and chance.random() < 0.85:
            answer = GATES[asked.name]
        elif asked.kind == "select1":
            answer = chance.choice(asked.choices)
        elif asked.kind == "select":
            answer = " ".join(
                chance.sample(asked.choices, min(len(asked.choices), chance.choice((1, 1, 2, 3))))
            )
        elif asked.type in ("int", "decimal"):
            answer = str(chance.randint(0, 130))
        elif asked.type == "date":
            answer = chance.choice(("2026-03-01", "2026-03-15", "2026-04-01"))
        else:
            answer = chance.choice(("abc", "ដារ៉ា"))
        answered[asked.path] = answer
        return answer

    return ask


def for_javarosa(answered: Mapping[str, str], services: int) -> dict[str, Any]:
    """The same answers by name; those of the repeat `service` as a list of `services` maps."""
    answers: dict[str, Any] = {"service": [{} for _ in range(services)]}
    for path, answer in answered.items():
        inside = re.search(r"/service(?:\[(\d+)\])?/", path)
        holder = answers["service"][int(inside.group(1) or 1) - 1] if inside else answers
        holder[path.rpartition("/")[2]] = answer
    return answers


def said(element: etree._Element, path: str = "") -> Iterator[tuple[str, dict[str, str], str]]:
    """Path, attributes and text of every node, without the two ids that chance makes."""
    name = etree.QName(element).localname
    attributes = {str(key): str(value) for key, value in element.items() if (name, key) != ("entity", "id")}
    text = "" if len(element) or name in ("instanceID", "new_id") else element.text or ""
    yield f"{path}/{name}", attributes, text
    for child in element:
        yield from said(child, f"{path}/{name}")


@pytest.mark.parametrize("form_id", ["screening", "intake", "followup"])
def test_what_is_filled_in_without_a_phone_is_what_javarosa_writes(java: JavaRosa, form_id: str) -> None:
    workbook = (Path(xlsforms.__file__).parent / f"{form_id}.xlsx").read_bytes()
    form = convert(workbook, filename=f"{form_id}.xlsx")
    blank = blank_from(form.xform)
    files = {
        name.removesuffix(".csv"): list_from(list(csv.DictReader(io.StringIO(content.decode()))))
        for name, content in form.media.items()
    }
    compared = 0
    for number in range(FILLINGS):
        chance = random.Random(f"{form_id} {number}")
        people = person_on_list(chance)
        answered: dict[str, str] = {}
        mine = fill(
            blank,
            by_chance(chance, answered),
            now=NOW,
            metadata={"username": "w"},
            lists={**files, "people": list_from(list(csv.DictReader(io.StringIO(people.csv().decode()))))},
            instance_id="uuid:1",
            chance=chance,
        )
        told = java.fill(
            form.xform,
            for_javarosa(answered, mine.count(b"<service>")),
            media={**form.media, "people.csv": people.csv()},
            now=NOW,
            metadata={"username": "w"},
        )
        if "xml" not in told:
            continue  # an answer that must be given was refused by its constraint
        compared += 1
        theirs = etree.fromstring(told["xml"].encode())
        assert list(said(etree.fromstring(mine))) == list(said(theirs)), f"{form_id} {number}: {answered}"
    assert compared > FILLINGS / 2
