"""Telling programs that something happened: signed, tried again, never into the inside of a network.

The signature is an HMAC-SHA256 over `<unix time>.<body>`, so that the listener knows that Pteah sent it, and
when. The key of each hook follows from the server's own secret; it is shown when the hook is made.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import structlog

from server import outbound
from server.config import Config
from server.secret import derived_key
from sync.core.problem import Problem
from sync.store import assessments, caseload, webhooks
from sync.store.connect import Db, Document
from sync.store.webhooks import Event

SIGNATURE = "Pteah-Signature"
LOOK_BACK = timedelta(minutes=10)
"""Workers' clocks differ a little: what was looked at is looked at again, and told once."""
AT_ONCE = 1000

log = structlog.get_logger("pteah.webhooks")


def add(
    config: Config, db: Db, *, url: str, events: list[str], made_by: str, at: datetime
) -> tuple[str, str]:
    """A new hook: its ID, and the key with which the listener checks signatures. Raises Problem outbound.*"""
    outbound.target_of(url, inside=config.outbound_inside)
    hook = webhooks.add(db, url=url, events=events, made_by=made_by, made_at=at)
    return hook, key_of(config, hook)


def key_of(config: Config, hook: str) -> str:
    """The key of this hook's signatures, hexadecimal."""
    return derived_key(config.data, f"webhook {hook}").hex()


def signature(key: str, body: bytes, at: datetime) -> str:
    """What stands in the header: the time and the code over time and body."""
    seconds = int(at.timestamp())
    code = hmac.new(bytes.fromhex(key), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={code}"


def run_once(config: Config, db: Db, now: datetime) -> int:
    """Tell every program what it was not told yet; how many calls were taken."""
    hooks = {hook["_id"]: hook for hook in webhooks.every(db)}
    if not hooks:
        return 0
    judged = assessments.made_since(
        db, min(hook["looked_at"] for hook in hooks.values()) - LOOK_BACK, AT_ONCE
    )
    found = list(_events(db, judged))
    for hook in hooks.values():
        webhooks.put(db, hook, found, now)
    webhooks.mark_looked(db, judged[-1]["made_at"] if len(judged) == AT_ONCE else now)
    delivered = 0
    while call := webhooks.claim(db, now):
        delivered += _deliver(config, db, hooks[call["hook"]], call, now) if call["hook"] in hooks else 0
    return delivered


def _events(db: Db, judged: Iterable[Document]) -> Iterator[Event]:
    for file in caseload.with_open_alerts(db):
        for alert in file["alerts"]:
            yield Event(
                id=f"alert.raised:{alert['id']}",
                event="alert.raised",
                case_code=file["case_code"],
                at=alert["raised_at"],
            )
    for made in judged:
        yield Event(
            id=f"case.assessed:{made['_id']}",
            event="case.assessed",
            case_code=made["case_code"],
            at=made["made_at"],
        )


def _deliver(config: Config, db: Db, hook: Document, call: Document, now: datetime) -> bool:
    said = {name: call[name] for name in ("event", "case_code")}
    said |= {"id": call["_id"], "at": call["at"].isoformat()}
    body = json.dumps(said, sort_keys=True).encode()
    headers = {
        "Content-Type": "application/json",
        SIGNATURE: signature(key_of(config, hook["_id"]), body, now),
    }
    try:
        answer = outbound.call(
            hook["url"], method="POST", headers=headers, body=body, inside=config.outbound_inside
        )
    except Problem as problem:
        delivered, last = False, problem.code
    else:
        delivered, last = 200 <= answer.status < 300, str(answer.status)
    webhooks.mark(db, call, now, delivered=delivered, last=last)
    if not delivered:
        log.warning("webhook.not_delivered", hook=hook["_id"], tries=call["tries"], last=last)
    return delivered
