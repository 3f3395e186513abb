"""Requests of phones, damaged at random from a seed: what comes of them at the real server.

`python -m tests.server.mutations --number 20000` runs many; a test runs some.
"""

import argparse
import base64
import random
import re
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import h11

from sync.store import devices
from sync.store.connect import Db
from tests.javarosa.multipart import Part, body_of
from tests.server.phones_kit import a_photo, a_record, publish

PATIENCE_SECONDS = 60
PIECES = (
    *(
        b"%00",
        b"..%2F..%2F",
        b"\r\n",
        b"\r\n\r\n",
        b"\x00",
        b"\xff\xfe",
        "គ".encode(),
        b"'\"<>&;",
        b"{'$ne':1}",
    ),
    *(b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999\r\n"),
    *(b"Expect: 100-continue\r\n", b"If-None-Match: *\r\n", b'If-None-Match: "\r\n', b"Range: bytes=5-1\r\n"),
    *(b"--boundary--\r\n", b'; filename="/etc/passwd"', b'; name="*isIncomplete*"', b"&id=" + b"a," * 3000),
    *(
        b"<!DOCTYPE x>",
        b"<![CDATA[",
        b"]]>",
        b"&#0;",
        b"</data>",
        b"<meta><deprecatedID>x</deprecatedID></meta>",
    ),
    *(b"?" * 50, b"/" * 50, b"A" * 9000, b"0" * 400, b"\t", b" "),
)


def requests(token: str) -> list[bytes]:
    """One of each kind of request, whole."""
    root = f"/key/{token}"
    basic = base64.b64encode(b"phone-abcdefgh:wrong").decode()
    digest = 'Digest username="u", realm="Pteah", nonce="n", uri="/", response="r", qop=auth, nc=00000001'
    ids = "%2C".join(f"9b1deb4d-3b7d-4bad-9bdd-{number:012x}" for number in range(30))
    reads = [
        *(f"{root}/formList", f"{root}/forms/screening/1.xml", f"{root}/manifests/screening/1.xml"),
        *(f"{root}/media/screening/1/places.csv", f"{root}/entities/people.csv", "/test/none/formList"),
        *(f"{root}/entities/people/integrity?id={ids}", f"{root}/submission", "/openrosa/formList"),
        "/openrosa/view/submissionList?formId=screening",
    ]
    heads = "Host: here\r\nX-OpenRosa-Version: 1.0\r\nUser-Agent: org.odk.collect.android/v2026\r\n"
    found = [
        f"{method} {path}{'&' if '?' in path else '?'}deviceID=a HTTP/1.1\r\n{heads}{more}\r\n".encode()
        for path in reads
        for method, more in (
            ("GET", ""),
            ("HEAD", 'If-None-Match: "x"\r\n'),
            ("GET", f"Authorization: Basic {basic}\r\n"),
            ("GET", f"Authorization: {digest}\r\n"),
        )
    ]
    record = Part("xml_submission_file", a_record(), "r.xml", "text/xml")
    for parts in ([record], [record, a_photo(content=b"p" * 2000), Part("*isIncomplete*", b"yes")]):
        kind, body = body_of(parts)
        head = f"POST {root}/submission?deviceID=a HTTP/1.1\r\n{heads}Content-Type: {kind}\r\n"
        found += [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body] * 8
    return found


def damaged(request: bytes, chance: random.Random) -> bytes:
    """The request with up to four things wrong with it; of a POST most often in its body."""
    head, gap, body = request.partition(b"\r\n\r\n")
    in_body = bool(body) and chance.random() < 0.7
    text = bytearray(body if in_body else request)
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(text) + 1), chance.choice((1, 1, 3, 20, 200))
        match chance.randrange(6):
            case 0 if at < len(text):
                text[at] ^= 1 << chance.randrange(8)
            case 1:
                del text[at : at + length]
            case 2:
                text[at:at] = text[at : at + length]
            case 3:
                text[at:at] = chance.choice(PIECES)
            case 4:
                text[at:at] = chance.randbytes(length)
            case _:
                del text[at:]
    if not in_body:
        return bytes(text)
    old, new = f"Content-Length: {len(body)}".encode(), f"Content-Length: {len(text)}".encode()
    return head.replace(old, new) + gap + bytes(text)


def run(port: int, token: str, number: int, seed: int) -> Counter[str]:
    """Send so many; how often which status came. Raises TimeoutError on a hang.

    Where the connection was closed without one: `closed: ` and what another reader of HTTP makes of the
    request (`judged`).
    """
    chance, whole = random.Random(seed), requests(token)
    came: Counter[str] = Counter()
    for _ in range(number):
        request = damaged(chance.choice(whole), chance)
        with closing(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)) as line:
            answer = _answer(line, request)
        if answer == "closed":
            answer = f"closed: {judged(request)}"
        came[answer] += 1
    return came


def judged(request: bytes) -> str:
    """What h11 makes of what was said before the line was closed: `whole`, `incomplete`, `malformed`.

    `bare line feed`: whole only to a reader that takes a line feed for the end of a line, which it may
    (RFC 9112, 2.2); ours does not, so that nobody in front of it can be made to see another request.
    """
    reader = h11.Connection(h11.SERVER)
    try:
        reader.receive_data(request)
        while not isinstance(event := reader.next_event(), h11.EndOfMessage):
            # Of nothing at all it says for ever that the line was closed.
            if event in (h11.NEED_DATA, h11.PAUSED) or isinstance(event, h11.ConnectionClosed):
                return "incomplete"
    except h11.RemoteProtocolError:
        return "malformed"
    head = re.split(rb"\r?\n\r?\n", request.lstrip(b"\r\n"), maxsplit=1)[0]
    return "bare line feed" if re.search(rb"(?<!\r)\n", request[: len(head) + 4]) else "whole"


def _answer(line: socket.socket, request: bytes) -> str:
    """The status, read after everything was said."""
    try:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer = line.recv(65536)
    except (ConnectionResetError, BrokenPipeError):
        return "closed"
    return answer[9:12].decode("latin-1") if answer.startswith(b"HTTP/") else "closed"


def orphans(db: Db) -> set[str]:
    """Files that were kept and that nothing names."""
    named: set[str] = set()
    for name, fields in (("submissions", ("attachments", "replaced")), ("conflicting", ("attachments",))):
        for document in db[name].find():
            named |= {file["sha256"] for field in fields for file in document.get(field, ())}
    for version in db.form_versions.find({}, {"media": 1}):
        named |= {file["sha256"] for file in version["media"]}
    return set(stored_files(db)) - named


def stored_files(db: Db) -> Iterator[str]:
    """Under which hashes files are kept."""
    for file in db["attachments.files"].find({}, {"filename": 1}):
        yield file["filename"]


def prepared(db: Db) -> str:
    """A form with a file and a list, and a phone; the phone's token."""
    publish(db, media={"places.csv": b"a,b\n"}, entity_lists=["people"])
    return devices.add(db, name="P", worker_id="w", worker_name="W", made_at=datetime.now(UTC))


def main(words: Sequence[str] | None = None) -> None:
    """Run many against a server of its own, and say what came."""
    from server import master_key  # noqa: PLC0415
    from server.config import read_config  # noqa: PLC0415
    from server.embedded import start  # noqa: PLC0415
    from server.serving import Serving  # noqa: PLC0415
    from sync.store.connect import ensure_indexes, open_database  # noqa: PLC0415

    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--number", type=int, default=20_000)
    asked.add_argument("--seed", type=int, default=1)
    said = asked.parse_args(words)
    with tempfile.TemporaryDirectory() as folder, start(Path(folder), binary="") as mongod:
        config = read_config({"PTEAH_PORT": "0", "PTEAH_LOG_LEVEL": "ERROR"}, data=folder)
        db = open_database(mongod.uri, "pteah")
        ensure_indexes(db)
        master_key.unlock(config, db)
        token = prepared(db)
        with Serving(config, db) as serving:
            port = int(serving.url.rpartition(":")[2])
            came: Counter[str] = Counter()
            for part in range(0, said.number, 1000):
                came += run(port, token, min(1000, said.number - part), said.seed + part)
                sys.stdout.write(f"{part + 1000}: {dict(came)}\n")
                sys.stdout.flush()
        sys.stdout.write(
            f"{len(orphans(db))} orphan files, {db.submissions.count_documents({})} records kept\n"
        )


if __name__ == "__main__":
    main()
