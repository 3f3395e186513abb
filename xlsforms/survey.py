"""The survey and choices sheets as questions with their paths, read tolerantly: a broken workbook gives
what can be understood of it, and `xlsforms.checks` says what could not.

Source: XLSForm reference (xlsform.org); names of types are pyxform's.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from xlsforms.sheets import Book, Row

REFERENCE = re.compile(r"\$\{\s*(last-saved#)?\s*([^}]*?)\s*\}")
LAST_SAVED = re.compile(r"\$\{\s*last-saved#[^}]*\}")
BEGIN = re.compile(r"begin[ _](group|repeat|lgroup|looped group|loop)\b")
END = re.compile(r"end[ _](group|repeat|lgroup|looped group|loop)\b")
SELECT = re.compile(
    r"(?P<kind>select[ _]one(?:[ _]from[ _]file)?|select[ _]multiple(?:[ _]from[ _]file)?|select1"
    r"|select all that apply(?: from)?|select[ _]one[ _]external|rank) +(?P<list>\S+)(?P<other>.*)$"
)
_FILES = (".csv", ".xml", ".geojson")
_BIND_TYPES = {
    "integer": "int",
    "int": "int",
    "decimal": "decimal",
    "date": "date",
    "today": "date",
    "dateTime": "dateTime",
    "datetime": "dateTime",
    "start": "dateTime",
    "end": "dateTime",
    "time": "time",
    "geopoint": "geopoint",
    "start-geopoint": "geopoint",
    "background-geopoint": "geopoint",
    "geotrace": "geotrace",
    "geoshape": "geoshape",
    "range": "int",
    "image": "binary",
    "photo": "binary",
    "audio": "binary",
    "background-audio": "binary",
    "video": "binary",
    "file": "binary",
    "audit": "binary",
}
_METADATA = "start end today username deviceid email phonenumber simserial subscriberid audit"
_SILENT = "calculate hidden start-geopoint background-geopoint background-audio csv-external xml-external"
_UNSEEN = frozenset(f"{_METADATA} {_SILENT}".split())


@dataclass(frozen=True, slots=True)
class Question:
    """One row of the survey sheet that makes a node: a question, a calculate, a group or a repeat."""

    row: Row
    name: str
    type: str
    """As written."""
    kind: Literal["question", "group", "repeat"]
    path: str
    """Absolute, with the root."""
    repeat: str = ""
    """Path of the nearest repeat around it, or ""."""
    list_name: str = ""
    """Of a select: the choice list, or the file."""

    @property
    def is_select(self) -> bool:
        """Does a person pick from a list here?"""
        return bool(self.list_name)

    @property
    def from_file(self) -> bool:
        """Does the list come from an attached file or an entity list?"""
        return self.list_name.lower().endswith(_FILES)

    @property
    def bind_type(self) -> str:
        """The type JavaRosa gives its value."""
        if self.type == "range" and "." in self.row.get("parameters"):
            return "decimal"
        return _BIND_TYPES.get(self.type, "string")

    @property
    def is_seen(self) -> bool:
        """Does it show on the screen, so that it wants a label?"""
        return self.kind == "question" and self.type not in _UNSEEN


@dataclass(frozen=True)
class Survey:
    """What a form asks."""

    root: str
    questions: tuple[Question, ...]
    """Groups and repeats among them, in order of the sheet."""
    lists: Mapping[str, tuple[Row, ...]]
    """Choice list -> its rows."""
    unbalanced: tuple[tuple[Row, str], ...]
    """Rows whose begin has no end (`begin`), or whose end closes nothing or something else (`end`)."""

    @cached_property
    def by_name(self) -> dict[str, Question]:
        """The first question of each name."""
        found: dict[str, Question] = {}
        for question in self.questions:
            found.setdefault(question.name, question)
        return found

    @cached_property
    def paths(self) -> dict[str, str]:
        """Question name -> path."""
        return {name: question.path for name, question in self.by_name.items()}

    @cached_property
    def types(self) -> dict[str, str]:
        """Path of every answer -> bind type."""
        return {asked.path: asked.bind_type for asked in self.questions if asked.kind == "question"}

    @cached_property
    def repeats(self) -> frozenset[str]:
        """Paths of the repeats."""
        return frozenset(question.path for question in self.questions if question.kind == "repeat")

    @cached_property
    def selects(self) -> frozenset[str]:
        """Paths of the questions where something is picked."""
        return frozenset(question.path for question in self.questions if question.is_select)

    @cached_property
    def calculates(self) -> dict[str, str]:
        """Path -> expression of every calculate."""
        rows = (question for question in self.questions if question.type == "calculate")
        return {question.path: question.row.get("calculation") for question in rows}


def read_survey(book: Book) -> Survey:
    """The questions and lists of a form workbook."""
    root = next((row.get("name") for row in book.sheet("settings").rows), "") or "data"
    unbalanced: list[tuple[Row, str]] = []
    questions = tuple(_questions(book.sheet("survey").rows, root, unbalanced))
    lists: dict[str, list[Row]] = {}
    for row in book.sheet("choices").rows:
        lists.setdefault(row.get("list name"), []).append(row)
    return Survey(
        root=root,
        questions=questions,
        lists={name: tuple(rows) for name, rows in lists.items() if name},
        unbalanced=tuple(unbalanced),
    )


def _questions(rows: tuple[Row, ...], root: str, unbalanced: list[tuple[Row, str]]) -> Iterator[Question]:
    stack: list[tuple[Row, str, str, str]] = [(Row(0, {}), "", f"/{root}", "")]  # row, kind, path, repeat
    for row in rows:
        written, name = row.get("type"), row.get("name")
        _, _, here, repeat = stack[-1]
        path = f"{here}/{name}"
        if begins := BEGIN.match(written):
            kind: Literal["group", "repeat"] = "group" if begins.group(1) == "group" else "repeat"
            stack.append((row, kind, path, path if kind == "repeat" else repeat))
            yield Question(row, name, written, kind, path, repeat)
        elif ends := END.match(written):
            kind = "group" if ends.group(1) == "group" else "repeat"
            if len(stack) > 1 and stack[-1][1] == kind:
                stack.pop()
            else:
                unbalanced.append((row, "end"))
        elif written or name:
            select = SELECT.match(written)
            list_name = select.group("list") if select else ""
            yield Question(row, name, written, "question", path, repeat, list_name)
    unbalanced.extend((row, "begin") for row, *_ in stack[1:])


def references(text: str) -> list[str]:
    """The question names a cell mentions as `${name}`, last-saved ones left out."""
    return [name for last_saved, name in REFERENCE.findall(text) if not last_saved]
