"""Processes of ours beside the server: Python uses one processor each, and phones go first."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog

from server import logs
from server.config import Config, read_config
from sync import worker
from sync.store.connect import Db

FINISH_SECONDS = 30
GATHER_SECONDS = 0.02
"""Records that come within this time wake the worker once."""
LOOK_EVERY_SECONDS = 0.5
TWO = 2
"""Workers in that process: while MongoDB writes for one, the other thinks."""

log = structlog.get_logger("pteah.server")


def start(config: Config, module: str, *, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """A process of this module, for the same data folder and database."""
    environment = {**os.environ, "PTEAH_DATA": str(config.data), "PTEAH_DATABASE": config.database}
    if config.mongodb_uri:
        environment["PTEAH_MONGODB_URI"] = config.mongodb_uri
    return subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-m", module], env=environment, stdin=stdin
    )


def end(child: subprocess.Popen[bytes], patience_seconds: float) -> bool:
    """Wait for it, and end it if it takes too long; whether it ended by itself."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(patience_seconds)
        return True
    child.kill()
    child.wait()
    return False


def work(config: Config, stopping: threading.Event, wake: threading.Event) -> None:
    """Have records worked through in a process of its own, until `stopping`, then let it finish.

    A byte through its standard input wakes it, the end of the input stops it: also when this process is
    killed.
    """
    child = start(config, "server.apart", stdin=subprocess.PIPE)
    assert child.stdin is not None  # noqa: S101 - asked for above
    with suppress(BrokenPipeError):  # it ended; whoever called starts another
        while child.poll() is None and not stopping.is_set():
            if wake.wait(LOOK_EVERY_SECONDS):
                wake.clear()
                os.write(child.stdin.fileno(), b".")
                stopping.wait(GATHER_SECONDS)
    child.stdin.close()
    if not end(child, FINISH_SECONDS):
        log.warning("worker.slow", next="its submission is taken up again at the next start")


@contextmanager
def begun() -> Iterator[tuple[Config, Db]]:
    """For a process that `start` started: its configuration and its database, behind phones from now on."""
    from server.commands import database, quiet_libraries  # noqa: PLC0415 - only a process of its own needs it

    with suppress(OSError):
        os.nice(5)  # phones go first
    quiet_libraries()
    config = read_config(os.environ)
    with database(config, indexes=False) as db:
        yield config, db


def main() -> None:
    """Work until the standard input ends."""
    stop, wakes = threading.Event(), [threading.Event() for _ in range(TWO)]

    def wake(*_: object) -> None:
        for one in wakes:
            one.set()

    def leave(*_: object) -> None:
        stop.set()
        wake()

    def listen() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            wake()
        leave()

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which closes our input
    signal.signal(signal.SIGTERM, leave)
    threading.Thread(target=listen, name="listening", daemon=True).start()
    with begun() as (config, db):
        logs.configure(config.log_level)
        workers = [threading.Thread(target=worker.run, args=(db, stop, one)) for one in wakes]
        for one in workers:
            one.start()
        for one in workers:
            one.join()


if __name__ == "__main__":
    main()
