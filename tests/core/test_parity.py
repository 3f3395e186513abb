"""Phone and server: the same answer to every rule, or a difference that people see."""

import pytest

from sync.core.parity import differences, steps_of
from sync.core.protocol import FormRules
from sync.core.scores import IndicatorResult
from tests.core.builders import an_indicator

RULES = FormRules(
    form_id="followup",
    version="1",
    indicators=(
        an_indicator("H1", "high", on_phone=True),
        an_indicator("M1", "medium"),
        an_indicator("H2", "high", on_phone=True, condition="today() > ${seen_on}"),
    ),
)


def result(code: str, holds: bool | None, error: str = "") -> dict[str, IndicatorResult]:
    return {code: IndicatorResult(code=code, met=holds or None, questions=(), holds=holds, error=error)}


def test_steps_are_numbered_in_the_order_of_the_sheet_and_only_rules_on_phones_count():
    assert steps_of(RULES) == {"step_1": "H1", "step_2": "H2"}


def test_the_same_answer_on_both_sides_is_no_difference():
    assert differences(RULES, result("H1", True) | result("H2", False), {"step_1": "1", "step_2": "0"}) == ()


@pytest.mark.parametrize(
    ("code", "step", "holds", "error", "cause"),
    [
        pytest.param("H1", "step_1", False, "", "unknown", id="the phone said yes and we say no"),
        pytest.param("H2", "step_2", False, "", "clock", id="a rule that asks for the day: a wrong clock"),
        pytest.param(
            "H1", "step_1", None, "no such function", "rule", id="a rule that cannot be evaluated here"
        ),
    ],
)
def test_a_difference_names_its_rule_and_likely_cause(code, step, holds, error, cause):
    (found,) = differences(RULES, result(code, holds, error), {step: "1"})

    assert (found.code, found.phone, found.server, found.cause) == (code, True, holds, cause)


def test_what_the_phone_did_not_work_out_is_not_compared():
    assert differences(RULES, result("H1", True), {}) == ()
