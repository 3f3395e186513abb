"""How long every page takes at the server as the caseload grows: python -m tests.bench.bench_pages 1700 10000

Writes p50 and p95 of each page in milliseconds, asserts nothing. The people are real files, made by the
forms' own rules from invented answers, copied as they lie sealed on the disk; each page is asked for in
turn, with nothing remembered of the counts.
"""

import argparse
import random
import shutil
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from server import embedded, master_key
from server.app import create_app
from server.config import read_config
from server.demo import add_people
from server.first_run import publish_our_workbooks
from server.people import today
from sync import pipeline, rebuild
from sync.core import gazetteer, search
from sync.core.identity import case_code
from sync.core.worker import Worker
from sync.store import devices, submissions, workers
from sync.store.connect import Db, ensure_indexes, open_database
from sync.store.rules import current_rules
from sync.store.sealed import as_stored
from tests.bench.figures import percentile, say
from tests.server.signed_in import client_as, csrf_token

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
NAMES = (
    "Sok",
    "Dara",
    "Sophea",
    "Chan",
    "Bopha",
    "Vanna",
    "Rith",
    "Sreymom",
    "Kosal",
    "Maly",
    "Thida",
    "Vuthy",
)
PATTERNS, PER_WORKER, AT_ONCE = 60, 40, 2000
OWN_KEYS = 1500
"""So many have keys of their own: what a page must unwrap is met for the first time, as it is in life."""


def main() -> None:
    """Seed, measure, seed on, measure again."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("sizes", nargs="*", type=int, default=[1000])
    asked.add_argument("--rounds", type=int, default=20, help="0: only make the people")
    asked.add_argument("--data", help="keep the people in this folder; what is there is used again")
    words = asked.parse_args()
    folder = words.data or tempfile.mkdtemp()
    try:
        _bench(folder, words.sizes, words.rounds)
    finally:
        if not words.data:
            shutil.rmtree(folder)


def _bench(folder: str, sizes: list[int], rounds: int) -> None:
    with embedded.start(Path(folder)) as mongo:
        config = replace(read_config({}, data=folder), mongodb_uri=mongo.uri, database="pages")
        db = open_database(mongo.uri, "pages")
        ensure_indexes(db)
        master_key.unlock(config, db)
        if not as_stored(db).returnees.estimated_document_count():
            _real_people(db)
        if not rounds:
            _grow(db, max(sizes), random.Random(max(sizes)))
            return
        for kept in ("accounts", "sessions"):
            db.drop_collection(kept)
        app = create_app(config, db, now=lambda: NOW)
        clients = {
            "coordinator": client_as(app, db, "coordinator"),
            "of one team": client_as(app, db, "case_manager", teams=("team-1",)),
            "administrator": client_as(app, db, "administrator"),
            "worker": client_as(app, db, "outreach_worker", worker_id="w1"),
        }
        chance = random.Random(4)
        for size in sorted(sizes):
            _grow(db, size, chance)
            for who, client in clients.items():
                _measure(db, who, client, size, rounds)


def _real_people(db: Db) -> None:
    publish_our_workbooks(db, published_at=NOW - timedelta(days=700))
    add_people(db, returnees=PATTERNS, seed=3, now=NOW)
    rules = current_rules(db)
    if rules is None:
        raise SystemExit("nothing is published")
    for some in rebuild.batched(submissions.claim_some(db, now=NOW, worker_name="bench", limit=10_000), 50):
        pipeline.process(db, some, rules, at=NOW)
    chance = random.Random(3)
    files = list(db.returnees.find())
    more = []
    for number in range(OWN_KEYS):
        file = files[number % len(files)]
        name = " ".join(chance.sample(NAMES, 2))
        person = {**file["person"], "call_name": name, "phone_number": f"012 {number:06d}"}
        more.append({**file, "_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)), "person": person,
                     "search": search.keys_of(person), "case_code": f"KH-00-2026-{number}"})  # fmt: skip
    for some in rebuild.batched(more, 500):
        db.returnees.insert_many(some)


def _grow(db: Db, size: int, chance: random.Random) -> None:
    """Copy what lies on the disk until there are so many, with their submissions and pairs."""
    stored = as_stored(db)
    begun, there = time.perf_counter(), stored.returnees.estimated_document_count()
    patterns = list(stored.returnees.find({"case_code": {"$regex": "^KH-00"}}).limit(OWN_KEYS))
    sent = list(stored.submissions.find({"state": "processed"}).limit(200))
    known = {worker.id for worker in workers.every(db)}
    new = [number for number in range(max(1, size // PER_WORKER)) if f"w{number}" not in known]
    hired = [Worker(id=f"w{number}", name=f"Worker {number}", team=f"team-{number % 40}") for number in new]
    if hired:
        devices.add_all(db, [(f"Phone of {one.name}", one) for one in hired], made_at=NOW)
    for first in range(there, size, AT_ONCE):
        files, received, pairs = [], [], []
        for number in range(first, min(size, first + AT_ONCE)):
            files.append(_copy(chance.choice(patterns), number, size, chance))
            for _ in range(2):
                one = dict(chance.choice(sent))
                at = NOW - timedelta(minutes=chance.randrange(1_000_000))
                asks = {"code": "entity.conflict", "message": ""} if chance.random() < 0.002 else None
                one |= {"_id": f"uuid:{uuid.UUID(int=chance.getrandbits(128), version=4)}", "received_at": at}
                received.append(one | {"worker_id": files[-1]["worker_id"], "problem": asks})
            if number % 100 == 1:
                people = sorted(file["_id"] for file in files[-2:])
                pairs.append({"_id": " ".join(people), "people": people, "reasons": ["name", "sex", "age"],
                              "strength": chance.randrange(3, 6), "apart": False})  # fmt: skip
        stored.returnees.insert_many(files, ordered=False)
        stored.submissions.insert_many(received, ordered=False)
        if pairs:
            db.pairs.insert_many([one for one in pairs if len(one["people"]) == 2], ordered=False)
    say(f"\n{size} returnees, seeded in {time.perf_counter() - begun:.0f} s")


def _copy(pattern: dict[str, Any], number: int, size: int, chance: random.Random) -> dict[str, Any]:
    entity_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    province = chance.choice(sorted(gazetteer.provinces()))
    shift = chance.randrange(-10, 90)
    due = (NOW + timedelta(days=shift)).date().isoformat() if pattern.get("next_due_on") else None
    return pattern | {
        "_id": entity_id,
        "case_code": case_code(province, 2026, number),
        "worker_id": f"w{chance.randrange(max(1, size // PER_WORKER))}",
        "places": [province, f"{province}01", f"{province}0101"],
        "registered_on": (NOW - timedelta(days=chance.randrange(900))).date().isoformat(),
        "next_due_on": due,
        "due_key": due or "9999-12-31",
    }


def _pages(db: Db) -> dict[str, Callable[[FlaskClient, int], Any]]:
    """Every page: its name, and how it is asked for in each round."""
    some = [file["case_code"] for file in as_stored(db).returnees.find({}, {"case_code": 1}).limit(200)]
    whole = [file["case_code"] for file in db.returnees.find({"instances.0": {"$exists": True}}).limit(40)
             if not file["case_code"].startswith("KH-00")]  # fmt: skip
    pair = [db.returnees.find_one({"_id": name})["case_code"] for name in db.pairs.find_one()["people"]]

    def get(path: str) -> Callable[[FlaskClient, int], Any]:
        return lambda client, turn: client.get(path.format(code=whole[turn % len(whole)], some=some[turn]))

    def find(text: str) -> Callable[[FlaskClient, int], Any]:
        return lambda client, turn: client.post("/search", data={"text": text, "csrf_token": _token(client)})

    lists = ("", "?due=overdue", "?due=soon", "?level=low", "?level=high", "?mark=alert", "?mark=duplicate",
             "?mark=look", "?mark=unsigned", "?place=01", "?place=0101", "?worker=w1", "?team=team-1",
             "?since=2026-11-20")  # fmt: skip
    plain = ("/", "/?place=01", "/?team=team-2", "/duplicates", "/questions", "/numbers", "/notices",
             "/handover", "/handover?from=w1", "/fill", "/forms", "/forms/intake", "/phones",
             "/phones/preview/w1", "/workers", "/accounts", "/account", "/account/messages", "/webhooks",
             "/month", "/sign-in")  # fmt: skip
    hers = ("/caseload/{code}", "/caseload/{code}/privacy", "/caseload/{code}/same", "/caseload/{some}")
    asked = [*(f"/caseload{one}" for one in lists), *plain, *hers, f"/caseload/{pair[0]}/same/{pair[1]}"]
    found = {path: get(path) for path in asked}
    found |= {f"search {text}": find(text) for text in ("Sok Dara", "Bopha", "+855 12 000 042", some[7])}
    return found


_tokens: dict[int, str] = {}


def _token(client: FlaskClient) -> str:
    if id(client) not in _tokens:
        _tokens[id(client)] = csrf_token(client, "/account")
    return _tokens[id(client)]


def _measure(db: Db, who: str, client: FlaskClient, size: int, rounds: int) -> None:
    """Every page in turn, so many times; the first round only warms up."""
    pages, seconds = _pages(db), dict[str, list[float]]()
    for turn in range(rounds + 1):
        for name, ask in pages.items():
            today._counted.clear()  # as after every change of anybody's file
            begun = time.perf_counter()
            answer = ask(client, turn)
            answer.get_data()
            if turn and answer.status_code in (200, 303):
                seconds.setdefault(name, []).append(time.perf_counter() - begun)
    for name, took in sorted(seconds.items(), key=lambda one: -percentile(one[1], 95)):
        middle, most = statistics.median(took) * 1000, percentile(took, 95) * 1000
        over = "  <<" if most > 100 else ""
        say(f"{size:7} {who:14} {name:40} p50 {middle:7.1f} ms  p95 {most:7.1f} ms{over}")


if __name__ == "__main__":
    main()
