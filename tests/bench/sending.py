"""The senders' process: phones on connections made beforehand, or as many threads of a MongoDB driver."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

from bson.binary import Binary

from sync.store.connect import open_database
from tests.bench.sixty_questions import a_record
from tests.javarosa.multipart import Part, body_of

AGENT = "org.odk.collect.android/v2026.3.3 Dalvik/2.1.0 (Linux; U; Android 14; SM-A155F)"
DEVICE = "collect%3AabcdEFGH12345678"


@dataclass(frozen=True)
class Batch:
    """What is to be sent."""

    number: int
    records: int
    senders: int
    with_head: bool = False
    """HEAD before each POST, as Collect does."""

    def share(self, sender: int) -> Iterator[bytes]:
        """The records of one sender."""
        for number in range(sender, self.records, self.senders):
            yield a_record(self.number, number)


@dataclass(frozen=True)
class Result:
    """How a batch went."""

    records: int
    began_at: float
    """Unix time."""
    seconds: float
    """From the first byte of the first record to the last answer of the last."""
    latencies: list[float]
    """Seconds from the first byte of a record (its HEAD, if it has one) to its 201."""
    cpu_seconds: float
    """Processor time of the senders' process."""


def send_each(batch: Batch, port: int, tokens: Sequence[str]) -> Result:
    """Send a batch to the server, each sender as a phone of its own."""
    with ExitStack() as opened:

        def sender(number: int) -> tuple[list[bytes], Callable[[bytes], None]]:
            connection = opened.enter_context(Connection(port))
            head, posts = _requests(batch, number, tokens[number], port)
            return posts, lambda post: _send(connection, head, post)

        return _timed(batch, sender)


def insert_each(batch: Batch, uri: str) -> Result:
    """Write the same bytes with as many threads, one document a call."""
    db = open_database(uri, "bench")

    def sender(number: int) -> tuple[list[bytes], Callable[[bytes], None]]:
        db.command("ping")
        return list(batch.share(number)), _insert

    def _insert(xml: bytes) -> None:
        db.plain.insert_one({"xml": Binary(xml)})

    result = _timed(batch, sender)
    db.client.drop_database("bench")
    db.client.close()
    return result


def _timed(batch: Batch, sender: Callable[[int], tuple[list[bytes], Callable[[bytes], None]]]) -> Result:
    """Let all senders begin at one moment."""
    start = threading.Barrier(batch.senders + 1)
    latencies: list[float] = []

    def run(prepared: list[bytes], send: Callable[[bytes], None]) -> None:
        own = []
        start.wait()
        for one in prepared:
            begun = time.perf_counter()
            send(one)
            own.append(time.perf_counter() - begun)
        latencies.extend(own)

    threads = [threading.Thread(target=run, args=sender(number)) for number in range(batch.senders)]
    for thread in threads:
        thread.start()
    start.wait()
    began_at, begun, cpu = time.time(), time.perf_counter(), time.process_time()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    if len(latencies) != batch.records:
        raise RuntimeError("a sender failed")
    return Result(batch.records, began_at, seconds, latencies, time.process_time() - cpu)


def _requests(batch: Batch, sender: int, token: str, port: int) -> tuple[bytes, list[bytes]]:
    """The HEAD (empty: none) and the POSTs of one sender, to the last byte."""
    head, common = submission_heads(token, port)
    return head if batch.with_head else b"", [post_of(xml, common) for xml in batch.share(sender)]


def submission_heads(token: str, port: int) -> tuple[bytes, str]:
    """The HEAD before a submission, and what the head of its POST begins with."""
    common = (
        f"/key/{token}/submission?deviceID={DEVICE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"User-Agent: {AGENT}\r\nX-OpenRosa-Version: 1.0\r\nDate: Mon, 23 Nov 2026 04:11:39 GMT\r\n"
        "Connection: Keep-Alive\r\nAccept-Encoding: gzip\r\n"
    )
    return f"HEAD {common}\r\n".encode(), f"POST {common}"


def post_of(xml: bytes, common: str) -> bytes:
    """The POST of one record, to the last byte."""
    record = Part("xml_submission_file", xml, "sixty_2026-11-23_10-30-00.xml", "text/xml")
    content_type, body = body_of([record])
    head = f"{common}Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _send(connection: "Connection", head: bytes, post: bytes) -> None:
    """One record as Collect sends it."""
    if head:
        connection.ask(head, b"HTTP/1.1 204")
    connection.ask(post, b"HTTP/1.1 201")


class Connection:
    """One phone's connection; made anew, as OkHttp does, when the server said that it closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = self._connected()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def ask(self, request: bytes, status: bytes) -> bytes:
        """Send a request and read its answer to the end; the answer, its heads first."""
        self._socket.sendall(request)
        answer = self._more()
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        if not answer.startswith(status):
            raise RuntimeError(answer[:200])
        heads, _, body = answer.lower().partition(b"\r\n\r\n")
        _, said, length = heads.partition(b"\r\ncontent-length:")
        while said and len(body) < int(length.split(b"\r\n")[0]):
            body += self._more()
        if b"connection: close" in heads:
            self._socket.close()
            self._socket = self._connected()
        return heads + b"\r\n\r\n" + body

    def _connected(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _more(self) -> bytes:
        piece = self._socket.recv(65536)
        if not piece:
            raise RuntimeError("the server closed the connection")
        return piece
