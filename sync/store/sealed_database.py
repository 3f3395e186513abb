"""A database whose collections seal and open what `sync.store.sealing.SEALED` says, on the way in and out.

Everything else goes through as it is. Raw documents (`RawBSONDocument`, `find_raw_batches`) are neither
sealed nor opened: a backup holds what the database holds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.operations import InsertOne, ReplaceOne, UpdateMany, UpdateOne

from sync.store.keys import vault_of
from sync.store.projection import projected
from sync.store.sealed import Document, key_name, make_keys, named, opened, sealed
from sync.store.sealed_cursor import SealedCursor
from sync.store.sealing import BLOB, LINE, SEALED, SEALED_FOR, Sealing

RESEALED_MEANWHILE = 20


class SealedDatabase(Database[Document]):
    """A database whose collections in `SEALED` are sealed."""

    def __getitem__(self, name: str) -> Collection[Document]:
        """The collection, sealed if it is one of those."""
        return SealedCollection(self, name) if kind_of(name) in SEALED else super().__getitem__(name)

    def get_collection(self, name: str, *args: Any, **options: Any) -> Collection[Document]:
        """The collection with these options, sealed if it is one of those."""
        if kind_of(name) in SEALED:
            return SealedCollection(self, name, False, *args, **options)
        return super().get_collection(name, *args, **options)


def kind_of(name: str) -> str:
    """The name of a collection without that of the space it lies in."""
    return name.rpartition(".")[2]


def stored_collections(db: Database[Document]) -> Iterator[Collection[Document]]:
    """Every collection that is sealed, those of drafts too, as it lies on the disk."""
    plain = Database(db.client, db.name, db.codec_options, None, db.write_concern)
    for name in sorted(plain.list_collection_names()):
        if kind_of(name) in SEALED:
            yield plain[name]


class SealedCollection(Collection[Document]):
    """A collection that seals what is written and opens what is read."""

    @property
    def sealing(self) -> Sealing:
        """What is sealed here."""
        return SEALED[kind_of(self.name)]

    def with_options(self, *args: Any, **options: Any) -> "SealedCollection":  # type: ignore[override]
        """The same collection with other options."""
        other = super().with_options(*args, **options)
        return SealedCollection(
            self.database,
            self.name,
            False,
            other.codec_options,
            other.read_preference,
            other.write_concern,
            other.read_concern,
        )

    # --- reading

    def find(self, *args: Any, **options: Any) -> Any:
        """As a collection's; the question must not ask for what is sealed."""
        question, projection, more = _question_of(args, options)
        self.refuse(_asked(question or {}))
        wanted, after = self._wanted(projection)
        return SealedCursor(
            super().find(question, wanted, *args[2:], **more),
            self.refuse,
            lambda some: self.opened(some, after),
        )

    def find_one(self, filter: Any = None, *args: Any, **options: Any) -> Document | None:
        """As a collection's."""
        question = filter if filter is None or isinstance(filter, Mapping) else {"_id": filter}
        return next(iter(self.find(question, *args, **options).limit(-1)), None)

    def find_one_and_update(self, filter: Any, update: Any, *args: Any, **options: Any) -> Document | None:
        """As a collection's."""
        projection = options.pop("projection", args[0] if args else None)
        wanted, after = self._wanted(projection)
        change = self._change(filter, update)
        found = super().find_one_and_update(filter, change, wanted, *args[1:], **options)
        return next(iter(self.opened([found], after)), None) if found else None

    def count_documents(self, filter: Any, *args: Any, **options: Any) -> int:
        """As a collection's."""
        self.refuse(_asked(filter))
        return super().count_documents(filter, *args, **options)

    def opened(self, documents: list[Document], projection: Mapping[str, Any] | None) -> list[Document]:
        """These documents opened, and cut to what was asked for."""
        whole = opened(self.database, documents, outlives=self.sealing.outlives)
        return whole if projection is None else [projected(document, projection) for document in whole]

    def refuse(self, paths: Iterable[str]) -> None:
        """Refuse to ask for or sort by what is sealed: no answer to that could be right."""
        for path in paths:
            if self.sealing.hides(path):
                raise ValueError(f"{self.name}.{path} is sealed")

    def _wanted(self, projection: Any) -> tuple[Any, Mapping[str, Any] | None]:
        """What MongoDB is asked to give, and what of that is then cut off here."""
        no_line = {LINE: 0} if self.sealing.listed else {}
        if projection is None:
            return no_line or None, None
        wanted = projection if isinstance(projection, Mapping) else dict.fromkeys(projection, 1)
        named = [path for path, value in wanted.items() if value and path != "_id"]
        if wanted.get("_id") and not named:
            return wanted, None
        if not named:  # what is left out
            cut = {path: 0 for path in wanted if path != "_id" and self._is_together(path)}
            clear = {path: 0 for path in wanted if path not in cut} | no_line
            return clear or None, cut or None
        tops = {path.split(".")[0] for path in named}
        dotted = {path.split(".")[0] for path in named if "." in path}
        if not any(self._is_together(path) for path in named) and not dotted.intersection(self.sealing.apart):
            return wanted, None
        # Whole branches where something of them is sealed: what is asked for is only known once it is open.
        asked = dict.fromkeys(tops, 1) | {BLOB: 1, SEALED_FOR: 1}
        return asked | ({"_id": 0} if wanted.get("_id", 1) == 0 else {}), wanted

    def _is_together(self, path: str) -> bool:
        if self.sealing.listed and path == LINE:
            return False  # lies beside the rest, sealed by itself
        is_mixed = self.sealing.hides(path) or self.sealing.splits(path)
        return is_mixed and self.sealing.is_sealed(path.split(".", maxsplit=1)[0])

    # --- writing

    def insert_one(self, document: Any, *args: Any, **options: Any) -> Any:
        """As a collection's."""
        whole = self._sealed(document)
        done = super().insert_one(whole, *args, **options)
        if isinstance(document, dict):
            document.setdefault("_id", done.inserted_id)
        return done

    def insert_many(self, documents: Any, *args: Any, **options: Any) -> Any:
        """As a collection's."""
        whole = list(documents)
        make_keys(self.database, kind_of(self.name), whole)
        return super().insert_many([self._sealed(document) for document in whole], *args, **options)

    def replace_one(self, filter: Any, replacement: Any, *args: Any, **options: Any) -> Any:
        """As a collection's."""
        self.refuse(_asked(filter))
        return super().replace_one(filter, self._sealed(replacement, filter), *args, **options)

    def update_one(self, filter: Any, update: Any, *args: Any, **options: Any) -> Any:
        """As a collection's; sealed fields are set as a whole or not at all."""
        for _ in range(RESEALED_MEANWHILE):
            change, name = self._changed(filter, update)
            same_key = {**filter, SEALED_FOR: name} if name else filter
            done = super().update_one(same_key, change, *args, **options)
            if not name or done.matched_count or not Collection.find_one(_plain(self), filter, {"_id": 1}):
                return done
        raise RuntimeError(f"{self.name}: sealed anew again and again while it was changed")

    def update_many(self, filter: Any, update: Any, *args: Any, **options: Any) -> Any:
        """As a collection's, without sealed fields: several documents have several keys."""
        self.refuse(_asked(filter))
        if self.sealing.person or not isinstance(update, Mapping):
            self.refuse(_set_by(update))
        return super().update_many(filter, self._change(filter, update), *args, **options)

    def delete_one(self, filter: Any, *args: Any, **options: Any) -> Any:
        """As a collection's."""
        self.refuse(_asked(filter))
        return super().delete_one(filter, *args, **options)

    def delete_many(self, filter: Any, *args: Any, **options: Any) -> Any:
        """As a collection's."""
        self.refuse(_asked(filter))
        return super().delete_many(filter, *args, **options)

    def bulk_write(self, requests: Any, *args: Any, **options: Any) -> Any:
        """As a collection's."""
        whole = list(requests)
        replaced = [named(one._doc, one._filter) for one in whole if isinstance(one, ReplaceOne)]
        make_keys(self.database, kind_of(self.name), replaced)
        return super().bulk_write([self._request(one) for one in whole], *args, **options)

    def _request(self, one: Any) -> Any:
        same = copy(one)
        if isinstance(one, InsertOne):
            same._doc = self._sealed(one._doc)
        elif isinstance(one, ReplaceOne):
            same._doc = self._sealed(one._doc, one._filter)
        elif isinstance(one, UpdateOne):
            same._doc = self._change(one._filter, one._doc)
        elif isinstance(one, UpdateMany):
            self.refuse(_set_by(one._doc))
        return same

    def _sealed(self, document: Any, filter: Any = None) -> Any:
        if isinstance(document, RawBSONDocument):
            return document  # sealed by whoever wrote it out
        return sealed(self.database, kind_of(self.name), named(document, filter))

    def _change(self, filter: Mapping[str, Any], update: Any) -> Any:
        """The update with what it sets sealed, where no key has to be asked for."""
        change, name = self._changed(filter, update)
        if name:
            raise ValueError(f"{self.name}: set what is sealed with update_one")
        return change

    def _changed(self, filter: Mapping[str, Any], update: Any) -> tuple[Any, str]:
        """The update with what it sets sealed, and the name of the key that the document must still have."""
        self.refuse(_asked(filter))
        if not isinstance(update, Mapping):
            return update, ""
        found = ""
        change = {operator: dict(fields) for operator, fields in update.items()}
        for operator, fields in change.items():
            hit = [path for path in fields if self.sealing.hides(path)]
            if operator not in ("$set", "$setOnInsert"):
                self.refuse(hit)
            elif operator == "$setOnInsert" and hit:
                plain = {name: value for name, value in filter.items() if not name.startswith("$")}
                whole = sealed(self.database, kind_of(self.name), {**plain, **fields})
                change[operator] = {name: value for name, value in whole.items() if name not in plain}
            elif hit:
                found = self._seal_in_place(filter, fields, hit)
        return change, found

    def _seal_in_place(self, filter: Mapping[str, Any], fields: Document, hit: list[str]) -> str:
        """Seal these fields under the document's own key; its name where it is a person's or a day's."""
        raw = Collection.find_one(_plain(self), filter, {SEALED_FOR: 1}) if self.sealing.person else None
        name = raw.get(SEALED_FOR, "") if raw else ""
        for path in hit:
            if "." in path or (self.sealing.clear and path in self.sealing.tree):
                raise ValueError(f"{self.name}.{path} is sealed with what stands around it: set that")
            fields[path] = vault_of(self.database).seal(
                fields[path], name or key_name({**filter, **fields}, self.sealing)
            )
        return name


def _plain(collection: Collection[Document]) -> Collection[Document]:
    """The same collection without sealing."""
    database = collection.database
    return Collection(Database(database.client, database.name), collection.name)


def _question_of(
    args: Sequence[Any], options: Mapping[str, Any]
) -> tuple[Mapping[str, Any] | None, Any, dict[str, Any]]:
    """Question, projection and the other named options of a `find`."""
    more = dict(options)
    question = args[0] if args else more.pop("filter", None)
    projection = args[1] if len(args) > 1 else more.pop("projection", None)
    return question, projection, more


def _asked(question: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """The paths that a question asks for."""
    for name, value in question.items():
        if name in ("$and", "$or", "$nor"):
            for one in value:
                yield from _asked(one, before)
        elif not name.startswith("$"):
            yield f"{before}{name}"
            if isinstance(value, Mapping) and "$elemMatch" in value:
                yield from _asked(value["$elemMatch"], f"{before}{name}.")


def _set_by(update: Any) -> Iterator[str]:
    for fields in update.values() if isinstance(update, Mapping) else ():
        yield from fields
