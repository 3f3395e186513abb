"""How many phones are being answered just now, so that the worker in the same process can let them pass."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

A_CROWD = 10
"""Fewer phones at once leave the worker enough time."""
GONE_SECONDS = 0.03
"""A crowd is gone when it was none for so long: between two records of a phone is a moment, too."""
AT_MOST_SECONDS = 0.6
"""A worker that waited for so long goes on all the same: what was kept is worked through in any crowd."""


class Crowd:
    """Counts the requests of phones under way.

    Python runs one thread at a time. Sixteen phones at once are answered half as fast again when the
    worker lets them pass; it makes up for that as soon as they are gone.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._seen_at = float("-inf")
        """When it was last a crowd, in monotonic seconds."""

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """A request, from its first byte here to its answer."""
        with self._lock:
            self._inside += 1
            self._look()
        try:
            yield
        finally:
            with self._lock:
                self._look()
                self._inside -= 1

    def let_pass(self) -> None:
        """Wait until there is no crowd, but not for long."""
        until = time.monotonic() + AT_MOST_SECONDS
        while (now := time.monotonic()) < min(until, self._seen_at + GONE_SECONDS):
            time.sleep(min(until, self._seen_at + GONE_SECONDS) - now)

    def _look(self) -> None:
        if self._inside >= A_CROWD:
            self._seen_at = time.monotonic()
