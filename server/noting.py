"""Writing into the audit what the reader of a page did."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import g

from server.here import here
from sync.store import audit


def noted(
    kind: str, what: str, *, about: Iterable[str] = (), fields: Sequence[str] = (), **more: Any
) -> None:
    """Write down what this reader did, in one of the words of `server.people.audit_words`, and to what."""
    audit.note(
        here().db,
        at=here().now(),
        by=g.account.user,
        kind=kind,
        about=about,
        fields=fields,
        more={"what": what, **more},
    )
