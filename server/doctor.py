"""What `pteah doctor` looks at: each check says in one sentence how it is and, if need be, what to do."""

import platform
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from server import master_key, mongod
from server.config import Config
from server.data_folder import Folder
from sync.core.problem import Problem
from sync.store import checkup, dump, health, keys, orphans, resealing, wrapping
from sync.store.connect import Db

State = Literal["ok", "note", "wrong"]

SECRETS = ("mongodb.key", "master.key", "secret.key", "first-run.json")
LITTLE_DISK_GB, MUCH_TOO_LITTLE_DISK_GB = 5, 1
CLOCK_SECONDS = 5
WAITING_MINUTES = 10


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `note`: works, but read it; `wrong`: mend it."""

    name: str
    state: State
    sentence: str


def look_at_machine(config: Config) -> Iterator[Finding]:
    """Python, MongoDB's program, Java, disk, port, file modes: no database is needed for these."""
    yield Finding("python", "ok", f"Python {platform.python_version()} on {platform.system()}")
    yield _program(config)
    yield _java()
    yield _disk(config.data)
    yield from _folder(config.data)
    yield _port(config)
    yield _address(config)
    yield _ntp()


def look_at_database(config: Config, db: Db, *, now: datetime) -> Iterator[Finding]:
    """Reachable, whole, indexed, on time, and nothing left lying."""
    found = checkup.check(db)
    if int(found.version.split(".")[0]) < 6:
        yield Finding("mongodb", "wrong", f"MongoDB {found.version} is too old: Pteah needs 6.0 or newer")
    elif not found.is_replica_set:
        yield Finding("mongodb", "wrong", "MongoDB must be a replica set (one member will do): rs.initiate()")
    elif found.members_up < found.members:
        up = f"{found.members_up} of {found.members}"
        yield Finding("mongodb", "wrong", f"Only {up} members of the replica set are up")
    else:
        members = "1 member" if found.members == 1 else f"{found.members} members"
        yield Finding("mongodb", "ok", f"MongoDB {found.version}, replica set of {members}")
    if dump.is_half_restored(db):
        yield Finding("restore", "wrong", Problem("restore.unfinished").message())
    if found.missing_indexes:
        names = ", ".join(found.missing_indexes)
        yield Finding("indexes", "wrong", f"Missing: {names}. They are made when the server starts")
    else:
        yield Finding("indexes", "ok", "All indexes are there")
    apart = abs((now - found.clock_at).total_seconds())
    if apart > CLOCK_SECONDS:
        yield Finding("clock", "wrong", f"This clock and MongoDB's are {apart:.0f} seconds apart: set both")
    yield from _master(config, db)
    yield from _sealed(db)
    yield from _work(db, now)
    yield from _left_lying(db, now)


def _master(config: Config, db: Db) -> Iterator[Finding]:
    if not master_key.is_there(config) and db[keys.KEYS].find_one({}, {"_id": 1}) is None:
        yield Finding("key", "note", "There is no master key yet; the first start makes one")
        return
    try:
        master_key.unlock(config, db)
        keys.vault_of(db).check()
        left = wrapping.count_wrapped_otherwise(db)
    except Problem as problem:
        yield Finding("key", "wrong", str(problem))
        return
    if left:
        yield Finding("key", "wrong", f"{left:,} keys are wrapped by a former master key: pteah key rotate")
    else:
        yield Finding("key", "ok", "The master key opens what is sealed here. Keep a copy of it elsewhere")


def _sealed(db: Db) -> Iterator[Finding]:
    if left := resealing.unsealed(db):
        where = ", ".join(f"{count:,} in {name}" for name, count in sorted(left.items()))
        yield Finding("sealed", "wrong", f"Lies here unsealed: {where}. Type: pteah key seal")
    else:
        yield Finding("sealed", "ok", "Everything personal is sealed")


def _left_lying(db: Db, now: datetime) -> Iterator[Finding]:
    """What belongs to nothing: counted, the first few named, nothing taken away."""
    try:
        keys.vault_of(db)
    except Problem:
        return  # said above; without the key nobody can tell which files are named
    found = list(orphans.find(db, now=now))
    for one in found:
        some = ", ".join(one.some) + (", …" if one.count > len(one.some) else "")
        said = f"{one.count:,} {one.kind}: {some}"
        if one.mend:
            yield Finding("orphans", "note", f"{said}. To mend it type: pteah doctor --mend")
        else:
            yield Finding("orphans", "wrong", f"{said}. Something was lost: get help before you rebuild")
    if not found:
        yield Finding("orphans", "ok", "Nothing lies here that belongs to nothing")


def _work(db: Db, now: datetime) -> Iterator[Finding]:
    counts = health.submissions_by_state(db)
    oldest = health.oldest_unprocessed(db)
    minutes = (now - oldest).total_seconds() / 60 if oldest else 0
    waiting = f"{counts['received']:,} submissions wait, {counts['processed']:,} are processed"
    if minutes > WAITING_MINUTES:
        yield Finding(
            "work", "wrong", f"{waiting}; the oldest has waited {minutes:.0f} minutes. Is a worker up?"
        )
    else:
        yield Finding("work", "ok", waiting)
    if aside := counts["set_aside"]:
        yield Finding("set aside", "wrong", f"{aside:,} submissions were set aside: pteah submission list")


def _program(config: Config) -> Finding:
    if config.mongodb_uri:
        return Finding("mongod", "ok", "PTEAH_MONGODB_URI names a MongoDB; none is started here")
    try:
        binary = mongod.find_binary(config.mongod)
    except Problem as problem:
        return Finding("mongod", "wrong", str(problem))
    told = mongod.version_of(binary)
    if not told:
        return Finding("mongod", "wrong", str(mongod.why_it_failed(binary, Folder(config.data).log)))
    return Finding("mongod", "ok", f"The MongoDB to start here is {told} ({binary})")


def _java() -> Finding:
    if shutil.which("java"):
        return Finding("java", "ok", "Java is there: ODK Validate looks at every workbook")
    way_out = "For it type: sudo apt-get install default-jre-headless"
    return Finding("java", "note", f"No Java: workbooks are published without ODK Validate. {way_out}")


def _disk(data: Path) -> Finding:
    folder = data
    while not folder.exists():
        folder = folder.parent
    free_gb = shutil.disk_usage(folder).free / 1e9
    if free_gb < MUCH_TOO_LITTLE_DISK_GB:
        return Finding("disk", "wrong", f"{free_gb:.1f} GB free on the disk of {data}: MongoDB soon stops")
    state: State = "note" if free_gb < LITTLE_DISK_GB else "ok"
    return Finding("disk", state, f"{free_gb:.0f} GB free on the disk of {data}")


def _folder(data: Path) -> Iterator[Finding]:
    if not data.exists():
        yield Finding("data", "note", f"{data} is not there yet; the first start makes it")
        return
    if data.stat().st_mode & 0o077:
        yield Finding("data", "wrong", f"Others may look into {data}. Type: chmod 700 '{data}'")
    else:
        yield Finding("data", "ok", f"{data} is open to its owner only")
    for name in SECRETS:
        path = data / name
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding("secrets", "wrong", f"Others may read {path}. Type: chmod 600 '{path}'")
    if (notes := Folder(data).first_run).exists():
        yield Finding("first run", "note", f"{notes} has the first password: delete it once noted")


def _port(config: Config) -> Finding:
    owner = Folder(config.data).owner
    if owner.is_held() and owner.holder().what == "server":
        return Finding("server", "ok", f"A server runs on this data (process {owner.holder().pid})")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104 - compared
    try:
        with socket.create_connection((host, config.port), timeout=1):
            return Finding("port", "note", f"Something already listens on port {config.port} of {host}")
    except OSError:
        return Finding("port", "ok", f"Port {config.port} is free")


def _address(config: Config) -> Finding:
    if config.public_url.startswith("https://"):
        return Finding("address", "ok", f"Phones and people use {config.public_url}")
    if config.public_url or not config.host.startswith("127."):
        return Finding(
            "address", "note", "Without https anybody on the way can read what phones send: trials only"
        )
    return Finding("address", "note", "Only this machine reaches the server: set PTEAH_PUBLIC_URL for phones")


def _ntp() -> Finding:
    now = datetime.now(UTC)
    if sys.platform.startswith("linux") and (timedatectl := shutil.which("timedatectl")):
        told = subprocess.run(  # noqa: S603 - our own words
            [timedatectl, "show", "--property=NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            check=False,
        )
        if told.stdout.strip() == "no":
            return Finding(
                "clock", "note", f"Nothing sets this clock. It says {now:%Y-%m-%d %H:%M} UTC: right?"
            )
    return Finding("clock", "ok", f"It is {now:%Y-%m-%d %H:%M} UTC here")
