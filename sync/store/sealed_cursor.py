"""A cursor over documents that are opened on the way out."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Self

from sync.store.connect import Document

TOGETHER = 100
"""Documents opened together: one question for all of their keys."""


class SealedCursor:
    """Like a cursor, with its documents opened, many at once."""

    def __init__(
        self,
        cursor: Any,
        refuse: Callable[[Iterable[str]], None],
        opened: Callable[[list[Document]], list[Document]],
    ) -> None:
        self._cursor, self._refuse, self._opened = cursor, refuse, opened
        self._ready: deque[Document] = deque()

    def sort(self, key: Any, direction: Any = None) -> Self:
        """As a cursor's; never by what is sealed."""
        keys = [key] if isinstance(key, str) else [one if isinstance(one, str) else one[0] for one in key]
        self._refuse(keys)
        self._cursor.sort(key, direction)
        return self

    def limit(self, count: int) -> Self:
        """As a cursor's."""
        self._cursor.limit(count)
        return self

    def skip(self, count: int) -> Self:
        """As a cursor's."""
        self._cursor.skip(count)
        return self

    def hint(self, index: Any) -> Self:
        """As a cursor's."""
        self._cursor.hint(index)
        return self

    def batch_size(self, size: int) -> Self:
        """As a cursor's."""
        self._cursor.batch_size(size)
        return self

    def explain(self) -> Any:
        """As a cursor's."""
        return self._cursor.explain()

    def close(self) -> None:
        """As a cursor's."""
        self._cursor.close()

    def to_list(self, length: int | None = None) -> list[Document]:
        """As a cursor's."""
        return list(islice(self, length))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Document]:
        return self

    def __next__(self) -> Document:
        while not self._ready:
            batch = list(islice(self._cursor, TOGETHER))
            if not batch:
                raise StopIteration
            self._ready.extend(self._opened(batch))
        return self._ready.popleft()

    next = __next__
