"""How scores went, as drawings: the published bands behind the results, the same numbers in a table below.

The drawing is made of the page's own elements (SVG), so that it is sharp on paper, needs no script, and its
words are set with the page's letters. Colours come from the style sheet by class.
"""

from dataclasses import dataclass
from datetime import date

from sync.core.protocol import Band
from sync.core.trend import Measured, Trend

WIDTH, HEIGHT = 320, 180
LEFT, RIGHT, TOP, BOTTOM = 28, 8, 8, 24
"""Room beside the drawing for numbers, days and nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripe:
    """One published band, as it lies across the drawing."""

    band: Band
    top: float
    height: float
    low: float
    """Where the lowest number of the band lies."""
    shade: int
    """1 for the lowest band, at most SHADES."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One result."""

    result: Measured
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One instrument's drawing, in units of its view box."""

    trend: Trend
    stripes: tuple[Stripe, ...]
    dots: tuple[Dot, ...]

    @property
    def line(self) -> str:
        """The way from each result to the next."""
        return " ".join(f"{dot.x:g},{dot.y:g}" for dot in self.dots)


SHADES = 5
VIEW = {"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM}
"""The same for templates."""


def chart_of(trend: Trend) -> Chart:
    """The drawing of these results: days from left to right as far apart as they were, values upwards."""
    first, last = trend.measured[0].on, trend.measured[-1].on
    bands = trend.score.bands
    return Chart(
        trend=trend,
        stripes=tuple(_stripe(trend, place) for place in range(len(bands))),
        dots=tuple(
            Dot(result=one, x=_across(one.on, first, last), y=_up(one.value, trend)) for one in trend.measured
        ),
    )


def _stripe(trend: Trend, place: int) -> Stripe:
    """Bands of whole numbers (0-4, 5-9) meet half-way, so that nothing between them is left white."""
    bands = trend.score.bands
    low = bands[place].low if place == 0 else (bands[place - 1].high + bands[place].low) / 2
    high = bands[place].high if place == len(bands) - 1 else (bands[place].high + bands[place + 1].low) / 2
    top, bottom = _up(high, trend), _up(low, trend)
    shade = 1 + round(place * (SHADES - 1) / max(len(bands) - 1, 1))
    return Stripe(
        band=bands[place],
        top=top,
        height=round(bottom - top, 1),
        low=_up(bands[place].low, trend),
        shade=shade,
    )


def _across(on: date, first: date, last: date) -> float:
    room = WIDTH - LEFT - RIGHT - 20
    whole = (last - first).days
    return round(LEFT + 10 + (room * (on - first).days / whole if whole else room / 2), 1)


def _up(value: float, trend: Trend) -> float:
    room = HEIGHT - TOP - BOTTOM
    part = (value - trend.lowest) / ((trend.highest - trend.lowest) or 1)
    return round(TOP + room * (1 - min(max(part, 0), 1)), 1)
