"""Which files a record names, and what a phone noted about the filling of a form (`audit.csv`)."""

import csv
import io
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lxml import etree

from sync.core.form import FormDefinition

AUDIT = "audit.csv"
MOST_EVENTS = 5_000
EVENTS = frozenset(
    [
        *("form start", "form resume", "form exit", "form save", "form finalize", "save error"),
        *("finalize error", "constraint error", "question", "group questions", "repeat", "beginning of form"),
        *(
            "end screen",
            "jump",
            "add repeat",
            "delete repeat",
            "hierarchy",
            "change reason",
            "device restart",
        ),
        *("location tracking enabled", "location tracking disabled"),
        *("location providers enabled", "location providers disabled"),
        *("location permissions granted", "location permissions not granted"),
        *("google play services not available", "background audio enabled", "background audio disabled"),
    ]
)
"""What Collect calls what happened; anything else is only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the notes: what happened, at which question, when. Never what was answered."""

    event: str
    path: str
    """A question or group of the form, or ""."""
    start_ms: int
    end_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What a phone noted while a form was filled in."""

    events: tuple[Event, ...]
    asked_ms: int
    """For how long questions were on the screen, together."""
    changed: int
    """How often an answer took the place of another one."""
    has_positions: bool
    is_whole: bool
    """False: lines that cannot be read, or too many, were left out."""


def named_files(root: etree._Element, form: FormDefinition) -> tuple[str, ...]:
    """The files that belong to this record: answers of questions that hold one, and the phone's notes."""
    found: dict[str, None] = {}
    for path in form.file_paths:
        steps = path.split("/")[2:]
        for node in _at(root, steps):
            if name := (node.text or "").strip():
                found[name.replace("\\", "/").rsplit("/", 1)[-1]] = None
    return tuple(found)


def _at(root: etree._Element, steps: list[str]) -> list[etree._Element]:
    found = [root]
    for step in steps:
        found = [child for parent in found for child in parent.iterchildren(f"{{*}}{step}")]
    return found


def notes_in(content: bytes, form: FormDefinition) -> Notes:
    """What stands in an `audit.csv`. Answers, positions, names and reasons typed by people are left out.

    Source: ODK documentation, "Form audit log"; collect_contract.md section 10.
    """
    events, asked, changed, positions, whole = list[Event](), 0, 0, False, True
    lines = csv.DictReader(io.StringIO(content.decode(errors="replace").lstrip("\ufeff")))
    try:
        for line in lines:
            event = _event_in(line, form.fields)
            if event is None or len(events) >= MOST_EVENTS:
                whole = False
                continue
            events.append(event)
            if event.event in ("question", "group questions") and event.end_ms is not None:
                asked += max(0, event.end_ms - event.start_ms)
            changed += bool(line.get("old-value"))
            positions = positions or bool(line.get("latitude"))
    except csv.Error:
        whole = False
    return Notes(
        events=tuple(events), asked_ms=asked, changed=changed, has_positions=positions, is_whole=whole
    )


def _event_in(line: Mapping[str | None, str | None], paths: Collection[str]) -> Event | None:
    start, end = _number(line.get("start")), _number(line.get("end"))
    if start is None:
        return None
    node = re.sub(r"\[\d+\]", "", line.get("node") or "")
    event = line.get("event") or ""
    return Event(
        event=event if event in EVENTS else "other",
        path=node if node in paths else "",
        start_ms=start,
        end_ms=end,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and len(text) < 16 and text.isascii() and text.isdigit() else None
