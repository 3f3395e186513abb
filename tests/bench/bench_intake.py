"""How many submissions a second: `python -m tests.bench.bench_intake` writes figures, asserts nothing.

The real server (`pteah serve`: waitress, worker and its own MongoDB) takes records of 60 questions from one
and from sixteen phones, which live in another process, over connections made beforehand. Side by side, in
turns in the same run: the same bytes written by as many threads with plain journaled majority
`insert_one`, which is what the disk and MongoDB allow. Sender, server and MongoDB share the machine.
"""

import argparse
import multiprocessing
import multiprocessing.pool
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sync.store import devices, submissions
from tests.bench import figures, sixty_questions
from tests.bench.running import Running, database_of, running
from tests.bench.sending import Batch, insert_each, send_each

ROUNDS = 5
RECORDS = {1: 150, 16: 2400}
"""Records in one round, by number of senders."""
WAYS = ("insert_one", "POST", "HEAD+POST")


def main() -> None:
    """Run everything and write the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    asked.add_argument("--senders", type=int, nargs="*", default=list(RECORDS))
    asked.add_argument("--records", type=int, help="in one round, whatever the number of senders")
    words = asked.parse_args()
    # Another process, so that the phones' work is not counted as the server's, and does not wait for it.
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as server,
        multiprocessing.get_context("spawn").Pool(1) as phones,
    ):
        figures.say(f"first start, our workbooks published: ready after {server.ready_after_seconds:.1f} s")
        figures.say(server.memory("at rest"))
        bench = Bench(server, phones)
        for number in range(words.rounds):
            for senders in words.senders:
                for way in WAYS:
                    bench.run(way, senders, words.records or RECORDS[senders])
            sys.stderr.write(f"round {number + 1} of {words.rounds}\n")
        for measured in bench.measured.values():
            figures.say(str(measured))
        figures.say(server.memory("after all rounds"))


class Bench:
    """One server under measurement."""

    def __init__(self, server: Running, phones: multiprocessing.pool.Pool) -> None:
        self._server, self._phones = server, phones
        self._db = database_of(server.data, server.mongodb_uri)
        sixty_questions.publish(self._db)
        self._tokens = [
            devices.add(
                self._db, name=f"Phone {n}", worker_id=f"w{n}", worker_name="", made_at=datetime.now(UTC)
            )
            for n in range(max(RECORDS))
        ]
        self._batches = 0
        self.measured: dict[tuple[str, int], figures.Measured] = {}

    def run(self, way: str, senders: int, records: int) -> None:
        """One round of one way."""
        self._batches += 1
        batch = Batch(number=self._batches, records=records, senders=senders, with_head=way == "HEAD+POST")
        before = self._server.cpu_seconds()
        if way == "insert_one":
            result = self._phones.apply(insert_each, (batch, self._server.mongodb_uri))
        else:
            result = self._phones.apply(send_each, (batch, self._server.port, self._tokens))
        used = [now - then for now, then in zip(self._server.cpu_seconds(), before, strict=True)]
        worked_after = self._until_worked_through(result.began_at)
        measured = self.measured.setdefault((way, senders), figures.Measured(way, senders))
        measured.add(
            result,
            cpu_seconds=(*used, result.cpu_seconds),
            all_in_seconds=worked_after if way != "insert_one" else None,
        )

    def _until_worked_through(self, began_at: float) -> float:
        """Let the worker finish, so that no round pays for the one before."""
        while submissions.counts(self._db)["received"]:
            time.sleep(0.05)
        return time.time() - began_at


if __name__ == "__main__":
    main()
