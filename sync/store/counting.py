"""How many people of each kind there are, counted along indexes alone: no file is read for it.

What a file counts as stands in clear beside it (`sync.core.listed`), written whenever the file is.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

from pymongo.operations import IndexModel

from sync.core.listed import MARKS
from sync.core.returnee import NO_VISIT
from sync.core.scope import Filter
from sync.store import shares, stamps
from sync.store.connect import Db
from sync.store.sealing import LISTED

OPEN: Filter = {f"{LISTED}.open": True}
_KIND = (("risk.level", 1), ("due_key", 1), ("_id", 1))
_MARKED = tuple((f"{LISTED}.{mark}", 1) for mark in MARKS)
OF_WORKERS, _OF_PLACES, _OF_ALL, _OF_SHARES = "worker_counts", "place_counts", "counts", "share_counts"


_at_once = ThreadPoolExecutor(4, thread_name_prefix="counting")


def marked(mark: str) -> Filter:
    """The question for open cases with this mark, a key of `MARKS`."""
    return {f"{LISTED}.{mark}": True}


INDEXES = [
    # counts of everybody; caseload of one level; files from before these marks, which begin with null.
    IndexModel([(f"{LISTED}.open", 1), *_KIND], name=_OF_ALL),
    # counts of some workers' people, or of some places': all that is asked is in the index.
    IndexModel([("worker_id", 1), (f"{LISTED}.open", 1), *_KIND, *_MARKED], name=OF_WORKERS),
    IndexModel([("places", 1), (f"{LISTED}.open", 1), *_KIND, ("worker_id", 1), *_MARKED], name=_OF_PLACES),
    # counts of everybody, by shares of them.
    IndexModel(
        [("_id", 1), (f"{LISTED}.open", 1), *_KIND[:-1], *_MARKED],
        name=_OF_SHARES,
        partialFilterExpression=OPEN,
    ),
    # caseload, counts: whom does an alert name, whom must a person look at, what waits for a signature?
    *(
        IndexModel(
            [(f"{LISTED}.{mark}", 1), ("level_order", -1), ("due_key", 1), ("_id", 1), ("risk.level", 1)],
            name=f"marked_{mark}",
            partialFilterExpression=marked(mark),
        )
        for mark in MARKS
    ),
]


def counts(db: Db, narrower: Filter, *, today: date, within: Filter) -> dict[str, int]:
    """Of the open cases `within` to which this applies: `everyone`, each level, `overdue`, `soon`, `MARKS`.

    `within` is a reader's scope (`sync.core.scope`).
    """
    if not narrower.keys() - {"risk.level"}:
        if not within:
            return _of_all(db, narrower, today)
        if others := _all_but(within):  # they are fewer than everybody else
            theirs = {"worker_id": {"$in": others}, **narrower}
            return _less(_of_all(db, narrower, today), _grouped(db, theirs, today))
    found = dict.fromkeys(("everyone", "overdue", "soon", *MARKS), 0)
    for part in _apart(within):
        for name, count in _grouped(db, {"$and": [narrower, part]}, today).items():
            found[name] = found.get(name, 0) + count
    return found


def _all_but(within: Filter) -> Sequence[str]:
    """The workers whose people alone are outside this scope; none where it says anything else."""
    asked = within.get("worker_id")
    return asked.get("$nin", ()) if len(within) == 1 and isinstance(asked, Mapping) else ()


def _of_all(db: Db, narrower: Filter, today: date) -> dict[str, int]:
    """Counted from the first key to the last of each kind: MongoDB goes through millions in a second.

    Of many people what did not change is not counted again.
    """
    kept = shares.total(
        db,
        f"counts on {today}",
        lambda share: _alike(db, {"_id": share.query}, today, hint=_OF_SHARES),
    )
    if kept is not None:
        return _said(kept, narrower.get("risk.level", ""))
    late, soon = _due(today)
    levels = [narrower["risk.level"]] if narrower else db.returnees.distinct("risk.level", OPEN)
    asked: list[tuple[str, str, Filter]] = []
    for level in levels:
        at_level = {**OPEN, "risk.level": level}
        asked.append((str(level), _OF_ALL, at_level))
        asked += [
            (name, _OF_ALL, {**at_level, "due_key": due}) for name, due in (("overdue", late), ("soon", soon))
        ]
    asked += [(mark, f"marked_{mark}", {**marked(mark), **narrower}) for mark in MARKS]
    counted = _at_once.map(lambda one: db.returnees.count_documents(one[2], hint=one[1]), asked)
    found = dict.fromkeys(("overdue", "soon"), 0)
    for (name, _, _), count in zip(asked, counted, strict=True):
        found[name] = found.get(name, 0) + count
    return {**found, "everyone": sum(found[str(level)] for level in levels)}


def _grouped(db: Db, question: Filter, today: date) -> dict[str, int]:
    """The same of those to whom this question applies, in one go."""
    index = _index_of(set(_fields(question)))
    return _said(_alike(db, question, today, **({"hint": index} if index else {})))


def _said(alike: Mapping[tuple[str, str], int], level: str = "") -> dict[str, int]:
    """Counts by level and name as counts by name, of all levels or of one."""
    found = dict.fromkeys(("everyone", "overdue", "soon", *MARKS), 0)
    for (at, name), count in alike.items():
        if not level or at == level:
            found[name] = found.get(name, 0) + count
    return found


def _alike(db: Db, question: Filter, today: date, **options: Any) -> Counter[tuple[str, str]]:
    """How many open cases to which this question applies there are of each level and each name."""
    marks = {mark: f"${LISTED}.{mark}" for mark in MARKS}
    steps: list[Filter] = [
        {"$match": {"$and": [OPEN, question]}},
        # Who is alike in all of this is added up first: MongoDB needs half the time.
        {"$group": {"_id": {"level": "$risk.level", "due": "$due_key", **marks}, "n": {"$sum": 1}}},
    ]
    found = Counter[tuple[str, str]]()
    day, week = today.isoformat(), _in_a_week(today)
    for one in db.returnees.aggregate(steps, **options):
        alike, level = one["_id"], str(one["_id"]["level"])
        due = alike.get("due") or NO_VISIT
        soon = ["overdue"] if due < day else ["soon"] if due <= week else []
        for name in ("everyone", level, *soon, *(mark for mark in MARKS if alike.get(mark))):
            found[level, name] += int(one["n"])
    return found


def _index_of(fields: set[str]) -> str | None:
    """The index that has all of these fields, so that nothing is read but that."""
    if fields - {"worker_id", "places", "risk.level"} or not fields - {"risk.level"}:
        return None
    return _OF_PLACES if "places" in fields else OF_WORKERS


def _fields(question: Filter) -> Iterator[str]:
    for name, value in question.items():
        if name.startswith("$"):
            for one in value:
                yield from _fields(one)
        else:
            yield name


def _due(today: date) -> tuple[dict[str, str], dict[str, str]]:
    """When a visit is late, and when it is due within a week."""
    day = today.isoformat()
    return {"$lt": day}, {"$gte": day, "$lte": _in_a_week(today)}


def _in_a_week(today: date) -> str:
    return (today + timedelta(days=7)).isoformat()


def _less(all_of_them: Mapping[str, int], others: Mapping[str, int]) -> dict[str, int]:
    return {name: count - others.get(name, 0) for name, count in all_of_them.items()}


def _apart(within: Filter) -> Iterator[Filter]:
    """The same scope in parts that have nobody in common, each answered by an index of its own."""
    rest = [part for part in within.get("$and", ()) if "$or" not in part]
    either = [one for part in within.get("$and", ()) for one in part.get("$or", ())]
    workers = next((one["worker_id"]["$in"] for one in either if "worker_id" in one), None)
    if not either:
        yield within
    for one in either:
        before = [{"worker_id": {"$nin": workers}}] if workers is not None and "worker_id" not in one else []
        yield {"$and": [*rest, one, *before]}


def bring_up_to_date(db: Db) -> int:
    """Mark the files that were written before files were marked; how many. None is listed until then."""
    alerts = {"$map": {"input": _list("alerts"), "in": {"$lte": ["$$this.acknowledged_at", None]}}}
    wrong = {"$map": {"input": _list("corrections"), "in": {"$eq": ["$$this.counts", False]}}}
    signed = {"$gt": ["$risk.unsigned.id", None]}
    tests = {
        "alert": {"$anyElementTrue": [alerts]},
        "look": {"$eq": ["$risk.review", True]},
        "duplicate": {"$gt": [{"$size": _list("questions")}, 0]},
        "unsigned": {"$or": [signed, {"$anyElementTrue": [wrong]}]},
    }
    is_open = {"$ne": ["$status", "closed"]}
    marks = {name: {"$cond": [{"$and": [is_open, test]}, True, "$$REMOVE"]} for name, test in tests.items()}
    without = {f"{LISTED}.open": None}
    change = [{"$set": {LISTED: {"open": is_open, **marks}}}]
    marked_now = db.returnees.update_many(without, change, hint=_OF_ALL).modified_count
    if marked_now:
        stamps.renew(db, [stamps.PEOPLE, shares.EVERY])
    return marked_now


def _list(name: str) -> dict[str, Any]:
    return {"$ifNull": [f"${name}", []]}
