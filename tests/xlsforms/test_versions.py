"""Going back is going on: the former workbook under a new number, with names mapped back."""

from datetime import UTC, date, datetime

import pytest

from sync.core.problem import Problem
from sync.store import forms, protocols
from tests.xlsforms.tables import A_FORM, RISK, SETTINGS, SURVEY, fixture, workbook
from xlsforms.publish import Said, publish
from xlsforms.versions import former, next_version

AT = datetime(2026, 1, 2, tzinfo=UTC)
LATER = datetime(2026, 1, 3, tzinfo=UTC)
TODAY = date(2026, 1, 4)
NEXT = SETTINGS.replace("2026010101", "2026010201")


@pytest.fixture
def twice(db):
    """A form published, and again with a question renamed."""
    publish(db, workbook(fixture("trial_protocol")), "p.xlsx", AT, "test")
    publish(db, workbook(*A_FORM), "trial.xlsx", AT, "test")
    survey, risk = SURVEY.replace("debt_usd  ", "debt_owed "), RISK.replace("${debt_usd}", "${debt_owed}")
    said = Said(renames={"debt_owed": "debt_usd"})
    publish(db, workbook(*A_FORM, NEXT, survey, risk), "trial.xlsx", LATER, "test", said=said)
    return db


def test_the_former_version_comes_back_under_a_new_number_and_names_are_mapped_back(twice):
    again = former(twice, "trial", TODAY)

    assert (again.version, dict(again.renames)) == ("2026010401", {"debt_usd": "debt_owed"})
    done = publish(twice, again.workbook, again.filename, LATER, "test", said=Said(renames=again.renames))
    assert (done.state, done.version, done.before) == ("published", "2026010401", "2026010201")
    assert forms.current_version(twice, "trial") == "2026010401"
    assert len(forms.versions(twice, "trial")) == 3
    assert forms.rules_of(twice, "trial", "2026010401").indicators == (
        forms.rules_of(twice, "trial", "2026010101").indicators
    )
    column = next(one for one in forms.columns(twice, "trial") if one.key == "debt_usd")
    assert list(column.names.values()) == ["debt_usd", "debt_owed", "debt_usd"]


def test_the_protocol_comes_back_too(twice):
    publish(
        twice, workbook(fixture("trial_protocol").replace("| 7     |", "| 8     |")), "p.xlsx", LATER, "test"
    )

    again = former(twice, "protocol", TODAY)
    publish(twice, again.workbook, again.filename, datetime(2026, 1, 4, tzinfo=UTC), "test")

    assert protocols.current(twice).version == again.version == "2026010401"


def test_where_nothing_was_before_there_is_nothing_to_return_to(twice):
    with pytest.raises(Problem) as problem:
        former(twice, "protocol", TODAY)
    assert problem.value.code == "form.nothing_before"
    with pytest.raises(Problem) as problem:
        former(twice, "trial", TODAY, "1999")
    assert problem.value.code == "form.version_unknown"


@pytest.mark.parametrize(
    ("current", "taken", "number"),
    [
        ("2026010101", [], "2026010401"),
        ("2026010401", ["2026010401"], "2026010402"),
        ("v2", ["2026010401"], "2026010402"),
        ("2027010101", [], "2027010102"),
    ],
)
def test_the_next_number_is_of_today_and_above_the_current_one(current, taken, number):
    assert next_version(current, TODAY, taken=taken) == number
