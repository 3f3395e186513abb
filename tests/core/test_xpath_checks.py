"""What a coordinator is told before a rule may be published."""

import pytest

from sync.core.xpath import Findings, check

NAMES = {
    name: f"/data/main/{name}"
    for name in ("temp", "weight", "visit", "seen_at", "note", "fears", "hurt", "phq1", "phq2", "flag", "odd")
} | {"age": "/data/main/child/age", "sick": "/data/main/child/sick"}
TYPES = {
    "/data/main/temp": "decimal",
    "/data/main/weight": "int",
    "/data/main/visit": "date",
    "/data/main/seen_at": "dateTime",
    "/data/main/child/age": "int",
}
FORM = {
    "names": NAMES,
    "types": TYPES,
    "repeats": ["/data/main/child"],
    "selects": {
        "/data/main/fears": ["recruiter", "debt"],
        "/data/main/hurt": ["yes", "no", "refused"],
        "/data/main/phq1": ["0", "1", "2", "3"],
        "/data/main/phq2": ["0", "1", "2", "3"],
        "/data/main/child/sick": ["yes", "no"],
    },
    "calculates": {"/data/main/flag": "boolean", "/data/main/odd": "mixed"},
    "lists": {"people": ["name", "label", "level"]},
}


def findings_of(text: str, **changes: object) -> Findings:
    return check(text, **{**FORM, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "formula",
    [
        "${phq1} + ${phq2} > 2",
        "${temp} >= 38.5 and selected(${fears}, 'debt')",
        "${hurt} = 'yes' or ${flag}",
        "(today() - ${visit}) div 30.4375 > 6",
        "${visit} >= date('2026-03-01')",
        "int((today() - date(${note})) div 365.25) < 18",
        "count(${age}) > 0 and sum(${age}) > 10",
        "count(/data/main/child[age < 5 and sick = 'yes']) > 0",
        "/data/main/child[position() = 1]/age > 3",
        "min(${age}) < 5",
        "if(${temp} = '', 0, ${temp}) > 38",
        "coalesce(${weight}, 0) != 4",
        "${hurt} != '' and ${hurt} != 'no'",
        "count-selected(${fears}) >= 2",
        "checklist(2, -1, ${temp} > 38, ${hurt} = 'yes')",
        "instance('people')/root/item[name = ${note}]/level = 'high'",
        "regex(${note}, '0[0-9]{8,9}')",
        "format-date(${visit}, '%Y-%m') = '2026-03'",
        "round(${temp}, 1) = 38.5",
        "${visit} = '2026-03-01'",
    ],
)
def test_a_rule_as_coordinators_should_write_it_has_no_findings(formula):
    assert findings_of(formula, result="condition") == Findings((), ())


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        pytest.param("${tmep} > 38", "Did you mean ${temp}?", id="a misspelt question"),
        pytest.param("/data/main/tmp > 3", "no question at /data/main/tmp", id="an unknown path"),
        pytest.param("selcted(${fears}, 'debt')", "Did you mean selected()?", id="a misspelt function"),
        pytest.param("round(1, 2, 3)", "takes 1 to 2", id="too many values for a function"),
        pytest.param("${age} > 5", "asked several times", id="a question of a repeat as one value"),
        pytest.param("/data/main/child[1]/age > 5", "[position() = 1]", id="a number in brackets"),
        pytest.param("count(/data/main/child[sick]) > 0", "must compare", id="a question alone in brackets"),
        pytest.param("//age > 5", "“//” is not possible", id="//"),
        pytest.param("sum(/data/main/*) > 5", "* in a path", id="any name"),
        pytest.param("count(${temp} | ${visit}) > 1", "| (several paths", id="|"),
        pytest.param("${visit} > '2026-03-01'", "Write date('2026-03-01')", id="a date against a text"),
        pytest.param("today() - ${note} > 3", "Write date(${note})", id="a date less a text question"),
        pytest.param("'2026-03-01' + 1 > 3", "Write date('2026-03-01')", id="arithmetic on a text date"),
        pytest.param("${temp} > 'high'", "'high' is not a number", id="a text with >"),
        pytest.param("selected(${temp}, '38')", "${temp} is not a select", id="selected() on a number"),
        pytest.param("selected(${note}, 'a')", "${note} is not a select", id="selected() on a text question"),
        pytest.param("selected(${fears}, 1)", "must be in quotes", id="a choice without quotes"),
        pytest.param("selected(${fears}, 'dept')", "Did you mean 'debt'?", id="a misspelt choice"),
        pytest.param("selected(${fears}, '')", "Write = ''", id="an empty choice"),
        pytest.param("${hurt} = 'Yes'", "no choice “Yes”", id="a choice in capitals"),
        pytest.param("${phq1} = 4", "no choice “4”", id="a code that the question has not"),
        pytest.param("max(${temp} - 37, ${weight}) > 1", "max() gives a wrong", id="max() of negatives"),
        pytest.param("round(${temp}, -1) > 30", "round() needs", id="round() to tens"),
        pytest.param("${odd} = 3", "sometimes a number", id="a calculate of mixed kinds"),
        pytest.param("now() > ${visit}", "Write today()", id="now() with >"),
        pytest.param("format-date(${visit}, '%b') = 'Mar'", "“%b”", id="month names"),
        pytest.param("once(${temp}) > 38", "cannot be used in a rule", id="once()"),
        pytest.param("random() > 0.5", "another number every time", id="random()"),
        pytest.param("pulldata('a', 'b', 'c', 'd') = 1", "only the phone has", id="pulldata()"),
        pytest.param("date('2026-02-30') < today()", "is no date", id="a day that does not exist"),
        pytest.param("regex(${note}, '\\p{L}+')", "differ between phones", id="\\p in a pattern"),
        pytest.param("regex(${note}, 'a*+')", "not for rules", id="a possessive repetition"),
        pytest.param("regex(${note}, '([a-z]+ ?)+')", "can stop the phone", id="repetitions inside another"),
        pytest.param("regex(${note}, '[a')", "not closed", id="a broken pattern"),
        pytest.param("${flag} = 'false'", "every text counts as true", id="true or false against a text"),
        pytest.param("concat('${note}', 'x') = 'ax'", "inside quotes", id="a question inside quotes"),
        pytest.param("${temp} div 0 > 3", "infinite", id="division by zero"),
        pytest.param("instance('poeple')/root/item[name = 'a']/level = 'b'", "'people'", id="misspelt list"),
        pytest.param("instance('people')/root/item/level = 'b'", "Say which", id="a list without condition"),
        pytest.param("instance('people')/root/item[nam = 'a']/level = ''", "name", id="an unknown column"),
        pytest.param("${temp} >", "ends too early", id="an unfinished formula"),
        pytest.param("“a” = 'a'", "Curly quotes", id="curly quotes"),
        pytest.param("${temp} ${weight}", "missing before ${weight}", id="a missing operator"),
        pytest.param("${temp} ≥ 38", "<=, >=", id="a sign from a word processor"),
    ],
)
def test_what_would_go_wrong_is_refused_with_a_way_out(formula, told):
    found = findings_of(formula)

    assert found.refusals, found
    assert told in " ".join(found.refusals)


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        pytest.param("not(${temp} >= 38)", "not(…) is also true when ${temp}", id="not() of a comparison"),
        pytest.param("${hurt} != 'no'", "!= is also true when ${hurt}", id="!= of an answer"),
        pytest.param("not(selected(${fears}, 'debt'))", "not(…) is also true", id="not selected"),
        pytest.param("10 div ${weight} > 3", "If ${weight} is 0", id="a division"),
        pytest.param("count(${temp}) > 0", "1 also when empty", id="count() of one question"),
        pytest.param("${seen_at} < today()", "whole days only", id="a time of day with <"),
        pytest.param("/data/main/child[sick = 'yes']/age > 3", "more than one", id="it may fit several"),
    ],
)
def test_what_an_empty_answer_would_make_true_is_only_warned_of(formula, told):
    found = findings_of(formula)

    assert found.refusals == ()
    assert told in " ".join(found.warnings)


@pytest.mark.parametrize(
    ("formula", "result", "told"),
    [
        ("${hurt}", "condition", "also “no”"),
        ("${phq1} + ${phq2}", "condition", "gives a number"),
        ("concat('a', ${note})", "number", "must give a number"),
    ],
)
def test_a_formula_must_give_what_it_is_for(formula, result, told):
    assert told in findings_of(formula, result=result).refusals[0]


def test_a_score_may_be_empty_when_answers_are_missing():
    formula = "if(${phq1} = '' or ${phq2} = '', '', ${phq1} + ${phq2})"

    assert findings_of(formula, result="number") == Findings((), ())


def test_inside_a_repeat_all_of_it_needs_a_relative_path():
    inside = {"context": "/data/main/child/oldest"}

    assert "../../child" in findings_of("count(${age}) > 1", **inside).refusals[0]
    assert findings_of("count(../../child) > 1", **inside) == Findings((), ())
    assert findings_of("${age} > 5", **inside) == Findings((), ())
