"""What sends: looks every half minute for people who must be told, and tells them. Any number may run."""

import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from server import accounts
from server.config import Config
from server.here import utc_now
from server.messages import missing, sending, telling, webhooks
from sync.core.problem import Problem
from sync.store import addresses, audit, notices
from sync.store.connect import Db, Document

LOOK_EVERY_SECONDS = 30.0

log = structlog.get_logger("pteah.messages")


def run(config: Config, db: Db, stop: threading.Event, now: Callable[[], datetime] = utc_now) -> None:
    """Tell people until `stop` is set."""
    while not stop.is_set():
        try:
            run_once(config, db, now())
        except Exception as error:  # the database may be away; who must be told must still be told
            log.warning("messages.trouble", kind=type(error).__name__)
        stop.wait(LOOK_EVERY_SECONDS)


def run_once(config: Config, db: Db, now: datetime) -> int:
    """Tell everybody who must be told by now; how many messages went out."""
    telling.tell(db, now)
    missing.tell(config, db, now)
    said: set[tuple[str, str, str]] = set()
    while notice := notices.claim(db, now):
        words = (notice["to"], notice["kind"], notice["case_code"])
        if words in said:  # three alerts in one record are one message: "case ... waits for you"
            notices.mark_sent(db, notice, now)
        elif _send(config, db, notice, now):
            said.add(words)
    webhooks.run_once(config, db, now)
    return len(said)


def _send(config: Config, db: Db, notice: Document, now: datetime) -> bool:
    account = accounts.find(db, notice["to"])
    address = addresses.find(db, notice["to"])
    if account is None or address.channel is None:
        notices.mark_sent(db, notice, now)  # it is shown in Pteah; nobody wants it elsewhere
        return False
    language = account.language or "km"
    text = sending.text_of(notice["kind"], language, case_code=notice["case_code"], count=notice["count"])
    try:
        sending.send(config, address, text)
    except Problem as problem:
        notices.mark_failed(db, notice, now, problem.code)
        log.warning("message.not_sent", channel=address.channel, tries=notice["tries"])
        return False
    notices.mark_sent(db, notice, now)
    audit.note(
        db,
        at=now,
        by="pteah",
        kind="message",
        about=[notice["entity_id"]] if notice["entity_id"] else [],
        fields=["case_code"] if notice["case_code"] else [],
        more={"to": notice["to"], "channel": address.channel, "notice": notice["kind"]},
    )
    return True
