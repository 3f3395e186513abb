"""A value -> what Collect writes into the submission for it."""

import re

from sync.core.xpath.dates import Moment
from sync.core.xpath.errors import XPathError
from sync.core.xpath.geo import shape_text
from sync.core.xpath.numbers import java_text, to_int, to_long
from sync.core.xpath.values import Value, is_empty, to_boolean

# Half of a character beyond 16 bits cannot be sent; Java writes ? for it.
_LONE_HALF = re.compile("[\ud800-\udfff]")


def written(value: Value, bind_type: str = "string") -> str | None:
    """The text of a calculate's result in the submission, or None for an empty node.

    Differs from to_string: true is `1`, a date is a full dateTime, 1E10 is `10000000000`. `bind_type` is
    the bind's; calculates have `string` unless a coordinator wrote another. Raises XPathError where the
    phone does. Source: xpath_semantics, section 3 (JavaRosa's IAnswerData.wrapData).
    """
    if is_empty(value):
        return None
    if bind_type == "boolean" or isinstance(value, bool):
        if isinstance(value, Moment):
            raise XPathError("A date cannot be kept as true or false.")
        return "1" if to_boolean(value) else "0"
    if isinstance(value, float):
        return _number(value, bind_type)
    if isinstance(value, Moment):
        return _moment(value, bind_type)
    if bind_type in ("geopoint", "geotrace", "geoshape"):
        return shape_text(value) or None
    return value if value.isascii() else _LONE_HALF.sub("?", value)


def _number(number: float, bind_type: str) -> str:
    if bind_type == "int":
        return str(to_int(number))
    whole = to_long(number)
    return str(whole) if abs(number - whole) < 1e-9 else java_text(number)


def _moment(moment: Moment, bind_type: str) -> str:
    if bind_type == "date":
        return moment.date_text()
    return moment.time_text() if bind_type == "time" else moment.date_time_text()
