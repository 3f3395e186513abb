"""Dates as JavaRosa has them: an instant in milliseconds that is always looked at in the phone's zone.

Days before 15 October 1582 follow the Julian calendar, as in Java. Years are not limited to 1…9999.
Source: JavaRosa `DateUtils`, run through the vectors in tests/core.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from sync.core.xpath.errors import XPathError
from sync.core.xpath.numbers import java_int_from

DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GREGORIAN_FROM_DAY = -141_427  # 15 October 1582
_CYCLE_S = 146_097 * 86_400  # 400 Gregorian years: the calendar and the zone's rules repeat
_LAST_S = 253_402_214_400  # within Python's years, whatever the zone
_ZONES_FROM_S = -2_208_988_800  # 1900
_NONE = timedelta(0)
_LAST_YEAR = 292_278_993
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Fields(NamedTuple):
    """An instant as a calendar and a clock on the wall show it."""

    year: int
    month: int
    day: int
    hour: int = 0
    minute: int = 0
    second: int = 0
    ms: int = 0


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1 January 1970 of a calendar date."""
    shifted = year if month > 2 else year - 1
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    if (year, month, day) >= (1582, 10, 15):
        era, of_era = divmod(shifted, 400)
        return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + day_of_year - 719_468
    return shifted * 365 + shifted // 4 + day_of_year - 719_470


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Year, month and day of a number of days since 1 January 1970."""
    if days >= _GREGORIAN_FROM_DAY:
        era, of_era = divmod(days + 719_468, 146_097)
        year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
        day_of_year = of_era - (365 * year + year // 4 - year // 100)
        year += era * 400
    else:
        cycle, of_cycle = divmod(days + 719_470, 1_461)
        year = min(of_cycle // 365, 3)
        day_of_year = of_cycle - year * 365
        year += cycle * 4
    shifted_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return (year if month > 2 else year + 1), month, day


@lru_cache(maxsize=4096)
def _offset_at_hour(zone: tzinfo, quarter_hours: int) -> int:
    seconds = quarter_hours * 900
    if seconds > _LAST_S:
        seconds = _LAST_S - _CYCLE_S + (seconds - _LAST_S) % _CYCLE_S
    if seconds >= _ZONES_FROM_S:
        offset = (_EPOCH + timedelta(seconds=seconds)).astimezone(zone).utcoffset()
    else:  # Java: before the zones' history begins, today's standard time
        today = _EPOCH.replace(year=2024).astimezone(zone)
        offset = (today.utcoffset() or _NONE) - (today.dst() or _NONE)
    return round((offset or _NONE).total_seconds() * 1000)


def offset_ms(zone: tzinfo, at_ms: int) -> int:
    """How far the zone's clocks are ahead of UTC at this instant, in milliseconds."""
    return _offset_at_hour(zone, at_ms // 900_000)  # zones change on quarter hours


class Moment:
    """A date, a dateTime or a time: one type in expressions. `ms` since 1970 UTC, seen in `zone`."""

    __slots__ = ("_days", "ms", "zone")

    def __init__(self, ms: int, zone: tzinfo) -> None:
        self.ms = ms
        self.zone = zone
        self._days: int | None = None

    @property
    def days(self) -> int:
        """Whole local days since 1970-01-01: what operators see of a date."""
        if self._days is None:
            self._days = (self.ms + offset_ms(self.zone, self.ms)) // DAY_MS
        return self._days

    @property
    def fractional_days(self) -> float:
        """Days since local midnight of 1970-01-01, with the time of day."""
        return (self.ms - local_ms(0, self.zone)) / DAY_MS

    def fields(self) -> Fields:
        """Local calendar and clock."""
        days, rest = divmod(self.ms + offset_ms(self.zone, self.ms), DAY_MS)
        year, month, day = civil_from_days(days)
        seconds, ms = divmod(rest, 1000)
        minutes, second = divmod(seconds, 60)
        hour, minute = divmod(minutes, 60)
        return Fields(year if year > 0 else 1 - year, month, day, hour, minute, second, ms)

    def midnight(self) -> "Moment":
        """The start of the same local day."""
        return moment_on(self.days, self.zone)

    def date_text(self) -> str:
        """`2020-02-29`. The year is not padded, as in JavaRosa."""
        year, month, day = civil_from_days(self.days)
        return f"{year if year > 0 else 1 - year}-{month:02}-{day:02}"

    def time_text(self) -> str:
        """`13:45:30.500+07:00`, or `Z` where the zone is at UTC."""
        at = self.fields()
        clock = f"{at.hour:02}:{at.minute:02}:{at.second:02}.{at.ms:03}"
        offset = offset_ms(self.zone, self.ms)
        if offset == 0:
            return clock + "Z"
        hours, minutes = divmod(abs(offset) // 60_000, 60)
        return f"{clock}{'+' if offset > 0 else '-'}{hours:02}:{minutes:02}"

    def date_time_text(self) -> str:
        """`2020-02-29T13:45:30.500+07:00`."""
        return f"{self.date_text()}T{self.time_text()}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Moment) and self.ms == other.ms and self.zone == other.zone

    def __hash__(self) -> int:
        return hash(self.ms)

    def __repr__(self) -> str:
        return f"Moment({self.date_time_text()})"


def moment_from(at: datetime, zone: tzinfo) -> Moment:
    """The Moment of an aware datetime, looked at in `zone`."""
    if at.tzinfo is None:
        raise ValueError(f"naive datetime {at!r}: every instant here carries its zone")
    return Moment((at - _EPOCH) // timedelta(milliseconds=1), zone)


def local_ms(wall_ms: int, zone: tzinfo) -> int:
    """The instant at which clocks in `zone` show `wall_ms` (milliseconds since 1970 on the wall)."""
    first = wall_ms - offset_ms(zone, wall_ms)
    return wall_ms - offset_ms(zone, first)


def moment_on(days: int, zone: tzinfo) -> Moment:
    """Local midnight of a day."""
    return Moment(local_ms(days * DAY_MS, zone), zone)


def _is_real(year: int, month: int, day: int) -> bool:
    if not 1 <= month <= 12:
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= day <= _MONTH_DAYS[month - 1] + (1 if month == 2 and leap else 0)


def days_from_text(text: str) -> int | None:
    """Day number of `y-m-d` (padding not needed), or None when it is no real date."""
    pieces = text.split("-")
    if len(pieces) != 3:
        return None
    year, month, day = map(java_int_from, pieces)
    if year is None or month is None or day is None or not _is_real(year, month, day):
        return None
    if abs(year) > _LAST_YEAR:
        raise XPathError(f"The year {year} is too far away.")
    return days_from_civil(year, month, day)


def _wall_ms(text: str) -> int | None:
    """Milliseconds into the day of `h:m[:s[.f]]`, or None."""
    pieces = text.split(":")
    if len(pieces) not in (2, 3):
        return None
    hour, minute = java_int_from(pieces[0]), java_int_from(pieces[1])
    seconds_ms = _seconds_ms(pieces[2]) if len(pieces) == 3 else 0
    if hour is None or minute is None or seconds_ms is None:
        return None
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= seconds_ms < 60_000):
        return None
    return (hour * 60 + minute) * 60_000 + seconds_ms


def _seconds_ms(text: str) -> int | None:
    kept = text[: next((i for i, c in enumerate(text) if c not in "0123456789."), len(text))]
    whole, _, fraction = kept.partition(".")
    if not (whole or fraction) or "." in fraction:
        return None
    if any(part and java_int_from(part) is None for part in (whole, fraction)):
        return None
    seconds = float(kept)
    return int(seconds) * 1000 + int(1000.0 * seconds - 1000.0 * int(seconds))


def _split_offset(text: str) -> tuple[str, int | None] | None:
    """The clock part and the offset in ms to add to reach UTC; offset None where there is none."""
    if text.endswith("Z"):
        return text[:-1], 0
    for mark, sign in (("+", -1), ("-", 1)):
        if mark in text:
            clock, offset = text.split(mark)[:2]
            hours, colon, minutes = offset.partition(":")
            h, m = java_int_from(hours), java_int_from(minutes.split(":")[0]) if colon else 0
            return None if h is None or m is None else (clock, sign * (h * 60 + m) * 60_000)
    return text, None


def moment_at(days: int, time: str, zone: tzinfo) -> Moment | None:
    """The instant on that local day at `h:m[:s[.f]]` with `Z`, an offset or none, or None."""
    split = _split_offset(time)
    wall = _wall_ms(split[0]) if split else None
    if split is None or wall is None:
        return None
    wall += days * DAY_MS
    return Moment(local_ms(wall, zone) if split[1] is None else wall + split[1], zone)


def moment_from_text(text: str, zone: tzinfo) -> Moment | None:
    """What date() and date-time() read: `y-m-d`, or `y-m-dTh:m…`; None for anything else."""
    date, mark, time = text.partition("T")
    days = days_from_text(date)
    if days is None:
        return None
    return moment_at(days, time, zone) if mark else moment_on(days, zone)
