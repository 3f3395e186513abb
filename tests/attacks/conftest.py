"""The house stands for all attacks together: what one of them breaks, the others find broken."""

import os
import secrets
from dataclasses import replace

import pytest
from argon2 import PasswordHasher

from server import accounts
from server.config import read_config
from sync.store.connect import database as database_of
from sync.store.connect import ensure_indexes
from tests.attacks.house import House, open_house
from tests.conftest import SEALED_WITH_OWN_KEYS


@pytest.fixture(scope="session")
def house(any_database, with_our_workbooks, mongodb_uri, tmp_path_factory):
    accounts.hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # as in tests/server
    db = database_of(any_database.client, f"pteah_test_attacks_{secrets.token_hex(6)}")
    ensure_indexes(db)
    for name in set(with_our_workbooks.list_collection_names()) - set(SEALED_WITH_OWN_KEYS):
        if documents := list(with_our_workbooks[name].find()):
            db[name].insert_many(documents)
    environ = {"PTEAH_LOG_LEVEL": "WARNING", "PTEAH_MASTER_KEY": os.environ["PTEAH_MASTER_KEY"]}
    data = tmp_path_factory.mktemp("attacked")
    config = replace(read_config(environ, data=str(data)), mongodb_uri=mongodb_uri, database=db.name)
    with open_house(config, db) as found:
        yield found
    any_database.client.drop_database(db.name)


@pytest.fixture
def unchanged(house: House):
    """Nothing that matters is changed by the attack."""
    before = house.as_before()
    yield
    assert house.as_before() == before
