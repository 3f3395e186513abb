"""What was worked out for many phones, kept as long as nothing it rests on has changed."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

MOST = 1_000


class Kept:
    """Things by key, each with the stamp of what it was made from; those used longest ago go first.

    By stamp and never by time: what changed is seen by the next request, and what did not is made once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._things: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()

    def get(self, key: Hashable, stamp: Hashable, make: Callable[[], T]) -> T:
        """The thing of this key; made anew if its stamp is another. The stamp must be read before."""
        found = self._things.get(key)
        if found is not None and found[0] == stamp:
            with self._lock:
                if key in self._things:
                    self._things.move_to_end(key)
            thing: T = found[1]
            return thing
        made = make()
        with self._lock:
            self._things[key] = stamp, made
            if len(self._things) > MOST:
                self._things.popitem(last=False)
        return made
