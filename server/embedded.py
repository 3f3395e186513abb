"""A MongoDB of our own: a private mongod in the data folder, for a trial or one small office.

Who may run it and who may use it is settled by two locks; see `server.data_folder`.
"""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import structlog

from server import data_folder, mongod
from server.config import Config
from server.data_folder import Folder
from server.locks import Lock, shared
from sync.core.problem import Problem
from sync.store import replica_set

Owner = Literal["server", "command"]

START_SECONDS = 90
STOP_SECONDS = 60
LOG_BYTES = 10_000_000

log = structlog.get_logger()


class EmbeddedMongo:
    """A running private MongoDB. Stops at the end of its `with` block, or with `stop()`."""

    def __init__(self, folder: Folder, owner: Lock, binary: Path, cache_gb: float) -> None:
        self._folder, self._owner, self._binary, self._cache_gb = folder, owner, binary, cache_gb
        self._password = data_folder.password(folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._stopping, self._started = threading.Event(), threading.Event()
        self._failure: BaseException | None = None
        # Linux ends mongod together with the thread that launched it: this one lives until stop().
        self._keeper = threading.Thread(target=self._keep, name="mongod", daemon=True)
        self._keeper.start()
        self._started.wait()
        if self._failure:
            self._keeper.join()
            raise self._failure

    @property
    def uri(self) -> str:
        """For the driver. Holds the password: never log it."""
        return replica_set.uri(self._port, self._password)

    @property
    def pid(self) -> int:
        """The process that runs now; another one after a crash of mongod."""
        return self._process.pid if self._process else 0

    def stop(self, *, wait_for_commands_seconds: float = 20) -> None:
        """End mongod in good order, after the commands that use it, and let the folder go."""
        users = self._folder.users
        users.take(wait_seconds=wait_for_commands_seconds)
        try:
            self._stopping.set()
            self._keeper.join()
        finally:
            self._owner.release()
            users.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _keep(self) -> None:
        """Launch mongod, and again whenever it ends without being asked to (short of memory, say)."""
        try:
            self._launch()
            self._started.set()
            while not self._stopping.wait(1):
                self._look_after()
        except BaseException as failure:  # handed to the thread that waits for the start
            self._failure = failure
        finally:
            if self._process:
                _end(self._process.pid, self._process)
            self._started.set()

    def _look_after(self) -> None:
        _rotate(self._folder.log, self.pid)
        if self._process and self._process.poll() is not None:
            log.error("mongod.ended", code=self._process.returncode, next="starting it again")
            try:
                self._launch()
            except Exception as failure:
                # Tried again in a second, for as long as we live; one line each time is enough.
                log.warning("mongod.not_started", problem=getattr(failure, "code", type(failure).__name__))

    def _launch(self) -> None:
        folder = self._folder
        for port in _ports(folder.running):
            words = mongod.command(
                self._binary,
                folder.database,
                port=port,
                key=folder.key,
                log=folder.log,
                cache_gb=self._cache_gb,
            )
            self._process = mongod.launch(words, parent=os.getpid())
            if _listens(port, self._process):
                break
            if self._process.returncode != mongod.ADDRESS_IN_USE:
                raise mongod.why_it_failed(self._binary, folder.log)
        else:
            raise mongod.why_it_failed(self._binary, folder.log)
        try:
            replica_set.make_ready(port, self._password, within_seconds=START_SECONDS)
        except replica_set.KeyRefusedError:
            raise Problem("embedded.key_refused", key=folder.key) from None
        except TimeoutError:
            raise mongod.why_it_failed(self._binary, folder.log) from None
        self._port = port
        data_folder.write_private(folder.running, json.dumps({"pid": self.pid, "port": port}))


def start(
    data: Path,
    *,
    owner: Owner = "server",
    binary: str = "",
    cache_gb: float = 0.25,
    patience_seconds: float = 60,
) -> EmbeddedMongo:
    """Run the MongoDB of this data folder until `stop()`; the first start makes it.

    A mongod that a killed process left behind is ended first (its journal keeps everything). Waits up to
    `patience_seconds` for a command that has the folder's MongoDB for its own time.

    Raises Problem embedded.* with the way out
    """
    program = mongod.find_binary(binary)
    folder = Folder(data.absolute())
    data_folder.make(folder)
    lock = folder.owner
    if not lock.take(what=owner, wait_seconds=0.5):  # a moment, since a look at the lock takes it too
        holder = lock.holder()
        if holder.what == "server" and owner == "server":
            raise Problem("embedded.second_server", pid=holder.pid, folder=data)
        if not lock.take(what=owner, wait_seconds=patience_seconds):
            raise Problem("embedded.folder_busy", pid=holder.pid, folder=data)
    try:
        _end_left_behind(folder)
        return EmbeddedMongo(folder, lock, program, cache_gb)
    except BaseException:
        lock.release()
        raise


def find(data: Path) -> str | None:
    """Where the MongoDB runs that a living process started on this data folder, or None."""
    folder = Folder(data.absolute())
    if not folder.owner.is_held():
        return None  # what still runs then was left behind by a killed server and is about to end
    try:
        running = json.loads(folder.running.read_text(encoding="utf-8"))
        password = folder.key.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    if not _is_mongod_of(folder, int(running["pid"])):
        return None
    return replica_set.uri(int(running["port"]), password)


@contextmanager
def mongodb(config: Config, *, owner: Owner = "command") -> Iterator[str]:
    """The address of the database this configuration means, for the time of the `with` block.

    PTEAH_MONGODB_URI if set; else the running MongoDB of the data folder; else one started now.
    """
    if config.mongodb_uri:
        yield config.mongodb_uri
        return
    if owner == "command" and config.data.is_dir():
        with shared(Folder(config.data).users, wait_seconds=STOP_SECONDS):
            if found := _find_patiently(config.data):
                yield found
                return
    with start(config.data, owner=owner, binary=config.mongod, cache_gb=config.mongod_cache_gb) as running:
        yield running.uri


def _find_patiently(data: Path) -> str | None:
    """As `find`, but waits while the owner is still starting its mongod."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if found := find(data):
            return found
        if not Folder(data).owner.is_held():
            return None
        time.sleep(0.1)
    return None


def _ports(running: Path) -> Iterator[int]:
    """The port used last time, if it is free, then any free ones: another program may be quicker."""
    with suppress(OSError, ValueError, KeyError):
        kept = int(json.loads(running.read_text(encoding="utf-8"))["port"])
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", kept))
        yield kept
    for _ in range(3):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        yield port


def _listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Wait until mongod can be reached; False when it ended instead, or never got there."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if replica_set.answers(port):
            return True
        time.sleep(0.02)
    return False


def _is_mongod_of(folder: Folder, pid: int) -> bool:
    """Whether this process is a mongod on this folder: numbers of ended processes are used again."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
        told = subprocess.run(  # noqa: S603 - a number we read
            ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, check=False
        )
        return str(folder.database).encode() in told.stdout
    except OSError:
        return False
    return str(folder.database).encode() in words


def _end_left_behind(folder: Folder) -> None:
    """End the mongod of a server that was killed. mongod writes its own number into mongod.lock."""
    try:
        pid = int((folder.database / "mongod.lock").read_text(encoding="ascii").strip() or "0")
    except (OSError, ValueError):
        return
    if pid and _is_mongod_of(folder, pid):
        log.warning("mongod.left_behind", pid=pid, next="ending it")
        _end(pid)
        deadline = time.monotonic() + STOP_SECONDS
        while _is_mongod_of(folder, pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        if _is_mongod_of(folder, pid):
            os.kill(pid, signal.SIGKILL)


def _end(pid: int, process: subprocess.Popen[bytes] | None = None) -> None:
    """Ask mongod to end in good order; kill our own child if it takes too long (its journal is safe)."""
    with suppress(ProcessLookupError):
        if process is None or process.poll() is None:
            os.kill(pid, signal.SIGTERM)
    if process:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _rotate(path: Path, pid: int) -> None:
    """Keep one older log beside the current one, each of at most LOG_BYTES or so."""
    with suppress(OSError):
        if path.stat().st_size > LOG_BYTES:
            path.replace(path.with_name(f"{path.name}.1"))
            os.kill(pid, signal.SIGUSR1)  # mongod opens a new file under the old name
