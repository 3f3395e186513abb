"""A large caseload of invented people, made as records make them and then copied: what benches measure on."""

import random
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import bson

from server import embedded, master_key
from server.config import Config, read_config
from server.demo import add_people
from server.first_run import publish_our_workbooks
from sync import pipeline, rebuild
from sync.core.protocol import Rules
from sync.store import submissions
from sync.store.connect import Db, ensure_indexes, open_database
from sync.store.rules import current_rules
from tests.bench.figures import say

EACH = 10
"""Records of each person who is copied."""
_ABOUT_HER = {
    "submissions": "touches",
    "records": "entity_ids",
    "returnees": "_id",
    "case_codes": "entity_id",
}


@contextmanager
def peopled(returnees: int, now: datetime) -> Iterator[tuple[Config, Db, Rules]]:
    """A database with our workbooks and so many invented people, worked through; it goes away again."""
    with tempfile.TemporaryDirectory() as folder, embedded.start(Path(folder)) as mongo:
        config = replace(read_config({}, data=folder), mongodb_uri=mongo.uri, database="bench")
        db = open_database(mongo.uri, "bench")
        ensure_indexes(db)
        master_key.unlock(config, db)
        publish_our_workbooks(db, published_at=now - timedelta(days=700))
        add_people(db, returnees=returnees, seed=3, now=now)
        yield config, db, worked_through(db, now)
        db.client.close()


def worked_through(db: Db, now: datetime) -> Rules:
    """The rules in force, after everything that waits was worked through under them."""
    rules = current_rules(db)
    if rules is None:
        raise SystemExit("nothing is published")
    waiting = submissions.claim_some(db, now=now, worker_name="bench", limit=100_000)
    for some in rebuild.batched(waiting, 50):
        pipeline.process(db, some, rules, at=now)
    return rules


def grow(db: Db, returnees: int) -> None:
    """Copy those with EACH records or more, each copy under numbers and a key of her own."""
    begun, chance = time.perf_counter(), random.Random(5)
    patterns = [
        _history(db, file) for file in db.returnees.find({f"instances.{EACH - 1}": {"$exists": True}})
    ]
    there = db.returnees.estimated_document_count()
    for first in range(there, returnees, 100):
        made: dict[str, list[dict[str, Any]]] = {name: [] for name in _ABOUT_HER}
        for number in range(first, min(first + 100, returnees)):
            for name, documents in _copy(patterns[number % len(patterns)], number, chance).items():
                made[name] += documents
        for name, documents in made.items():
            db[name].insert_many(documents, ordered=False)
        if first % 1000 < 100:
            say(f"{first} people, {time.perf_counter() - begun:.0f} s")


def _history(db: Db, file: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {name: list(db[name].find({field: file["_id"]})) for name, field in _ABOUT_HER.items()}


def _copy(
    history: dict[str, list[dict[str, Any]]], number: int, chance: random.Random
) -> dict[str, list[dict[str, Any]]]:
    """The same history about somebody else: every number in it is another one of the same length."""
    (file,) = history["returnees"]
    old = [file["_id"], *(one["_id"].removeprefix("uuid:") for one in history["submissions"])]
    new = {name.encode(): str(uuid.UUID(int=chance.getrandbits(128), version=4)).encode() for name in old}
    code = f"KH-99-{number:07d}"
    made: dict[str, list[dict[str, Any]]] = {}
    for name, documents in history.items():
        for document in documents:
            raw = bson.encode(document)
            for one, other in new.items():
                raw = raw.replace(one, other)
            again = bson.decode(raw)
            if name == "returnees":
                again["case_code"] = code
            if name == "case_codes":
                again["_id"] = code
            made.setdefault(name, []).append(again)
    return made
