"""How long a year's audit takes to check: `python -m tests.bench.bench_audit [ROWS] [--data DIR]`.

Rows like those of looks and lists, written by `sync.store.audit` itself a thousand at a time, then verified.
With a folder of its own (`--data`) what was written stays: `--only build` and `--only verify` are then two
runs, so that the second can have the machine for itself.
"""

import argparse
import os
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from server import embedded
from server.config import read_config
from server.master_key import unlock
from sync.store import audit
from sync.store.audit_check import verify
from sync.store.connect import Db, ensure_indexes, open_database
from tests.bench import figures
from tests.bench.running import resident_mb

AT = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = 1000


def main() -> None:
    """Write the rows, check them, say how long each took."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("rows", nargs="?", type=int, default=1_000_000)
    asked.add_argument("--data", type=Path, help="keep what is written here")
    asked.add_argument("--only", choices=("build", "verify"))
    words = asked.parse_args()
    with ExitStack() as opened:
        data = words.data or Path(opened.enter_context(tempfile.TemporaryDirectory()))
        data.mkdir(exist_ok=True)
        mongo = opened.enter_context(embedded.start(data, binary=""))
        db = open_database(mongo.uri, "pteah")
        unlock(read_config({}, data=str(data)), db)
        if words.only != "verify":
            _build(db, words.rows)
        if words.only != "build":
            _verify(db, mongo.pid)


def _build(db: Db, rows: int) -> None:
    ensure_indexes(db)
    begun = time.perf_counter()
    chain = audit._chain_of(db)
    for start in range(0, rows, AT_ONCE):
        chain.write(db, [a_row(number) for number in range(start, min(start + AT_ONCE, rows))], wait=True)
    figures.say(f"{rows:,} rows written in {time.perf_counter() - begun:.1f} s")


def _verify(db: Db, mongod: int) -> None:
    begun, most, ours = time.perf_counter(), list[float](), os.getpid()
    found = verify(db, tell=lambda _: most.append(resident_mb(ours)))
    seconds = time.perf_counter() - begun
    figures.say(f"{found.rows:,} rows verified in {seconds:.1f} s: {found.findings or 'whole'}")
    figures.say(f"memory: {most[0]:.0f} MB after the first rows, at most {max(most):.0f} MB")
    figures.say(f"memory: mongod {resident_mb(mongod):.0f} MB")
    begun = time.perf_counter()
    for _ in range(100):
        audit.note(db, at=AT, by="dara", kind="look", about=["p1"], fields=["file"])
    figures.say(f"one look written down: {(time.perf_counter() - begun) * 10:.1f} ms")


def a_row(number: int) -> dict:
    """A look, or every twentieth time a list of fifty."""
    many = 50 if number % 20 == 0 else 1
    return {
        "at": AT + timedelta(seconds=30 * number),
        "by": f"user-{number % 40}",
        "kind": "list" if many > 1 else "look",
        "about": [f"{(number * 7 + one) % 5000:08d}-0000-4000-8000-000000000000" for one in range(many)],
        "fields": ["file"],
        "why": "",
        "more": {},
    }


if __name__ == "__main__":
    main()
