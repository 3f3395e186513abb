"""An .xlsx file as the zip of parts it is: judged by its content before anything parses it, and asked for
what its cells do not tell.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sync.core.problem import Problem

MAX_BYTES = 10_000_000
MAX_UNPACKED_BYTES = 100_000_000
MAX_PARTS = 1_000

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MACROS = re.compile(r"vbaproject\.bin$|^xl/(macrosheets|activex)/", re.IGNORECASE)
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF", "ឯកសារ PDF"),
    (b"PK\x03\x04", "a package of another program", "កញ្ចប់នៃកម្មវិធីផ្សេង"),
    (b"<", "a web page or XML", "ទំព័រគេហទំព័រ ឬ XML"),
    (b"\x89PNG", "a picture", "រូបភាព"),
    (b"\xff\xd8", "a picture", "រូបភាព"),
)
_TEXT = ("text, such as CSV", "អត្ថបទ ដូចជា CSV")
_UNKNOWN = ("of a kind we do not know", "ប្រភេទដែលយើងមិនស្គាល់")

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*)(?<!/)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_AT = re.compile(rb'\br="([A-Z]{1,3}[0-9]{1,7})"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_VALUE = re.compile(rb"<(?:\w+:)?v>[^<]")
_MOST_OF_A_KIND = 200

OddityKind = Literal["merged", "hidden", "formula", "links"]


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something about a file that a coordinator should know and that no cell's text shows."""

    kind: OddityKind
    sheet: str
    """Lower case; empty: the workbook as a whole."""
    at: str = ""
    """`B5`, or `B5:B7`."""


@dataclass(frozen=True, slots=True)
class Part:
    """Where a sheet is in the zip."""

    path: str
    hidden: bool


def judge(workbook: bytes) -> None:
    """Refuse what is no plain workbook, whatever its name says.

    Raises Problem
        workbook.not_a_workbook  cannot be read; workbook.other_kind, workbook.old_excel: what it is instead
        workbook.too_large       more than 10 MB, or more than 100 MB unpacked
        workbook.macros, workbook.password
    """
    if len(workbook) > MAX_BYTES:
        raise Problem("workbook.too_large", limit_mb=MAX_BYTES // 1_000_000)
    if workbook.startswith(_OLD_OFFICE):
        locked = "EncryptedPackage".encode("utf-16-le") in workbook
        raise Problem("workbook.password" if locked else "workbook.old_excel")
    if not workbook.startswith(b"PK\x03\x04"):
        raise _other_kind(workbook)
    try:
        with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
            _judge_parts(parts, workbook)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise Problem("workbook.not_a_workbook") from None


def _other_kind(content: bytes) -> Problem:
    if not content.strip():
        return Problem("workbook.not_a_workbook")
    kinds = ((en, km) for start, en, km in _KINDS if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(start))
    en, km = next(kinds, _UNKNOWN if b"\0" in content[:4096] else _TEXT)
    return Problem("workbook.other_kind", kind=en, kind_km=km)


def _judge_parts(parts: zipfile.ZipFile, workbook: bytes) -> None:
    """zipfile never unpacks more than a part declares, so the declared sizes are a bound."""
    known = parts.infolist()
    names = {part.filename for part in known}
    if any(part.flag_bits & 1 for part in known):
        raise Problem("workbook.password")
    if len(known) > MAX_PARTS or sum(part.file_size for part in known) > MAX_UNPACKED_BYTES:
        raise Problem("workbook.too_large", limit_mb=MAX_BYTES // 1_000_000)
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise _other_kind(workbook)
    if any(_MACROS.search(name) for name in names):
        raise Problem("workbook.macros")
    for part in known:
        if part.filename.endswith((".xml", ".rels")) and _declares_entities(parts.read(part)):
            raise Problem("workbook.not_a_workbook")


def _declares_entities(xml: bytes) -> bool:
    # No spreadsheet program writes a DOCTYPE; whoever does wants the reader to open or swell something.
    head = xml[:4096].replace(b"\x00", b"").upper()
    return b"<!DOCTYPE" in head or b"<!ENTITY" in xml.replace(b"\x00", b"").upper()


def oddities_of(workbook: bytes, sheets: Mapping[str, Part]) -> tuple[Oddity, ...]:
    """What is odd about these sheets of a workbook that was judged: name -> where it is."""
    found: list[Oddity] = []
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        names = parts.namelist()
        if any(name.startswith("xl/externalLinks/") for name in names):
            found.append(Oddity("links", ""))
        for name, part in sheets.items():
            if part.hidden:
                found.append(Oddity("hidden", name))
            path = part.path.lstrip("/")
            if path in names:
                found += _in_sheet(name, parts.read(path))
    return tuple(found)


def _in_sheet(name: str, xml: bytes) -> Iterator[Oddity]:
    for area in _MERGED.findall(xml)[:_MOST_OF_A_KIND]:
        yield Oddity("merged", name, area.decode())
    if not _FORMULA.search(xml):
        return
    count = 0
    for cell in _CELL.finditer(xml):
        at = _AT.search(cell[1])
        # A text that came out empty is a value too: t="str".
        if at and _FORMULA.search(cell[2]) and not _VALUE.search(cell[2]) and b't="str"' not in cell[1]:
            count += 1
            if count > _MOST_OF_A_KIND:
                return
            yield Oddity("formula", name, at[1].decode())
