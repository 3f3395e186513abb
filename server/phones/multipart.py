"""What came in one POST: the record, its files, and whether more of them will follow."""

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, Self

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Event, Field, File, MultipartDecoder, NeedData, State

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

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

Take = Callable[[bytes], object]


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

    def begin(self, part: File | Field) -> Take:
        """Make room for a part, and give back what takes its content."""
        if part.name == XML_PART:
            self.records.append(bytearray())
            return _taker(self.records[-1])
        if isinstance(part, File):
            content: IO[bytes] = tempfile.SpooledTemporaryFile(MAX_IN_MEMORY_BYTES)  # noqa: SIM115
            self.opened.push(content)
            kind = part.headers.get("content-type", "application/octet-stream")
            self.files.append(SentFile(file_name(part.filename), kind[:MAX_NAME_CHARACTERS], content))
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
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise Problem("submission.multipart_unreadable")
    take: Take = len
    with ExitStack() as opened:
        sending = Sending(opened)
        try:
            decoder = MultipartDecoder(options["boundary"].encode(), max_parts=MAX_PARTS)
            for event in _events(decoder, stream):
                if isinstance(event, File | Field):
                    take = sending.begin(event)
                elif isinstance(event, Data):
                    take(event.data)
        except RequestEntityTooLarge as too_many:
            raise Problem("submission.too_many_parts") from too_many
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


def _events(decoder: MultipartDecoder, stream: IO[bytes]) -> Iterator[Event]:
    """What the decoder finds, up to the closing boundary; what follows that is of no interest."""
    while decoder.state != State.EPILOGUE:
        event = decoder.next_event()
        if not isinstance(event, NeedData):
            yield event
            continue
        # Content is handed on as it comes; only what never becomes content piles up in the decoder.
        if len(decoder.buffer) > MAX_HEAD_BYTES + READ_BYTES:
            raise ValueError("a part without end to its head")
        decoder.receive_data(stream.read(READ_BYTES) or None)


def _taker(record: bytearray) -> Take:
    """What takes the content of the record, up to its longest length."""

    def take(data: bytes) -> None:
        if len(record) + len(data) > MAX_XML_BYTES:
            raise Problem("submission.too_large", limit_mb=MAX_XML_BYTES // 1_000_000)
        record.extend(data)

    return take
