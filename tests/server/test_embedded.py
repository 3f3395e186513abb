"""The private MongoDB: nothing it acknowledged is lost, nobody else gets in, and it never lives on alone.

Real processes throughout: `SERVER` is a child that starts the embedded MongoDB as a server does, writes
one document, says so, and waits to be killed.
"""

import json
import os
import signal
import socketserver
import stat
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from server import embedded, mongod
from server.config import read_config
from server.locks import Lock
from sync.core.problem import Problem
from sync.store.connect import open_database
from tests.waiting import wait_until

SERVER = """
    import sys, time
    from pathlib import Path
    from server import embedded
    from sync.store.connect import open_database
    running = embedded.start(Path(sys.argv[1]), owner=sys.argv[2])
    open_database(running.uri, "pteah").kept.insert_one({"_id": sys.argv[3]})
    sys.stdout.write(f"{running.pid}\\n")
    sys.stdout.flush()
    sys.stdin.read()
    running.stop()
"""


class Child:
    """A process of its own that runs the embedded MongoDB of `data`."""

    def __init__(self, data: Path, *, owner: str = "server", writes: str = "first") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(SERVER), str(data), owner, writes],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.mongod_pid = int(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.kill()
        self._close()

    def end(self) -> None:
        self.process.stdin.close()
        self._close()

    def _close(self) -> None:
        self.process.wait(60)
        self.process.stdout.close()
        if not self.process.stdin.closed:
            self.process.stdin.close()


def is_running(pid: int) -> bool:
    try:
        return b"mongod" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "a data folder"


def kept(uri: str) -> set[str]:
    client = open_database(uri, "pteah").client
    try:
        return {found["_id"] for found in client.pteah.kept.find()}
    finally:
        client.close()


def write(uri: str, name: str) -> None:
    client = open_database(uri, "pteah").client
    client.pteah.kept.insert_one({"_id": name})
    client.close()


@contextmanager
def another_program(port: int):
    """Something else that has the port, and hangs up on whoever calls."""
    with socketserver.TCPServer(("127.0.0.1", port), socketserver.BaseRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def program(folder: Path, script: str) -> str:
    path = folder / "mongod"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_it_takes_transactions(data):
    with embedded.start(data) as running:
        db = open_database(running.uri, "pteah")
        with db.client.start_session() as session, session.start_transaction():
            db.kept.insert_one({"_id": "in a transaction"}, session=session)
        db.client.close()

        assert kept(running.uri) == {"in a transaction"}


def test_after_kill_9_of_the_server_its_mongod_ends_and_the_next_start_finds_everything(data):
    child = Child(data)
    child.kill()

    with embedded.start(data) as running:
        assert kept(running.uri) == {"first"}
        assert not is_running(child.mongod_pid)


def test_a_mongod_that_outlived_its_server_is_ended_by_the_next_start(data):
    child = Child(data)
    # Stopped, it cannot follow the signal that its server's death sends it: as where no such signal exists.
    os.kill(child.mongod_pid, signal.SIGSTOP)
    child.kill()
    assert is_running(child.mongod_pid)
    assert embedded.find(data) is None

    waker = subprocess.Popen(["/bin/sh", "-c", f"sleep 1; kill -CONT {child.mongod_pid}"])
    with embedded.start(data) as running:
        assert kept(running.uri) == {"first"}
        assert not is_running(child.mongod_pid)
    waker.wait()


def test_after_kill_9_of_mongod_a_new_one_takes_its_place_with_everything_acknowledged(data):
    with embedded.start(data) as running:
        db = open_database(running.uri, "pteah")
        db.kept.insert_one({"_id": "acknowledged"})
        old = running.pid
        os.kill(old, signal.SIGKILL)

        wait_until(lambda: running.pid != old and embedded.find(data))

        assert kept(running.uri) == {"acknowledged"}
        db.client.close()


def test_when_the_server_stops_its_mongod_stops_too(data):
    child = Child(data)
    child.end()
    assert not is_running(child.mongod_pid)


def test_a_second_server_on_the_same_folder_is_refused_with_a_sentence(data):
    with embedded.start(data), pytest.raises(Problem) as refused:
        embedded.start(data)

    assert refused.value.code == "embedded.second_server"
    assert str(os.getpid()) in str(refused.value)
    assert "--data" in str(refused.value)


def test_a_command_uses_the_mongod_of_the_running_server(data):
    child = Child(data)
    with embedded.mongodb(read_config({}, data=str(data))) as uri:
        assert kept(uri) == {"first"}
        assert json.loads((data / "mongodb.json").read_text())["pid"] == child.mongod_pid
    child.end()


def test_a_command_without_a_server_starts_mongod_for_its_own_time(data):
    with embedded.mongodb(read_config({}, data=str(data))) as uri:
        assert kept(uri) == set()
        pid = json.loads((data / "mongodb.json").read_text())["pid"]
    assert not is_running(pid)


def test_a_server_waits_for_a_command_that_has_the_folder(data):
    child = Child(data, owner="command")
    with pytest.raises(Problem) as refused:
        embedded.start(data, patience_seconds=0.2)
    assert refused.value.code == "embedded.folder_busy"

    child.process.stdin.close()
    with embedded.start(data) as running:
        assert kept(running.uri) == {"first"}
    child.end()


def test_the_owner_stops_only_after_the_commands_that_use_its_mongod(data):
    child = Child(data)
    with embedded.mongodb(read_config({}, data=str(data))) as uri:
        child.process.stdin.close()  # the server is asked to stop while the command is at work
        time.sleep(0.5)
        assert kept(uri) == {"first"}
    child.end()
    assert not is_running(child.mongod_pid)


def test_the_port_of_last_time_is_taken_again_and_another_one_when_it_is_gone(data):
    with embedded.start(data) as running:
        first = json.loads((data / "mongodb.json").read_text())["port"]
        write(running.uri, "before")
    with embedded.start(data):
        assert json.loads((data / "mongodb.json").read_text())["port"] == first

    with another_program(first), embedded.start(data) as moved:
        assert json.loads((data / "mongodb.json").read_text())["port"] != first
        assert kept(moved.uri) == {"before"}


def test_nobody_gets_in_without_the_password_in_the_data_folder(data):
    with embedded.start(data):
        port = json.loads((data / "mongodb.json").read_text())["port"]
        with (
            MongoClient("127.0.0.1", port, directConnection=True) as stranger,
            pytest.raises(OperationFailure),
        ):
            stranger.pteah.kept.find_one()


def test_it_listens_on_loopback_only(data):
    with embedded.start(data) as running:
        opened = {
            int(line.split()[9]) for line in Path(f"/proc/{running.pid}/net/tcp").read_text().splitlines()[1:]
        }
        mine = set()
        for handle in Path(f"/proc/{running.pid}/fd").iterdir():
            target = os.readlink(handle)
            if target.startswith("socket:["):
                mine.add(int(target[8:-1]))
        listening = [
            line.split()[1].split(":")[0]
            for line in Path(f"/proc/{running.pid}/net/tcp").read_text().splitlines()[1:]
            if line.split()[3] == "0A" and int(line.split()[9]) in mine & opened
        ]
    assert listening == ["0100007F"]


def test_what_it_keeps_secret_is_readable_by_its_owner_only(data):
    with embedded.start(data):
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        for name in ("mongodb.key", "mongodb.json", "owner.lock"):
            assert stat.S_IMODE((data / name).stat().st_mode) == 0o600


def test_a_key_that_belongs_to_another_database_is_named(data, tmp_path):
    with embedded.start(data):
        pass
    with embedded.start(tmp_path / "other"):
        pass
    (data / "mongodb.key").write_text((tmp_path / "other" / "mongodb.key").read_text())

    with pytest.raises(Problem) as refused:
        embedded.start(data)

    assert refused.value.code == "embedded.key_refused"


@pytest.mark.parametrize(
    ("script", "code", "way_out"),
    [
        pytest.param(
            'echo "$0: error while loading shared libraries: libcurl.so.4: cannot open shared object file: '
            'No such file or directory" >&2; exit 127',
            "embedded.library_missing",
            "sudo apt-get install libcurl4",
            id="without libcurl it names Debian's package",
        ),
        pytest.param(
            'echo "$0: error while loading shared libraries: libcrypto.so.3: cannot open shared object file: '
            'No such file or directory" >&2; exit 127',
            "embedded.library_missing",
            "sudo apt-get install libssl3",
            id="without OpenSSL 3 it names Debian's package",
        ),
        pytest.param(
            'echo "$0: error while loading shared libraries: libodd.so.9: cannot open" >&2; exit 127',
            "embedded.library_unknown",
            "libodd.so.9",
            id="another library is named as it is",
        ),
        pytest.param(
            "echo no space left >&2; exit 14", "embedded.failed", "no space left", id="its last words"
        ),
    ],
)
def test_a_mongod_that_does_not_start_gets_a_sentence(data, tmp_path, script, code, way_out):
    with pytest.raises(Problem) as failed:
        embedded.start(data, binary=program(tmp_path, script))
    assert failed.value.code == code
    assert way_out in str(failed.value)


def test_after_a_failed_start_the_folder_is_free_again(data, tmp_path):
    with pytest.raises(Problem):
        embedded.start(data, binary=program(tmp_path, "exit 1"))
    with embedded.start(data) as running:
        assert kept(running.uri) == set()


def test_a_named_program_that_is_not_there_is_named(data):
    with pytest.raises(Problem) as refused:
        embedded.start(data, binary="/nowhere/mongod")
    assert refused.value.code == "embedded.binary_missing"


def test_without_any_mongod_the_ways_out_are_named(data, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(mongod, "PACKAGED", ("nothing_of_this_name.db",))
    with pytest.raises(Problem) as refused:
        embedded.start(data)
    assert refused.value.code == "embedded.no_binary"
    assert "PTEAH_MONGODB_URI" in str(refused.value)


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem) as refused:
        embedded.start(tmp_path / "file" / "data")
    assert refused.value.code == "embedded.no_write_access"
    assert "--data" in str(refused.value)


def test_a_uri_of_the_operator_is_used_as_it_is(data):
    config = replace(read_config({}, data=str(data)), mongodb_uri="mongodb://elsewhere/")
    with embedded.mongodb(config) as uri:
        assert uri == "mongodb://elsewhere/"
    assert not data.exists()


@pytest.mark.parametrize(
    ("flags", "lacks"),
    [
        pytest.param("flags\t\t: fpu sse4_2 avx avx2 aes", False, id="a processor with AVX is fine"),
        pytest.param("flags\t\t: fpu sse4_2 aes", True, id="one without is not"),
        pytest.param("Features\t: fp asimd", False, id="on ARM there is nothing to look for"),
    ],
)
def test_avx_is_looked_for_in_cpuinfo(flags, lacks):
    assert mongod.lacks_avx(f"processor\t: 0\n{flags}\n") is lacks


def test_a_lock_ends_with_its_holder_however_that_ended(tmp_path):
    path = tmp_path / "lock"
    hold_and_die = (
        "import os, pathlib, sys\n"
        "from server.locks import Lock\n"
        "Lock(pathlib.Path(sys.argv[1])).take(what='a command')\n"
        "os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", hold_and_die, str(path)], check=False)

    lock = Lock(path)
    assert path.exists()
    assert lock.take(what="the next one")
    lock.release()
