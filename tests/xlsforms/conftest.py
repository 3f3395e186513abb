"""Our own forms, converted once and filled by JavaRosa."""

from typing import Any

import pytest
from lxml import etree

from sync.core.answers import contents_of
from sync.core.form import form_from
from sync.core.protocol import Protocol, Rules
from sync.core.scores import Findings, compile_rules, findings_of
from sync.core.trial import submission_of
from tests.javarosa import JavaRosa
from tests.xlsforms.filled import NOW, PEOPLE, Fill, Find, Told, Try
from tests.xlsforms.our_workbooks import FOLDER, FORMS
from xlsforms.convert import Converted, convert
from xlsforms.protocol import read_protocol
from xlsforms.sheets import read_book


@pytest.fixture(scope="session")
def our_protocol() -> Protocol:
    protocol, findings = read_protocol(read_book((FOLDER / "protocol.xlsx").read_bytes(), filename="p.xlsx"))
    assert protocol is not None
    assert findings == ()
    return protocol


@pytest.fixture(scope="session")
def our_forms(our_protocol: Protocol) -> dict[str, Converted]:
    return {
        form: convert((FOLDER / f"{form}.xlsx").read_bytes(), filename=f"{form}.xlsx", protocol=our_protocol)
        for form in FORMS
    }


@pytest.fixture(scope="session")
def fill(java: JavaRosa, our_forms: dict[str, Converted]) -> Fill:
    def filled(form: str, answers: Told, language: str = "km", people: str = PEOPLE) -> dict[str, Any]:
        made = our_forms[form]
        media = {**made.media, "people.csv": people.encode()}
        told = java.fill(made.xform, answers, media=media, now=NOW, language=language)
        assert not told["unasked"], told["unasked"]
        assert not told["refused"], told["refused"]
        return told

    return filled


@pytest.fixture(scope="session")
def find(our_forms: dict[str, Converted], fill: Fill) -> Find:
    compiled = {form: compile_rules(made.rules, form_from(made.xform)) for form, made in our_forms.items()}

    def found(form: str, answers: Told, people: str = PEOPLE) -> Findings:
        root = etree.fromstring(fill(form, answers, people=people)["xml"].encode())
        rules = compiled[form]
        return findings_of(rules, root, contents_of(root, rules.form, NOW))

    return found


@pytest.fixture(scope="session")
def our_rules(our_protocol: Protocol, our_forms: dict[str, Converted]) -> Rules:
    forms = {form: made.rules for form, made in our_forms.items()}
    return Rules(version="tried", protocol=our_protocol, forms=forms)


@pytest.fixture(scope="session")
def tried(our_forms: dict[str, Converted]) -> Try:
    """The scores for answers and calculates given outright: for the many combinations."""
    compiled = {form: compile_rules(made.rules, form_from(made.xform)) for form, made in our_forms.items()}

    def scores_of(form: str, answers: Told) -> dict[str, Any]:
        rules = compiled[form]
        root = submission_of(answers, rules.form)
        found = findings_of(rules, root, contents_of(root, rules.form, NOW))
        return {score.name: score.value for score in found.scores}

    return scores_of
