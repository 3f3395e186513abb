"""Who may use a data folder: locks that the kernel lets go by itself when their holder dies."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Holder:
    """The process that holds a lock, as far as it said."""

    pid: int
    what: str


class Lock:
    """A lock on a file. Held until `release`, or until the process ends in whatever way."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self, *, what: str = "", shared: bool = False, wait_seconds: float = 0) -> bool:
        """Take the lock and write down who has it; False when another process keeps it all that time."""
        file = self.path.open("a+", encoding="utf-8")
        os.chmod(self.path, 0o600)
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    file.close()
                    return False
                time.sleep(0.05)
        if not shared:
            file.truncate(0)
            file.write(json.dumps({"pid": os.getpid(), "what": what}))
            file.flush()
        self._file = file
        return True

    def release(self) -> None:
        """Let go; nothing happens if it is not held."""
        if self._file:
            self._file.close()
            self._file = None

    def is_held(self) -> bool:
        """Whether anybody, this process included, holds the lock now."""
        try:
            with self.path.open("r", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def holder(self) -> Holder:
        """Who wrote themselves down last; only of interest while the lock is held."""
        with suppress(OSError, ValueError, KeyError):
            said = json.loads(self.path.read_text(encoding="utf-8"))
            return Holder(int(said["pid"]), str(said["what"]))
        return Holder(0, "")


@contextmanager
def shared(lock: Lock, *, wait_seconds: float) -> Iterator[bool]:
    """Hold `lock` together with others for a while; yields whether it was to be had."""
    taken = lock.take(shared=True, wait_seconds=wait_seconds)
    try:
        yield taken
    finally:
        lock.release()
