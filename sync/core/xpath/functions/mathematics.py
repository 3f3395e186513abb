"""Numbers: rounding, Java's mathematics, sums and extremes."""

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal

from sync.core.xpath.dates import Moment
from sync.core.xpath.errors import XPathError
from sync.core.xpath.frames import Frame, Piece, Run, number_run
from sync.core.xpath.functions.registry import Function, of_number, spread
from sync.core.xpath.numbers import LONG_MAX, LONG_MIN, NAN, SMALLEST, to_int, to_long
from sync.core.xpath.values import Nodes, Result, to_number

_DIGITS = Context(prec=800)  # enough for any double with 30 decimals


def int_of(number: float) -> float:
    """int(): truncates towards zero, keeps NaN, infinity and the sign of zero."""
    if number != number or not LONG_MIN < number < LONG_MAX:  # noqa: PLR0124  # NaN
        return number
    return math.copysign(float(int(number)), number)


def rounded(number: float, places: int) -> float:
    """round(): the decimal text of the number is rounded, ties towards plus infinity."""
    if number != number or math.isinf(number):  # noqa: PLR0124  # NaN
        return number
    if abs(places) > 30:
        return NAN
    exact = Decimal(repr(number))
    if places >= 0:
        ties = ROUND_HALF_DOWN if number < 0 else ROUND_HALF_UP
        # Java's BigDecimal has no negative zero.
        return float(exact.quantize(Decimal(1).scaleb(-places), ties, _DIGITS)) + 0.0
    # To tens and up JavaRosa adds a half and truncates, which is wrong for negative numbers; so are we.
    scaled = float(exact.scaleb(places, _DIGITS)) + 0.5
    return float(Decimal(to_long(scaled)).scaleb(-places, _DIGITS))


def _round(arguments: Sequence[Piece]) -> Run:
    number = number_run(arguments[0])
    if len(arguments) == 1:
        return lambda frame: rounded(number(frame), 0)
    places = number_run(arguments[1])

    def round_to(frame: Frame) -> float:
        to = to_int(places(frame))
        return rounded(number(frame), to)

    return round_to


def _real(result: Result) -> float:
    # A date *value* counts with its time of day, a date *node* in whole days.
    return result.fractional_days if isinstance(result, Moment) else to_number(result)


def _safe(give: Callable[..., float], *numbers: float) -> float:
    try:
        return give(*numbers)
    except OverflowError:
        return math.inf
    except ValueError:
        return NAN


def _of_real(give: Callable[[float], float]) -> Function:
    def build(arguments: Sequence[Piece]) -> Run:
        run = arguments[0].run
        return lambda frame: _safe(give, _real(run(frame)))

    return Function(1, 1, "number", build)


def _of_two_reals(give: Callable[[float, float], float]) -> Function:
    def build(arguments: Sequence[Piece]) -> Run:
        first, second = arguments[0].run, arguments[1].run
        return lambda frame: _safe(give, _real(first(frame)), _real(second(frame)))

    return Function(2, 2, "number", build)


def power(base: float, exponent: float) -> float:
    """Java's Math.pow, which differs from C's at 1 and -1."""
    if exponent != exponent or (math.isinf(exponent) and abs(base) == 1):  # noqa: PLR0124  # NaN
        return NAN
    try:
        return math.pow(base, exponent)
    except OverflowError:
        odd = exponent == int(exponent) and int(exponent) % 2 == 1
        return -math.inf if base < 0 and odd else math.inf
    except ValueError:
        if base == 0:  # zero to a negative power
            odd = exponent == int(exponent) and int(exponent) % 2 == 1
            return math.copysign(math.inf, base) if odd else math.inf
        return NAN


def _logarithm(give: Callable[[float], float]) -> Callable[[float], float]:
    return lambda number: -math.inf if number == 0 else give(number)


def _extreme(start: float, choose: Callable[[float, float], float]) -> Function:
    def build(arguments: Sequence[Piece]) -> Run:
        values = spread(arguments)

        def extreme(frame: Frame) -> float:
            numbers = [n for n in map(to_number, values(frame)) if n == n]  # noqa: PLR0124  # not NaN
            best = start
            for number in numbers:
                best = choose(best, number)
            return best if numbers else NAN

        return extreme

    return Function(0, None, "number", build)


def _smaller(a: float, b: float) -> float:
    if a == b == 0:  # Java's Math.min: -0 is less than 0
        return a if math.copysign(1.0, a) < 0 else b
    return min(a, b)


def _sum(arguments: Sequence[Piece]) -> Run:
    run = arguments[0].run

    def total(frame: Frame) -> float:
        result = run(frame)
        if not isinstance(result, Nodes):
            raise XPathError("sum() adds the answers of one question in a repeat; give it a path.")
        return _added(map(to_number, result.values()))

    return total


def _added(numbers: "map[float]") -> float:
    total = 0.0
    for number in numbers:
        if number == number:  # noqa: PLR0124  # not NaN
            total += number
    return total


FUNCTIONS = {
    "number": Function(1, 1, "number", lambda arguments: number_run(arguments[0])),
    "int": Function(1, 1, "number", of_number(int_of)),
    "round": Function(1, 2, "number", _round),
    "abs": _of_real(abs),
    "sqrt": _of_real(math.sqrt),
    "exp": _of_real(math.exp),
    "exp10": _of_real(lambda number: power(10.0, number)),
    "log": _of_real(_logarithm(math.log)),
    "log10": _of_real(_logarithm(math.log10)),
    "sin": _of_real(math.sin),
    "cos": _of_real(math.cos),
    "tan": _of_real(math.tan),
    "asin": _of_real(math.asin),
    "acos": _of_real(math.acos),
    "atan": _of_real(math.atan),
    "atan2": _of_two_reals(math.atan2),
    "pow": _of_two_reals(power),
    "pi": Function(0, 0, "number", lambda _: lambda _: math.pi),
    "min": _extreme(1.7976931348623157e308, _smaller),
    # Not from minus infinity: that is how JavaRosa begins.
    "max": _extreme(SMALLEST, max),
    "sum": Function(1, 1, "number", _sum),
}
