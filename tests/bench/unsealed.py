"""`pteah` with nothing sealed and nothing noted in the audit, to measure what these cost.

`python -m tests.bench.unsealed serve …` is the command; processes of ours beside the server are the same
(`-m MODULE`). Who may see whom is asked here, too: that is part of every question.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from subprocess import DEVNULL, Popen
from unittest.mock import patch

from server import apart
from server.config import Config
from sync.store import attachments, audit
from sync.store.sealing import SEALED, Sealing

OURS = "tests.bench.unsealed"


@contextmanager
def nothing_sealed() -> Iterator[None]:
    """Until the end of the block this process neither seals nor writes down who saw what."""
    with (
        patch.dict(SEALED, dict.fromkeys(SEALED, Sealing())),  # type: ignore[arg-type]
        patch.object(audit, "note", lambda db, **_: None),
        patch.object(attachments, "put", partial(attachments.put, public=True)),
        patch.object(apart, "start", _start),
    ):
        yield


def _start(config: Config, module: str, *, stdin: int = DEVNULL, start=apart.start) -> Popen[bytes]:
    """As `apart.start`, with nothing sealed there either."""
    with patch.object(apart.subprocess, "Popen", _popen):
        return start(config, module, stdin=stdin)


def _popen(words: list[str], *, popen=Popen, **more) -> Popen[bytes]:
    python, *rest = words
    return popen([python, "-m", OURS, *rest], **more)


def main() -> None:
    """The command, or the module after `-m`."""
    with nothing_sealed():
        if sys.argv[1] == "-m":
            importlib.import_module(sys.argv[2]).main()
        else:
            from server.cli import main as pteah  # noqa: PLC0415 - it keeps some of these by name

            pteah()


if __name__ == "__main__":
    main()
