"""Many seeds of `tests.e2e.weeks`: python -m tests.bench.bench_weeks --seeds 50 [--first 1000]"""

import argparse
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from server import embedded
from server.config import read_config
from server.first_run import publish_our_workbooks
from server.master_key import unlock
from sync.store.connect import ensure_indexes, open_database
from tests.e2e.weeks import played
from tests.javarosa import JavaRosa


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1000)
    given = parser.parse_args()
    java, failed = JavaRosa(), 0
    with tempfile.TemporaryDirectory() as folder, embedded.start(Path(folder)) as running:
        for seed in range(given.first, given.first + given.seeds):
            config = replace(
                read_config({"PTEAH_LOG_LEVEL": "WARNING"}, data=folder),
                mongodb_uri=running.uri,
                database=f"weeks_{seed}",
            )
            db = open_database(running.uri, f"weeks_{seed}")
            unlock(config, db)
            ensure_indexes(db)
            publish_our_workbooks(db, published_at=datetime(2026, 1, 1, tzinfo=UTC))
            begun = time.perf_counter()
            world, wrong = played(db, java, config, seed)
            told = f"{len(world.delivered)} records, {time.perf_counter() - begun:.0f} s"
            click.echo(f"seed {seed}: {told}, {wrong or 'all as it must be'}")
            failed += bool(wrong)
            db.client.drop_database(db.name)
    java.close()
    click.echo(f"{given.seeds} seeds, {failed} came out otherwise")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
