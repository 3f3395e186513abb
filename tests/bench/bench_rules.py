"""How fast rules are worked out: conditions, assessments, a recompute of everybody, publishing.

    nice python -m tests.bench.bench_rules [RETURNEES]

Writes figures, asserts nothing. The people are invented by `server.demo`, copied under other names until
there are RETURNEES of them with 10 submissions each.
"""

import argparse
import multiprocessing
import os
import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import xlsforms
from server import embedded
from server.config import Config, read_config
from server.demo import add_people
from server.hands import hands
from sync import deriving, rebuild
from sync.core.answers import contents_of
from sync.core.protocol import Rules
from sync.core.returnee import fold
from sync.core.scores import findings_of
from sync.core.submission import root_of
from sync.rebuild import Share
from sync.store import records, returnees, submissions
from sync.store.connect import Db, ensure_indexes
from tests.bench.caseload import EACH, worked_through
from tests.bench.figures import say, spread
from tests.bench.running import database_of, resident_mb
from tests.bench.watching import CALL_NAME, SYLLABLES
from xlsforms import validate, xform
from xlsforms.publish import publish

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
ROUNDS = 7
_FOLDER = Path(xlsforms.__file__).parent


@contextmanager
def database() -> Iterator[tuple[Db, Config]]:
    """An empty database of its own, in a folder that goes away, and where it is."""
    with tempfile.TemporaryDirectory(prefix="rules-") as folder, embedded.start(Path(folder)) as mongo:
        db = database_of(Path(folder), mongo.uri, "rules")
        ensure_indexes(db)
        yield db, replace(read_config({}, data=folder), mongodb_uri=mongo.uri, database="rules")
        db.client.close()


def rates(run: Callable[[], int], rounds: int = ROUNDS, seconds: float = 1.0) -> list[float]:
    """How many a second, round by round; `run` does some and says how many."""
    found = []
    for _ in range(rounds):
        begun, done = time.process_time(), 0
        while time.process_time() - begun < seconds:
            done += run()
        found.append(done / (time.process_time() - begun))
    return found


def publishing(db: Db) -> None:
    """Publish time of every workbook, nothing remembered from the time before."""
    for name in ("protocol", "screening", "intake", "followup"):
        content = (_FOLDER / f"{name}.xlsx").read_bytes()
        taken, worked = [], []
        for _ in range(5 if name == "followup" else 1):
            xform._pyxform.cache_clear()
            validate.run_odk_validate.cache_clear()
            begun, before = time.perf_counter(), os.times()
            publish(db, content, f"{name}.xlsx", NOW, "bench")
            taken.append(1000 * (time.perf_counter() - begun))
            # user and system, of Python and of ODK Validate's Java: what the machine's load does not change
            worked.append(1000 * (sum(os.times()[:4]) - sum(before[:4])))
        say(f"publish {name}.xlsx with all checks: {spread(taken)} ms; processor {spread(worked)} ms")


def evaluating(db: Db, rules: Rules) -> None:
    """Conditions a second, and whole records, on one core."""
    some = [one for one in submissions.every(db) if one["form_id"] == "followup"][:50]
    prepared = []
    for one in some:
        compiled = deriving.compiled_rules(db, rules, one["form_id"], one["form_version"])
        root = root_of(one["xml"])
        prepared.append((compiled, root, contents_of(root, compiled.form, one["received_at"])))

    def conditions() -> int:
        return sum(
            len(found.indicators) + len(found.scores)
            for found in (findings_of(*inputs) for inputs in prepared)
        )

    def derived() -> int:
        return len(deriving.derive_all(db, some, rules))

    say(
        f"conditions and scores of a follow-up, reading its answers too: {spread(rates(conditions))} a second"
    )
    say(f"submissions to records (parse, type, rules, words): {spread(rates(derived))} a second")


def folding(db: Db, rules: Rules, people: list[str], today: date) -> None:
    """Whole assessments: everything folded from a person's ten records."""
    told = [(name, found) for name, found in records.about(db, people).items() if len(found) == EACH]
    if not told:
        say("nobody has ten records")
        return

    def folded() -> int:
        return sum(1 for name, found in told if fold(name, found, rules, as_of=today))

    found = rates(folded)
    say(f"whole assessments (a person with {EACH} records folded to today): {spread(found)} a second")


def templates(db: Db) -> list[list[Mapping[str, Any]]]:
    """The first ten submissions of the invented people who have so many."""
    kept = {one["_id"]: one for one in submissions.every(db)}
    found: list[list[Mapping[str, Any]]] = [
        [kept[name] for name in file["instances"][:EACH]] for file in returnees.every(db)
    ]
    return [one for one in found if len(one) == EACH]


def copies(pattern: list[Mapping[str, Any]], entity_id: str) -> Iterator[dict[str, Any]]:
    """The same submissions about somebody else, of another name."""
    new_id, call_name = str(uuid.uuid4()), b"".join(random.choices(SYLLABLES, k=3))
    for one in pattern:
        instance_id = f"uuid:{uuid.uuid4()}"
        xml = bytes(one["xml"]).replace(entity_id.encode(), new_id.encode())
        xml = CALL_NAME.sub(rb"\g<1>" + call_name, xml.replace(one["_id"].encode(), instance_id.encode()))
        yield {**one, "_id": instance_id, "xml": xml, "touches": [new_id], "state": "processed"}


def fill(db: Db, count: int) -> None:
    """So many people with ten submissions each, in place of the invented ones, and nothing derived."""
    patterns = [(one, one[0]["touches"][0]) for one in templates(db)]
    say(f"{len(patterns)} histories of {EACH} submissions to copy")
    for collection in ("submissions", "records", "returnees", "assessments"):
        db[collection].delete_many({})
    some: list[dict[str, Any]] = []
    for number in range(count):
        some += copies(*patterns[number % len(patterns)])
        if len(some) >= 2000 or number == count - 1:
            db.submissions.insert_many(some, ordered=False)
            some.clear()


def recomputing(db: Db, rules: Rules, config: Config, count: int, processes: int) -> None:
    """Everybody recomputed: from what phones sent, and under another plan of visits."""
    fill(db, count)
    plan = replace(rules.protocol, schedule=rules.protocol.schedule[:-1])
    ways: dict[str, tuple[Rules, Callable[[Db, Rules, datetime, Callable[[int], None], Share], Any]]] = {
        "everything anew from what phones sent (rebuild)": (rules, rebuild.rebuild),
        "other levels or visits (tick)": (
            Rules(version="other", protocol=plan, forms=rules.forms),
            rebuild.tick,
        ),
    }
    for what, (under, run) in ways.items():
        with hands(processes, config, under, NOW) as share:
            watch = Watch()
            begun = time.perf_counter()
            run(db, under, NOW, watch.look, share)
            seconds = time.perf_counter() - begun
        say(
            f"recompute of {count} returnees with {EACH} submissions each, {what}, {processes} processes: "
            f"{seconds:.1f} s, {count / seconds:.0f} returnees a second; 100,000 so: "
            f"{seconds / count * 100_000:.0f} s; {watch}"
        )


class Watch:
    """Memory of the processes that work, while they do."""

    def __init__(self) -> None:
        self.peaks: dict[int, float] = {}
        self.first: dict[int, float] = {}

    def look(self, _done: int) -> None:
        """Called while the work goes on."""
        for child in multiprocessing.active_children():
            if child.pid:
                now = resident_mb(child.pid)
                self.first.setdefault(child.pid, now)
                self.peaks[child.pid] = max(self.peaks.get(child.pid, 0), now)

    def __str__(self) -> str:
        firsts, peaks = max(self.first.values(), default=0), max(self.peaks.values(), default=0)
        return f"memory of a process {firsts:.0f} MB after the first stretch, {peaks:.0f} MB at most"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("returnees", nargs="?", type=int, default=2000)
    parser.add_argument("--people", type=int, default=60, help="invented histories to copy from")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    today = NOW.date()
    with database() as (db, config):
        publishing(db)
        add_people(db, returnees=given.people, seed=3, now=NOW)
        rules = worked_through(db, NOW)
        evaluating(db, rules)
        folding(db, rules, [file["_id"] for file in returnees.every(db)], today)
        recomputing(db, rules, config, given.returnees, given.processes)


if __name__ == "__main__":
    main()
