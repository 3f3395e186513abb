"""Our own protocol, and the guide that explains all sheets to coordinators."""

import re

from sync.core.xpath.checks.calls import _RULES as FUNCTIONS_OF_RULES
from tests.xlsforms.our_workbooks import FOLDER, FORMS, choice_names, questions, sheets
from xlsforms.places import PROGRAMME


def test_the_protocol_lays_a_childs_visits_no_further_apart_than_it_should() -> None:
    for level in ("high", "medium", "low"):
        days = [int(row["offset days"]) for row in sheets("protocol")["schedule"] if row["level"] == level]
        assert days == sorted(set(days))
        gaps = [(to, to - since) for since, to in zip([0, *days], days, strict=False)]
        assert all(gap <= (30 if to <= 180 else 95) for to, gap in gaps), level
        assert days[-1] == 730


def test_the_last_row_that_makes_a_level_always_holds() -> None:
    rows = sheets("protocol")["combine"]
    assert [row["level"] for row in rows if not row["condition"]] == ["low"]
    assert rows[-1]["condition"] == ""


def test_every_number_of_our_own_is_marked_as_a_proposal_or_names_its_source() -> None:
    for row in sheets("protocol")["settings"]:
        assert row["evidence"] or row["name"] == "version"
    for sheet in ("levels", "combine", "schedule", "triggers", "closure"):
        assert all(row["source"] for row in sheets("protocol")[sheet]), sheet


def test_the_examples_answer_questions_that_are_asked_with_answers_that_are_offered() -> None:
    for row in sheets("protocol")["examples"]:
        known = questions(row["form"])
        for pair in row["answers"].split("; "):
            name, _, value = pair.partition("=")
            kind = known[name]["type"].split()
            if kind[0] in ("select_one", "select_multiple"):
                assert set(value.split()) <= set(choice_names(row["form"], kind[1])), (row["name"], pair)


def test_the_programmes_places_are_the_same_in_the_protocol_and_in_the_code() -> None:
    assert [row["code"] for row in sheets("protocol")["places"]] == sorted(PROGRAMME)


def test_the_readme_sheet_comes_first_and_names_every_sheet() -> None:
    for name in (*FORMS, "protocol"):
        names = list(sheets(name))
        assert names[0] == "readme"
        told = {next(iter(row.values())) for row in sheets(name)["readme"]}
        assert set(names[1:]) <= told, name


def test_the_coordinators_guide_names_every_column() -> None:
    guide = (FOLDER / "README.md").read_text(encoding="utf-8")
    for sheet in ("scores", "risk"):
        for header in sheets("followup")[sheet][0]:
            assert f"`{header.partition('::')[0]}`" in guide, header
    for sheet, rows in sheets("protocol").items():
        for header in rows[0] if rows and sheet != "readme" else ():
            assert f"`{header.partition('::')[0]}`" in guide, (sheet, header)


def test_the_coordinators_guide_shows_every_picture_there_is_and_no_other() -> None:
    guide = (FOLDER / "README.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\(pictures/([\w.]+)\)", guide))
    assert shown == {path.name for path in (FOLDER / "pictures").iterdir()}


def test_the_coordinators_guide_has_every_function_of_the_rule_language() -> None:
    guide = (FOLDER / "README.md").read_text(encoding="utf-8")
    rules = guide.partition("### What a rule may say")[2].partition("\n### ")[0]
    missing = [
        name for name in FUNCTIONS_OF_RULES if not re.search(rf"`{re.escape(name)}\b|\b{name}\(", rules)
    ]
    assert missing == []
