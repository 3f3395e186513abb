"""What is known of somebody, in words for people: what it is called, what it says, who said so."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from server.people import level, names
from server.people.forms import form_titles
from server.people.places import place_name
from server.people.words import day, language, later, number
from server.people.words import gettext as _
from sync.comparing import PLACE, Said, Source, text_of
from sync.core.decision import Decision
from sync.core.entity_change import LABEL
from sync.core.form import FormDefinition, Value
from sync.core.person import NUMBERS, SEVERAL
from sync.core.record import Record
from sync.store import forms, workers
from sync.store.connect import Db

WORDS = {
    "call_name": later("Name"),
    LABEL: later("Line in the list of phones"),
    "sex": later("Sex or gender"),
    "age_now": later("Age"),
    "age_sure": later("Is the age certain?"),
    "age_then": later("Age at that time"),
    "is_child": later("Under 18?"),
    "language": later("Language"),
    "worker_pref": later("Would rather be visited by"),
    "contact_way": later("Safe ways to be reached"),
    "phone_number": later("Telephone number"),
    "safe_call": later("Is a call safe?"),
    "place": later("Place"),
    "province": later("Province"),
    "district": later("District"),
    "commune": later("Commune"),
    "village": later("Village"),
    "country": later("Country"),
    "return_date": later("Day of return"),
    "caregiver": later("Who takes care of the child"),
}
REASONS = {
    "name": later("the same name"),
    "sound": later("names that sound alike"),
    "sex": later("the same sex"),
    "age": later("about the same age"),
    "village": later("the same village"),
    "commune": later("the same commune"),
    "returned": later("came back in the same month"),
    "country": later("the same country"),
}
"""What speaks for two being one; see `sync.core.same_person`."""
OPEN = frozenset(WORDS) - {"call_name", LABEL, "phone_number"}
"""What is shown although names are hidden; what a programme's own questions ask may be a name."""


class Words:
    """Speaks of what is known, to the reader of this request."""

    def __init__(self, db: Db) -> None:
        self.db = db
        self.titles = form_titles(db)
        self.people = level.by_name(db)
        self._definitions: dict[tuple[str, str], FormDefinition | None] = {}
        self.workers = {worker.id: worker.name for worker in workers.every(db)}

    def name(self, name: str) -> str:
        """What this property is called."""
        return _(WORDS[name]) if name in WORDS else name

    def value(self, name: str, values: Mapping[str, Value | bool], source: Source | None) -> str | None:
        """What it says; None where that is hidden until somebody asks."""
        if name not in OPEN and not names.are_shown():
            return None
        if name == "place" or name in PLACE:
            smallest = next((values[part] for part in reversed(PLACE) if values.get(part)), "")
            return place_name(text_of(smallest), language())
        told = values.get(name, "")
        if name == "return_date":
            return day(str(told))
        if name in SEVERAL and isinstance(told, str):
            told = told.split()
        several = told if isinstance(told, list) else [told]
        return ", ".join(self._choice(name, one, source) for one in several)

    def said(self, name: str, said: Said | None) -> dict[str, Any]:
        """One side of a line: `words`, and who said so."""
        if said is None:
            return {"words": "", "is_there": False}
        return {
            "words": self.value(name, said.values, said.source),
            "is_there": True,
            "from": self.source(said.source),
        }

    def source(self, source: Source | None) -> dict[str, Any]:
        """Where it comes from: the form or the decision, when, by whom, and the record."""
        if source is None:
            return {}
        if isinstance(source, Decision):
            by = self.people.get(source.by, source.by)
            return {"what": _("Settled here"), "on": source.on, "by": by, "instance_id": ""}
        return {
            "what": self.titles.get(source.form_id, source.form_id),
            "version": source.form_version,
            "on": source.on,
            "by": self.workers.get(source.worker_id, source.worker_id),
            "instance_id": source.instance_id,
        }

    def _choice(self, name: str, value: Any, source: Source | None) -> str:
        """A value in the words of the form it was picked in, or of any form that asks the same."""
        text = str(value)
        own = [(source.form_id, source.form_version)] if isinstance(source, Record) else []
        for form in map(self._form, [*own, *self._current]):
            for asked in (name, f"{name}_i"):
                found = form.choices.get(form.paths.get(asked, ""), {}).get(text) if form else None
                if found:
                    return found.get(language()) or next(iter(found.values()))
        return number(text) if text.isdecimal() and name in NUMBERS else text

    @cached_property
    def _current(self) -> list[tuple[str, str]]:
        return [(form["form_id"], form["version"]) for form in forms.current(self.db, forms.STATES)]

    def _form(self, key: tuple[str, str]) -> FormDefinition | None:
        if key not in self._definitions:
            known = forms.exists(self.db, *key)
            self._definitions[key] = forms.form_definition(self.db, *key) if known else None
        return self._definitions[key]


def in_order(name: str) -> tuple[int, str]:
    """Where this line stands: as forms ask it, a programme's own behind."""
    known = list(WORDS)
    return (known.index(name) if name in known else len(known), name)
