"""The bands of a score: `0-4 minimal; 5-9 mild`, in rising order, both ends included.

A band's name in another language stands behind a `=` or, more readably, in a column of its own
(`bands::Khmer (km)`) with the same numbers. A value between two bands would have no name, so that gaps are
faults as overlaps are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sync.core.protocol import Band
from xlsforms.cells import Cells

_BAND = re.compile(
    r"(?P<low>-?\d+(?:\.\d+)?)(?:\s*(?:-|–|—|to|ដល់)\s*(?P<high>-?\d+(?:\.\d+)?))?\s+"
    r"(?P<name>[^=]*[^=\s])(?:\s*=\s*(?P<khmer>\S.*))?"
)
_KHMER_DIGITS = {ord("០") + digit: str(digit) for digit in range(10)}
_TINY = 1e-9


@dataclass(frozen=True)
class _Piece:
    """One band as it is written."""

    text: str
    low: float
    high: float
    name: str
    khmer: str
    step: float
    """The smallest difference the numbers as written can show: 1, or 0.1 where they have a decimal."""


def read_bands(cells: Cells, minimum: float | None, maximum: float | None) -> tuple[Band, ...]:
    """The bands of a row of the `scores` sheet; what is wrong with them becomes findings.

    `minimum` and `maximum` are those of the score: the bands must reach from one to the other.
    """
    headers = cells.sheet.languages("bands")
    texts = cells.row.texts("bands")
    if not texts:
        return ()
    main = "en" if "en" in texts else next(iter(texts))
    pieces = list(_pieces(cells, headers[main], texts[main], "0-4 minimal; 5-9 mild"))
    _whole(cells, headers[main], pieces, minimum, maximum)
    bands = tuple(
        Band(
            low=piece.low,
            high=piece.high,
            name=piece.name,
            label={main: piece.name, "km": piece.khmer} if piece.khmer else {main: piece.name},
        )
        for piece in pieces
    )
    for language, text in texts.items():
        if language != main:
            bands = _named(cells, headers[language], text, language, bands)
    for language in headers.keys() - texts.keys():
        if not all(language in band.label for band in bands):
            cells.fault(headers[language], "The bands have no names here.", "Write them.", "warning")
    return bands


def _pieces(cells: Cells, column: str, text: str, example: str) -> Iterator[_Piece]:
    for piece in filter(None, (part.strip() for part in re.split("[;\n]", text))):
        match = _BAND.fullmatch(piece.translate(_KHMER_DIGITS))
        if not match:
            cells.fault(column, f"“{piece}” is not a band.", f"Write for example {example}.")
            continue
        low, high = match["low"], match["high"] or match["low"]
        decimals = max(len(number.partition(".")[2]) for number in (low, high))
        yield _Piece(piece, float(low), float(high), match["name"], match["khmer"] or "", 10.0**-decimals)


def _whole(
    cells: Cells, column: str, pieces: list[_Piece], minimum: float | None, maximum: float | None
) -> None:
    """The faults of the bands together: backwards, overlapping, gaps, beyond the score or short of it."""
    step = min((piece.step for piece in pieces), default=1.0)
    before: float | None = None if minimum is None else minimum - step
    for piece in pieces:
        if piece.low > piece.high:
            fix = "Write the smaller number first."
            cells.fault(column, f"“{piece.text}” runs backwards.", fix)
            return
        if before is not None and piece.low > before + step + _TINY:
            told = f"Nothing is said about {_span(before + step, piece.low - step)}, below “{piece.text}”."
            cells.fault(column, told, "Let each band begin where the one before ends.")
        elif before is not None and piece.low <= before + _TINY and piece is not pieces[0]:
            told = f"“{piece.text}” overlaps the band before it, or is out of order."
            cells.fault(column, told, "Write the bands in rising order, each number in one band only.")
        if (minimum is not None and piece.low < minimum) or (maximum is not None and piece.high > maximum):
            cells.fault(column, f"“{piece.text}” goes beyond min or max.", "Mend the band, min or max.")
        before = piece.high
    if pieces and maximum is not None and before is not None and before < maximum - _TINY:
        told = f"Nothing is said about {_span(before + step, maximum)}, above “{pieces[-1].text}”."
        cells.fault(column, told, "Let the last band end at max.")


def _named(cells: Cells, column: str, text: str, language: str, bands: tuple[Band, ...]) -> tuple[Band, ...]:
    """The bands with the names another language has for them; its numbers must be the same."""
    pieces = list(_pieces(cells, column, text, "0-4 តិចតួច; 5-9 ស្រាល"))
    here, there = ([(one.low, one.high) for one in found] for found in (pieces, bands))
    if here == there:
        return tuple(
            replace(band, label={**band.label, language: piece.name})
            for band, piece in zip(bands, pieces, strict=True)
        )
    for low, high in [one for one in here if one not in there]:
        told = f"There is no band {_span(low, high)} in the other language."
        cells.fault(column, told, "Write the same numbers in both.")
    for low, high in [one for one in there if one not in here]:
        cells.fault(column, f"The band {_span(low, high)} has no name here.", "Write it.")
    if sorted(here) == sorted(there):
        cells.fault(column, "The bands stand in another order than in the other language.", "Sort them.")
    return bands


def _span(low: float, high: float) -> str:
    return f"{low:g}" if high - low < _TINY else f"{low:g}-{high:g}"
