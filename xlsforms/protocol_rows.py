"""Rows of the protocol's later sheets: trends, holidays, contacts, hotlines, services, profile, weights.

Each function reads one row; what it cannot understand becomes a finding, as in `xlsforms.cells`.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from sync.core.directory import HELPS_WITH, PURPOSES, SERVES, Service
from sync.core.file_parts import LABEL_PARTS
from sync.core.gazetteer import unknown_places
from sync.core.protocol import Contact, Holiday, Hotline, ProfileItem, Protocol, Trend, Weight
from xlsforms.cells import Cells
from xlsforms.findings import Finding, did_you_mean
from xlsforms.wording import not_neutral

REVIEW = "review"
"""Not a level: a person must look."""
PROFILE_DIMENSIONS = ("economic", "social", "psychosocial")
"""The three dimensions of reintegration (IOM handbook 1.2)."""
MAY_BE_EMPTY = ("weights_imported_by", "weights_confirmed_by")
"""Settings that say nothing as long as nobody has written them."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NUMBER_UNITS = frozenset(["days", "percent", "assessments", "attempts", "months", "years", "points"])

_BUDDHIST_YEARS = 543
_BUDDHIST_FROM = 2400
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_QUESTION = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_SCORE = re.compile(r"[a-z][a-z0-9_]{0,31}")
_PHONE = re.compile(r"\+?[0-9][0-9 -]{1,18}[0-9]")
_DISTRICT = re.compile(r"[0-9]{4}")
_PLACE = re.compile(r"[0-9]{2}([0-9]{2})?")


def trend(cells: Cells, levels: Collection[str], dimensions: Collection[str]) -> Trend:
    """One score and by how much it must have worsened to be a reason for concern."""
    change = cells.number("change")
    if cells.needed("change", "Write by how many points, for example 5 or -10.") and change == 0:
        cells.fault(
            "change", "A change of 0 would always hold.", "Write such as 5, or -10 where less is worse."
        )
    return Trend(
        code=_matching(cells, "code", _CODE, "Use letters and digits, such as T1."),
        label=cells.texts("label"),
        score=_matching(cells, "score", _SCORE, "Write the name of a score of a form, such as phq9."),
        change=change or 0,
        dimension=cells.one_of("dimension", dimensions, "dimension"),
        level=cells.one_of("level", [*levels, REVIEW], "level"),
        respond_within_hours=cells.hours("respond within"),
        source=cells.needed("source", "Write where the change is published."),
        row=cells.row.number,
    )


def holiday(cells: Cells) -> Holiday:
    """One day without routine visits."""
    cells.needed("on", "Write the day, for example 2026-04-14.")
    return Holiday(on=day(cells, "on"), name=cells.texts("name"))


def contact(cells: Cells) -> Contact:
    """Somebody to call before leaving. Phones show the name, so it must be neutral."""
    name = cells.needed("name", "Write what the phone should show, for example Coordinator Poipet.")
    if word := not_neutral(name):
        cells.fault("name", f"“{word}” must not stand on a phone.", "Use neutral words.")
    return Contact(
        name=name,
        phone=_phone(cells, needed=True),
        districts=_districts(cells),
        last_checked_on=day(cells, "last checked on"),
    )


def hotline(cells: Cells) -> Hotline:
    """One number on the sheet for the person. Others may find it at her home, so its words are neutral."""
    label = cells.texts("label")
    for column, words in cells.row.cells.items():
        if column.startswith("label") and (word := not_neutral(words)):
            cells.fault(column, f"“{word}” must not stand on her sheet.", "Use neutral words.")
    return Hotline(
        phone=_phone(cells, needed=True),
        label=label,
        last_checked_on=day(cells, "last checked on"),
    )


def profile_item(cells: Cells) -> ProfileItem:
    """One question of our own reintegration profile, and which answers are good, middle and poor."""
    good, middle, poor = (_words(cells.text(column)) for column in ("good", "middle", "poor"))
    if not good or not poor:
        empty = "poor" if good else "good"
        cells.fault(empty, "This cell is empty.", "Write names of choices, with spaces between them.")
    for column, here, before in (("middle", middle, good), ("poor", poor, (*good, *middle))):
        if twice := sorted(set(here) & set(before)):
            cells.fault(column, f"“{', '.join(twice)}” stands in two columns.", "Keep it in one of them.")
    return ProfileItem(
        question=_matching(cells, "question", _QUESTION, "Write the name of a question of followup."),
        dimension=cells.one_of("dimension", PROFILE_DIMENSIONS, "dimension of the profile"),
        label=cells.texts("label"),
        good=good,
        middle=middle,
        poor=poor,
    )


def weight(cells: Cells) -> Weight:
    """What one answer counts in an official instrument."""
    value, counts = (
        cells.number(column) if cells.needed(column, "Copy the number from the official annex.") else None
        for column in ("value", "weight")
    )
    return Weight(
        instrument=cells.needed("instrument", "Write the name of the instrument."),
        version=cells.needed("version", "Write its version or year."),
        dimension=cells.needed("dimension", "Write the dimension as the annex names it."),
        item=cells.needed("item", "Write the name of the question."),
        answer=cells.needed("answer", "Write the name of the choice."),
        value=value or 0,
        weight=counts or 0,
        evidence=cells.needed("evidence", "Write where it is published: document, page."),
    )


def service(cells: Cells) -> Service:
    """Somebody who helps: with what, whom, where, and what a person must have agreed to."""
    purpose = cells.needed("consent", f"Write one of: {', '.join(PURPOSES)}.")
    return Service(
        name=_matching(cells, "name", _SCORE, "Use small letters, digits and _, such as hagar."),
        label=cells.texts("label"),
        helps_with=_some_of(cells, "helps with", HELPS_WITH),
        serves=_some_of(cells, "serves", SERVES),
        consent=cells.one_of("consent", PURPOSES, "purpose") if purpose else "",
        organisation=cells.text("organisation").strip(),
        districts=_districts(cells, _PLACE),
        phone=_phone(cells),
        about=cells.texts("about", needed=False),
        last_verified_on=day(cells, "last verified on"),
    )


def _phone(cells: Cells, *, needed: bool = False) -> str:
    if not needed and not cells.text("phone"):
        return ""
    return _matching(cells, "phone", _PHONE, "Write digits, for example 012 345 678; keep the cell text.")


def _some_of(cells: Cells, column: str, known: Collection[str]) -> tuple[str, ...]:
    words = _words(cells.text(column))
    for word in words:
        if word not in known:
            hint = did_you_mean(word, known, f"Write some of: {', '.join(known)}.")
            cells.fault(column, f"“{word}” is none of the words that can stand here.", hint)
    return words


def day(cells: Cells, column: str) -> str:
    """The cell as `YYYY-MM-DD`, or "" where it is empty or cannot be a day."""
    written = cells.text(column)
    if not written:
        return ""
    try:
        found = date.fromisoformat(written)
    except ValueError:
        cells.fault(column, f"“{written}” is not a day.", "Write year-month-day, for example 2026-04-14.")
        return ""
    if found.year >= _BUDDHIST_FROM:
        usual = written.replace(str(found.year), str(found.year - _BUDDHIST_YEARS), 1)
        cells.fault(column, f"{found.year} is a year of the Buddhist era.", f"Write {usual}.")
        return ""
    return found.isoformat()


def check_setting(cells: Cells, name: str, value: str, levels: Collection[str]) -> None:
    """Report a value the server could not use."""
    known = {
        "shift_weekends": WEEKDAYS,
        "shift_not_levels": levels,
        "phone_label": LABEL_PARTS,
    }.get(name)
    for word in _words(value) if known else ():
        if word not in (known or ()):
            hint = did_you_mean(word, known or (), f"Write some of: {', '.join(known or ())}.")
            cells.fault("value", f"“{word}” is none of the words this setting knows.", hint)
    if value and cells.text("unit").lower() in NUMBER_UNITS:
        cells.number("value")


def twice_in(protocol: Protocol) -> Iterator[tuple[str, list[str]]]:
    """Sheet -> what names its rows, for looking whether something stands there more than once."""
    yield "trends", [trend.code for trend in protocol.trends]
    yield "holidays", [holiday.on for holiday in protocol.holidays]
    yield "contacts", [f"{contact.name}, {contact.phone}" for contact in protocol.contacts]
    yield "hotlines", [hotline.phone for hotline in protocol.hotlines]
    yield "services", [service.name for service in protocol.services]
    yield "profile", [item.question for item in protocol.profile]
    yield (
        "weights",
        [f"{w.instrument} {w.version}, {w.item}, {w.answer}" for w in protocol.weights],
    )


def weights_unconfirmed(settings: Mapping[str, str], weights: Collection[Weight]) -> Iterator[Finding]:
    """The two people who stand for imported weights must be two."""
    imported, confirmed = (settings.get(name, "").strip() for name in MAY_BE_EMPTY)
    if imported and imported.casefold() == confirmed.casefold():
        told = "The same person imported and confirmed the weights."
        yield Finding("settings", None, "value", told, "Let a second person compare them with the annex.")
    if weights and not (imported and confirmed):
        told = "The weights are not used before two people have put their names under them."
        fix = "Write weights_imported_by and weights_confirmed_by in the sheet settings."
        yield Finding("weights", None, "", told, fix, "warning")


def _matching(cells: Cells, column: str, pattern: re.Pattern[str], fix: str) -> str:
    written = cells.needed(column, fix)
    if written and not pattern.fullmatch(written):
        cells.fault(column, f"“{written}” cannot stand here.", fix)
    return written


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, re.split(r"[\s,;]+", text))))


def _districts(cells: Cells, pattern: re.Pattern[str] = _DISTRICT) -> tuple[str, ...]:
    codes = _words(cells.text("districts"))
    for code in codes:
        if pattern.fullmatch(code) and not unknown_places([code]):
            continue
        # Excel drops the leading zero of a cell that is not text.
        near = not unknown_places([f"0{code}"]) and len(code) == 3
        fix = (
            f"Did you mean 0{code}? Make the cell text."
            if near
            else "Write 4 digits, as in the sheet places."
        )
        cells.fault("districts", f"There is no district with the code “{code}”.", fix)
    return codes
