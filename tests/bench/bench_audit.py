"""How long a year's audit takes to check: `python -m tests.bench.bench_audit [ROWS]` writes figures.

Rows like those of looks and lists, written by `sync.store.audit` itself a thousand at a time, then verified.
"""

import os
import secrets
import sys
import tempfile
import time
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

from server import embedded
from server.config import read_config
from server.master_key import unlock
from sync.store import audit
from sync.store.audit_check import verify
from sync.store.connect import ensure_indexes, open_database
from tests.bench import figures

AT = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = 1000


def main() -> None:
    """Write the rows, check them, say how long each took."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    key = {"PTEAH_MASTER_KEY": b64encode(secrets.token_bytes(96)).decode()}
    with tempfile.TemporaryDirectory() as folder, embedded.start(Path(folder), binary="") as running:
        db = open_database(running.uri, "pteah")
        unlock(read_config({**os.environ, **key}, data=folder), db)
        ensure_indexes(db)
        begun = time.perf_counter()
        chain = audit._chain_of(db)
        for start in range(0, rows, AT_ONCE):
            chain.write(db, [a_row(number) for number in range(start, min(start + AT_ONCE, rows))])
        figures.say(f"{rows:,} rows written in {time.perf_counter() - begun:.1f} s")
        begun = time.perf_counter()
        found = verify(db)
        seconds = time.perf_counter() - begun
        figures.say(f"{found.rows:,} rows verified in {seconds:.1f} s: {found.findings or 'whole'}")
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
