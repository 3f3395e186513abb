"""The text of an answer -> its value in expressions, decided by the bind type of its node.

Source: JavaRosa's IAnswerData casts; xpath_semantics, section 1.
"""

from typing import TYPE_CHECKING

from sync.core.xpath.dates import days_from_text, moment_at, moment_from_text, moment_on
from sync.core.xpath.errors import XPathError
from sync.core.xpath.geo import shape_text
from sync.core.xpath.numbers import java_double_from, java_int_from
from sync.core.xpath.values import Value

if TYPE_CHECKING:
    from sync.core.xpath.tree import Session

CALCULATED = {"boolean": "boolean", "number": "decimal", "date": "dateTime"}
"""Static type of a calculate -> the bind type that reads its text back; text otherwise."""


def _int(text: str, _: "Session") -> Value:
    number = java_int_from(text)
    return "" if number is None else float(number)


def _decimal(text: str, _: "Session") -> Value:
    number = java_double_from(text)
    return "" if number is None else number


def _date(text: str, session: "Session") -> Value:
    days = days_from_text(text)
    return "" if days is None else moment_on(days, session.zone)


def _date_time(text: str, session: "Session") -> Value:
    return moment_from_text(text, session.zone) or ""


def _time(text: str, session: "Session") -> Value:
    # A time alone is today at that time.
    return moment_at(session.today.days, text, session.zone) or ""


def _boolean(text: str, _: "Session") -> Value:
    return text in ("1", "t")


def _shape(text: str, _: "Session") -> Value:
    return shape_text(text)


_READERS = {
    "int": _int,
    "decimal": _decimal,
    "date": _date,
    "dateTime": _date_time,
    "time": _time,
    "boolean": _boolean,
    "geopoint": _shape,
    "geotrace": _shape,
    "geoshape": _shape,
}


def value_of(text: str, bind_type: str, session: "Session") -> Value:
    """The value of an answer; unreadable text is the empty value, as JavaRosa drops it."""
    reader = _READERS.get(bind_type)
    if reader is None or not text:
        return text
    try:
        return reader(text, session)
    except XPathError:
        return ""
