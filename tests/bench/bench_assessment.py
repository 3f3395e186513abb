"""How soon a level can be read: `python -m tests.bench.bench_assessment` writes figures, asserts nothing.

The real server takes 100 registrations a second (HEAD and POST, sixteen phones in another process). One
after the other, the returnee of the latest 201 is asked for at /api/v1, ten times a second, until her
level is there. Then the server is stopped and started again.
"""

import argparse
import multiprocessing
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from server.demo import add_people
from sync.store import devices, submissions
from sync.store.connect import Db
from tests.bench.figures import percentile, say
from tests.bench.running import database_of, running
from tests.bench.watching import Course, run_course

PHONES = 16
INVENTED_PEOPLE = 20
CREATES = re.compile(rb'<(?:\w+:)?entity [^>]*\bcreate="1"')


def main() -> None:
    """Run everything and write the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--seconds", type=int, default=20, help="of one round")
    asked.add_argument("--rate", type=int, default=100, help="registrations a second")
    words = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with (
            running(Path(folder)) as server,
            multiprocessing.get_context("spawn").Pool(1) as phones,
        ):
            say(f"first start, our workbooks published: ready after {server.ready_after_seconds:.1f} s")
            db = database_of(server.data, server.mongodb_uri)
            course = Course(
                port=server.port,
                tokens=_tokens(db),
                api_token=server.notes["api_token"],
                registrations=_registrations(db),
                rate=words.rate,
                seconds=words.seconds,
            )
            for number in range(words.rounds):
                waits, latencies = phones.apply(run_course, (course,))
                say(
                    f"round {number + 1}: {words.rate} a second for {words.seconds} s;"
                    f" level readable after its 201: p50 {percentile(waits, 50) * 1000:.0f} ms,"
                    f" p95 {percentile(waits, 95) * 1000:.0f} ms, at most {max(waits) * 1000:.0f} ms;"
                    f" HEAD+POST p50 {percentile(latencies, 50) * 1000:.0f} ms,"
                    f" p95 {percentile(latencies, 95) * 1000:.0f} ms"
                )
            say(server.memory("after that"))
        with running(Path(folder)) as server:
            say(f"second start: ready after {server.ready_after_seconds:.1f} s")


def _tokens(db: Db) -> list[str]:
    now = datetime.now(UTC)
    return [
        devices.add(db, name=f"Phone {n}", worker_id=f"w{n}", worker_name="", made_at=now)
        for n in range(PHONES)
    ]


def _registrations(db: Db) -> list[bytes]:
    """Records that register somebody, as invented people's phones sent them."""
    add_people(db, returnees=INVENTED_PEOPLE, seed=1, now=datetime.now(UTC))
    sent = [bytes(found["xml"]) for found in submissions.every(db) if found["form_id"] == "screening"]
    return [xml for xml in sent if CREATES.search(xml)]


if __name__ == "__main__":
    main()
