"""Rules may ask about anything, also about what is marked: what programs are told of the answers."""

import io
import json
import re
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from server import tokens
from server.app import create_app
from server.messages import webhooks
from sync.store import webhooks as hooks
from tests.desk import FOLLOW_UP, NOW, SCREENING, SCREENING_AT, Desk, clock
from tests.xlsforms.our_workbooks import FOLDER
from xlsforms.publish import publish

pytestmark = pytest.mark.java

NAME, NOTE = "Namemarker Qzx", "Notemarker Qzy"
MORE_RULES = {
    "screening": {"Z1": "string-length(${call_name}) > 3", "Z2": "selected(${contact_way}, 'phone_trusted')"},
    "followup": {"Z3": "string-length(${worker_note}) > 3"},
}


def with_more_rules(form: str) -> bytes:
    """The workbook of this form with rules that a coordinator added."""
    book = load_workbook(FOLDER / f"{form}.xlsx")
    rules = book["risk"]
    columns = {cell.value: cell.column for cell in rules[1]}
    for name, condition in MORE_RULES[form].items():
        row = rules.max_row + 1
        rule = {
            "indicator": name, "label::English (en)": name, "label::Khmer (km)": f"ក {name}",
            "source": "test", "condition": condition, "dimension": "safety", "level": "medium",
            "respond within": "72 h",
        }  # fmt: skip
        for column, value in rule.items():
            rules.cell(row, columns[column], value)
    settings = {cell.value: cell.column for cell in book["settings"][1]}
    book["settings"].cell(2, settings["version"], "2099010101")
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.fixture
def visited(published, java):
    """Somebody whose marked answers met rules, in danger since her visit."""
    for form in MORE_RULES:
        publish(published, with_more_rules(form), f"{form}.xlsx", NOW.replace(year=2025, month=12), "test")
    desk = Desk(published, java)
    desk.fill("screening", {**SCREENING, "call_name": NAME, "contact_way": ["phone_trusted"]}, SCREENING_AT)
    desk.work()
    person = published.returnees.find_one()["_id"]
    told = {**FOLLOW_UP, "which": "all", "person": person, "worker_note": NOTE, "selfharm": "yes"}
    desk.fill("followup", told, NOW.replace(day=18))
    desk.work()
    return published


def test_no_name_and_no_word_of_hers_reaches_a_program_though_a_rule_asked_for_it(config, visited, listener):
    inside = replace(config, outbound_inside=("127.0.0.1",))
    file = visited.returnees.find_one()
    webhooks.add(inside, visited, url=listener.url, events=list(hooks.EVENTS), made_by="a", at=SCREENING_AT)
    webhooks.run_once(inside, visited, NOW)
    headers = {
        "Authorization": f"Bearer {tokens.add(visited, name='x', made_by='x', made_at=NOW, scopes=['read'])}"
    }
    client = create_app(inside, visited, now=clock).test_client()

    evidence = {one["name"]: one["answers"] for one in file["risk"]["indicators"]}
    assert {NAME, NOTE} <= {answer["value"] for rule in ("Z1", "Z3") for answer in evidence[rule]}, "they met"
    described = client.get("/api/v1/openapi.json").json["paths"]
    parts = {
        "{code}": file["case_code"],
        "{instance_id}": file["instances"][-1],
        "{form_id}": "followup",
        "{version}": "2099010101",
        "{what}": "people",
    }
    said = {}
    for known in (path for path, methods in described.items() if "get" in methods and "exports" not in path):
        path = re.sub(r"\{\w+\}", lambda part: parts[part[0]], known)
        answer = client.get(path, headers=headers)
        said[path] = answer.text
        assert answer.status_code in (200, 403, 404), path
    assert len(said) >= 10
    heard = [body.decode() for _, body in listener.heard]
    assert {json.loads(body)["event"] for body in heard} == set(hooks.EVENTS)
    assert not [path for path, text in (*said.items(), *enumerate(heard)) if NAME in text or NOTE in text]

    told = json.loads(said[f"/api/v1/returnees/{file['case_code']}"])
    answers = {one["name"]: one["answers"] for one in told["risk"]["indicators"]}
    hidden = [
        (answer["value"], answer["value_label"]) for rule in ("Z1", "Z2", "Z3") for answer in answers[rule]
    ]
    assert hidden == [(None, "")] * 3
    assert [answer["value"] for answer in answers["H1"]] == ["yes"], "what is picked explains the level"


def test_of_a_form_nobody_knows_no_answer_is_told(config, visited):
    file = visited.returnees.find_one()
    for item in file["risk"]["indicators"]:
        item["form_version"] = "never"
    visited.returnees.replace_one({"_id": file["_id"]}, file)
    token = tokens.add(visited, name="x", made_by="x", made_at=NOW, scopes=["read"])
    client = create_app(config, visited, now=clock).test_client()
    told = client.get(
        f"/api/v1/returnees/{file['case_code']}", headers={"Authorization": f"Bearer {token}"}
    ).json
    assert {answer["value"] for one in told["risk"]["indicators"] for answer in one["answers"]} == {None}
