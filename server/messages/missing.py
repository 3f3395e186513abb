"""Telling the coordinators that files or records stay missing: how many, once a day, where some are new."""

from collections.abc import Iterator
from datetime import datetime

from server import accounts
from server.config import Config
from server.messages.telling import ROLE
from server.people import access
from server.people.missing import missed
from sync.core.escalation import send_at
from sync.core.protocol import Protocol
from sync.core.times import local_date
from sync.store import notices, protocols
from sync.store.connect import Db
from sync.store.notices import Notice


def tell(config: Config, db: Db, now: datetime) -> int:
    """Keep a notice for everybody who must be told of what is missed by now; how many are new."""
    protocol = protocols.current(db)
    return notices.put(db, _notices(config, db, protocol, now)) if protocol else 0


def _notices(config: Config, db: Db, protocol: Protocol, now: datetime) -> Iterator[Notice]:
    everybody = accounts.all_of(db)
    role = next((role for role in ROLE["coordinator"] if any(one.role == role for one in everybody)), "")
    for account in everybody:
        name = f"missing:{local_date(now)}:{account.user}"
        if account.role != role or notices.known(db, [name]):
            continue
        found = missed(db, access.submission_scope_of(db, account), config, now)
        if found.keys - notices.last_of(db, account.user, "missing"):
            yield Notice(
                id=name,
                to=account.user,
                kind="missing",
                at=now,
                send_at=send_at(now, protocol, urgent=False),
                count=len(found.keys),
                items=tuple(sorted(found.keys)),
            )
