"""What is wrong with a form workbook: everything at once, each with its place and what to do.

pyxform stops at the first error and knows nothing of our rules, so this pass comes before it.
`xlsforms.question_checks` has the checks of a single survey row.
"""

import re
from collections.abc import Collection, Iterator

from xlsforms.expressions import syntax_fault
from xlsforms.findings import Finding, Place, did_you_mean, places
from xlsforms.form_key import OURS, is_ours, is_public_key
from xlsforms.question_checks import check_question
from xlsforms.rules_in_khmer import what_and_fix
from xlsforms.sheets import EXCEL_ERRORS, FORM_SHEETS, Book, Row, Sheet, plain
from xlsforms.survey import REFERENCE, Question, Survey
from xlsforms.wording import not_neutral

ENTITY_LISTS = ("people",)
"""Entity lists this server keeps."""
REFUSED = "ref"
"""Name of the choice “does not want to answer”, in every list."""

_FORM_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_VERSION = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PROPERTY = re.compile(r"(?!__|(?:name|label)$)[A-Za-z_][A-Za-z0-9_-]*", re.IGNORECASE)
_EXPRESSIONS = {
    "survey": ("relevant", "constraint", "calculation", "choice filter", "required", "repeat count"),
    "settings": ("instance name",),
    "entities": ("create if", "update if", "entity id", "label"),
}
_TEXTS = {
    "survey": ("hint", "constraint message", "required message"),
    "choices": ("label",),
    "scores": ("label",),
    "risk": ("label", "next step"),
}
"""Sheet -> columns that want every language of the questions."""
_WORDS = re.compile(r"[A-Za-z]{2,} +[A-Za-z]{2,}")
_COLUMNS_USED = """
    type, name, label, hint, guidance hint, appearance, relevant, required, required message, constraint,
    constraint message, calculation, calculate, default, readonly, read only, choice filter, parameters,
    trigger, repeat count, media, image, audio, video, big-image, save to, privacy, source, comment,
    autoplay, no app error string, compact tag, intent, bind, body, instance, control, disabled"""
_SURVEY_COLUMNS = frozenset(re.split(r",\s+", _COLUMNS_USED.strip()))


def check_form(book: Book, survey: Survey, *, known_types: Collection[str]) -> Iterator[Finding]:
    """Everything wrong with the survey, choices, settings and entities sheets.

    `known_types` are the words the converter takes in the type column, selects and groups left out.
    """
    sheet = book.sheet("survey")
    if not sheet.rows:
        yield Finding("survey", None, "", "There are no questions.", "Add a sheet “survey” with questions.")
        return
    yield from _columns(book)
    yield from _settings(book)
    yield from _key(book)
    for question in survey.questions:
        yield from check_question(Place(sheet, question.row.number), question, survey, known_types)
    yield from _names_twice(sheet, survey)
    yield from _unbalanced(sheet, survey)
    yield from _choices(book.sheet("choices"), survey)
    yield from _references(book, survey)
    yield from _expressions(book, survey)
    yield from _translations(book, survey)
    yield from _entities(book, survey)


def _columns(book: Book) -> Iterator[Finding]:
    for name in FORM_SHEETS:
        sheet = book.sheet(name)
        for header in sheet.repeated:
            yield Finding(name, 1, header, "This column stands here twice.", "Remove or rename one of them.")
        for row, place in places(sheet):
            for header, text in row.cells.items():
                if text in EXCEL_ERRORS:
                    yield place.error(header, f"Excel says {text} here.", "Mend the formula.")
    survey = book.sheet("survey")
    for column in ("type", "name"):
        if column not in survey.columns:
            told = f"The column “{column}” is missing."
            yield Finding("survey", 1, column, told, "Add it in the first row.")
    for header in survey.headers:
        base = re.split("::?", plain(header))[0]
        near = did_you_mean(base, _SURVEY_COLUMNS, "")
        if near and base not in _SURVEY_COLUMNS:
            # pyxform passes over unknown columns without a word, and every condition in them is lost.
            yield Finding("survey", 1, header, f"The column “{header}” is not known.", near, "warning")


def _settings(book: Book) -> Iterator[Finding]:
    place = Place(book.sheet("settings"), book.settings.number)
    form_id, version, title = book.form_id, book.settings.get("version"), book.title
    if not _FORM_ID.fullmatch(form_id):
        told = f"“{form_id}” cannot be a form ID." if form_id else "The form has no ID."
        yield place.error("form_id", told, "Write letters, digits, _ or -, for example intake.")
    if version and not _VERSION.fullmatch(version):
        told = f"“{version}” cannot be a version."
        yield place.error("version", told, "Write digits, letters, . or -, for example 2026012901.")
    if not title:
        yield place.error("form_title", "The form has no title.", "Write what phones should show.")
    word = not_neutral(title)
    if word:
        told = f"“{word}” must not stand on a phone."
        yield place.error("form_title", told, "Write neutral words, for example Family visit A.")


def _key(book: Book) -> Iterator[Finding]:
    """Whether records of this form are encrypted on the phone, and who can read them then."""
    written = book.settings.get("public key")
    if not written or is_ours(written):
        return
    place = Place(book.sheet("settings"), book.settings.number)
    if not is_public_key(written):
        told, fix = (
            "This is no public key.",
            f"Write {OURS}, and this server makes one, or your own in base64.",
        )
        yield place.error("public_key", told, fix)
        return
    told = "Records of this form are kept, but this server cannot read them: nobody's level or visits follow."
    yield place.warning("public_key", told, f"Write {OURS} in its place, and this server makes the key.")


def _names_twice(sheet: Sheet, survey: Survey) -> Iterator[Finding]:
    first: dict[str, Question] = {}
    for question in survey.questions:
        before = first.setdefault(question.name.lower(), question)
        if not question.name or before is question:
            continue
        place = Place(sheet, question.row.number)
        told = f"“{before.name}” is already the name in row {before.row.number}."
        fix = "Give every question and group its own name."
        same = before.name == question.name
        yield place.error("name", told, fix) if same else place.warning("name", told, fix)


def _unbalanced(sheet: Sheet, survey: Survey) -> Iterator[Finding]:
    for row, what in survey.unbalanced:
        place, written = Place(sheet, row.number), row.get("type")
        if what == "begin":
            fix = f"Add “{written.replace('begin', 'end', 1)}” after its last question."
            yield place.error("type", f"“{row.get('name')}” is never closed.", fix)
        else:
            fix = "Remove the row, or add the matching begin row."
            yield place.error("type", f"“{written}” closes nothing that is open.", fix)


def _choices(sheet: Sheet, survey: Survey) -> Iterator[Finding]:
    # A question that comes with its answer steers the form; nobody is asked it.
    used = {
        question.list_name
        for question in survey.questions
        if question.is_select and not question.row.get("default")
    }
    for name, rows in survey.lists.items():
        seen: dict[str, int] = {}
        for row in rows:
            yield from _choice(Place(sheet, row.number), row, seen)
            seen.setdefault(row.get("name"), row.number)
        if name in used and REFUSED not in seen:
            told = f"Nobody can decline to answer with list {name}."
            fix = f"Add a choice “{REFUSED}”, unless the question only steers the form."
            yield Place(sheet, rows[0].number).warning("list_name", told, fix)


def _choice(place: Place, row: Row, seen: dict[str, int]) -> Iterator[Finding]:
    choice = row.get("name")
    if not choice or " " in choice:
        told = f"“{choice}” has a space in it." if choice else "The choice has no name."
        yield place.error("name", told, "Write a short name without spaces.")
    elif choice in seen:
        told = f"“{choice}” is already in this list, row {seen[choice]}."
        yield place.error("name", told, "Give each choice of a list its own name.")
    if not row.texts("label"):
        yield place.error("label", "The choice has no label.", "Write one in every language.")


def _references(book: Book, survey: Survey) -> Iterator[Finding]:
    known = {*survey.by_name, "instanceID"}
    for name in ("survey", "choices", "settings", "entities"):
        for row, place in places(book.sheet(name)):
            for header, text in row.cells.items():
                for _, asked in dict.fromkeys(REFERENCE.findall(text)):
                    if asked not in known:
                        hint = did_you_mean(asked, known, "Write the name of a question of this form.")
                        yield place.error(header, f"There is no question “{asked}”.", hint)
                if "${" in REFERENCE.sub("", text):
                    yield place.error(header, "A ${ is never closed.", "Write ${name}.")


def _expressions(book: Book, survey: Survey) -> Iterator[Finding]:
    for name, columns in _EXPRESSIONS.items():
        for row, place in places(book.sheet(name)):
            for column in columns:
                text = row.get(column)
                told = syntax_fault(text, survey) if text and "${" not in REFERENCE.sub("", text) else ""
                if told:
                    what, fix = what_and_fix(told)
                    yield place.error(column, f"The expression cannot be read: {what}", fix or "Mend it.")


def _translations(book: Book, survey: Survey) -> Iterator[Finding]:
    sheet = book.sheet("survey")
    yield from _missing_languages(book)
    for question in survey.questions:
        place = Place(sheet, question.row.number)
        if question.is_seen and not question.row.texts("label") and not question.row.texts("hint"):
            yield place.warning("label", "The question has no label.", "Write one in every language.")
        for column in ("label", "hint", "constraint message", "required message"):
            yield from _untranslated(place, question.row, column)
    for row, place in places(book.sheet("choices")):
        yield from _untranslated(place, row, "label")


def _missing_languages(book: Book) -> Iterator[Finding]:
    """A text that has no column at all in a language the questions have."""
    wanted = book.sheet("survey").languages("label")
    for name, columns in _TEXTS.items():
        sheet = book.sheet(name)
        for column in columns:
            there = sheet.languages(column)
            for language in wanted.keys() - there.keys() if there else ():
                told = f"There is no column for the translation ({language})."
                header = re.sub("^[^:]*", column.replace(" ", "_"), wanted[language])
                fix = f"Add a column “{header}”."
                yield Finding(name, 1, next(iter(there.values())), told, fix, "warning")


def _untranslated(place: Place, row: Row, column: str) -> Iterator[Finding]:
    texts, headers = row.texts(column), place.sheet.languages(column)
    for language in headers.keys() - texts.keys() if texts else ():
        told = f"The translation ({language}) is missing; phones will show “-”."
        yield place.warning(headers[language], told, "Write it.")
    english = texts.get("en", "")
    for language, text in texts.items():
        if language != "en" and text == english and _WORDS.search(text):
            yield place.warning(headers[language], "The English words stand here too.", "Translate them.")


def _entities(book: Book, survey: Survey) -> Iterator[Finding]:
    sheet, seen = book.sheet("entities"), dict[str, int]()
    for question in survey.questions:
        place = Place(book.sheet("survey"), question.row.number)
        name = question.row.get("save to").rpartition("#")[2]
        if not name:
            continue
        if not sheet.rows:
            yield place.error("save_to", "There is no entities sheet.", "Add one, or empty this cell.")
        if not _PROPERTY.fullmatch(name):
            told = f"“{name}” cannot be a property."
            yield place.error("save_to", told, "Use letters, digits and _, and neither name nor label.")
        before = seen.setdefault(name.lower(), question.row.number)
        if before != question.row.number:
            yield place.error("save_to", f"“{name}” is already saved in row {before}.", "Save it once.")
    for row, place in places(sheet):
        yield from _entity(place, row)


def _entity(place: Place, row: Row) -> Iterator[Finding]:
    name, label = row.get("list name") or row.get("dataset"), row.get("label")
    if name not in ENTITY_LISTS:
        told = f"“{name}” is not a list this server keeps." if name else "The entity list has no name."
        yield place.error("list_name", told, did_you_mean(name, ENTITY_LISTS, "Write people."))
    if not label and (row.get("create if") or not row.get("entity id")):
        yield place.error("label", "New entries have no label.", "Write such as ${call_name}.")
    word = not_neutral(label)
    if word:
        yield place.error("label", f"“{word}” must not stand on a phone.", "Use neutral words.")
