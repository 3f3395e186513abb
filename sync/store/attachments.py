"""GridFS bucket `attachments`: the files of submissions, under the hash of their content.

The same photo sent twice is kept once. A file is there for everybody or for nobody: its chunks are
written first, then the one document that makes it known, unique by hash. What a crash leaves behind is
chunks that nothing points at.
"""

import hashlib
from typing import IO

from gridfs import GridFSBucket, GridOut
from gridfs.errors import FileExists
from pymongo.errors import DuplicateKeyError
from pymongo.operations import IndexModel
from pymongo.read_concern import ReadConcern

from sync.core.problem import Problem
from sync.store.connect import Db

BUCKET = "attachments"
READ_BYTES = 1_000_000
MAJORITY = ReadConcern("majority")

INDEXES: dict[str, list[IndexModel]] = {
    f"{BUCKET}.files": [
        # put and open: the content with this hash. Unique, so that two senders keep it once.
        IndexModel([("filename", 1)], name="sha256", unique=True),
    ],
    # GridFS makes this one itself at the first upload; here it is made before phones wait for it.
    f"{BUCKET}.chunks": [IndexModel([("files_id", 1), ("n", 1)], name="files_id_1_n_1", unique=True)],
}


def put(db: Db, data: bytes | IO[bytes]) -> str:
    """Keep this content and give back its SHA-256 in hexadecimal. Doing it again changes nothing.

    A file object is read from its present position twice (hash, then content), a megabyte at a time.
    """
    sha256 = hashlib.sha256(data).hexdigest() if isinstance(data, bytes) else _hash_of(data)
    if _is_kept(db, sha256):
        return sha256
    upload = GridFSBucket(db, BUCKET).open_upload_stream(sha256)
    try:
        upload.write(data)
        upload.close()
    except (FileExists, DuplicateKeyError):
        upload.abort()  # another thread was quicker with the same content
        # A write that changes nothing still waits until what it found is on the disks of a majority.
        db[f"{BUCKET}.files"].update_one({"filename": sha256}, {"$set": {"filename": sha256}})
    except BaseException:
        upload.abort()
        raise
    return sha256


def open(db: Db, sha256: str) -> GridOut:
    """The content under this hash, to be read like a file. Raises Problem attachment.unknown."""
    found = db[f"{BUCKET}.files"].find_one({"filename": sha256}, {"_id": 1})
    if found is None:
        raise Problem("attachment.unknown")
    return GridFSBucket(db, BUCKET).open_download_stream(found["_id"])


def _is_kept(db: Db, sha256: str) -> bool:
    """Whether this content is on the disks of a majority of the members, and not only on this one's."""
    kept = db[f"{BUCKET}.files"].with_options(read_concern=MAJORITY)
    return kept.find_one({"filename": sha256}, {"_id": 1}) is not None


def _hash_of(data: IO[bytes]) -> str:
    """The SHA-256 of what is left in this file; its position is put back."""
    start, digest = data.tell(), hashlib.sha256()
    while piece := data.read(READ_BYTES):
        digest.update(piece)
    data.seek(start)
    return digest.hexdigest()
