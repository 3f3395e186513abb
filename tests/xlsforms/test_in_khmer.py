"""What is wrong with a workbook is said in Khmer too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import xlsforms
from tests.xlsforms.broken_workbooks import BROKEN
from xlsforms.convert import look
from xlsforms.in_khmer import SENTENCES, in_khmer
from xlsforms.protocol_in_khmer import PROTOCOL_SHEETS

ELSEWHERE = [
    "in_khmer",
    "rules_in_khmer",
    "protocol_in_khmer",
    "templates",
    "change",
    "plain_words",
    "annotate",
    "renames",
]
"""Tables, and what is told in another way."""
SOURCES = [one for one in Path(xlsforms.__file__).parent.glob("*.py") if one.stem not in ELSEWHERE]


def test_names_and_cells_stay_as_they_are():
    assert in_khmer("“un safe” cannot be a name.") == "“un safe” មិនអាចជាឈ្មោះបានទេ។"
    assert in_khmer("${x} has no choice “nothing”. Its choices are no, yes.") == (
        "${x} គ្មានជម្រើស “nothing” ទេ។ ជម្រើសរបស់វាគឺ no, yes។"
    )
    assert in_khmer("The expression cannot be read: The formula ends too early: something is missing.") == (
        "មិនអាចអានកន្សោមនេះបានទេ៖ រូបមន្តចប់លឿនពេក៖ ខ្វះអ្វីមួយ។"
    )
    assert in_khmer("Something nobody translated.") == ""


@pytest.mark.parametrize(("english", "khmer"), {**SENTENCES, **PROTOCOL_SHEETS}.items())
def test_every_gap_is_filled_in_both(english, khmer):
    assert english.count("{}") == khmer.count("{}")
    assert re.search("[\u1780-\u17ff]", khmer)


def test_every_sentence_in_the_code_that_looks_through_workbooks_is_there():
    told = {sentence for source in sorted(SOURCES) for sentence in sentences_in(source)}

    assert len(told) > 200
    assert {sentence for sentence in told if not in_khmer(sentence)} == set()


def sentences_in(source: Path) -> Iterator[str]:
    """Every text in this code that is a sentence, its gaps filled with 7; no docstrings, no patterns."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    within = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    passed_over = within | {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in passed_over:
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            text = "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in parts)
            if re.fullmatch(r"[A-Z“7][^\\|]{9,}[.?]", text):
                yield text


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
