"""How many phones are being answered just now, so that the worker in the same process can let them pass."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

A_CROWD = 8
"""Fewer phones at once leave the worker enough time."""
AT_MOST_SECONDS = 0.4
"""A worker that waited for so long goes on all the same: what was kept is worked through in any crowd."""


class Crowd:
    """Counts the requests of phones under way.

    Python runs one thread at a time. Sixteen phones at once are answered half as fast again when the
    worker lets them pass; it makes up for that as soon as they are gone.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._is_thin = threading.Event()
        self._is_thin.set()

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """A request, from its first byte here to its answer."""
        with self._lock:
            self._inside += 1
            if self._inside == A_CROWD:
                self._is_thin.clear()
        try:
            yield
        finally:
            with self._lock:
                if self._inside == A_CROWD:
                    self._is_thin.set()
                self._inside -= 1

    def let_pass(self) -> None:
        """Wait until there is no crowd, but not for long."""
        self._is_thin.wait(AT_MOST_SECONDS)
