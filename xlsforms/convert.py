"""Workbook bytes -> a form version: its XForm, its rules and its files. Same workbook, same bytes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from pyxform.validators.error_cleaner import ErrorCleaner
from pyxform.validators.odk_validate import ODK_VALIDATE_PATH

from sync.core.form import Privacy
from sync.core.protocol import FormRules, Protocol
from xlsforms.checks import ENTITY_LISTS, check_form
from xlsforms.contacts import protocol_media
from xlsforms.file_checks import check_file
from xlsforms.findings import Finding, Severity, WorkbookRefused, has_errors, in_order
from xlsforms.media import files_of, lists_in, missing_files
from xlsforms.on_phone import PhoneRows, phone_rows
from xlsforms.plain_words import in_plain_words
from xlsforms.rule_checks import check_rules
from xlsforms.rules import read_rules
from xlsforms.sheets import Book, read_book
from xlsforms.survey import Survey, read_survey
from xlsforms.validate import CUT_SHORT, NO_JAVA, find_java, place_of, run_odk_validate, sentences_of
from xlsforms.xform import known_types, xform_of

STEPS = ("reading", "checking", "converting", "validating")
"""What is done with a form workbook, in order."""


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


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a workbook says and what is wrong with it."""

    book: Book
    converted: Converted | None
    """The form; None for a protocol, and where something must be mended."""
    findings: tuple[Finding, ...]
    """Of a form; a protocol is checked by `xlsforms.publish`, which knows the other forms."""


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


def look(
    workbook: bytes,
    filename: str,
    *,
    protocol: Protocol | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Looked:
    """What this workbook is, its files left aside; `tell` hears which of the STEPS begins.

    Raises Problem workbook.*
    """
    tell(STEPS[0])
    book = read_book(workbook, filename=filename)
    if book.is_protocol:
        return Looked(book=book, converted=None, findings=())
    java = find_java()
    made, found = examine(book, media={}, protocol=protocol, java=java, files_needed=False, tell=tell)
    return Looked(book=book, converted=made, findings=found)


def with_files(looked: Looked, media: Mapping[str, bytes], protocol: Protocol | None) -> Looked:
    """The same with the files it needs; one that nobody gives is a fault."""
    made = looked.converted
    if made is None:
        return looked
    given, _, missing = _files(looked.book, made.xform.decode(), media, protocol)
    found = in_order([*looked.findings, *missing], looked.book.sheets)
    if has_errors(found):
        return replace(looked, converted=None, findings=found)
    made = replace(made, media=given, warnings=tuple(str(finding) for finding in found))
    return Looked(book=looked.book, converted=made, findings=found)


def examine(
    book: Book,
    *,
    media: Mapping[str, bytes],
    protocol: Protocol | None,
    java: str | None,
    all_rules_on_phone: bool = False,
    files_needed: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Converted | None, tuple[Finding, ...]]:
    """The form version, or None where something must be mended, and everything found on the way.

    `java` is the path of the java program, or None where there is none. `files_needed`: a file that nobody
    gives is a fault; False while only the rules are looked at. `tell` hears of each of the STEPS that begins.
    """
    tell("checking")
    survey = read_survey(book)
    rules, added, findings = _read(book, survey, protocol, everything=all_rules_on_phone)
    tell("converting")
    xform, said = xform_of(book, added, ours=findings)
    findings += said
    if xform is None or has_errors(findings):
        return None, in_order(findings, book.sheets)
    tell("validating")
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
    findings = [*check_file(book), *check_form(book, survey, known_types=known_types())]
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
    found = Finding("survey" if row else "", row, header, f"ODK Validate: {cleaned}", "", severity)
    return [in_plain_words(found)]
