"""How long phones wait for what they ask: `python -m tests.bench.bench_phones`. Asserts nothing.

The real server (waitress, worker, its own MongoDB) with 1, 50 and 300 forms, a worker with 5,000 people and
one with 300 out of 100,000. One phone at a time over one connection, in turns; times are from the first byte
of a question to the last of its answer, in another process on the same machine. `cold`: the phone has nothing
yet; `unchanged`: it has the very same thing and gets 304. Side by side: as many times one document by its
`_id` from MongoDB, which is what any answer costs at least. Processor time of server and MongoDB for each
answer is what a busy machine does not blur. With `--data DIR` the house stays there and is built once.
"""

import argparse
import hashlib
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bson.objectid import ObjectId

from sync.store import devices, forms
from sync.store.connect import Db
from sync.store.rules import current_rules
from sync.store.sealed import as_stored, sealed
from tests.bench import figures
from tests.bench.running import Running, database_of, running
from tests.bench.sending import DEVICE, Connection, post_of, submission_heads
from tests.bench.sixty_questions import a_record, publish
from tests.server.files import a_file

TOGETHER = 2_000
TARGETS_MS = {
    "formList of 1": 1.0,
    "formList of 50": 1.0,
    "formList of 300": 2.0,
    "manifest": 2.0,
    "HEAD submission": 0.7,
    "the same record again": 3.0,
    "list of 5,000": 5.0,
    "list of 300 of 100,000": 3.0,
    "integrity of 300": 3.0,
}


def main() -> None:
    """Run everything and write the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--times", type=int, default=200)
    asked.add_argument("--people", type=int, default=100_000)
    asked.add_argument("--data", help="a folder of its own, where the people are kept")
    words = asked.parse_args()
    where = nullcontext(words.data) if words.data else tempfile.TemporaryDirectory()
    with where as folder, running(Path(folder)) as server:
        db = open_server_database(Path(folder), server.mongodb_uri)
        bench = Bench(db, server, words.times)
        publish(db)
        if db.returnees.estimated_document_count() < words.people:
            with_people(db, words.people)
        settle(db)
        figures.say(f"{words.people:,} people are there")
        bench.measure_a_look()
        for count in (1, 50, 300):
            with_forms(db, count)
            settle(db)
            bench.measure(f"formList of {count}", bench.few, "formList")
        (form,) = [one for one in forms.current(db) if one["form_id"] == "followup_001"]
        path = f"manifests/{form['form_id']}/{form['version']}.xml"
        bench.measure("manifest", bench.few, path)
        bench.measure("list of 300 of 100,000", bench.few, "entities/people.csv")
        bench.measure("list of 5,000", bench.many, "entities/people.csv")
        ids = "%2C".join(f"00000000-0000-4000-8000-{number:012d}" for number in range(300))
        bench.measure("integrity of 300", bench.few, "entities/people/integrity", f"id={ids}&")
        bench.measure_sending()
        figures.say(server.memory("after all"))


def open_server_database(data: Path, uri: str) -> Db:
    """The server's database, opened as a command does."""
    return database_of(data, uri)


class Bench:
    """One server under measurement."""

    def __init__(self, db: Db, server: Running, times: int) -> None:
        self._db, self._server, self._port, self._times = db, server, server.port, times
        self._cpu: list[float] = []
        self.few, self.many = (
            devices.add(db, name=name, worker_id=name, worker_name=name, made_at=datetime.now(UTC))
            for name in ("few", "many")
        )

    def measure(self, what: str, token: str, path: str, query: str = "") -> None:
        """Ask for this again and again, as a phone that has nothing and as one that has it."""
        target = f"/key/{token}/{path}?{query}deviceID={DEVICE}"
        head = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nX-OpenRosa-Version: 1.0\r\n"
        with Connection(self._port) as connection:
            answer = connection.ask(f"{head}\r\n".encode(), b"HTTP/1.1 200")
            etag = re.search(rb"(?i)\r\netag: (\S+)", answer)
            known = f"If-None-Match: {etag[1].decode()}\r\n" if etag else ""
            cold, same = f"{head}\r\n".encode(), f"{head}{known}\r\n".encode()
            # The first time it is written down who is on it; here the phone asks again.
            self._say(what, "cold", self._timed(lambda: connection.ask(cold, b"HTTP/1.1 200")))
            self._say(what, "unchanged", self._timed(lambda: connection.ask(same, b"HTTP/1.1 304")))

    def measure_sending(self) -> None:
        """HEAD, and the very same record again."""
        head, common = submission_heads(self.few, self._port)
        post = post_of(a_record(1, 1), common)
        with Connection(self._port) as connection:
            connection.ask(post, b"HTTP/1.1 201")
            self._say("HEAD submission", "", self._timed(lambda: connection.ask(head, b"HTTP/1.1 204")))
            self._say("the same record again", "", self._timed(lambda: connection.ask(post, b"HTTP/1.1 201")))

    def measure_a_look(self) -> None:
        """One document by its `_id`."""
        key = {"_id": devices.id_of(self.few)}
        self._say("one document of MongoDB", "", self._timed(lambda: self._db.devices.find_one(key)))

    def _timed(self, ask: Callable[[], object]) -> list[float]:
        for _ in range(5):
            ask()
        time.sleep(1.2 * devices.REMEMBERED_SECONDS)  # by then the server knows that this phone has the list
        taken, before = [], self._server.cpu_seconds()
        for _ in range(self._times):
            begun = time.perf_counter()
            ask()
            taken.append((time.perf_counter() - begun) * 1000)
        used = zip(self._server.cpu_seconds(), before, strict=True)
        self._cpu = [(now - then) * 1000 / self._times for now, then in used]
        return taken

    def _say(self, what: str, how: str, taken: list[float]) -> None:
        p50, p95 = (figures.percentile(taken, share) for share in (50, 95))
        target = f"   to beat {TARGETS_MS[what]}" if what in TARGETS_MS else ""
        cpu = f"cpu {self._cpu[0]:.2f} + {self._cpu[1]:.2f}"
        figures.say(f"{what:26} {how:10} p50 {p50:6.2f} ms   p95 {p95:6.2f} ms   {cpu}{target}")


def settle(db: Db) -> None:
    """Let the worker take in the new rules and go to sleep."""
    before = None
    while before != (before := db.command("serverStatus")["opcounters"]["update"]):
        time.sleep(3)


def with_forms(db: Db, count: int) -> None:
    """Exactly so many open forms, each like our own follow-up form."""
    for form_id in forms.states(db):
        forms.set_state(db, form_id, "closing")
    version = forms.current_version(db, "followup") or ""
    pattern = db.form_versions.find_one({"_id": forms.version_key("followup", version)})
    assert pattern is not None
    for number in range(1, count + 1):
        form_id = f"followup_{number:03}"
        xform = bytes(pattern["xform"]) + f"<!-- {number} -->".encode()
        changes = {"form_id": form_id, "xform": xform, "md5": hashlib.md5(xform).hexdigest()}
        forms.put_version(db, {**{k: v for k, v in pattern.items() if k != "_id"}, **changes})
        forms.make_current(db, form_id, version)
        forms.set_state(db, form_id, "open")


def with_people(db: Db, count: int) -> None:
    """So many people: 300 of the one worker, 5,000 of the other, all others of nobody who is asked here.

    Those others are one sealed file again and again, under other numbers: they only make the house full.
    """
    rules = current_rules(db)
    stored, pattern, batch = as_stored(db), None, []
    for number, worker_id in enumerate(_workers(count)):
        day = datetime.now(UTC).date() + timedelta(days=number % 20)
        own = {
            "worker_id": worker_id,
            "revision": ObjectId(),
            "case_code": f"KH-20-2026-{number:06d}X",
            "changes_on": None,
            "rules_version": rules.version if rules else "",
        }
        is_asked = worker_id in ("few", "many")
        person = {**a_file(number, due_on=day), **own}
        if not is_asked:
            pattern = pattern or sealed(db, "returnees", person)
            names = ("_id", "next_due_on", "due_key", "level_order", "instances")
            person = {**pattern, **own, **{name: person[name] for name in names if name in person}}
        batch.append(person)
        if len(batch) == TOGETHER or number in (299, 5_299):
            (db if is_asked else stored).returnees.insert_many(batch)
            batch = []
    if batch:
        stored.returnees.insert_many(batch)


def _workers(count: int) -> Iterator[str]:
    yield from ["few"] * 300
    yield from ["many"] * 5_000
    yield from (f"other-{number % 300}" for number in range(count - 5_300))


if __name__ == "__main__":
    main()
