"""The content of files, sealed piece by piece under a key of its own, which is sealed in turn.

So a file changes hands (from the intake's key to a person's) without being written anew, and the same photo
about two people is kept once, with its key sealed under both of theirs. AES-256-GCM; the number of a piece is
its nonce, since no key is used for two files, and the last piece says that it is the last.
"""

import secrets
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
PIECE_BYTES = 255 * 1024 - 16
TAG_BYTES = 16


def new_key() -> bytes:
    """A key for one file."""
    return secrets.token_bytes(KEY_BYTES)


def sealed_pieces(key: bytes, data: bytes | IO[bytes]) -> Iterator[bytes]:
    """The content, sealed, piece by piece."""
    source, cipher = BytesIO(data) if isinstance(data, bytes) else data, AESGCM(key)
    piece, number = source.read(PIECE_BYTES), 0
    while True:
        following = source.read(PIECE_BYTES) if len(piece) == PIECE_BYTES else b""
        yield cipher.encrypt(_nonce(number), piece, b"" if following else b"last")
        if not following:
            return
        piece, number = following, number + 1


def sealed_length(length: int) -> int:
    """How long a content of this length is once it is sealed."""
    return length + TAG_BYTES * max(1, -(-length // PIECE_BYTES))


def plain_length(length: int) -> int:
    """How long the content is whose sealed length this is."""
    return length - TAG_BYTES * max(1, -(-length // (PIECE_BYTES + TAG_BYTES)))


class OpenedFile:
    """A sealed file, to be read like a file from its beginning to its end."""

    def __init__(self, sealed: Any, key: bytes) -> None:
        self._sealed, self._cipher = sealed, AESGCM(key)
        self.length = plain_length(sealed.length)
        """Of the content, in bytes."""
        self._left, self._number, self._ready = sealed.length, 0, b""

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, fewer at the end; all that is left for -1."""
        found = bytearray()
        while size < 0 or len(found) < size:
            if not self._ready and not self._next():
                break
            take = len(self._ready) if size < 0 else size - len(found)
            found += self._ready[:take]
            self._ready = self._ready[take:]
        return bytes(found)

    def close(self) -> None:
        """Nothing more is read."""
        self._sealed.close()

    def _next(self) -> bool:
        if self._left <= 0:
            return False
        piece = self._sealed.read(min(PIECE_BYTES + TAG_BYTES, self._left))
        self._left -= len(piece)
        last = b"" if self._left > 0 else b"last"
        self._ready = self._cipher.decrypt(_nonce(self._number), piece, last)
        self._number += 1
        return True


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")
