"""What is wrong with a workbook is said in Khmer too."""

import re

import pytest

from tests.xlsforms.broken_workbooks import BROKEN
from xlsforms.convert import look
from xlsforms.in_khmer import SENTENCES, in_khmer


def test_names_and_cells_stay_as_they_are():
    assert in_khmer("“un safe” cannot be a name.") == "“un safe” មិនអាចជាឈ្មោះបានទេ។"
    assert in_khmer("${x} has no choice “nothing”. Its choices are no, yes.") == (
        "${x} គ្មានជម្រើស “nothing” ទេ។ ជម្រើសរបស់វាគឺ no, yes។"
    )
    assert in_khmer("The expression cannot be read: The formula ends too early: something is missing.") == (
        "មិនអាចអានកន្សោមនេះបានទេ៖ រូបមន្តចប់លឿនពេក៖ ខ្វះអ្វីមួយ។"
    )
    assert in_khmer("Something nobody translated.") == ""


@pytest.mark.parametrize(("english", "khmer"), SENTENCES.items())
def test_every_gap_is_filled_in_both(english, khmer):
    assert english.count("{}") == khmer.count("{}")
    assert re.search("[\u1780-\u17ff]", khmer)


def test_our_own_sentences_about_broken_workbooks_are_there():
    unknown = {
        sentence
        for broken in BROKEN
        if broken.finds
        for found in look(broken.made(), "a.xlsx").findings
        if found.severity == "error" and found.fix
        for sentence in (found.message, found.fix)
        if sentence and not in_khmer(sentence)
    }

    assert unknown == set()
