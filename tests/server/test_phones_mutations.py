"""Requests damaged at random: no error of the server's, no hang, no file that nothing names."""

import logging
from urllib.parse import urlsplit

import pytest

from tests.server.mutations import orphans, prepared, run


@pytest.mark.parametrize("seed", [1, 2])
def test_damaged_requests_are_refused_or_taken_and_leave_nothing_behind(server, seed, caplog):
    token = prepared(server.db)

    came = run(urlsplit(server.url).port, token, 400, seed)

    # 501: what says that it comes in an encoding that nobody has.
    assert not [status for status in came if status.startswith("5") and status != "501"], came
    # Without an answer stay only those that another reader of HTTP, too, still waits for or cannot read.
    assert came["closed: whole"] == 0, came
    assert came["200"] + came["201"] + came["204"] > 20, came
    assert orphans(server.db) == set()
    assert not [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]
