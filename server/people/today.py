"""Today: who is in danger, who is overdue, what is new, what must be decided. Every count is a link."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Lock
from typing import Any

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from server import accounts
from server.auth import may
from server.here import here
from server.people import access, choice, missing
from server.people.gone import look_up
from server.people.lines import lines
from server.people.pages import NAV, blueprint
from server.people.who_she_is import REASONS
from sync.core.times import local_date
from sync.store import stamps, submission_lists, views
from sync.store.caseload import Which
from sync.store.connect import Db

SHOWN = 5
FRIDAY = 4

_lock = Lock()
_counted: dict[tuple[str, date, str, Which], tuple[object, Future[dict[str, int]]]] = {}
_beside = ThreadPoolExecutor(2, thread_name_prefix="today")


@blueprint.get("/")
@may("signed_in")
def home() -> str | Response:
    """The first page after signing in: what waits for this reader, most pressing first.

    Who sees no people is led to the first page that is for them.
    """
    if not g.account.may("see_caseload"):
        open_pages = [endpoint for endpoint, _, needed in NAV if g.account.may(needed)]
        return redirect(url_for(open_pages[0] if open_pages else "auth.show_account"), 303)
    with access.noted_together(here().db, g.account):
        return _page()


def _page() -> str:
    db, today = here().db, local_date(here().now())
    chosen = choice.from_request(db)
    counts = counting(db, g.account, chosen.which, today)
    sees_levels = g.account.may("see_levels")
    if sees_levels:
        look_up(db)
    settles = g.account.may("see_set_aside")
    waiting = (
        submission_lists.needing_a_person(
            db, within=access.submission_scope_of(db, g.account), limit=SHOWN + 1
        )
        if settles
        else []
    )
    visited = accounts.last_here(db, g.account.user, today)
    since = visited or last_friday(today)
    gone = _some(chosen, today, mark="gone", by="due") if sees_levels else []
    return render_template(
        "today.html",
        counts=counts.result(),
        alerts=_some(chosen, today, mark="alert") if sees_levels else [],
        unsigned=_some(chosen, today, mark="unsigned") if sees_levels else [],
        asking=_some(chosen, today, mark="duplicate") if sees_levels else [],
        pairs=_pairs() if sees_levels and chosen.is_everything else [],
        reason_words=REASONS,
        overdue=_some(chosen, today, due="overdue", by="due"),
        due=_some(chosen, today, due="soon", by="due"),
        gone=gone,
        gone_count=_count(chosen, today, mark="gone") if len(gone) == SHOWN else len(gone),
        missed=_missed() if settles else 0,
        new=_some(chosen, today, since=since.isoformat(), by="registered") if sees_levels else [],
        danger=_some(chosen, today) if sees_levels else [],
        waiting=waiting,
        since=since,
        visited=visited,
        choice=chosen,
        offered=choice.offered(db, chosen),
        views=views.of(db, g.account.user),
        level_choices=True,
        sees_levels=sees_levels,
        shown=SHOWN,
    )


def last_friday(today: date) -> date:
    """The last Friday before this day: for whoever is here for the first time."""
    return today - timedelta(days=(today.weekday() - FRIDAY) % 7 or 7)


def counting(db: Db, who: access.Who, which: Which, today: date) -> Future[dict[str, int]]:
    """How many people there are of each kind, counted while the lists are read.

    Counted again whenever anybody's file has changed.
    """
    key = (db.name, today, str(access.scope_of(db, who)), which)
    # The workers of a team, a place or an organisation change with the same stamp.
    stamp = stamps.of(db, stamps.PEOPLE)
    known = _counted.get(key)
    if known is None or known[0] != stamp:
        known = stamp, _beside.submit(access.counts_for, db, who, which, today=today)
        with _lock:
            if len(_counted) > 1000:
                _counted.clear()
            _counted[key] = known
        known[1].add_done_callback(lambda done: _counted.pop(key, None) if done.exception() else None)
    return known[1]


def _pairs() -> list[dict[str, Any]]:
    """The first few who may be registered twice: both lines, and what speaks for it."""
    found, _ = access.pairs_for(here().db, g.account, limit=SHOWN)
    return [{**pair, "lines": lines(pair["files"])} for pair in found]


def _some(chosen: choice.Choice, today: date, *, by: str = "danger", **narrower: str) -> list[dict[str, Any]]:
    """The first few people of this choice, narrowed down further."""
    db, which = here().db, _narrowed(chosen, **narrower)
    if by == "danger":
        found = access.caseload_of(db, g.account, which, today=today, limit=SHOWN)
    else:
        found = access.latest_for(db, g.account, which, today=today, by=by, limit=SHOWN)
    return lines(found)


def _missed() -> int:
    """How many files and records should have arrived from phones by now and did not."""
    db = here().db
    within = access.submission_scope_of(db, g.account)
    return len(missing.missed(db, within, here().config, here().now()).keys)


def _count(chosen: choice.Choice, today: date, **narrower: str) -> int:
    """How many those are of whom `_some` shows the first few."""
    return access.count_for(here().db, g.account, _narrowed(chosen, **narrower), today=today)


def _narrowed(chosen: choice.Choice, **narrower: str) -> Which:
    if "mark" in narrower:  # one of those that a choice can name
        return choice.of(here().db, {**chosen.args, **narrower}).which
    return replace(chosen.which, **narrower)  # type: ignore[arg-type]
