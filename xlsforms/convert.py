"""Workbook bytes -> a form version: its XForm, its rules and the files it needs. Alone in calling pyxform.

pyxform is fed rows, not the file: blank rows are kept, so that the row numbers in its messages are Excel's,
and the rules that phones work out are added as ordinary rows at the end. Same workbook, same bytes.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT
from pyxform.validators.error_cleaner import ErrorCleaner
from pyxform.validators.odk_validate import ODK_VALIDATE_PATH
from pyxform.xls2xform import convert as pyxform_convert

from sync.core.form import Privacy
from sync.core.protocol import FormRules, Protocol
from xlsforms.checks import ENTITY_LISTS, check_form
from xlsforms.contacts import protocol_media
from xlsforms.findings import Finding, Severity, WorkbookRefused, has_errors, in_order
from xlsforms.media import files_of, lists_in, missing_files
from xlsforms.on_phone import PhoneRows, phone_rows
from xlsforms.rule_checks import check_rules
from xlsforms.rules import read_rules
from xlsforms.sheets import Book, Sheet, plain, read_book
from xlsforms.survey import Survey, read_survey
from xlsforms.validate import CUT_SHORT, NO_JAVA, find_java, place_of, run_odk_validate, sentences_of

_PYXFORM_SHEETS = ("survey", "choices", "settings", "entities", "external_choices")
_OURS = frozenset(["privacy"])
"""Columns of the survey sheet that pyxform must not see."""
_ROW = re.compile(r"\[row : (\d+)\]\s*")
_SHEET = re.compile(r"On the '(\w+)' sheet, the '([^']+)' value is invalid\.\s*")


@dataclass(frozen=True, kw_only=True)
class Converted:
    """One form version, ready to be published."""

    form_id: str
    version: str
    title: str
    xform: bytes = field(repr=False)
    """What phones get, byte for byte."""
    media: Mapping[str, bytes] = field(repr=False)
    """File name -> content, entity lists left out."""
    warnings: tuple[str, ...]
    rules: FormRules = field(repr=False)
    entity_lists: tuple[str, ...]
    """Entity lists the form reads or writes."""
    privacy: Mapping[str, Privacy]
    """Question name -> identity or sensitive; questions without a mark are left out."""
    languages: tuple[str, ...]
    """Codes, in the order of the workbook: ("en", "km")."""
    content_sha256: str
    """Of what the sheets say: the same after Excel saved the file anew."""
    steps: Mapping[str, str] = field(default_factory=dict)
    """Node in the XForm -> code of the indicator it works out."""
    sums: Mapping[str, str] = field(default_factory=dict)
    """Node in the XForm -> name of the score it works out."""


def known_types() -> frozenset[str]:
    """Every word pyxform takes in the type column, without selects and groups."""
    return frozenset(QUESTION_TYPE_DICT) | {"csv-external", "xml-external"}


def convert(
    workbook: bytes,
    *,
    filename: str,
    media: Mapping[str, bytes] | None = None,
    protocol: Protocol | None = None,
    all_rules_on_phone: bool = False,
) -> Converted:
    """The form version a workbook defines.

    `media` are files given with it (name -> content); the place lists are made for the `protocol`'s places.
    `all_rules_on_phone` is for tests: phone and server must come to the same results.

    Raises Problem workbook.* for a file that is no workbook, WorkbookRefused with every finding otherwise.
    """
    converted, findings = examine(
        read_book(workbook, filename=filename),
        media=media or {},
        protocol=protocol,
        all_rules_on_phone=all_rules_on_phone,
        java=find_java(),
    )
    if converted is None:
        raise WorkbookRefused(findings)
    return converted


def examine(
    book: Book,
    *,
    media: Mapping[str, bytes],
    protocol: Protocol | None,
    java: str | None,
    all_rules_on_phone: bool = False,
    files_needed: bool = True,
) -> tuple[Converted | None, tuple[Finding, ...]]:
    """The form version, or None where something must be mended, and everything found on the way.

    `java` is the path of the java program, or None where there is none. `files_needed`: a file that nobody
    gives is a fault; False while only the rules are looked at.
    """
    survey = read_survey(book)
    rules, added, findings = _read(book, survey, protocol, everything=all_rules_on_phone)
    xform, said = _xform(book, added, ours=findings)
    findings += said
    if xform is None or has_errors(findings):
        return None, in_order(findings, book.sheets)
    findings += _validated(xform.encode(), java, book, survey)
    given, entity_lists, missing = _files(book, xform, media, protocol)
    findings += missing if files_needed else []
    found = in_order(findings, book.sheets)
    if has_errors(found):
        return None, found
    converted = Converted(
        form_id=book.form_id,
        version=book.version,
        title=book.title,
        xform=xform.encode(),
        media=given,
        warnings=tuple(str(finding) for finding in found),
        rules=rules,
        entity_lists=entity_lists,
        privacy=_privacy(survey),
        languages=tuple(book.sheet("survey").languages("label")),
        content_sha256=book.content_sha256,
        steps=added.steps,
        sums=added.sums,
    )
    return converted, found


def _read(
    book: Book, survey: Survey, protocol: Protocol | None, *, everything: bool
) -> tuple[FormRules, PhoneRows, list[Finding]]:
    """The rules, the rows they add to the form (none where there is a fault), and what our own pass found."""
    findings = list(check_form(book, survey, known_types=known_types()))
    rules, faults = read_rules(book, survey, form_id=book.form_id, version=book.version, protocol=protocol)
    findings += [*faults, *check_rules(book, survey, rules)]
    if has_errors(findings):
        return rules, PhoneRows(), findings
    return rules, phone_rows(rules, book.sheet("survey"), everything=everything), findings


def _files(
    book: Book, xform: str, media: Mapping[str, bytes], protocol: Protocol | None
) -> tuple[dict[str, bytes], tuple[str, ...], list[Finding]]:
    """The files that go with the form, the entity lists it reads or writes, and what nobody gave.

    Files come from the caller, else from the gazetteer and the protocol's contacts.
    """
    files = files_of(xform)
    read = lists_in(files, ENTITY_LISTS)
    wanted = [name for name in files if name[:-4] not in read]
    made = protocol_media(protocol) if set(wanted) - media.keys() else {}
    everything = {**made, **media}
    given = {name: everything[name] for name in wanted if name in everything}
    written = [name for name in ENTITY_LISTS if _writes(book, name)]
    return given, tuple(dict.fromkeys([*read, *written])), missing_files(book, wanted, given)


def _privacy(survey: Survey) -> dict[str, Privacy]:
    marks: dict[str, Privacy] = {"identity": "identity", "sensitive": "sensitive"}
    written = ((question.name, question.row.get("privacy")) for question in survey.questions)
    return {name: marks[mark] for name, mark in written if mark in marks}


def _writes(book: Book, entity_list: str) -> bool:
    rows = book.sheet("entities").rows
    return any(entity_list in (row.get("list name"), row.get("dataset")) for row in rows)


# --- pyxform and ODK Validate


def _xform(book: Book, added: PhoneRows, *, ours: list[Finding]) -> tuple[str | None, list[Finding]]:
    """The XForm, or None, and what pyxform says beyond what we found ourselves."""
    definition = json.dumps(_definition(book, added), ensure_ascii=False)
    known = {(finding.sheet, finding.row) for finding in ours}
    try:
        xform, warnings = _pyxform(definition)
    except PyXFormError as error:
        said = _finding(str(error), "error")
        is_new = bool(said.row) and (said.sheet, said.row) not in known
        return None, [said] if is_new or not has_errors(ours) else []
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        if not has_errors(ours):
            raise
        return None, []  # it tripped over what is already reported
    return xform, [_finding(warning, "warning") for warning in warnings]


@lru_cache(maxsize=32)
def _pyxform(definition: str) -> tuple[str, tuple[str, ...]]:
    """The same definition gives the same XForm, so that it is made once."""
    warnings: list[str] = []
    made = pyxform_convert(json.loads(definition), warnings=warnings, validate=False, pretty_print=False)
    return made.xform, tuple(dict.fromkeys(warnings))


def _definition(book: Book, added: PhoneRows) -> dict[str, Any]:
    """The workbook as pyxform reads one, without our own columns and with the added rows."""
    found: dict[str, Any] = {"sheet_names": list(book.sheets), "fallback_form_name": None}
    for name in _PYXFORM_SHEETS:
        sheet = book.sheet(name)
        if not sheet.headers:
            continue
        rows = _numbered(sheet)
        if name == "settings" and rows:
            rows[0].setdefault(sheet.header("version"), book.version)
        if name == "survey":
            rows += [dict(row) for row in added.rows]
        headers = [header for header in sheet.headers if plain(header) not in _OURS]
        found[name] = rows
        found[f"{name}_header"] = [dict.fromkeys([*headers, *(header for row in rows for header in row)])]
    return found


def _numbered(sheet: Sheet) -> list[dict[str, str]]:
    """The rows with the blank ones between them: pyxform counts rows to say where something is wrong."""
    last = sheet.rows[-1].number if sheet.rows else 1
    rows: list[dict[str, str]] = [{} for _ in range(2, last + 1)]
    for row in sheet.rows:
        rows[row.number - 2] = {key: text for key, text in row.cells.items() if plain(key) not in _OURS}
    return rows


def _finding(said: str, severity: Severity) -> Finding:
    """pyxform's sentence with the place taken out of it where it names one."""
    row = _ROW.search(said)
    place = _SHEET.search(said)
    text = _SHEET.sub("", _ROW.sub("", said)).strip()
    return Finding(
        place.group(1) if place else ("survey" if row else ""),
        int(row.group(1)) if row else None,
        place.group(2) if place else "",
        text,
        "",
        severity,
    )


def _validated(xform: bytes, java: str | None, book: Book, survey: Survey) -> list[Finding]:
    """What ODK Validate says about this XForm, at the row it speaks of where it names a question."""
    if java is None:
        return [NO_JAVA]
    code, said = run_odk_validate(xform, java=java, jar=ODK_VALIDATE_PATH)
    if code is None:
        return [CUT_SHORT]
    cleaned = sentences_of(ErrorCleaner.odk_validate(said))
    if not cleaned and code == 0:
        return []
    row, column = place_of(cleaned, survey)
    header = book.sheet("survey").header(column) if row else ""
    severity: Severity = "error" if code else "warning"
    return [Finding("survey" if row else "", row, header, f"ODK Validate: {cleaned}", "", severity)]
