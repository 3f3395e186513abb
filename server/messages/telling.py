"""From alerts and the day's work to notices: who must be told now, each once, whoever works on it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from server import accounts
from server.accounts import Account
from server.people import access
from sync.core.escalation import STEPS, URGENT_HOURS, Due, Step, digest_due, send_at, steps_due
from sync.core.protocol import Protocol
from sync.core.times import local_date
from sync.store import addresses, caseload, notices, protocols
from sync.store.connect import Db
from sync.store.notices import Notice

ROLE: Mapping[Step, tuple[str, ...]] = {
    "worker": ("outreach_worker",),
    "manager": ("case_manager", "coordinator"),
    "coordinator": ("coordinator", "administrator"),
}
"""Who is told at each step: those of the first of these roles of whom somebody has the case."""
HAVE_A_DIGEST = ("outreach_worker", "case_manager", "coordinator")


def tell(db: Db, now: datetime) -> int:
    """Keep a notice for everybody who must be told of something by now; how many are new."""
    protocol = protocols.current(db)
    if protocol is None:
        return 0
    everybody = accounts.all_of(db)
    told = notices.put(db, _of_alerts(db, everybody, protocol, now))
    return told + notices.put(db, _digests(db, everybody, protocol, now))


def _of_alerts(db: Db, everybody: Iterable[Account], protocol: Protocol, now: datetime) -> Iterator[Notice]:
    files = {file["_id"]: file for file in caseload.with_open_alerts(db)}
    if not files:
        return
    sees = {account: caseload.ids_within(db, access.scope_of(db, account), files) for account in everybody}
    for name, file in files.items():
        near = [account for account in everybody if name in sees[account]]
        for due in steps_due(file, protocol, now):
            if due.since < now - notices.TOLD_WITHIN:
                continue
            for account in whom(due.step, file, near):
                yield _notice(file, due, account, protocol, now)


def whom(step: Step, file: Mapping[str, Any], near: Iterable[Account]) -> list[Account]:
    """Whom this step tells, of those who have to do with the case."""
    for role in ROLE[step]:
        found = [
            account
            for account in near
            if account.role == role and (step != "worker" or account.worker_id == file["worker_id"])
        ]
        if found:
            return found
    return []


def _notice(file: Mapping[str, Any], due: Due, account: Account, protocol: Protocol, now: datetime) -> Notice:
    alert = next(one for one in file["alerts"] if one["id"] == due.alert_id)
    urgent = alert["answer_by"] - alert["raised_at"] <= timedelta(hours=URGENT_HOURS)
    return Notice(
        id=f"{due.alert_id}:{due.step}:{account.user}",
        to=account.user,
        kind="alert",
        case_code=file["case_code"],
        entity_id=file["_id"],
        step=due.step,
        at=due.since,
        send_at=send_at(now, protocol, urgent=urgent),
    )


def _digests(db: Db, everybody: Iterable[Account], protocol: Protocol, now: datetime) -> Iterator[Notice]:
    day = digest_due(now, protocol)
    if day is None:
        return
    wanted = {
        f"digest:{day}:{account.user}": account for account in everybody if account.role in HAVE_A_DIGEST
    }
    for name in wanted.keys() - notices.known(db, wanted):
        account = wanted[name]
        if not addresses.find(db, account.user).digest:
            continue
        count = caseload.count_waiting(db, access.scope_of(db, account), local_date(now))
        if count:
            yield Notice(id=name, to=account.user, kind="digest", at=now, send_at=now, count=count)


assert set(ROLE) == set(STEPS)  # noqa: S101 - a step nobody is told of would be silence
