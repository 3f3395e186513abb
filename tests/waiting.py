"""Waiting for what another process or thread does; a busy machine is slow, not wrong."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 120


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Come back as soon as this is so; the test fails when it never is."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.05)
