"""Our own workbooks, read as they stand in the repository."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from openpyxl import load_workbook

FOLDER = Path(__file__).resolve().parents[2] / "xlsforms"
FORMS = ("screening", "intake", "followup")
LANGUAGES = ("English (en)", "Khmer (km)")
KHMER = re.compile("[\u1780-\u17ff]")

Row = dict[str, str]


@lru_cache(maxsize=8)
def sheets(name: str) -> dict[str, list[Row]]:
    """Every sheet of xlsforms/NAME.xlsx as rows by header; empty cells are "", empty rows left out."""
    book = load_workbook(FOLDER / f"{name}.xlsx", data_only=True)
    return {sheet.title: list(_rows(sheet.iter_rows(values_only=True))) for sheet in book.worksheets}


def _rows(lines: Iterator[tuple[object, ...]]) -> Iterator[Row]:
    headers = [str(header or "") for header in next(lines, ())]
    for line in lines:
        row = {
            header: "" if value is None else str(value)
            for header, value in zip(headers, line, strict=False)
            if header
        }
        if any(row.values()):
            yield row


def questions(name: str) -> dict[str, Row]:
    """Question name -> its row in the survey sheet, groups left out."""
    return {
        row["name"]: row for row in sheets(name)["survey"] if row["name"] and " " not in _kind(row["type"])
    }


def _kind(type_: str) -> str:
    return type_ if type_.startswith(("begin ", "end ")) else type_.partition(" ")[0]


def choice_names(form: str, list_name: str) -> list[str]:
    """The choices of one list."""
    return [row["name"] for row in sheets(form)["choices"] if row["list_name"] == list_name]
