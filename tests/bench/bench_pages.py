"""How long every page takes at the server as the caseload grows: python -m tests.bench.bench_pages 1000 10000

Writes p50 and p95 of each page in milliseconds, asserts nothing. The people are real files, made by the
forms' own rules from invented answers, copied as they lie sealed on the disk; each page is asked for in
turn, while somebody's file changes every second, as in a house of several times that size. Each size has a
folder of its own in `--data`, with its figures: what was measured there before stands in the table again. p95
of 20 rounds is the second slowest of them, of fewer the slowest.
"""

import argparse
import gc
import json
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
from sync import pipeline, rebuild
from sync.core import gazetteer, search
from sync.core.identity import case_code
from sync.core.worker import Worker
from sync.store import devices, shares, stamps, submissions, workers
from sync.store import pairs as pairs_kept
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
OWN_KEYS, FIGURES = 900, "figures.json"
"""So many have keys of their own: what a page must unwrap is met for the first time, as it is in life."""


def main() -> None:
    """Make the people of each size, measure, and write one table of all."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("sizes", nargs="*", type=int, default=[1000], help="1000 is the least")
    asked.add_argument("--rounds", type=int, default=20, help="0: only make the people")
    asked.add_argument("--data", help="keep the people in this folder; what is there is used again")
    words = asked.parse_args()
    folder = Path(words.data or tempfile.mkdtemp())
    try:
        for size in words.sizes:
            _bench(folder / str(size), size, words.rounds)
        _table(folder)
    finally:
        if not words.data:
            shutil.rmtree(folder)


def _bench(folder: Path, size: int, rounds: int) -> None:
    with embedded.start(folder) as mongo:
        config = replace(read_config({}, data=str(folder)), mongodb_uri=mongo.uri, database="pages")
        db = open_database(mongo.uri, "pages")
        ensure_indexes(db)
        master_key.unlock(config, db)
        if not as_stored(db).returnees.estimated_document_count():
            _real_people(db)
        _grow(db, size, random.Random(size))
        if not rounds:
            return
        for kept in ("accounts", "sessions"):
            db.drop_collection(kept)
        ensure_indexes(db)
        app = create_app(config, db, now=lambda: NOW)
        clients = {
            "coordinator": client_as(app, db, "coordinator"),
            "of one team": client_as(app, db, "case_manager", teams=("team-1",)),
            "administrator": client_as(app, db, "administrator"),
            "of one place": client_as(app, db, "case_manager", user="of-one-place", places=("01",)),
            "worker": client_as(app, db, "outreach_worker", worker_id="w1"),
        }
        gc.freeze()  # as a server does
        figures = {who: _measure(db, client, rounds) for who, client in clients.items()}
        (folder / FIGURES).write_text(json.dumps(figures))


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
                pairs.append(_pair(files[-2], files[-1], chance))
        stored.returnees.insert_many(files, ordered=False)
        stored.submissions.insert_many(received, ordered=False)
        if pairs:
            db.pairs.insert_many(pairs, ordered=False)
    say(f"{size} returnees, seeded in {time.perf_counter() - begun:.0f} s")


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


def _pair(one: dict[str, Any], other: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Two of one place, as those are who may be one person; half of them visited by the same worker."""
    other["places"] = one["places"]
    if chance.random() < 0.5:
        other["worker_id"] = one["worker_id"]
    sides = sorted((pairs_kept.side_of(one), pairs_kept.side_of(other)), key=lambda side: side["_id"])
    people = [side["_id"] for side in sides]
    both = dict(zip(pairs_kept.SIDES, sides, strict=True))
    return {"_id": " ".join(people), "people": people, **both, "reasons": ["name", "sex", "age"],
            "strength": chance.randrange(3, 6), "apart": False}  # fmt: skip


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


def _measure(db: Db, client: FlaskClient, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of every page, each asked for in turn, so many times; the first round only warms up."""
    pages, took, chance = _pages(db), dict[str, list[float]](), random.Random(4)
    changed = 0.0
    for turn in range(rounds + 1):
        for name, ask in pages.items():
            if time.perf_counter() > changed + 1:  # what writing a file does to what is remembered
                changed = time.perf_counter()
                stamps.renew(db, [stamps.PEOPLE, *shares.names([f"{chance.getrandbits(128):032x}"])])
            begun = time.perf_counter()
            answer = ask(client, turn)
            answer.get_data()
            if turn and answer.status_code in (200, 303):
                took.setdefault(name, []).append((time.perf_counter() - begun) * 1000)
    return took


def _table(folder: Path) -> None:
    """One line for each page and reader: p50 / p95 at each size that was measured, the slowest first."""
    found = {int(one.parent.name): json.loads(one.read_text()) for one in folder.glob(f"*/{FIGURES}")}
    if not found:
        return
    sizes = sorted(found)
    columns = [f"{size} x {len(next(iter(found[size]['coordinator'].values())))}" for size in sizes]
    say(f"{'p50 / p95 ms':56}" + "".join(f"{one:>18}" for one in columns))
    slowest = found[sizes[-1]]
    lines = [
        (percentile(took, 95), who, page) for who, pages in slowest.items() for page, took in pages.items()
    ]
    for most, who, page in sorted(lines, reverse=True):
        took = [found[size].get(who, {}).get(page) for size in sizes]
        cells = [
            f"{statistics.median(one):8.1f} / {percentile(one, 95):7.1f}" if one else "-" for one in took
        ]
        say(
            f"{who:14}{page[:40]:42}"
            + "".join(f"{one:>18}" for one in cells)
            + ("  <<" if most > 100 else "")
        )


if __name__ == "__main__":
    main()
