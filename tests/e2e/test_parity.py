"""The same rules on the phone and on the server, over hundreds of fillings, with the same results.

`python -m tests.bench.bench_parity` does it at length, and at every cut-off.
"""

import random

import pytest

from tests.e2e.side_by_side import FORMS, SideBySide
from tests.javarosa import JavaRosa

pytestmark = pytest.mark.java

FILLINGS = 120
LIVE = 15


@pytest.mark.parametrize("form_id", FORMS)
def test_phone_and_server_come_to_the_same_indicators_and_scores(java: JavaRosa, form_id: str) -> None:
    both = SideBySide(java, form_id)
    assert set(both.form.steps.values()) == {rule.code for rule in both.form.rules.indicators}
    assert set(both.form.sums.values()) == {score.name for score in both.form.rules.scores}
    seen: dict[str, set[str | None]] = {node: set() for node in both.nodes}
    compared = 0
    for number in range(FILLINGS):
        chance = random.Random(f"{form_id} {number}")
        answers = both.answers(chance)
        found = both.compare(answers, chance)
        if found is None:
            continue  # a question that must be answered was left out
        compared += 1
        assert found.errors == ()
        assert found.phone == found.server, f"filling {number}: {answers}"
        for node, value in found.server.items():
            seen[node].add(value)
    assert compared > FILLINGS / 2
    never = [both.form.steps[node] for node in both.form.steps if seen[node] != {"0", "1"}]
    assert never == [], "these indicators never came out both ways"


@pytest.mark.parametrize("form_id", FORMS)
def test_the_live_check_finds_the_published_form_in_agreement(java: JavaRosa, form_id: str) -> None:
    both = SideBySide(java, form_id)
    compared = 0
    for number in range(LIVE):
        chance = random.Random(f"live {form_id} {number}")
        found = both.live(both.answers(chance), chance)
        assert not found
        compared += found is not None
    assert compared > 0
