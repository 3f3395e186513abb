"""What tests stand on: a real MongoDB, our own workbooks, a real server. Nothing here imitates anything.

`PTEAH_TEST_MONGODB_URI` names a replica set to use instead of the embedded one.
"""

# ruff: noqa: PLC0415 - a module that is broken just now breaks only the tests that need it

import os
import secrets
import shutil
import tempfile
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from pymongo import MongoClient

# No test passes or fails on a clock (a busy machine is slow, not wrong) or by chance: the same examples each
# time. To look for new ones: `deploy/test --hypothesis-profile=by_chance tests/core`
settings.register_profile("pteah", deadline=None, derandomize=True)
settings.register_profile("by_chance", deadline=None, max_examples=1000)
settings.load_profile("pteah")

pytest_plugins = ["tests.javarosa.plugin"]  # java, new_phone, phone

# Commands and servers that tests start find it in their environment.
os.environ["PTEAH_MASTER_KEY"] = b64encode(bytes(range(96))).decode()
SEALED_WITH_OWN_KEYS = ("keys", "secrets", "audit", "audit_heads")
"""What one database cannot take over from another."""
REPOSITORY = Path(__file__).resolve().parents[1]
ROOM_IN_MEMORY_BYTES = 6_000_000_000


@pytest.fixture(scope="session")
def mongodb_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if given := os.environ.get("PTEAH_TEST_MONGODB_URI"):
        yield given
        return
    from server import embedded

    folder = _in_memory() or tmp_path_factory.mktemp("mongodb")
    try:
        with embedded.start(folder, binary=os.environ.get("PTEAH_MONGOD", "")) as running:
            _forget_quickly(running.uri)
            yield running.uri
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _forget_quickly(uri: str) -> None:
    """Let go of the files of databases that were thrown away: a thousand tests leave too many open."""
    settings = {
        "minSnapshotHistoryWindowInSeconds": 1,
        "syncdelay": 10,
        "wiredTigerEngineRuntimeConfig": (
            "file_manager=(close_idle_time=5,close_scan_interval=2,close_handle_minimum=100)"
        ),
    }
    with MongoClient(uri) as client:
        for name, value in settings.items():
            client.admin.command("setParameter", 1, **{name: value})


def _in_memory() -> Path | None:
    """A folder in memory where there is room: every test makes a hundred indexes, each waits for the disk."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < ROOM_IN_MEMORY_BYTES:
        return None
    return Path(tempfile.mkdtemp(prefix="pteah-tests-", dir=memory))


@pytest.fixture(scope="session")
def any_database(mongodb_uri):
    """Any database, opened as the server opens its own. Signing in costs more than a whole test."""
    from server.config import read_config
    from server.master_key import unlock
    from sync.store.connect import open_database

    database = open_database(mongodb_uri, "pteah_test")
    unlock(read_config(os.environ), database)
    yield database
    database.client.close()


@pytest.fixture(scope="session")
def mongodb_client(any_database):
    return any_database.client


@pytest.fixture
def db(mongodb_client, any_database):
    """A database of its own for this test, with all indexes, thrown away afterwards."""
    from sync.store.connect import database as database_of
    from sync.store.connect import ensure_indexes

    name = f"pteah_test_{secrets.token_hex(6)}"
    database = database_of(mongodb_client, name)
    ensure_indexes(database)
    yield database
    mongodb_client.drop_database(name)


@pytest.fixture(scope="session")
def with_our_workbooks(any_database):
    """A database with our own four workbooks published, to be copied: publishing takes seconds."""
    from server.first_run import publish_our_workbooks
    from sync.store.connect import database as database_of

    database = database_of(any_database.client, f"pteah_test_workbooks_{secrets.token_hex(6)}")
    publish_our_workbooks(database, published_at=datetime(2025, 1, 1, tzinfo=UTC))
    yield database
    any_database.client.drop_database(database.name)


@pytest.fixture
def published(db, with_our_workbooks):
    """The database, with our own four workbooks published."""
    take_over(with_our_workbooks, db)
    return db


def take_over(workbooks, database) -> None:
    """Publish there what is published here."""
    for name in workbooks.list_collection_names():
        if name not in SEALED_WITH_OWN_KEYS and (documents := list(workbooks[name].find())):
            database[name].insert_many(documents)


@pytest.fixture
def config(tmp_path, mongodb_uri, db):
    from server.config import read_config

    return replace(
        read_config(
            {"PTEAH_LOG_LEVEL": "WARNING", "PTEAH_MASTER_KEY": os.environ["PTEAH_MASTER_KEY"]},
            data=str(tmp_path / "data"),
        ),
        mongodb_uri=mongodb_uri,
        database=db.name,
    )


@pytest.fixture
def app(config, db):
    from server.app import create_app

    app = create_app(config, db)
    app.testing = True
    return app


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def device(db) -> str:
    """The token of a registered phone."""
    from sync.store import devices

    return devices.add(
        db,
        name="Phone of a test",
        worker_id="worker-1",
        worker_name="Worker One",
        made_at=datetime(2025, 1, 1, tzinfo=UTC),
    )


@dataclass
class Server:
    """A server as people and phones meet it: real sockets, worker included."""

    url: str
    db: object
    wake: threading.Event


@pytest.fixture
def server(config, db) -> Iterator[Server]:
    """The whole server on a free port, its worker beside it."""
    from server.serving import Serving

    with Serving(replace(config, port=0), db) as serving:
        yield Server(url=serving.url, db=db, wake=serving.wake)
