"""Fifty and more broken workbooks: each gets all its errors in one pass, or a plain refusal."""

import pytest

from sync.core.problem import Problem
from tests.xlsforms.broken_workbooks import BROKEN, Broken
from xlsforms.convert import look
from xlsforms.findings import Finding


def is_told(place: str, words: str, findings: tuple[Finding, ...]) -> bool:
    return any(
        found.place.startswith(place) and words in f"{found.message} {found.fix}" for found in findings
    )


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_a_broken_workbook_gets_all_its_errors_in_one_pass_or_a_plain_refusal(broken: Broken):
    if broken.refused:
        with pytest.raises(Problem) as problem:
            look(broken.made(), "broken.xlsx")
        assert problem.value.code == broken.refused
        for language in ("en", "km"):
            assert "{" not in problem.value.message(language)
        return

    looked = look(broken.made(), "broken.xlsx")

    told = "\n".join(map(str, looked.findings))
    errors = tuple(found for found in looked.findings if found.severity == "error")
    assert [wanted for wanted in broken.finds if not is_told(*wanted, errors)] == [], told
    assert [wanted for wanted in broken.warns if not is_told(*wanted, looked.findings)] == [], told
    assert bool(errors) == bool(broken.finds), told
    assert (looked.converted is None) == bool(errors), told
    for found in errors:
        assert found.message, found
        assert found.sheet, found
        assert found.fix or found.message.startswith(("ODK", "[")) or len(found.message) > 20, found
