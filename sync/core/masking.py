"""What of a value a reader may see: one function for pages, exports, the API and what programs are told.

The mark comes from the column `privacy` of the workbook. Whoever works with people sees what they said; an
outreach worker who somebody is; who sees no person (an analyst, a program that only counts) neither, and
nothing by which somebody could be found again: no words of her own, no place below the province, no day. A
program that reads files gets the days, since visits are planned by them, and neither names nor words.
"""

from typing import Any, Literal

from sync.core.form import Field, Privacy
from sync.core.scope import Sight

Kind = Literal["coded", "text", "day", "place", "file"]
"""Picked or counted; written freely; a day or moment; where on earth; the name of a file."""

Eyes = Sight | Literal["program"]

_HIDDEN: dict[Eyes, tuple[Privacy, ...]] = {
    "people": (),
    "caseload": ("sensitive",),
    "nobody": ("identity",),
    "program": ("identity",),
}
_WITHOUT_WORDS: tuple[Eyes, ...] = ("nobody", "program")
_TYPES: dict[str, Kind] = {
    "date": "day", "dateTime": "day", "time": "text", "string": "text", "binary": "file",
    "geopoint": "place", "geotrace": "place", "geoshape": "place", "barcode": "text",
}  # fmt: skip
_PICKED = ("select1", "select", "rank", "trigger", "range")
HIDDEN_KINDS: tuple[Kind, ...] = ("text", "place", "file")


def masked(value: Any, privacy: Privacy, sight: Eyes, kind: Kind = "coded") -> Any:
    """The value as such a reader may see it; None where not at all. A day becomes its quarter."""
    if not is_shown(privacy, sight, kind):
        return None
    return _quarter(str(value)) if sight == "nobody" and kind == "day" and value else value


def is_shown(privacy: Privacy, sight: Eyes, kind: Kind = "coded") -> bool:
    """Whether such a reader sees anything of such values."""
    return privacy not in _HIDDEN[sight] and not (sight in _WITHOUT_WORDS and kind in HIDDEN_KINDS)


def kind_of(field: Field) -> Kind:
    """What the answers to this question are."""
    return "coded" if field.control in _PICKED else _TYPES.get(field.type, "coded")


def _quarter(day: str) -> str | None:
    year, _, rest = day.partition("-")
    month = rest[:2]
    return f"{year}-Q{(int(month) + 2) // 3}" if month.isdigit() else None
