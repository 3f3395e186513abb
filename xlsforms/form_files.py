"""A picture, a sound or a CSV list in place of the one phones have, checked against the forms that use it."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from lxml import etree

from sync.core.problem import Problem
from sync.core.times import cut_to_ms
from sync.store import attachments, audit, form_files, forms, records
from sync.store.connect import Db
from xlsforms.findings import Finding, WorkbookRefused, did_you_mean, has_errors

_PICTURES = {"png": b"\x89PNG", "jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff", "gif": b"GIF8"}
_PATH_OR_TEXT = re.compile(
    r"'[^']*'|\"[^\"]*\"|instance\([^)]*\)(?:/[\w.-]+)*|(?:\.\.|current\(\))?(?:/[\w.-]+)+"
)
_NAME = re.compile(r"[A-Za-z_][\w.-]*(?!\s*\(|[\w.-])")
_WORDS = frozenset(("and", "or", "div", "mod", "not"))


@dataclass(frozen=True, kw_only=True)
class Put:
    """What came of it."""

    name: str
    state: Literal["published", "the same"]
    forms: tuple[str, ...]
    findings: tuple[Finding, ...]
    """Remarks."""


@dataclass(frozen=True, slots=True)
class _List:
    """How one form draws choices from a CSV file."""

    questions: tuple[str, ...]
    value: str
    columns: frozenset[str]


def put_file(
    db: Db, name: str, content: bytes, *, at: datetime, by: str, note: str = "", confirm: str = ""
) -> Put:
    """Give this file to every form that has one of this name. Phones fetch it with the next list of files.

    Raises Problem file.not_used where no form has one, WorkbookRefused where something must be mended,
    file.not_confirmed where choices that people picked are no longer in it and `confirm` is not the name.
    """
    used = [form_id for form_id, files in form_files.in_use(db).items() if name in files]
    if not used:
        known = sorted({file for files in form_files.in_use(db).values() for file in files})
        raise Problem("file.not_used", name=name, known=", ".join(known) or "–")
    findings = tuple(look_through(db, name, content, used))
    if has_errors(findings):
        raise WorkbookRefused(findings)
    if (count := sum(dropped(db, name, content, used).values())) and confirm != name:
        raise Problem("file.not_confirmed", name=name, count=count)
    new = {
        **form_files.keep(db, name, content, form_files.GIVEN),
        "at": cut_to_ms(at),
        "by": by,
        "note": note,
    }
    changed = [form_id for form_id in used if _put(db, form_id, new, at)]
    if changed:
        told = {"what": "file replaced", "forms": " ".join(changed), "sha256": new["sha256"]}
        audit.note(db, at=at, by=by, kind="configuration", fields=[name], more=told)
    return Put(
        name=name,
        state="published" if changed else "the same",
        forms=tuple(changed or used),
        findings=findings,
    )


def former(db: Db, name: str, sha256: str) -> bytes:
    """The content this file once had. Raises Problem media.unknown."""
    if any(one.sha256 == sha256 for one in form_files.versions(db).get(name, ())):
        return attachments.open(db, sha256).read()
    raise Problem("media.unknown")


def _put(db: Db, form_id: str, new: Mapping[str, Any], at: datetime) -> bool:
    version = forms.current_version(db, form_id) or ""
    found = forms.find_version(db, form_id, version)
    media = found["media"] if found else []
    if any(file["name"] == new["name"] and file["sha256"] == new["sha256"] for file in media):
        return False
    files = [dict(new) if file["name"] == new["name"] else file for file in media]
    return forms.put_media(db, form_id, version, files, replaced_at=cut_to_ms(at))


def look_through(db: Db, name: str, content: bytes, form_ids: list[str]) -> Iterator[Finding]:
    """Everything that is wrong with this file for these forms."""
    ending = name.rpartition(".")[2].lower()
    if ending in _PICTURES and not content.startswith(_PICTURES[ending]):
        yield Finding(name, None, "", f"This is no picture of the kind “{ending}”.", "Save it again as one.")
    if ending == "csv":
        yield from _look_through_list(name, content, _lists(db, name, form_ids))


def _look_through_list(name: str, content: bytes, lists: list[_List]) -> Iterator[Finding]:
    try:
        rows = _rows(content)
    except (UnicodeDecodeError, csv.Error):
        told = "This cannot be read as a list."
        yield Finding(name, None, "", told, "Save it in Excel as “CSV UTF-8”, with commas.")
        return
    header = rows[0] if rows else []
    for column, count in Counter(header).items():
        if count > 1:
            yield Finding(name, 1, column, f"There are {count} columns “{column}”.", "Keep one of them.")
    wanted = sorted({column for one in lists for column in one.columns})
    for column in wanted:
        if column not in header:
            told = f"The column “{column}” is not there, and a form draws its choices from it."
            yield Finding(name, 1, column, told, did_you_mean(column, header, "Add it, with this name."))
    if len(rows) < 2:
        yield Finding(name, None, "", "There are no choices in it.", "Write one in each row.")
    for column in sorted({one.value for one in lists if one.value in header}):
        yield from _look_through_values(name, column, rows, header.index(column))


def _look_through_values(name: str, column: str, rows: list[list[str]], place: int) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for number, row in enumerate(rows[1:], start=2):
        value = row[place].strip() if place < len(row) else ""
        if not any(cell.strip() for cell in row):
            continue
        if not value:
            yield Finding(name, number, column, "This cell is empty.", "Give the choice a code of its own.")
        elif " " in value:
            told = f"“{value}” has a space in it: a phone would read it as several choices."
            yield Finding(name, number, column, told, "Write _ in place of it.")
        elif value in seen:
            told = f"“{value}” is already in row {seen[value]}."
            yield Finding(name, number, column, told, "Give each choice a code of its own.")
        seen.setdefault(value, number)


def dropped(db: Db, name: str, content: bytes, form_ids: list[str]) -> dict[str, int]:
    """Choices of a CSV list that stored answers have and this content has no longer, and how many answers."""
    if not name.lower().endswith(".csv"):
        return {}
    gone: Counter[str] = Counter()
    for form_id in form_ids:
        lists = _lists(db, name, [form_id])
        before = attachments.open(db, form_files.in_use(db)[form_id][name]["sha256"]).read()
        questions = {question for one in lists for question in one.questions}
        values = {one.value for one in lists}
        left = _values(content, values)
        lost = _values(before, values) - left
        if lost and questions:
            used = records.used(db, form_id, questions)
            gone.update({value: count for (_, value), count in used.values.items() if value in lost})
    return dict(gone)


def _values(content: bytes, columns: set[str]) -> set[str]:
    rows = _rows(content)
    header = rows[0] if rows else []
    places = [header.index(column) for column in columns if column in header]
    return {row[place].strip() for row in rows[1:] for place in places if place < len(row)}


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True))


def _lists(db: Db, name: str, form_ids: list[str]) -> list[_List]:
    return [
        one
        for form_id in form_ids
        if (version := forms.current_version(db, form_id))
        for one in _lists_in(forms.xform_of(db, form_id, version), name)
    ]


def _lists_in(xform: bytes, name: str) -> Iterator[_List]:
    root = etree.fromstring(xform, etree.XMLParser(resolve_entities=False, no_network=True))
    ids = [
        one.get("id")
        for one in root.iterfind(".//{*}instance[@src]")
        if (one.get("src") or "").rpartition("/")[2] == name
    ]
    for itemset in root.iterfind(".//{*}itemset"):
        nodeset, holder = itemset.get("nodeset") or "", itemset.getparent()
        if holder is None or not any(f"instance('{one}')" in nodeset for one in ids):
            continue
        value, label = (_ref(itemset, tag) for tag in ("value", "label"))
        filtered = _PATH_OR_TEXT.sub(" ", nodeset.partition("[")[2])
        names = {one for one in _NAME.findall(filtered) if one not in _WORDS}
        question = (holder.get("ref") or "").rpartition("/")[2]
        yield _List((question,), value, frozenset(one for one in (value, label, *names) if one))


def _ref(itemset: etree._Element, tag: str) -> str:
    found = itemset.find(f"{{*}}{tag}")
    ref = "" if found is None else found.get("ref") or ""
    return ref if re.fullmatch(r"[\w.-]+", ref) else ""
