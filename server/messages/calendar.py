"""A person's visits as a calendar: case codes and days, never a name, a place or a reason."""

from datetime import date, datetime, timedelta
from urllib.parse import quote

from icalendar import Calendar, Event

from server.accounts import Account
from server.people import access
from sync.core.times import local_date
from sync.store.connect import Db

AHEAD_DAYS = 60
MOST = 500
WORDS = {"en": "visit", "km": "សួរសុខទុក្ខ"}


def calendar_of(db: Db, account: Account, now: datetime, base: str) -> bytes:
    """The visits due in the next sixty days to the people of this account, late ones on today."""
    today = local_date(now)
    calendar = Calendar()
    calendar.add("prodid", "-//Pteah//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("refresh-interval;value=duration", "PT1H")
    word = WORDS.get(account.language, WORDS["en"])
    until = (today + timedelta(days=AHEAD_DAYS)).isoformat()
    for file in access.caseload_of(db, account, today=today, limit=MOST):
        if file["next_due_on"] and file["next_due_on"] <= until:
            on = max(date.fromisoformat(file["next_due_on"]), today)
            visit = _visit(file["case_code"], file["next_due_on"], on, word)
            visit.add("dtstamp", now)
            visit.add("url", f"{base}/caseload/{quote(file['case_code'], safe='')}")
            calendar.add_component(visit)
    return bytes(calendar.to_ical())


def _visit(code: str, due: str, on: date, word: str) -> Event:
    event = Event()
    event.add("uid", f"{code}-{due}@pteah")
    event.add("dtstart", on)
    event.add("dtend", on + timedelta(days=1))
    event.add("summary", f"{code} {word}")
    return event
