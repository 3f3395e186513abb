"""Numbers as Java writes and reads them: Collect runs on Java, and texts of numbers must agree.

Source: Java SE `Double.toString`, `Double.parseDouble`, narrowing conversions (JLS 5.1.3).
"""

import math
import re

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
LONG_MIN, LONG_MAX = -(2**63), 2**63 - 1
NAN = math.nan
SMALLEST = 5e-324
"""Java's Double.MIN_VALUE, the smallest positive number."""

# What String.trim() removes: everything up to and including the space.
TRIMMED = "".join(map(chr, range(0x21)))

_XPATH_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_JAVA_DOUBLE = re.compile(
    r"[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?)",
)
_JAVA_INT = re.compile(r"[+-]?\d+")  # \d: Character.digit takes Khmer digits too


def number_from_text(text: str) -> float:
    """What number() makes of a text: digits with one point or comma, else NaN."""
    plain = text.replace(",", ".").strip(TRIMMED)
    return float(plain) if _XPATH_NUMBER.fullmatch(plain) else NAN


def java_double_from(text: str) -> float | None:
    """What `Double.parseDouble` reads, or None where it throws. Hexadecimal floats are left out."""
    plain = text.strip(TRIMMED)
    if not _JAVA_DOUBLE.fullmatch(plain):
        return None
    return float(plain.rstrip("fFdD") if "I" not in plain and "N" not in plain else plain)


def java_int_from(text: str) -> int | None:
    """What `Integer.parseInt` reads (32 bits, any decimal digits), or None where it throws."""
    if len(text) > 40 or not _JAVA_INT.fullmatch(text):
        return None
    number = int(text)
    return number if INT_MIN <= number <= INT_MAX else None


def truncated(number: float, low: int, high: int) -> int:
    """Java's cast of a double to a whole number: towards zero, NaN is 0, stops at both ends."""
    if number != number:  # noqa: PLR0124  # NaN
        return 0
    if number <= low:
        return low
    return high if number >= high else int(number)


def to_int(number: float) -> int:
    """`(int) number`."""
    return truncated(number, INT_MIN, INT_MAX)


def to_long(number: float) -> int:
    """`(long) number`."""
    return truncated(number, LONG_MIN, LONG_MAX)


def java_text(number: float) -> str:
    """`Double.toString(number)`: plain between 0.001 and 10 million, else `1.0E10`."""
    if number != number:  # noqa: PLR0124  # NaN
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    size = abs(number)
    if size == 0 or 1e-3 <= size < 1e7:
        return repr(number)
    return _with_exponent(number)


def _with_exponent(number: float) -> str:
    if abs(number) == SMALLEST:  # the one number that Java writes with a digit more than needed
        return "4.9E-324" if number > 0 else "-4.9E-324"
    digits, _, exponent = f"{number!r}".partition("e")
    whole, _, fraction = digits.lstrip("-").partition(".")
    power = int(exponent or 0) + len(whole) - 1
    figures = (whole + fraction).rstrip("0")
    if whole == "0":  # 0.000123: the point moves right
        figures = figures.lstrip("0")
        power = -(len(fraction) - len(fraction.lstrip("0")) + 1)
    sign = "-" if number < 0 else ""
    return f"{sign}{figures[0]}.{figures[1:] or '0'}E{power}"
