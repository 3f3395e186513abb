"""The master key: where it is, and how it gets to those who seal and open.

From the environment (`PTEAH_MASTER_KEY`), a key service (`PTEAH_KMS`) or a file (`PTEAH_MASTER_KEY_FILE`,
else `master.key` in the data folder, made at the first start). Lines of the file are `NAME BASE64`, each of
96 bytes; the last one wraps what is new, the others open what they wrapped until `pteah key rotate` is done.
"""

import base64
import json
import os
import re
import secrets
import stat
from functools import partial
from pathlib import Path

from server.config import Config
from server.data_folder import write_private
from sync.core.problem import Problem
from sync.store import keys
from sync.store.connect import Db
from sync.store.keys import Master

KEY_BYTES = 96
_NAME = re.compile(r"[a-z0-9_]{1,32}")

Keys = dict[str, bytes]


def unlock(config: Config, db: Db) -> None:
    """Let this database be sealed and opened with the operator's master key; makes one where none was ever.

    Raises Problem key.file_lost, key.file_open, key.unreadable, key.wrong_master.
    """
    path = file_of(config)
    if not is_there(config):
        if db[keys.KEYS].find_one({}, {"_id": 1}) is not None:
            raise Problem("key.file_lost", file=path)
        _make(path)
    master = load(config)  # what is wrong with it is said now and not at the first name
    keys.unlock(db, partial(load, config))
    if keys.wraps_now(db, first=master.current) not in master.providers:
        raise Problem("key.wrong_master")


def load(config: Config) -> Master:
    """The master keys as they are now. Raises Problem key.file_open, key.unreadable."""
    path = file_of(config)
    known = _read(config.master_key, "PTEAH_MASTER_KEY") if config.master_key else {}
    if not known and path.exists():
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Problem("key.file_open", file=path)
        known = _read(path.read_text(encoding="ascii", errors="replace"), str(path))
    providers = {f"local:{name}": {"key": key} for name, key in known.items()}
    if not config.kms:
        return Master(providers, current=list(providers)[-1])
    try:
        kms = json.loads(config.kms)
        return Master({**providers, kms["provider"]: kms["credentials"]}, kms["provider"], kms["key"])
    except (ValueError, KeyError, TypeError):
        raise Problem("key.unreadable", where="PTEAH_KMS") from None


def is_there(config: Config) -> bool:
    """Whether a master key was given, in whatever way."""
    return bool(config.master_key or config.kms or file_of(config).exists())


def file_of(config: Config) -> Path:
    """Where the master key lies unless the environment or a key service has it."""
    return Path(config.master_key_file) if config.master_key_file else config.data / "master.key"


def add_new(config: Config) -> str:
    """Put a new master key behind the others in the file, so that it wraps what is new; its name."""
    path = file_of(config)
    known = _read(path.read_text(encoding="ascii"), str(path))
    name = secrets.token_hex(4)
    _write(path, {**known, name: secrets.token_bytes(KEY_BYTES)})
    return name


def forget_others(config: Config) -> int:
    """Take all master keys but the current one out of the file; how many those were."""
    path = file_of(config)
    known = _read(path.read_text(encoding="ascii"), str(path))
    last = list(known)[-1]
    _write(path, {last: known[last]})
    return len(known) - 1


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        # Of two servers that start together one writes it, the other reads what that one wrote.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(_line(secrets.token_hex(4), secrets.token_bytes(KEY_BYTES)))
        file.flush()
        os.fsync(file.fileno())


def _write(path: Path, known: Keys) -> None:
    write_private(path, "".join(_line(name, key) for name, key in known.items()))


def _line(name: str, key: bytes) -> str:
    return f"{name} {base64.b64encode(key).decode()}\n"


def _read(text: str, where: str) -> Keys:
    """Names and keys of these lines; one key alone needs no name."""
    found: Keys = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        name, _, written = line.rpartition(" ")
        try:
            key = base64.b64decode(written, validate=True)
        except ValueError:
            raise Problem("key.unreadable", where=where) from None
        name = name.strip() or "main"
        if len(key) != KEY_BYTES or not _NAME.fullmatch(name) or name in found:
            raise Problem("key.unreadable", where=where)
        found[name] = key
    if not found:
        raise Problem("key.unreadable", where=where)
    return found
