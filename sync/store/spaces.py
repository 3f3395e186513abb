"""A part of the database by itself: everything that is kept in it bears a name of its own in front.

Whatever takes a `db` takes a space: what is written there is never among what is real, and all of it goes
with one call.
"""

from typing import Any

from pymongo.collection import Collection

from sync.store.connect import Db, Document
from sync.store.sealed_database import SealedDatabase


class Space(SealedDatabase):
    """The database `db`, seen through a prefix: `space.forms` is the collection `PREFIX.forms`."""

    def __init__(self, db: Db, prefix: str) -> None:
        super().__init__(
            db.client, db.name, db.codec_options, db.read_preference, db.write_concern, db.read_concern
        )
        self._prefix = prefix

    def __getitem__(self, name: str) -> Collection[Document]:
        """One of its collections."""
        return super().__getitem__(f"{self._prefix}.{name}")

    def get_collection(self, name: str, *args: Any, **options: Any) -> Collection[Document]:
        """One of its collections, with options."""
        return super().get_collection(f"{self._prefix}.{name}", *args, **options)

    def with_options(self, *args: Any, **options: Any) -> "Space":  # type: ignore[override]
        """The same space with other options. (GridFS asks for this.)"""
        return Space(super().with_options(*args, **options), self._prefix)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Space) and super().__eq__(other) and self._prefix == other._prefix

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((super().__hash__(), self._prefix))


def drop(db: Db, prefix: str) -> None:
    """Throw away everything in the space of this prefix, or in all those whose prefix begins with it."""
    for name in db.list_collection_names():
        if name.startswith(f"{prefix}."):
            db.drop_collection(name)
