"""The server's own secret: the file `secret.key` in the data folder, and the keys that follow from it."""

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

LOGINS = "logins"
"""What the passwords of phones and tools are kept under."""


def secret_key(data: Path) -> bytes:
    """The server's secret: the file `secret.key` in the data folder, made at the first start.

    Servers that share one database need the same file; without it readers are
    signed out, and user names and passwords under …/openrosa have to be made anew.
    """
    path = data / "secret.key"
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        beside = data / f".secret.key.{os.getpid()}"
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        # Of two servers that start together one gives the file its name, and both read that one.
        with suppress(FileExistsError):
            os.link(beside, path)
        beside.unlink()
    return path.read_bytes()


def derived_key(data: Path, purpose: str) -> bytes:
    """A key of 32 bytes for this purpose alone; the same as long as `secret.key` is."""
    return hmac.digest(secret_key(data), f"pteah {purpose}".encode(), "sha256")
