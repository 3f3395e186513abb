"""What came in one POST: the record, its files, and whether more of them will follow.

A reader of our own: phones make a new boundary for every sending, and the one in Werkzeug compiles two
regular expressions for each, which takes ten times as long as all the rest of reading a record.
Source: RFC 7578; the WHATWG's "multipart/form-data encoding" for names, as OkHttp and browsers follow it.
"""

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, Self

from sync.core.problem import Problem
from sync.core.submission import MAX_XML_BYTES

XML_PART = "xml_submission_file"
INCOMPLETE_PART = "*isIncomplete*"
MAX_PARTS = 200
"""Collect sends 103 at most: the record, 101 files, and the mark that more will follow."""
READ_BYTES = 256 * 1024
MAX_IN_MEMORY_BYTES = 512 * 1024
"""A longer file waits on disk while the rest of the sending is read."""
MAX_HEAD_BYTES = 16 * 1024
MAX_NAME_CHARACTERS = 255

_BOUNDARY = re.compile(
    r'multipart/form-data\s*;.*?\bboundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE
)
_PARAMETER = re.compile(r';\s*(name|filename)=(?:"([^"]*)"|([^;"]*))', re.IGNORECASE)
_ESCAPED = {"%22": '"', "%0D": "\r", "%0A": "\n"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

Take = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class PartHead:
    """What a part says of itself."""

    name: str
    filename: str | None
    content_type: str


@dataclass(slots=True)
class SentFile:
    """One attachment as it arrived."""

    name: str
    content_type: str
    content: IO[bytes]


@dataclass(slots=True)
class Sending:
    """The parts of one POST. Its files are open until the end of its `with` block."""

    opened: ExitStack
    records: list[bytearray] = field(default_factory=list)
    """Content of the parts named `xml_submission_file`; exactly one is right."""
    files: list[SentFile] = field(default_factory=list)
    is_incomplete: bool = False
    """The phone will send the same record again with further files."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.opened.close()

    def begin(self, part: PartHead) -> Take:
        """Make room for a part, and give back what takes its content."""
        if part.name == XML_PART:
            self.records.append(bytearray())
            return _taker(self.records[-1])
        if part.filename is not None:
            content: IO[bytes] = tempfile.SpooledTemporaryFile(MAX_IN_MEMORY_BYTES)  # noqa: SIM115
            self.opened.push(content)
            self.files.append(SentFile(file_name(part.filename), part.content_type, content))
            return content.write
        self.is_incomplete = self.is_incomplete or part.name == INCOMPLETE_PART
        return len  # the content of other fields says nothing


def read_sending(stream: IO[bytes], content_type: str) -> Sending:
    """Read a multipart body, a piece at a time, whatever its length.

    Raises Problem
        submission.multipart_unreadable  not multipart, cut short, or a part without a proper head
        submission.too_many_parts        more than MAX_PARTS
        submission.too_large             the record itself is longer than MAX_XML_BYTES
    """
    boundary = _BOUNDARY.match(content_type)
    if not boundary:
        raise Problem("submission.multipart_unreadable")
    with ExitStack() as opened:
        sending, parts = Sending(opened), 0
        try:
            body = _Body(stream, (boundary[1] or boundary[2]).encode())
            while (head := body.next_part()) is not None:
                parts += 1
                if parts > MAX_PARTS:
                    raise Problem("submission.too_many_parts")
                take = sending.begin(head)
                for piece in body.content():
                    take(piece)
        except ValueError as unreadable:
            raise Problem("submission.multipart_unreadable") from unreadable
        sending.opened = opened.pop_all()  # closed at the end of the caller's block instead of this one
    return sending


def file_name(sent: str) -> str:
    """The name under which a file is listed: as the phone wrote it, without folders or control characters.

    It is only ever text in the database, never a path on a disk.
    """
    last = _CONTROL.sub("", sent.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    return "unnamed" if last in ("", ".", "..") else last[:MAX_NAME_CHARACTERS]


class _Body:
    """Walks along a multipart body. Whatever is not as it should be raises ValueError."""

    def __init__(self, stream: IO[bytes], boundary: bytes) -> None:
        self._stream = stream
        self._boundary = b"\r\n--" + boundary
        # The first boundary, too, is to stand after a line break.
        self._buffer = bytearray(b"\r\n")
        self._is_over = False
        for _ in self.content():
            pass  # what stands before the first boundary says nothing

    def next_part(self) -> PartHead | None:
        """The head of the next part, or None after the closing boundary."""
        if self._is_over:
            return None
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise ValueError("a head without end")
            self._read()
        head = self._buffer[2:end].decode()
        del self._buffer[: end + 4]
        return _head_from(head)

    def content(self) -> Iterator[bytes]:
        """The content up to the next boundary, in pieces."""
        length = len(self._boundary)
        while True:
            at = self._buffer.find(self._boundary)
            if at < 0:
                # The end of what has been read may be the beginning of a boundary.
                at = max(0, len(self._buffer) - length)
                yield self._take(at)
                self._read()
                continue
            yield self._take(at)
            while len(self._buffer) < length + 2:
                self._read()
            after = bytes(self._buffer[length : length + 2])
            if after in (b"\r\n", b"--"):
                self._is_over = after == b"--"
                del self._buffer[:length]  # a line break is left: without a head, two follow each other
                return
            yield self._take(length)  # it only began like a boundary

    def _take(self, length: int) -> bytes:
        """Take so much off the buffer."""
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        return taken

    def _read(self) -> None:
        """Put more into the buffer."""
        piece = self._stream.read(READ_BYTES)
        if not piece:
            raise ValueError("the body ends before its last boundary")
        self._buffer += piece


def _head_from(head: str) -> PartHead:
    """The head of a part, read from its lines."""
    lines = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head.split("\r\n"))
    }
    given: dict[str, str] = {}
    for name, quoted, plain in _PARAMETER.findall(lines.get("content-disposition", "")):
        value = quoted or plain.strip()
        for escaped, character in _ESCAPED.items():
            value = value.replace(escaped, character)
        given.setdefault(name.lower(), value)
    if "name" not in given:
        raise ValueError("a part without a name")
    kind = lines.get("content-type", "application/octet-stream")
    return PartHead(given["name"], given.get("filename"), kind[:MAX_NAME_CHARACTERS])


def _taker(record: bytearray) -> Take:
    """What takes the content of the record, up to its longest length."""

    def take(data: bytes) -> None:
        if len(record) + len(data) > MAX_XML_BYTES:
            raise Problem("submission.too_large", limit_mb=MAX_XML_BYTES // 1_000_000)
        record.extend(data)

    return take
