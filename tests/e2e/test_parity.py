"""The same rules on the phone and on the server, over hundreds of fillings, with the same results."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import xlsforms
from sync.core.answers import contents_of
from sync.core.entity_list import PROPERTIES
from sync.core.form import form_from
from sync.core.scores import CompiledRules, Findings, compile_rules, findings_of
from sync.core.submission import root_of
from tests.javarosa import EntityList, JavaRosa, Row
from tests.javarosa.chance import random_answers
from xlsforms.convert import Converted, convert
from xlsforms.places import place_media

pytestmark = pytest.mark.java

FILLINGS = 120
NOW = datetime(2026, 3, 15, 3, 20, tzinfo=UTC)
PERSON = "6f2c1d3e-0f0e-4d6f-9d3c-3f1f5f0f7a11"


def with_all_rules(form_id: str) -> Converted:
    workbook = (Path(xlsforms.__file__).parent / f"{form_id}.xlsx").read_bytes()
    return convert(workbook, filename=f"{form_id}.xlsx", all_rules_on_phone=True)


def people(chance: random.Random) -> dict[str, bytes]:
    row = dict.fromkeys(PROPERTIES, "") | {
        "case_code": "KH-01-2026-00017",
        "call_name": "Dara",
        "is_child": chance.choice(("yes", "no", "")),
        "next_visit": "2026-03-20",
        "visit_reason": chance.choice(("visit", "full", "call_first")),
        "last_visit": chance.choice(("", "2026-03-01")),
    }
    rows = {PERSON: Row(PERSON, "Dara", 3, row, 3, "b")}
    return {"people.csv": EntityList("people", "", list(row), rows).csv()}


def on_the_server(compiled: CompiledRules, xml: str) -> Findings:
    root = root_of(xml.encode())
    return findings_of(compiled, root, contents_of(root, compiled.form, NOW))


def as_on_the_phone(value: Any) -> str | None:
    return None if value is None else str(value)


@pytest.mark.parametrize("form_id", ["screening", "intake", "followup"])
def test_phone_and_server_come_to_the_same_indicators_and_scores(java: JavaRosa, form_id: str) -> None:
    form = with_all_rules(form_id)
    assert set(form.steps.values()) == {rule.code for rule in form.rules.indicators}
    assert set(form.sums.values()) == {score.name for score in form.rules.scores}
    definition = form_from(form.xform)
    compiled = compile_rules(form.rules, definition)
    few_places = place_media(["2401"])
    seen: dict[str, set[str | None]] = {name: set() for name in (*form.steps, *form.sums)}
    compared = 0
    for number in range(FILLINGS):
        chance = random.Random(f"{form_id} {number}")
        answers = random_answers(definition, chance, today=NOW.date(), lists={"person": [PERSON]})
        told = java.fill(
            form.xform,
            {**answers, "person": PERSON} if form_id != "screening" else answers,
            media={**few_places, **people(chance)},
            now=NOW,
            values=list(seen),
            only_what_is_listed=True,
        )
        if "xml" not in told:
            continue  # a question that must be answered was left out
        compared += 1
        found = on_the_server(compiled, told["xml"])
        assert [item.error for item in found.indicators if item.error] == []
        met = {item.code: "1" if item.met else "0" for item in found.indicators}
        scores = {item.name: as_on_the_phone(item.value) for item in found.scores}
        here: dict[str, str | None] = {node: met[code] for node, code in form.steps.items()}
        here |= {node: scores[name] for node, name in form.sums.items()}
        assert told["values"] == here, f"filling {number}: {answers}"
        for node, value in here.items():
            seen[node].add(value)
    assert compared > FILLINGS / 2
    never = [form.steps[node] for node in form.steps if seen[node] != {"0", "1"}]
    assert never == [], "these indicators never came out both ways"
