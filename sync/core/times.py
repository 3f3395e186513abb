"""Instants and days.

Inside, an instant is an aware UTC datetime cut to milliseconds (BSON keeps no more); a day is a
`datetime.date` in Cambodia. Nothing here asks what time it is: the time comes in as an argument.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")  # UTC+7, no daylight saving


def local_date(at: datetime) -> date:
    """The calendar day in Cambodia at this instant: 20:00 UTC on 1 January is already the 2nd."""
    if at.tzinfo is None:
        raise ValueError(f"naive datetime {at!r}: every instant here carries its zone")
    return at.astimezone(PHNOM_PENH).date()


def start_of(day: date) -> datetime:
    """The first moment of this day in Cambodia."""
    return datetime.combine(day, time(), tzinfo=PHNOM_PENH).astimezone(UTC)


def cut_to_ms(at: datetime) -> datetime:
    """The same instant in UTC as MongoDB will give it back: whole milliseconds."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def instant_from(text: str) -> datetime | None:
    """The instant an XForm dateTime names (`2026-11-23T10:30:00.000+07:00`), or None.

    A dateTime without an offset is read as Cambodian time: that is where the phones are.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if "T" not in text:
        return None
    return cut_to_ms(at if at.tzinfo else at.replace(tzinfo=PHNOM_PENH))


def day_from(text: str) -> date | None:
    """The day an XForm date or dateTime names, in Cambodia, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        at = instant_from(text)
        return local_date(at) if at else None
