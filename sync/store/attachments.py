"""GridFS bucket `attachments`: the files of submissions, under the hash of their content.

The same photo sent twice is kept once. A file is there for everybody or for nobody: its chunks are
written first, then the one document that makes it known, unique by hash. What a crash leaves behind is
chunks that nothing points at. All but the files of forms are sealed (`sync.store.sealed_files`).
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import UUID

from gridfs import GridFSBucket, GridOut
from gridfs.errors import FileExists
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError
from pymongo.operations import IndexModel
from pymongo.read_concern import ReadConcern

from sync.core.problem import Problem
from sync.store.connect import Db
from sync.store.keys import HOUSE, INTAKE, MISSING, intake_key, vault_of
from sync.store.sealed import sealed_under
from sync.store.sealed_files import OpenedFile, new_key, sealed_pieces

BUCKET = "attachments"
FILES = f"{BUCKET}.files"
READ_BYTES = 1_000_000
MAJORITY = ReadConcern("majority")
WANTED_FOR = timedelta(hours=12)
"""So long after it came or was asked for again a file is known to be wanted without writing it down."""

INDEXES: dict[str, list[IndexModel]] = {
    FILES: [
        # put and open: the content with this hash. Unique, so that two senders keep it once.
        IndexModel([("filename", 1)], name="sha256", unique=True),
    ],
    # GridFS makes this one itself at the first upload; here it is made before phones wait for it.
    f"{BUCKET}.chunks": [IndexModel([("files_id", 1), ("n", 1)], name="files_id_1_n_1", unique=True)],
}


def put(db: Db, data: bytes | IO[bytes], *, at: datetime | None = None, public: bool = False) -> str:
    """Keep this content and give back its SHA-256 in hexadecimal. Doing it again changes nothing.

    A file object is read from its present position twice (hash, then content), a megabyte at a time.
    `at`: it came from a phone then, and whom it is about is found out later (`give`). `public`: a file of a
    form, which phones fetch; nothing about a person, and not sealed.
    """
    sha256 = hashlib.sha256(data).hexdigest() if isinstance(data, bytes) else _hash_of(data)
    name = intake_key(at) if at else HOUSE
    if _is_kept(db, sha256, at) and (public or _add_key(db, sha256, name)):
        return sha256
    key = b"" if public else new_key()
    keys = [] if public else [{"for": name, "key": vault_of(db).seal(key, name)}]
    upload = GridFSBucket(db, BUCKET).open_upload_stream(
        sha256, metadata={"keys": keys, "sealed": not public}
    )
    try:
        for piece in [data] if public else sealed_pieces(key, data):
            upload.write(piece)
        upload.close()
    except (FileExists, DuplicateKeyError):
        upload.abort()  # another thread was quicker with the same content
        # A write that changes nothing still waits until what it found is on the disks of a majority.
        db[FILES].update_one({"filename": sha256}, {"$set": {"filename": sha256}})
        if not public:
            _add_key(db, sha256, name)
    except BaseException:
        upload.abort()
        raise
    return sha256


def open(db: Db, sha256: str) -> GridOut | OpenedFile:
    """The content under this hash, to be read like a file, with its `length`.

    Raises Problem attachment.unknown, also when it was about somebody who was erased.
    """
    found = db[FILES].find_one({"filename": sha256}, {"metadata": 1})
    if found is None:
        raise Problem("attachment.unknown")
    content = GridFSBucket(db, BUCKET).open_download_stream(found["_id"])
    keys = (found.get("metadata") or {}).get("keys")
    if not keys:
        return content
    key = _file_key(db, keys)
    if key is None:
        raise Problem("attachment.unknown")
    return OpenedFile(content, key)


def give(db: Db, sha256: str, *, to: str) -> None:
    """From now on the key of this person opens this file too."""
    _add_key(db, sha256, to)


def days_of(db: Db, sha256: str) -> list[str]:
    """The keys of days that open this file."""
    found = db[FILES].find_one({"filename": sha256}, {"metadata.keys.for": 1}) or {}
    keys = (found.get("metadata") or {}).get("keys", ())
    return [one["for"] for one in keys if one["for"].startswith(INTAKE)]


def renew_keys(db: Db, former: Mapping[UUID, str]) -> None:
    """Have the keys that have these names now open what those of these numbers did, which had them before.

    Also of drafts.
    """
    for files in (db[one] for one in db.list_collection_names() if one.endswith(FILES)):
        for found in files.find({"metadata.keys.0": {"$exists": True}}, {"metadata.keys": 1}):
            for one in found["metadata"]["keys"]:
                if sealed_under(one["key"]) in former:
                    again = vault_of(db).seal(vault_of(db).open([one["key"]])[0], one["for"])
                    same = {"_id": found["_id"], "metadata.keys.key": one["key"]}
                    files.update_one(same, {"$set": {"metadata.keys.$.key": again}})


def forget(db: Db, sha256: str, *, of: str) -> None:
    """This file is no longer about this person; one that is about nobody else is gone."""
    db[FILES].update_one({"filename": sha256}, {"$pull": {"metadata.keys": {"for": of}}})
    if db[FILES].find_one({"filename": sha256, "metadata.sealed": True, "metadata.keys": []}, {"_id": 1}):
        _delete(db, sha256)


def count_open(db: Db) -> int:
    """How many files lie here as they came, and neither sealed nor said to be a form's."""
    return db[FILES].count_documents(
        {"metadata.sealed": {"$exists": False}, "filename": {"$nin": _of_forms(db)}}
    )


def seal_open(db: Db, sha256: str, name: str) -> None:
    """Seal this file under the key of this name, if it lies here as it came; else let that key open it.

    The sealed content is written beside it first; then the one takes the place of the other at once.
    """
    found = db[FILES].find_one({"filename": sha256})
    if found is None or sha256 in _of_forms(db):
        return
    if (found.get("metadata") or {}).get("keys"):
        _add_key(db, sha256, name)
        return
    key, bucket = new_key(), GridFSBucket(db, BUCKET)
    metadata = {"keys": [{"for": name, "key": vault_of(db).seal(key, name)}], "sealed": True}
    beside = f"{sha256}:{secrets.token_hex(4)}"
    with bucket.open_upload_stream(beside, metadata=metadata) as upload:
        for piece in sealed_pieces(key, bucket.open_download_stream(found["_id"])):
            upload.write(piece)

    def change_places(session: ClientSession) -> None:
        if not db[FILES].delete_one({"_id": found["_id"]}, session=session).deleted_count:
            raise Problem("server.busy")  # somebody else is doing the same
        db[FILES].update_one({"filename": beside}, {"$set": {"filename": sha256}}, session=session)
        db[f"{BUCKET}.chunks"].delete_many({"files_id": found["_id"]}, session=session)

    with db.client.start_session() as session:
        session.with_transaction(change_places)


def _of_forms(db: Db) -> list[str]:
    """The files of forms: the same for everybody, and not sealed."""
    return [name for path in ("media.sha256", "media_history.media.sha256", "workbook_sha256")
            for name in db.form_versions.distinct(path)]  # fmt: skip


def take_away(db: Db, sha256: str, *, unused_since: datetime) -> bool:
    """Take away a file that nothing names and nobody wanted to keep since then; whether it was."""
    before = {"$lt": unused_since}
    lately = {"$or": [{"metadata.wanted_at": {"$exists": False}}, {"metadata.wanted_at": before}]}
    found = db[FILES].find_one_and_delete({"filename": sha256, "uploadDate": before, **lately}, {"_id": 1})
    if found is not None:
        db[f"{BUCKET}.chunks"].delete_many({"files_id": found["_id"]})
    return found is not None


def _add_key(db: Db, sha256: str, name: str) -> bool:
    """Let the key of this name open this file too. False where nobody can open it any more."""
    found = db[FILES].find_one({"filename": sha256}, {"metadata": 1})
    keys = ((found or {}).get("metadata") or {}).get("keys")
    if not keys or any(one["for"] == name for one in keys):
        return found is not None
    key = _file_key(db, keys)
    if key is None:
        _delete(db, sha256)
        return False
    sealed = {"for": name, "key": vault_of(db).seal(key, name)}
    db[FILES].update_one(
        {"filename": sha256, "metadata.keys.for": {"$ne": name}}, {"$push": {"metadata.keys": sealed}}
    )
    return True


def _delete(db: Db, sha256: str) -> None:
    for found in db[FILES].find({"filename": sha256}, {"_id": 1}):
        GridFSBucket(db, BUCKET).delete(found["_id"])


def _file_key(db: Db, keys: Sequence[Mapping[str, Any]]) -> bytes | None:
    for opened in vault_of(db).open([one["key"] for one in keys]):
        if opened is not MISSING:
            return bytes(opened)
    return None


def _is_kept(db: Db, sha256: str, at: datetime | None) -> bool:
    """Whether this content is on the disks of a majority of the members, and not only on this one's.

    That somebody wants it is written down, so that `take_away` leaves it to whoever is about to name it.
    """
    kept = db[FILES].with_options(read_concern=MAJORITY)
    found = kept.find_one({"filename": sha256}, {"uploadDate": 1, "metadata.wanted_at": 1})
    if found is None:
        return False
    wanted_at: datetime = (found.get("metadata") or {}).get("wanted_at") or found["uploadDate"]
    if at is not None and wanted_at > at - WANTED_FOR:
        return True
    said = {"$currentDate": {"metadata.wanted_at": True}}
    return db[FILES].update_one({"_id": found["_id"]}, said).matched_count == 1


def _hash_of(data: IO[bytes]) -> str:
    """The SHA-256 of what is left in this file; its position is put back."""
    start, digest = data.tell(), hashlib.sha256()
    while piece := data.read(READ_BYTES):
        digest.update(piece)
    data.seek(start)
    return digest.hexdigest()
