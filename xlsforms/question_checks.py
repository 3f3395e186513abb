"""What is wrong with one row of the survey sheet."""

import re
from collections.abc import Collection, Iterator

from xlsforms.findings import Finding, Place, did_you_mean
from xlsforms.survey import BEGIN, SELECT, Question, Survey
from xlsforms.wording import looks_personal, not_neutral

PRIVACY = ("identity", "sensitive")
FREE_TEXT = ("text", "string")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_RESERVED = re.compile(r"(step|sum|next)_[0-9]+")
_WITH_LIST = ("select_one LIST", "select_multiple LIST", "rank LIST")
_CONTAINERS = ("begin group", "end group", "begin repeat", "end repeat")


def check_question(
    place: Place, question: Question, survey: Survey, known_types: Collection[str]
) -> Iterator[Finding]:
    """The faults of one question, group or repeat."""
    yield from _type(place, question, survey, known_types)
    yield from _name(place, question)
    yield from _words(place, question)
    yield from _privacy(place, question)
    has_calculation = any(question.row.get(column) for column in ("calculation", "calculate", "default"))
    if question.type == "calculate" and not has_calculation:
        yield place.error("calculation", "The calculation is missing.", "Write it.")


def _type(
    place: Place, question: Question, survey: Survey, known_types: Collection[str]
) -> Iterator[Finding]:
    written = question.type
    if not written:
        yield place.error("type", "The question has no type.", "Write one, for example text.")
    elif question.is_select:
        yield from _list(place, question, survey)
    elif SELECT.match(f"{written} LIST"):
        yield place.error("type", "The type names no list.", f"Write “{written} LIST”.")
    elif written not in known_types and not BEGIN.match(written):
        # A misspelt select is compared without its list: `select_on yn` is near `select_one LIST`.
        shape = f"{written.split()[0]} LIST" if " " in written else written
        words = {*known_types, *_WITH_LIST, *_CONTAINERS}
        otherwise = did_you_mean(written, words, "See xlsform.org for the types there are.")
        hint = did_you_mean(shape, words, otherwise).replace("LIST", written.partition(" ")[2] or "LIST")
        yield place.error("type", f"There is no type “{written}”.", hint)


def _list(place: Place, question: Question, survey: Survey) -> Iterator[Finding]:
    name = question.list_name
    elsewhere = question.from_file or name.startswith("${") or "external" in question.type
    if not elsewhere and name not in survey.lists:
        hint = did_you_mean(name, survey.lists, "Add it to the choices sheet.")
        yield place.error("type", f"There is no choice list “{name}”.", hint)


def _name(place: Place, question: Question) -> Iterator[Finding]:
    name = question.name
    if not name and question.type not in ("note", "audit", ""):
        yield place.error("name", "The question has no name.", "Give it one, for example age_now.")
    elif name and not _NAME.fullmatch(name):
        # JavaRosa cannot read a path with Khmer letters (they have no case).
        fix = "Use English letters, digits and _, beginning with a letter."
        yield place.error("name", f"“{name}” cannot be a name.", fix)
    elif _RESERVED.fullmatch(name):
        told = f"“{name}” is kept for what rules add to the form."
        yield place.error("name", told, "Choose another name.")


def _words(place: Place, question: Question) -> Iterator[Finding]:
    for column in ("label", "hint"):
        for language, text in question.row.texts(column).items():
            word = not_neutral(text, results_too=False)
            if word:
                header = place.sheet.languages(column)[language]
                told = f"“{word}” would stand on the phone for others to see."
                yield place.warning(header, told, "Use neutral words.")


def _privacy(place: Place, question: Question) -> Iterator[Finding]:
    mark = question.row.get("privacy")
    if mark and mark not in PRIVACY:
        hint = did_you_mean(mark, PRIVACY, "Write identity or sensitive, or leave it empty.")
        yield place.error("privacy", f"“{mark}” is not a privacy mark.", hint)
    elif not mark and question.is_seen and looks_personal(question.name, question.type):
        told = f"The answer to “{question.name}” may say who somebody is."
        yield place.warning("privacy", told, "Write identity under “privacy”.")
    elif not mark and question.type in FREE_TEXT:
        told = f"What is written at “{question.name}” may name somebody."
        yield place.warning("privacy", told, "Write sensitive or identity under “privacy”.")
