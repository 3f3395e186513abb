"""Phones are looked at by others: nothing on them may tell what the visits are about."""

import re

import pytest
from lxml import etree

from tests.javarosa import Phone

pytestmark = pytest.mark.java

TELLING = re.compile(
    r"traffick|\bvictim|\bslave|smuggl|\brisk|\bscore|diagnos|\bdisorder|depression|\banxiety|\bptsd|\bphq|\bgad"
    r"|perpetrator|exploitation|prostitut|\bsuspect|ជួញដូរ|ជនរងគ្រោះ|ពេស្យា|ហានិភ័យ|ពិន្ទុ|រោគវិនិច្ឆ័យ",
    re.IGNORECASE,
)


def test_no_text_of_any_form_tells_what_the_visits_are_about(phone: Phone) -> None:
    assert {form.form_id for form in phone.forms} == {"screening", "intake", "followup"}
    for form in phone.forms:
        root = etree.fromstring(form.xform)
        texts = [
            form.title,
            *("".join(map(str, value.itertext())) for value in root.iter("{*}value", "{*}label")),
        ]
        assert [text for text in texts if TELLING.search(text)] == []


def test_no_level_score_or_code_of_a_rule_is_in_a_form(phone: Phone) -> None:
    for form in phone.forms:
        names = {etree.QName(node).localname for node in etree.fromstring(form.xform).iter("{*}*")}
        assert not names & {"phq9_total", "score_phq9", "score_gad7", "risk", "level"}
        assert not re.search(rb"\b(high|medium)\b.{0,20}(level|risk)", form.xform)


def test_each_form_opens_in_both_languages(phone: Phone) -> None:
    for form in phone.forms:
        media = form.media | {f"{name}.csv": phone.lists[name].csv() for name in form.entity_lists}
        assert phone.java.describe(form.xform, media)["languages"] == ["English (en)", "Khmer (km)"]
