"""A real server in a process of its own."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server import embedded
from server.config import read_config
from server.master_key import unlock
from sync.store.connect import Db, open_database

PATIENCE_SECONDS = 300


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    port: int
    pid: int
    mongodb_uri: str
    ready_after_seconds: float
    data: Path
    """Its data folder, with the master key."""
    notes: dict
    """first-run.json"""

    def cpu_seconds(self) -> tuple[float, float]:
        """Processor time used so far by the server, its worker included, and by its MongoDB."""
        (mongod,) = _children(self.pid, "mongod")
        ours = [self.pid, *_children(self.pid, "python")]
        return sum(_cpu_seconds(pid) for pid in ours), _cpu_seconds(mongod)

    def memory(self, when: str) -> str:
        """Resident memory of the server and its MongoDB, in MB."""
        said = ", ".join(f"{name} {size:.0f} MB" for name, size in self.resident().items())
        return f"memory {when}: {said}"

    def resident(self) -> dict[str, float]:
        """The same, process by process."""
        (mongod,) = _children(self.pid, "mongod")
        worker = sum(resident_mb(pid) for pid in _children(self.pid, "python"))
        return {"server": resident_mb(self.pid), "its worker": worker, "mongod": resident_mb(mongod)}


@contextmanager
def running(data: Path, *words: str, program: str = "server.cli") -> Iterator[Running]:
    """`pteah serve` on this data folder, until the end of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    begun = time.perf_counter()
    command = [sys.executable, "-m", program, "serve", "--data", str(data), "--port", str(port), *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_until_ready(process, port)
            seconds = time.perf_counter() - begun
            notes = json.loads((data / "first-run.json").read_text())
            yield Running(port, process.pid, embedded.find(data) or "", seconds, data, notes)
        finally:
            process.terminate()
            process.wait(60)


def database_of(data: Path, uri: str, name: str = "pteah") -> Db:
    """A server's database, opened as a command does: with the master key in its data folder."""
    db = open_database(uri, name)
    unlock(read_config({}, data=str(data)), db)
    return db


def _wait_until_ready(process: subprocess.Popen, port: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").close()
        except (urllib.error.URLError, ConnectionError):
            if process.poll() is not None:
                raise RuntimeError("the server ended") from None
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("the server does not get ready")


def _children(pid: int, name: str) -> list[int]:
    """The processes called `name` that this one started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            before, _, after = stat.read_text().rpartition(")")
        except OSError:
            continue
        if before.endswith(f"({name}") and int(after.split()[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def _cpu_seconds(pid: int) -> float:
    """User and system time of all threads of a process."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Resident memory of a process."""
    (line,) = [one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmRSS")]
    return int(line.split()[1]) / 1024
