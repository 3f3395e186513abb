"""What she agreed to: each purpose by itself, each word dated; the last one counts, and it may be a no."""

from datetime import UTC, date, datetime

import pytest

from sync.core.consent import allows, consent_of
from sync.core.decision import Decision
from sync.core.decision_check import check
from sync.core.problem import Problem
from sync.core.returnee import fold
from tests.core.builders import a_screening, an_indicator, rules_with

RULES = rules_with(an_indicator("H1", "high"))
SHE = "e1"


def said(purpose: str, given: str, on: str, number: str = "1") -> Decision:
    at = datetime.fromisoformat(f"{on}T08:00:00+00:00").astimezone(UTC)
    return Decision(
        decision_id=number,
        entity_id=SHE,
        kind="consent",
        at=at,
        on=date.fromisoformat(on),
        by="dara",
        reason="She called.",
        about=purpose,
        details={"given": given},
    )


def asked(on: str, number: int = 1, **facts: object):
    return a_screening(on, met={}, entity_id=SHE, instance_id=f"uuid:{number}", **facts)


def words(told=(), decided=()) -> dict[str, tuple[bool, str]]:
    return {one["purpose"]: (one["given"], one["on"]) for one in consent_of(told, decided)}


def test_a_purpose_she_was_never_asked_about_is_not_agreed_to():
    file = {"consent": consent_of([asked("2026-03-01", con_visit="yes")], ())}
    assert allows(file, "visit")
    assert not allows(file, "statistics")


def test_what_she_chose_is_agreed_to_and_what_she_said_no_to_is_not():
    told = [asked("2026-03-01", consents=["visit", "statistics"], consents_no=["share_state"])]
    assert words(told) == {
        "visit": (True, "2026-03-01"),
        "share_state": (False, "2026-03-01"),
        "statistics": (True, "2026-03-01"),
    }


def test_agreeing_to_nothing_is_a_no_to_everything_and_a_refusal_to_answer_is_no_word_at_all():
    assert {given for given, _ in words([asked("2026-03-01", consents=["none"])]).values()} == {False}
    assert "statistics" not in words([asked("2026-03-01", consents=["ref"])])


def test_taken_back_it_counts_from_that_day_and_given_again_from_that():
    first = asked("2026-03-01", consents=["statistics"])
    back = asked("2026-03-10", 2, consent_withdrawn=["statistics"])
    assert words([first, back])["statistics"] == (False, "2026-03-10")
    assert words([back, first])["statistics"] == (False, "2026-03-10")
    again = said("statistics", "yes", "2026-03-12")
    assert words([first, back], [again])["statistics"] == (True, "2026-03-12")


def test_visits_stop_the_moment_she_takes_her_word_back():
    told = [asked("2026-03-01", con_visit="yes")]
    before, after = (
        fold(SHE, told, RULES, decisions=decided, as_of=date(2026, 3, 6)).document
        for decided in ((), (said("visit", "no", "2026-03-05"),))
    )
    assert before["next_due_on"]
    assert after["next_due_on"] is None
    assert all(one["ended"] for one in after["follow_ups"] if not one["done_on"])


@pytest.mark.parametrize(("purpose", "given"), [("visit", "yes"), ("holiday", "yes"), ("visit", "perhaps")])
def test_what_says_nothing_new_or_nothing_at_all_is_refused(purpose, given):
    file = {"consent": [{"purpose": "visit", "given": True}], "status": "follow_up"}
    with pytest.raises(Problem) as refused:
        check(said(purpose, given, "2026-03-05"), file, RULES.protocol)
    assert refused.value.code == "decision.nothing_to_decide"
