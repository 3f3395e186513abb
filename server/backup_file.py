"""The backup file: a zip with one BSON stream per collection and a manifest of counts and SHA-256 sums.

`manifest.json`: {"format": 1, "pteah": version, "made_at": ISO instant, "collections": {name:
{"documents": n, "bytes": n, "sha256": hex}}, "keys": which file of keys opens it}. A file is only called
finished after it was read back.

The keys are in a file beside it, `pteah-keys-ID.zip`, the same for all backups of one database in one folder
and written anew by each: whoever was erased is in no backup any more, however old. They are wrapped by the
master key, which is in neither.
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sync.core.problem import Problem
from sync.store import destroyed, dump
from sync.store.connect import Db
from sync.store.keys import vault_of

FORMAT = 1
MANIFEST = "manifest.json"

Progress = Callable[[int], None]


@dataclass
class Tally:
    """What went by in one collection."""

    documents: int = 0
    size_bytes: int = 0
    _sha256: Any = field(default_factory=hashlib.sha256)

    def add(self, piece: bytes) -> int:
        """Count these whole documents; how many they were."""
        count = sum(1 for _ in dump.documents_in(piece))
        self.documents += count
        self.size_bytes += len(piece)
        self._sha256.update(piece)
        return count

    def entry(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {"documents": self.documents, "bytes": self.size_bytes, "sha256": self._sha256.hexdigest()}


def write(db: Db, path: Path, *, made_at: datetime, version: str, progress: Progress) -> dict[str, Any]:
    """Write the whole database, as it is at one moment, to a new file and read it back; the manifest.

    Readable by its owner only. There is no file at `path` unless all of it is right.

    Raises Problem backup.file_exists, backup.not_written, backup.too_slow
    """
    if path.exists():
        raise Problem("backup.file_exists", file=path)
    wanted = dump.collections_of(db)
    manifest = _written(db, path, wanted, {**_about(db, made_at, version)}, progress)
    write_keys(db, path.parent, made_at=made_at, version=version)
    return manifest


def write_keys(db: Db, folder: Path, *, made_at: datetime, version: str) -> Path:
    """Write the file of keys in this folder anew. Raises Problem backup.not_written."""
    about = _about(db, made_at, version)
    path: Path = folder / about["keys"]
    _written(db, path, list(dump.KEY_COLLECTIONS), about, lambda _: None)
    return path


def _about(db: Db, made_at: datetime, version: str) -> dict[str, Any]:
    made = {"format": FORMAT, "pteah": version, "made_at": made_at.isoformat()}
    return {**made, "keys": f"pteah-keys-{vault_of(db).id}.zip"}


def _written(
    db: Db, path: Path, collections: Sequence[str], about: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Write these collections to a file that is there whole or not at all; its manifest."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        handle = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w+b") as file:
            manifest = _write_zip(db, file, collections, about, progress)
            file.flush()
            os.fsync(file.fileno())
        if verify(partial) != manifest:
            raise Problem("backup.damaged", file=partial)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise Problem("backup.not_written", file=path, reason=error.strerror) from None
    except dump.TooSlowError:
        partial.unlink(missing_ok=True)
        raise Problem("backup.too_slow") from None
    return manifest


def _write_zip(
    db: Db, file: IO[bytes], wanted: Sequence[str], about: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    collections = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as packed:
        with dump.one_moment(db) as session:
            for name in wanted:
                tally = Tally()
                with packed.open(_member(name), "w", force_zip64=True) as member:
                    for piece in dump.read(db, name, session):
                        member.write(piece)
                        progress(tally.add(piece))
                collections[name] = tally.entry()
        manifest = {**about, "collections": collections}
        packed.writestr(MANIFEST, json.dumps(manifest, indent=2))
    return manifest


def verify(path: Path) -> dict[str, Any]:
    """The manifest, after every document of the file was found to be what the manifest says.

    Raises Problem backup.not_a_backup, backup.too_new, backup.damaged
    """
    try:
        with zipfile.ZipFile(path) as packed:
            manifest = _manifest(packed, path)
            for name, expected in manifest["collections"].items():
                tally = Tally()
                for document in _documents(packed, name):
                    tally.add(document)
                if tally.entry() != expected:
                    raise Problem("backup.damaged", file=path)
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError, zlib.error) as error:
        raise Problem("backup.damaged", file=path) from error
    except OSError as error:
        raise Problem("backup.not_read", file=path, reason=error.strerror) from None
    return manifest


def destroyed_in(path: Path) -> Iterator[bytes]:
    """What a verified file of keys remembers of keys that were destroyed, as BSON."""
    with zipfile.ZipFile(path) as packed:
        yield from _documents(packed, "destroyed_keys")


def _manifest(packed: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    if MANIFEST not in packed.namelist():
        raise Problem("backup.not_a_backup", file=path)
    manifest: dict[str, Any] = json.loads(packed.read(MANIFEST))
    if manifest["format"] > FORMAT:
        raise Problem("backup.too_new", file=path, version=manifest["pteah"])
    return manifest


def load(db: Db, files: Mapping[Path, dict[str, Any]], *, progress: Progress) -> None:
    """Put the content of verified files (with their manifests) in the place of everything, and compare.

    Keys that were destroyed here stay destroyed. Raises Problem restore.differs.
    """
    gone = destroyed.destroyed_keys(db)
    dump.begin_restore(db)
    for path, manifest in files.items():
        _load_one(db, path, manifest, progress)
    destroyed.destroy_again(db, gone)
    dump.end_restore(db)


def _load_one(db: Db, path: Path, manifest: dict[str, Any], progress: Progress) -> None:
    with zipfile.ZipFile(path) as packed:
        for name in manifest["collections"]:
            for count in dump.write(db, name, _documents(packed, name)):
                progress(count)
    for name, expected in manifest["collections"].items():
        tally = Tally()
        for piece in dump.read(db, name):
            tally.add(piece)
        if tally.entry() != expected:
            raise Problem("restore.differs", collection=name)


def _documents(packed: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with packed.open(_member(name)) as member:
        while head := member.read(4):
            rest = member.read(max(int.from_bytes(head, "little") - 4, 0))
            yield from dump.documents_in(head + rest)


def _member(name: str) -> str:
    return f"collections/{name}.bson"
