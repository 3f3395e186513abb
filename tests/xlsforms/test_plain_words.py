"""What the converter and phones' engine say is said in our words; broken workbooks meet every sentence."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import sync.core.xpath
from tests.xlsforms.tables import A_FORM, CHOICES, RISK, SETTINGS, SURVEY, workbook
from xlsforms.convert import look
from xlsforms.in_khmer import in_khmer
from xlsforms.plain_words import TABLE
from xlsforms.rules_in_khmer import RULES, what_and_fix

XPATH = Path(sync.core.xpath.__file__).parent
READERS = ("expression", "lexer", "parser", "path_parser")
SAYS = ("refuse", "warn", "XPathSyntaxError", "XPathError", "Unsupported", "_refused")
COLUMNS = (
    "type", "name", "label::English (en)", "label::Khmer (km)", "parameters", "appearance", "choice_filter",
    "calculation", "relevant", "trigger", "default", "constraint", "media::big-image", "hint::English (en)",
    "disabled",
)  # fmt: skip
LISTS = """== choices ==
| list_name | name | label::English (en) | label::Khmer (km) |
| ynr       | yes  | Yes                 | បាទ               |
| ynr       | no   | No                  | ទេ                |
| ticks     | 1    | a                   | ក                 |
| ticks     | 20   | b                   | ខ                 |
"""


def asks(*rows: dict[str, str]) -> bytes:
    """A form with three good questions and these rows below, from row 5."""
    good = [{"type": "text", "name": "call_name"}, {"type": "integer", "name": "age"},
            {"type": "select_one ynr", "name": "unsafe"}]  # fmt: skip
    used = [name for name in COLUMNS if name in ("type", "name") or any(name in row for row in rows)
            or name.startswith("label")]  # fmt: skip
    lines = ["== survey ==", f"| {' | '.join(used)} |"]
    for row in (*good, *rows):
        told = {"label::English (en)": "Words", "label::Khmer (km)": "ពាក្យ"} | row
        lines.append(f"| {' | '.join(told.get(name, '') for name in used)} |")
    return workbook("\n".join(lines), LISTS, SETTINGS)


def asked(kind: str, name: str = "x", **cells: str) -> bytes:
    return asks({"type": kind, "name": name, **cells})


def scale(parameters: str, **cells: str) -> bytes:
    return asked("range", parameters=parameters, **cells)


BROKEN: dict[str, bytes] = {
    "For the 'range' .* must be a number": scale("start=a end=5 step=1"),
    "must not be '0'": scale("start=1 end=5 step=0"),
    "must not be larger": scale("start=1 end=5 step=9"),
    "must be a multiple": scale("start=0 end=10 step=2 tick_interval=3"),
    "must be between the 'start'": scale("start=0 end=10 step=2 placeholder=20"),
    "must be a choice list name": scale("start=0 end=10 step=1 tick_labelset=nolist"),
    "are only supported": scale("start=0 end=10 step=1 tick_interval=2", appearance="picker"),
    "must all be numbers": scale("start=0 end=10 step=1 tick_labelset=ynr"),
    "choices must be between": scale("start=0 end=10 step=1 tick_labelset=ticks"),
    "Parameters must be in the form": scale("start 1 end 5"),
    "accepted parameter keys": asked("text", parameters="colour=1"),
    "'incremental'": asked("geotrace", parameters="incremental=maybe"),
    "numeric value": asked("geopoint", parameters="capture-accuracy=high"),
    "integer value": asked("image", parameters="max-pixels=big"),
    "either 'true' or 'false'": asked("geopoint", parameters="allow-mock-accuracy=maybe"),
    "set to true or false": asked("select_one ynr", parameters="randomize=maybe"),
    "Invalid value for quality": asked("audio", parameters="quality=best"),
    "randomize=true": asked("select_one ynr", parameters="seed=3"),
    "seed value": asked("select_one ynr", parameters="randomize=true seed=abc"),
    "location information": asked("audit", "audit", parameters="location-priority=balanced"),
    "location-max-age must": asked(
        "audit",
        "audit",
        parameters="location-priority=balanced location-min-interval=60 location-max-age=20",
    ),
    "Audits must always": asked("audit", "tracks"),
    "name 'meta'": asked("text", "meta"),
    "case-insensitive": asked("text", "Age"),
    "survey root": asks(
        {"type": "begin repeat", "name": "data"}, {"type": "text", "name": "x"}, {"type": "end repeat"}
    ),
    "Names must begin": asked("select_one_from_file a.csv", parameters="value=1a"),
    "must start with": asked("text", relevant="${ age } > 3"),
    "must have a comma": asked("text", trigger="${age} ${call_name}", calculation="1"),
    "'trigger' column must not be empty": asked("background-geopoint"),
    "'calculation' column must be empty": asked("background-geopoint", trigger="${age}", calculation="1"),
    "big-image": asks({"type": "text", "name": "x", "media::big-image": "a.png"}),
    "external_choices": asked("select_one_external ynr"),
    "Choice filter not": asked("select_one ynr or_other", choice_filter="1=1"),
    "or_other and translations": asked("select_one ynr or_other"),
    "same instance id": asked("csv-external", "ynr"),
    "'disabled'": asked("text", disabled="yes"),
    "max-pixels parameter": asked("image"),
    "no longer supported": asked("simserial"),
    "is missing the": asks({"type": "text", "name": "x", "hint::English (en)": "Only in one"}),
    "Choices should have a label": workbook(
        *A_FORM, CHOICES.replace("| Several days        | ខ្លះ              |", "|  |  |")
    ),
    "Requires": asked("text", relevant="selected(${unsafe})"),
    "cannot handle function '(.+?)'$": asked("text", calculation="foo(1)"),
    "indexed-repeat": asked("calculate", calculation="indexed-repeat(${age}, ${unsafe}, 1)"),
    "type mismatch for function": asked("text", calculation="jr:choice-name('a')"),
    "converted to a date": asked("calculate", calculation="date('abc')"),
    "Instance referenced": asked("calculate", calculation="instance('zz')/root/item[name='a']/label"),
    "parent past the root": asked("calculate", calculation="../../../nowhere"),
    "Error evaluating": asked("text", relevant="regex(${call_name}, '[')"),
    "Cannot bind repeat": asked("select_one ${age}"),
}


def test_every_sentence_of_theirs_that_we_rephrase_is_met_by_a_broken_workbook():
    met = set()
    for what, content in BROKEN.items():
        told = [one for one in look(content, "a.xlsx").findings if one.original]
        assert told, what
        for one in told:
            assert one.fix
            assert in_khmer(one.message), one.message
            assert in_khmer(one.fix), one.fix
            met |= {plain.message for plain in TABLE if _is(plain.message, one.message)}
    assert {plain.message for plain in TABLE} - met == set()


def _is(template: str, sentence: str) -> bool:
    return bool(re.fullmatch("(.+?)".join(map(re.escape, template.split("{}"))), sentence, re.DOTALL))


def test_a_group_that_is_at_fault_is_not_told_as_never_ended():
    made = asks(
        {"type": "begin repeat", "name": "data"}, {"type": "text", "name": "x"}, {"type": "end repeat"}
    )

    assert [one.row for one in look(made, "a.xlsx").findings if one.severity == "error"] == [5]


@pytest.mark.parametrize(("english", "khmer"), RULES.items())
def test_what_the_checker_of_rules_says_has_its_gaps_filled_in_khmer_too(english, khmer):
    assert english.count("{}") == khmer.count("{}")
    assert re.search("[\u1780-\u17ff]", khmer)


CONDITIONS = {
    "once(${unsafe}) = 'yes'": "មិនអាចប្រើ once()",
    "selectd(${unsafe}, 'yes')": "គ្មានអនុគមន៍ selectd() ទេ",
    "selected(${debt_usd}, 'yes')": "មិនមែនជាសំណួរជ្រើសរើស",
    "selected(${unsafe}, 'maybe')": "គ្មានជម្រើស “maybe” ទេ",
    "${unsafe}": "គ្រប់ចម្លើយរាប់ថាពិត",
    "${debt_usd} + 1": "វាផ្ដល់លេខ",
    "${debt_usd} > 'many'": "មិនមែនជាលេខ",
    "${debt_usd} div 0 > 1": "ចែកនឹង 0",
    "count(${debt_usd}) > 0": "រាប់សំណួរ",
    "${debt_usd} > (1": "រំពឹង",
    "${debt_usd} >": "រូបមន្តចប់លឿនពេក",
    "${unsafe} = 'yes": "បានបើក តែមិនបានបិទ",
    "${unsafe = 'yes'": "បានបើក តែមិនបានបិទដោយ",
}


def test_what_is_wrong_with_a_condition_is_said_in_khmer_with_what_to_do():
    head, first, *rest = [line for line in RISK.splitlines() if line.strip()][1:]
    del rest
    lines = [
        first.replace("| H3 ", f"| T{number} ").replace("${unsafe} = 'yes'", condition)
        for number, condition in enumerate(CONDITIONS)
    ]
    made = workbook(SURVEY, CHOICES, SETTINGS, "\n".join(["== risk ==", head, *lines]))

    found = [one for one in look(made, "a.xlsx").findings if one.sheet == "risk"]

    told: dict[int, str] = {}
    for one in found:
        told[one.row] = told.get(one.row, "") + in_khmer(one.message)
    for row, (condition, khmer) in enumerate(CONDITIONS.items(), start=2):
        assert khmer in told.get(row, ""), condition
    for not_closed in [one for one in found if "not closed" in one.message]:
        assert not_closed.fix.startswith("Write "), not_closed
        assert in_khmer(not_closed.fix), not_closed


def test_where_a_sentence_begins_to_say_what_to_do_it_is_cut():
    assert what_and_fix("There is no function selectd(). Did you mean selected()?") == (
        "There is no function selectd().",
        "Did you mean selected()?",
    )
    assert what_and_fix("Nothing to be done.") == ("Nothing to be done.", "")


def test_every_sentence_of_the_checker_of_rules_is_there_in_khmer():
    unknown = {
        part
        for sentence in checkers_sentences()
        for part in what_and_fix(sentence)
        if part and not in_khmer(part)
    }

    assert unknown == set()


def checkers_sentences() -> Iterator[str]:
    """Everything that the checker of rules and the reader of formulas can say, as they would say it."""
    sources = [*XPATH.glob("checks/*.py"), *(XPATH / f"{name}.py" for name in READERS)]
    for source in sources:
        for call in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in SAYS:
                # A path that is refused is named first, then what to do.
                for said in call.args[1:2] if "_refused" in ast.unparse(call.func) else call.args[:1]:
                    if isinstance(said, ast.Constant | ast.JoinedStr):
                        yield as_told(said)


def as_told(said: ast.Constant | ast.JoinedStr) -> str:
    parts = said.values if isinstance(said, ast.JoinedStr) else [said]
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else filled_in(ast.unparse(part)) for part in parts
    )


def filled_in(gap: str) -> str:
    """What stands in a gap of a sentence."""
    known = {"hint": " Did you mean ${age}?", "did_you_mean": " Did you mean age?", "_takes": "It takes 2.",
             "why": "depends on the phone"}  # fmt: skip
    return next((text for word, text in known.items() if word in gap), "age")
