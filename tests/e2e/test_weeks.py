"""Two weeks of three phones: everything that can happen between phone and server, against a plain model.

Offline days, crossing visits, a lost phone, a resend storm, a new form version in between, a clock two days
wrong, the network gone in the middle of a split sending. More: python -m tests.bench.bench_weeks
"""

import pytest

from tests.e2e.weeks import played


@pytest.mark.parametrize("seed", [7])
def test_after_two_weeks_everything_is_as_the_plain_model_says(published, java, config, seed):
    world, wrong = played(published, java, config, seed)

    assert wrong == [], "\n".join(wrong)
    assert len(world.delivered) > 5
    assert len({filled.version for filled in world.delivered.values()}) > 1
