"""Whether the rows of the audit are those that were written: none removed, changed, added or moved."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sync.store import dump
from sync.store.audit import MAC, MAC_BYTES, START, key_of, mac_of, seal_of, without_mac
from sync.store.connect import Db

_ID = b"\x02_id\x00"
_MAC = b"\x05" + MAC.encode() + b"\x00" + MAC_BYTES.to_bytes(4, "little") + b"\x00"
MOST_FINDINGS = 100

Heads = dict[str, tuple[int, bytes]]
"""Chain -> how many rows it has at least, and the code of the last of them."""
Places = dict[str, set[tuple[int, bytes]]]
"""The same, as often as anybody noted it."""


@dataclass
class Verified:
    """What a check looked at and found."""

    rows: int = 0
    chains: int = 0
    findings: list[str] = field(default_factory=list)
    """One sentence for each; the first hundred."""
    heads: Heads = field(default_factory=dict)
    """Where each chain stands: to be noted outside the database, for the next check."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def verify(db: Db, *, known: Heads | None = None, tell: Callable[[int], None] = lambda _: None) -> Verified:
    """Go through every row of every chain.

    `known`: where chains stood when somebody noted it outside this database. Without it, whoever can write
    to the database and kept an old copy of it may put all of that copy back unnoticed.
    """
    key, found = key_of(db), Verified()
    wanted: Places = {}
    for head in db.audit_heads.find():
        name, place = head["_id"], (head["n"], head[MAC])
        if head.get("seal") != seal_of(key, name, *place):
            found.findings.append(f"chain {name}: its head was changed")
        wanted.setdefault(name, set()).add(place)
    with_head = set(wanted)
    for first in db.audit.find({"kind": "chain"}, {"more.heads": 1}):
        for name, head in first["more"].get("heads", {}).items():
            wanted.setdefault(name, set()).add((head["n"], bytes(head[MAC])))
    for name, place in (known or {}).items():
        wanted.setdefault(name, set()).add(place)
    walk = _Walk(found, key, wanted)
    for row in (row for piece in dump.read(db, "audit") for row in dump.documents_in(piece)):
        walk.take(row)
        if found.rows % 5000 == 0:
            tell(found.rows)
    walk.end_all()
    found.findings += [f"chain {name}: its head is missing" for name in found.heads.keys() - with_head]
    found.findings = list(dict.fromkeys(found.findings))[:MOST_FINDINGS]
    tell(found.rows)
    return found


def size_of(db: Db) -> int:
    """About how many rows there are, for a progress bar."""
    return db.audit.estimated_document_count()


class _Walk:
    """The way along the rows, chain after chain, in the order of `_id`."""

    def __init__(self, found: Verified, key: bytes, wanted: Places) -> None:
        self._found, self._key, self._wanted = found, key, wanted
        self._chain, self._count, self._last = "", 0, START
        self._places: dict[int, set[bytes]] = {}

    def take(self, row: bytes) -> None:
        """Look at the next row."""
        self._found.rows += 1
        length = int.from_bytes(row[9:13], "little")
        name = row[13 : 12 + length].decode(errors="replace")
        chain, _, number = name.rpartition(":")
        if row[4:9] != _ID or not number.isdigit() or row[-len(_MAC) - MAC_BYTES - 1 :][: len(_MAC)] != _MAC:
            self._found.findings.append(f"row {name}: was not written by Pteah")
            return
        if chain != self._chain:
            self.end()
            self._begin(chain)
        self._step(int(number), row)

    def _begin(self, chain: str) -> None:
        self._chain, self._count, self._last = chain, 0, START
        self._places = {}
        for count, code in self._wanted.get(chain, ()):
            self._places.setdefault(count, set()).add(code)

    def _step(self, count: int, row: bytes) -> None:
        tell = self._found.findings.append
        if count > self._count + 1:
            gone = f"{self._count + 1}" if count == self._count + 2 else f"{self._count + 1} to {count - 1}"
            tell(f"chain {self._chain}: row {gone} is missing")
        body, code = without_mac(row)
        # After a gap nothing is known of the row before; that it is missing is said already.
        if count == self._count + 1 and mac_of(self._key, self._last, body) != code:
            tell(f"chain {self._chain}: row {count} or the one before it was changed or moved")
        elif self._places and self._places.pop(count, {code}) != {code}:
            tell(f"chain {self._chain}: row {count} is not the one that was noted elsewhere")
        self._count, self._last = count, code

    def end(self) -> None:
        """The chain is over; once all are, what is still wanted is nowhere."""
        if not self._chain:
            return
        self._found.chains += 1
        self._found.heads[self._chain] = (self._count, self._last)
        if (last := max(self._wanted.pop(self._chain, {(0, START)}))[0]) > self._count:
            self._found.findings.append(
                f"chain {self._chain}: its end is missing, rows {self._count + 1} to {last}"
            )

    def end_all(self) -> None:
        """Every row was looked at."""
        self.end()
        for name in sorted(self._wanted):
            self._found.findings.append(f"chain {name}: all of its rows are missing")
