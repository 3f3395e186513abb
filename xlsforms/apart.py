"""A workbook is read and converted in a process of its own: it comes from outside, and neither a bomb of a
file nor a formula that never ends may take the memory and time that phones need.

The child has no environment, no database and no way to grow beyond its limits. It is handed JSON and gives
JSON back, so that nothing it says is ever executed here. A deadline ends it, with ODK Validate's Java.
"""

import base64
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO, Any

from sync.core.problem import Problem
from sync.core.protocol import FormRules, Protocol
from xlsforms.convert import Converted, Looked, look
from xlsforms.findings import Finding
from xlsforms.package import Oddity, judge
from xlsforms.sheets import Book, Row, Sheet

SECONDS = 120
"""From beginning to end, on a machine that has much else to do."""
CPU_SECONDS = 60
MEGABYTES = 1_500
"""Of memory it writes to; ODK Validate's Java has as much for itself."""
MOST_SAID = 400_000_000
"""Bytes a child may answer with."""

CHILD = ("-m", "xlsforms.apart")

_ROOT = str(Path(__file__).resolve().parents[1])


def look_apart(
    workbook: bytes,
    filename: str,
    *,
    protocol: Protocol | None = None,
    tell: Callable[[str], None] = lambda _: None,
    seconds: float = SECONDS,
) -> Looked:
    """`convert.look`, worked out in a child process; `tell` hears which of the STEPS begins.

    Raises Problem workbook.*: what is no workbook, and `too_heavy` for what breaks the limits.
    """
    judge(workbook)
    asked = {
        "workbook": _text(workbook),
        "filename": filename,
        "protocol": protocol.document() if protocol else None,
    }
    answer: dict[str, Any] = {}
    with _child(json.dumps(asked).encode(), seconds) as answered:
        for line in answered:
            answer = json.loads(line)
            if "step" in answer:
                tell(answer["step"])
    if "problem" in answer:
        raise Problem(answer["problem"], **answer["details"])
    if "book" not in answer:
        raise Problem("workbook.too_heavy", seconds=CPU_SECONDS, megabytes=MEGABYTES)
    return Looked(
        book=_book(answer["book"]),
        converted=_converted(answer["converted"]) if answer["converted"] else None,
        findings=tuple(Finding(**found) for found in answer["findings"]),
    )


@contextmanager
def _child(asked: bytes, seconds: float) -> Iterator[Iterator[bytes]]:
    """The lines a child answers; it and whatever it started is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        known = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": folder, "TMPDIR": folder, "PYTHONPATH": _ROOT}
        child = subprocess.Popen(  # noqa: S603 - our own words only, no shell
            [sys.executable, *CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=known,
            start_new_session=True,
        )
        deadline = threading.Timer(seconds, _end, [child])
        deadline.start()
        writer = threading.Thread(target=_hand_over, args=(child.stdin, asked))
        writer.start()
        try:
            yield _lines(child.stdout)
        finally:
            deadline.cancel()
            _end(child)
            child.wait()
            writer.join()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()


def _end(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def _hand_over(pipe: IO[bytes] | None, asked: bytes) -> None:
    if pipe is not None:
        with suppress(OSError):  # it ended before it had heard everything
            pipe.write(asked)
            pipe.close()


def _lines(pipe: IO[bytes] | None) -> Iterator[bytes]:
    left = MOST_SAID
    while pipe is not None and left > 0 and (line := pipe.readline(left)):
        left -= len(line)
        if line.endswith(b"\n"):
            yield line


# --- in the child


def main() -> None:
    """Read what is asked, with limits on, and answer it."""
    _limit()
    asked = json.load(sys.stdin)
    protocol = Protocol.from_document(asked["protocol"]) if asked["protocol"] else None
    workbook = base64.b64decode(asked["workbook"])
    try:
        looked = look(workbook, asked["filename"], protocol=protocol, tell=lambda step: _say(step=step))
    except Problem as problem:
        _say(problem=problem.code, details=problem.details)
        return
    made = looked.converted
    _say(
        book=asdict(looked.book),
        findings=[asdict(found) for found in looked.findings],
        converted=_document(made) if made else None,
    )


def _limit() -> None:
    memory = MEGABYTES * 1_000_000
    # Not RLIMIT_AS: Java reserves far more than it uses.
    for what, most in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 100_000_000),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # the operator's own limits are lower
            resource.setrlimit(what, (most, most))
    with suppress(OSError):
        os.nice(10)  # phones go first


def _say(**said: Any) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


# --- as JSON and back


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _document(made: Converted) -> dict[str, Any]:
    document = {one.name: getattr(made, one.name) for one in fields(Converted)}
    media = {name: _text(content) for name, content in made.media.items()}
    return {**document, "xform": _text(made.xform), "rules": made.rules.document(), "media": media}


def _converted(found: Mapping[str, Any]) -> Converted:
    named = dict(found)
    for name in ("warnings", "entity_lists", "languages"):
        named[name] = tuple(found[name])
    named["xform"] = base64.b64decode(found["xform"])
    named["media"] = {name: base64.b64decode(content) for name, content in found["media"].items()}
    named["rules"] = FormRules.from_document(found["rules"])
    return Converted(**named)


def _book(found: Mapping[str, Any]) -> Book:
    return Book(
        filename=found["filename"],
        sheets={name: _sheet(sheet) for name, sheet in found["sheets"].items()},
        oddities=tuple(Oddity(**odd) for odd in found["oddities"]),
    )


def _sheet(found: Mapping[str, Any]) -> Sheet:
    return Sheet(
        name=found["name"],
        headers=tuple(found["headers"]),
        letters=found["letters"],
        rows=tuple(Row(row["number"], row["cells"]) for row in found["rows"]),
        repeated=tuple(found["repeated"]),
    )


if __name__ == "__main__":
    main()
