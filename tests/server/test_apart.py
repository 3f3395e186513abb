"""The worker beside the server: a process of its own that takes up what comes, ends with it."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.demo import add_people
from server.serving import Serving
from sync.store import submissions
from tests.waiting import wait_until

A_SERVER = """
import os, subprocess
from server import apart
from server.config import read_config
child = apart.start(read_config(os.environ), "server.apart", stdin=subprocess.PIPE)
print(child.pid, flush=True)
child.wait()
"""


@pytest.fixture
def let_wait(published):
    """Lets the records of two people wait; what is called again lets them wait again."""
    add_people(published, returnees=2, seed=1, now=datetime.now(UTC))
    again = {"state": "received", "next_try_at": datetime.now(UTC)}
    return lambda: published.submissions.update_many({}, {"$set": again})


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def workers(database: str) -> set[int]:
    """The processes that work on this database."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            own = f"PTEAH_DATABASE={database}".encode() in (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if own and words[1:3] == [b"-m", b"server.apart"]:
            found.add(int(process.name))
    return found


def test_it_takes_up_what_comes_is_replaced_when_it_dies_and_ends_with_its_server(config, db, let_wait):
    let_wait()
    with Serving(replace(config, port=0), db, worker_apart=True) as serving:
        wait_until(lambda: not submissions.counts(db)["received"])
        mine = workers(db.name)

        for worker in mine:
            os.kill(worker, signal.SIGKILL)
        let_wait()
        serving.wake.set()
        wait_until(lambda: not submissions.counts(db)["received"])
        another = workers(db.name) - mine

    assert mine
    assert another
    assert not any(is_alive(worker) for worker in mine | another)


def test_it_ends_also_when_its_server_is_killed(config):
    environment = {
        **os.environ,
        "PTEAH_DATA": str(config.data),
        "PTEAH_DATABASE": config.database,
        "PTEAH_MONGODB_URI": config.mongodb_uri,
    }
    with subprocess.Popen(
        [sys.executable, "-c", A_SERVER], env=environment, stdout=subprocess.PIPE
    ) as server:
        worker = int(server.stdout.readline())
        assert is_alive(worker)
        server.kill()

    wait_until(lambda: not is_alive(worker))
