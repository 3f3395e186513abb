"""The data folder of an embedded MongoDB: where its parts lie, and how private files get there.

`mongodb/` is the database, `mongodb.key` its password (0600), `mongodb.json` process and port of the
mongod that was started last, `mongodb.log` what it says. `owner.lock` is held by the process that runs
the mongod: a server, or a command for its own time. `users.lock` is shared by the commands that use
somebody else's mongod, so that its owner does not stop it underneath them.
"""

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from server.locks import Lock
from sync.core.problem import Problem


@dataclass(frozen=True)
class Folder:
    """Where the parts lie."""

    path: Path

    @property
    def database(self) -> Path:
        """What mongod itself writes."""
        return self.path / "mongodb"

    @property
    def key(self) -> Path:
        """The password, made at the first start."""
        return self.path / "mongodb.key"

    @property
    def running(self) -> Path:
        """Process and port of the mongod that was started last."""
        return self.path / "mongodb.json"

    @property
    def log(self) -> Path:
        """What mongod says; no answers of people are in it."""
        return self.path / "mongodb.log"

    @property
    def first_run(self) -> Path:
        """The secrets of the first start, until the operator deletes it."""
        return self.path / "first-run.json"

    @property
    def audit_heads(self) -> Path:
        """Where the chains of the audit stood at the last check."""
        return self.path / "audit-heads.json"

    @property
    def owner(self) -> Lock:
        """Held by whoever runs the mongod."""
        return Lock(self.path / "owner.lock")

    @property
    def users(self) -> Lock:
        """Shared by the commands that use another process's mongod."""
        return Lock(self.path / "users.lock")


def make(folder: Folder) -> None:
    """Make the folder, readable by its owner only, and see that it can be written to.

    Raises Problem embedded.no_write_access
    """
    try:
        if not folder.path.is_dir():
            folder.path.mkdir(mode=0o700, parents=True)
        folder.database.mkdir(mode=0o700, exist_ok=True)
        probe = folder.path / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise Problem("embedded.no_write_access", folder=folder.path, reason=error.strerror) from None


def password(folder: Folder) -> str:
    """The password of the embedded MongoDB; made when there is none yet."""
    if not folder.key.exists():
        # also mongod's key file, which takes base64 only
        write_private(folder.key, base64.b64encode(secrets.token_bytes(48)).decode("ascii"))
    return folder.key.read_text(encoding="ascii").strip()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read (0600): whole or, after a crash, not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
