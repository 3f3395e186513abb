"""Dates and times."""

import math
from collections.abc import Callable, Sequence

from sync.core.xpath.date_format import formatted
from sync.core.xpath.dates import DAY_MS, Moment, moment_from_text, moment_on, offset_ms
from sync.core.xpath.errors import XPathError
from sync.core.xpath.frames import Frame, Piece, Run, text_run, value_run
from sync.core.xpath.functions.mathematics import int_of
from sync.core.xpath.functions.registry import Function
from sync.core.xpath.numbers import INT_MAX, INT_MIN
from sync.core.xpath.tree import Session
from sync.core.xpath.values import Value


def _no_date() -> XPathError:
    return XPathError("A value that is not a date (yyyy-mm-dd) was given where a date is needed.")


def _read(text: str, session: Session) -> Value:
    if not text:
        return text
    moment = moment_from_text(text, session.zone)
    if moment is None:
        raise _no_date()
    return moment


def _in_range(number: float) -> float:
    if not INT_MIN <= number <= INT_MAX:
        raise _no_date()
    return number


def _date(value: Value, session: Session) -> Value:
    """date(): numbers are local days, text keeps its time of day, dates lose it."""
    match value:
        case bool():
            raise _no_date()
        case float():
            whole = int_of(value)
            return whole if math.isnan(whole) else moment_on(int(_in_range(whole)), session.zone)
        case str():
            return _read(value, session)
    return value.midnight()


def _date_time(value: Value, session: Session) -> Value:
    """date-time(): numbers are days since the UTC epoch, everything else keeps its time."""
    match value:
        case bool():
            raise _no_date()
        case float():
            if math.isnan(value):
                return value
            return Moment(int(_in_range(value) * DAY_MS), session.zone)
        case str():
            return _read(value, session)
    return value


def _decimal_date_time(value: Value, session: Session) -> Value:
    moment = _moment_or_number(value, session)
    return moment.ms / DAY_MS if isinstance(moment, Moment) else moment


def _decimal_time(value: Value, session: Session) -> Value:
    moment = _moment_or_number(value, session)
    if isinstance(moment, Moment):
        # The offset is today's, also for a day when it was another one: as JavaRosa does it.
        part = (moment.ms + offset_ms(session.zone, session.now.ms)) / DAY_MS
        return part - math.floor(part)
    if isinstance(moment, str) or math.isnan(moment):
        return moment
    return moment - math.floor(moment)


def _moment_or_number(value: Value, session: Session) -> Value:
    match value:
        case bool():
            raise _no_date()
        case float():
            return value if math.isnan(value) else _in_range(value)
        case str():
            return _read(value, session)
    return value


def _format(arguments: Sequence[Piece]) -> Run:
    value, pattern = value_run(arguments[0]), text_run(arguments[1])

    def format_date(frame: Frame) -> str:
        moment = _date_time(value(frame), frame.session)
        if not isinstance(moment, Moment):
            return ""
        return formatted(moment, pattern(frame), frame.session.locale)

    return format_date


def _converted(give: Callable[[Value, Session], Value]) -> Function:
    def build(arguments: Sequence[Piece]) -> Run:
        run = value_run(arguments[0])
        return lambda frame: give(run(frame), frame.session)

    return Function(1, 1, "any", build)


FUNCTIONS = {
    "date": _converted(_date),
    "date-time": _converted(_date_time),
    "decimal-date-time": _converted(_decimal_date_time),
    "decimal-time": _converted(_decimal_time),
    "format-date": Function(2, 2, "string", _format),
    "format-date-time": Function(2, 2, "string", _format),
    "today": Function(0, 0, "date", lambda _: lambda frame: frame.session.today),
    "now": Function(0, 0, "date", lambda _: lambda frame: frame.session.now),
}
