"""Places on earth: `lat long altitude accuracy`, several joined by `;`.

The formulas are JavaRosa's (`GeoUtils`), so that a distance on the phone is the same here.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from sync.core.xpath.errors import XPathError
from sync.core.xpath.numbers import TRIMMED, java_double_from, java_text

RADIUS_M = 6_378_100.0
_CIRCUMFERENCE_M = 2 * RADIUS_M * math.pi


class Place(NamedTuple):
    """Latitude and longitude in degrees."""

    latitude: float
    longitude: float


def _numbers(text: str) -> list[float] | None:
    numbers: list[float] = []
    for piece in text.split(" "):
        number = java_double_from(piece) if piece else 0.0
        if number is None or len(numbers) == 4:
            return None
        numbers += [number] if piece else []
    return numbers + [0.0] * (4 - len(numbers))


def shape_text(text: str) -> str:
    """A point, trace or shape as JavaRosa rewrites it on reading; empty when unreadable."""
    texts = []
    for part in parts_of(text):
        numbers = _numbers(part.strip(TRIMMED))
        if numbers is None:
            return ""
        texts.append(" ".join(map(java_text, numbers)) if any(numbers) else "")
    return "; ".join(texts)


def parts_of(text: str) -> list[str]:
    """Java's `split(";")`: empty parts at the end are dropped, except in the empty text."""
    parts = text.split(";")
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


def place_from(text: str) -> Place:
    """The place a text names; the empty text is 0 0, as on the phone. Raises XPathError."""
    numbers = _numbers(text)
    if numbers is None:
        raise XPathError("A value that is not a GPS place was given where a place is needed.")
    return Place(numbers[0], numbers[1])


def distance_m(places: Sequence[Place]) -> float:
    """Metres along the places, by the spherical law of cosines."""
    return sum((_between(a, b) for a, b in pairwise(places)), 0.0)


def _between(a: Place, b: Place) -> float:
    turn = math.radians(a.longitude - b.longitude)
    lat_a, lat_b = math.radians(a.latitude), math.radians(b.latitude)
    cosine = math.sin(lat_a) * math.sin(lat_b) + math.cos(lat_a) * math.cos(lat_b) * math.cos(turn)
    if not -1 <= cosine <= 1:  # rounding: Java's acos gives NaN
        return math.nan
    return math.acos(cosine) * RADIUS_M


def area_m2(places: Sequence[Place]) -> float:
    """Square metres enclosed, as a fan of flat triangles from the first place."""
    if len(places) < 3:
        return 0.0
    first = places[0]
    sides = [
        (
            (p.longitude - first.longitude) * _CIRCUMFERENCE_M * math.cos(math.radians(p.latitude)) / 360.0,
            (p.latitude - first.latitude) * _CIRCUMFERENCE_M / 360.0,
        )
        for p in places[1:]
    ]
    total = 0.0
    for (x1, y1), (x2, y2) in pairwise(sides):
        total += (y1 * x2 - x1 * y2) / 2
    return abs(total)


def is_inside(place: Place, fence: Sequence[Place]) -> bool:
    """Whether the place lies within a closed line (first place = last)."""
    inside = False
    for p1, p2 in pairwise(fence):
        if (p2.latitude > place.latitude) == (p1.latitude > place.latitude):
            continue
        slope = (p1.longitude - p2.longitude) * (place.latitude - p2.latitude)
        if place.longitude < slope / (p1.latitude - p2.latitude) + p2.longitude:
            inside = not inside
    return inside
