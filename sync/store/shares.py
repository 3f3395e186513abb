"""What is added up over everybody's files, kept by shares of them: only shares that changed are gone through.

Files are shared out by their IDs (`sync.store.stretches`). Each share has a stamp that whoever writes one of
its files renews; what was added up beside a stamp holds as long as that is the same.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

from sync.store import stamps
from sync.store.connect import Db, kept_with
from sync.store.stretches import Stretch

_BOUNDS = [f"{number:02x}" for number in range(1, 256)]
SHARES = [Stretch(low, high) for low, high in pairwise(["", *_BOUNDS, ""])]
FEW = 20_000
"""Up to so many files are gone through as quickly as the stamps are read."""
AT_ONCE = 16
"""So many changed shares are gone through for a page; where it is more, all are, beside it."""
EVERY = f"{stamps.PEOPLE}:all"
"""The stamp of all shares together."""

Stamp = tuple[object, object]
Totals = Counter[Any]

_beside = ThreadPoolExecutor(1, thread_name_prefix="shares")


def names(entity_ids: Iterable[str]) -> set[str]:
    """The stamps to renew when the files of these people were written."""
    return {_name(bisect_right(_BOUNDS, entity_id)) for entity_id in entity_ids}


def total(db: Db, what: str, count: Callable[[Stretch], Totals]) -> Totals | None:
    """What `count` gives over all shares together, kept under the name `what`, the newest such name alone.

    None where there are few files, or as long as too many shares are to be counted anew: that is begun.
    """
    if db.returnees.estimated_document_count() <= FEW:
        return None
    places = kept_with(db.client).setdefault("shares", {})
    place = db.returnees.full_name
    if places.get(place, ("",))[0] != what:
        places[place] = what, _Kept()
    return _total(db, places[place][1], count)


class _Kept:
    def __init__(self) -> None:
        self.shares: dict[int, tuple[Stamp, Totals]] = {}
        self.turn, self.is_filling = 0, False


def _total(db: Db, kept: _Kept, count: Callable[[Stretch], Totals]) -> Totals | None:
    now = _stamps(db)

    def count_anew(numbers: Iterable[int]) -> None:
        for number in numbers:
            kept.shares[number] = now[number], count(SHARES[number])

    def fill(numbers: Iterable[int]) -> None:
        try:
            count_anew(numbers)
        finally:
            kept.is_filling = False

    changed = [number for number in now if kept.shares.get(number, (None,))[0] != now[number]]
    many = len(changed) > AT_ONCE
    if not many:
        count_anew(changed)
    if not kept.is_filling:
        # One share in turn besides: a process that ended between writing a file and its stamp is made up for.
        kept.turn, kept.is_filling = (kept.turn + 1) % len(SHARES), True
        _beside.submit(fill, changed if many else [kept.turn])
    if many:
        return None
    added: Totals = Counter()
    for _, totals in list(kept.shares.values()):
        added.update(totals)
    return added


def _stamps(db: Db) -> dict[int, Stamp]:
    found = db.stamps.find({"_id": {"$gte": f"{stamps.PEOPLE}:", "$lte": EVERY}})
    stored = {one["_id"]: one["stamp"] for one in found}
    together = stored.get(EVERY)
    return {number: (together, stored.get(_name(number))) for number in range(len(SHARES))}


def _name(number: int) -> str:
    return f"{stamps.PEOPLE}:{number:03d}"
