"""Documents sealed and opened, as `sync.store.sealing.SEALED` says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from bson.binary import Binary
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection
from pymongo.database import Database

from sync.core.listed import line_of, marks_of
from sync.store.connect import kept_with
from sync.store.keys import HOUSE, MISSING, SEALED_SUBTYPE, intake_key, vault_of
from sync.store.sealing import (
    BLOB,
    LINE,
    LISTED,
    SEALED,
    SEALED_FOR,
    SEARCH,
    Sealing,
    merge,
    persons_in,
    split,
)

Document = dict[str, Any]
BESIDE = (BLOB, SEALED_FOR, SEARCH, LISTED)


def sealed(db: Database[Document], collection: str, document: Mapping[str, Any]) -> Document:
    """The document as the database keeps it."""
    sealing, vault = SEALED[collection], vault_of(db)
    name = document.get(SEALED_FOR) or key_name(document, sealing)
    rest, hidden = split(_without_line(document), sealing)
    for field in sealing.apart:
        if rest.get(field):  # an empty list or text says nothing, and sealing it costs as much as any
            rest[field] = vault.seal(rest[field], name)
    if hidden:
        rest[BLOB] = vault.seal(hidden, name)
    rest[SEALED_FOR] = name
    if sealing.found_by:
        rest[SEARCH] = search_codes(db, document.get(sealing.found_by, ()))
    if sealing.listed:
        rest |= {LISTED: marks_of(document), LINE: vault.seal(line_of(document), name)}
    return rest


def make_keys(db: Database[Document], collection: str, documents: Iterable[Mapping[str, Any]]) -> None:
    """See that there are keys for these documents: several at once cost little more than one."""
    sealing = SEALED[collection]
    open_ones = [document for document in documents if not isinstance(document, RawBSONDocument)]
    if names := {document.get(SEALED_FOR) or key_name(document, sealing) for document in open_ones}:
        vault_of(db).make(names)


def named(document: Mapping[str, Any], filter: Any = None) -> Mapping[str, Any]:
    """The document with the `_id` that only the question for it may name."""
    return {"_id": filter["_id"], **document} if filter and "_id" in filter else document


def key_name(document: Mapping[str, Any], sealing: Sealing) -> str:
    """Under whose key: the first person's; the intake's while nobody is known; the house's."""
    if not sealing.person:
        return HOUSE
    if persons := persons_in(document, sealing):
        return persons[0]
    at = document.get("received_at") or document.get("first_at")
    return intake_key(at) if isinstance(at, datetime) else HOUSE


def search_codes(db: Database[Document], keys: Iterable[str]) -> list[str]:
    """The codes of these keys (`sync.core.search`), which say nothing without the secret of the database."""
    vault = vault_of(db)
    return [vault.token("search", key) for key in keys]


def opened(
    db: Database[Document], documents: Sequence[Document], *, outlives: bool = False
) -> list[Document]:
    """The documents as they were before they were sealed, without those whose key was destroyed.

    `outlives`: of those, what was not sealed.
    """
    # What is read whole has in it what its line says.
    documents = [
        _without_line(document) if {BLOB, LINE} <= document.keys() else document for document in documents
    ]
    places = [
        (number, name)
        for number, document in enumerate(documents)
        for name, value in document.items()
        if sealed_under(value)
    ]
    if not places:
        return [_plain(document) for document in documents]
    values = vault_of(db).open([documents[number][name] for number, name in places])
    found: dict[int, dict[str, Any]] = {}
    for (number, name), value in zip(places, values, strict=True):
        found.setdefault(number, {})[name] = value
    whole = []
    for number, document in enumerate(documents):
        own = found.get(number, {})
        gone = {name for name, value in own.items() if value is MISSING}
        if gone and not outlives:
            continue  # about somebody who was erased
        together = own.pop(BLOB, {})
        rest = {name: value for name, value in document.items() if name not in own and name not in gone}
        # What was changed in its place is newer than what was sealed together.
        whole.append(_plain({**merge(rest, together if BLOB not in gone else {}), **own}))
    return whole


def sealed_under(value: Any) -> UUID | None:
    """The number of the key that this value is sealed under; None where it is not sealed."""
    is_sealed = isinstance(value, Binary) and value.subtype == SEALED_SUBTYPE
    return UUID(bytes=bytes(value[1:17])) if is_sealed else None


def _without_line(document: Mapping[str, Any]) -> Document:
    return {name: value for name, value in document.items() if name != LINE}


def _plain(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in BESIDE}


class AsStored(Database[Document]):
    """A database, or a space in it, as it lies on the disk, nothing opened."""

    def __init__(self, of: Database[Document]) -> None:
        super().__init__(
            of.client, of.name, of.codec_options, of.read_preference, of.write_concern, of.read_concern
        )
        self._of = of

    def __getitem__(self, name: str) -> Collection[Document]:
        """The collection that the other calls so."""
        return super().__getitem__(self._of[name].name)

    def get_collection(self, name: str, *args: Any, **options: Any) -> Collection[Document]:
        """The collection that the other calls so, with options."""
        return super().get_collection(self._of[name].name, *args, **options)


def as_stored(db: Database[Document]) -> Database[Document]:
    """The same database as it lies on the disk, nothing opened."""
    return AsStored(db)


def with_names(db: Database[Document], raw: Sequence[Document], names: Sequence[str]) -> Iterator[Document]:
    """These stored documents with these fields opened, of colleagues and their phones, not of returnees.

    What was opened once is remembered: every page names them, and a thousand names take long to open.
    """
    known = kept_with(db.client).setdefault("names", {})
    shut = {bytes(one[name]): one[name] for one in raw for name in names if sealed_under(one[name])}
    new = [value for key, value in shut.items() if key not in known]
    known |= {bytes(value): name for value, name in zip(new, vault_of(db).open(new), strict=True)}
    for one in raw:
        yield {**one, **{name: known[bytes(one[name])] for name in names if sealed_under(one[name])}}
