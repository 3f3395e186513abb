"""People whose worker is gone: nobody visits them until they are handed over."""

from concurrent.futures import Future, ThreadPoolExecutor

from flask import g

from server import accounts
from sync.store import caseload, devices, workers
from sync.store.connect import Db

_beside = ThreadPoolExecutor(2, thread_name_prefix="gone")


def look_up(db: Db) -> "Future[tuple[str, ...]]":
    """Begin to look up who is gone, once for a page, while the rest of it is read."""
    if "gone" not in g:
        g.gone = _beside.submit(_gone, db)
    found: Future[tuple[str, ...]] = g.gone
    return found


def those_gone(db: Db) -> tuple[str, ...]:
    """The same as `_gone`, looked up once for a page."""
    return look_up(db).result()


def _gone(db: Db) -> tuple[str, ...]:
    """The IDs in whose care people are or were and behind which nobody is any more.

    Somebody is: a worker who has not left, an account that fills forms in the browser, a phone in use.
    """
    everybody = workers.every(db)
    there = {worker.id for worker in everybody if worker.is_active}
    left = {worker.id for worker in everybody if not worker.is_active}
    there |= {account.worker_id or account.user for account in accounts.all_of(db)} - left
    there |= devices.visitors(db) - left
    return tuple(sorted(caseload.who_visits(db) - there))
