"""One filling of one of our forms, worked out by JavaRosa and by the server, side by side.

The form carries all its rules and scores (`all_rules_on_phone`), and once more as it is published, so that
also the live check of `sync.core.parity` has something to compare.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

import xlsforms
from sync.core.answers import contents_of
from sync.core.entity_list import PROPERTIES
from sync.core.form import FormDefinition, form_from
from sync.core.parity import differences
from sync.core.scores import CompiledRules, Findings, compile_rules, findings_of
from sync.core.submission import root_of
from tests.javarosa import EntityList, JavaRosa, Row
from tests.javarosa.chance import random_answers
from xlsforms.convert import Converted, convert
from xlsforms.places import place_media
from xlsforms.protocol import read_protocol
from xlsforms.sheets import read_book

FORMS = ("screening", "intake", "followup")
NOW = datetime(2026, 3, 15, 3, 20, tzinfo=UTC)
PERSON = "6f2c1d3e-0f0e-4d6f-9d3c-3f1f5f0f7a11"

_FOLDER = Path(xlsforms.__file__).parent


@dataclass(frozen=True)
class Compared:
    """What both made of the same answers."""

    xml: str
    phone: Mapping[str, str | None]
    """Node -> value, on the phone: rules as 1 or 0, scores as text, None for none."""
    server: Mapping[str, str | None]
    errors: tuple[str, ...]
    """Rules that the server could not evaluate."""

    @property
    def differing(self) -> list[str]:
        """Nodes on which they differ."""
        return [node for node, value in self.phone.items() if value != self.server[node]]


class SideBySide:
    """One form, filled again and again."""

    def __init__(self, java: JavaRosa, form_id: str) -> None:
        self.java, self.form_id = java, form_id
        self.form = _converted(form_id, everything=True)
        self.definition: FormDefinition = form_from(self.form.xform)
        self.compiled: CompiledRules = compile_rules(self.form.rules, self.definition)
        self.nodes = [*self.form.steps, *self.form.sums]
        self.places = place_media(["2401"])

    @cached_property
    def published(self) -> Converted:
        """The form as phones get it."""
        return _converted(self.form_id, everything=False)

    @cached_property
    def published_rules(self) -> CompiledRules:
        return compile_rules(self.published.rules, form_from(self.published.xform))

    def answers(self, chance: random.Random) -> dict[str, Any]:
        """Answers by chance to every question of the form."""
        found = random_answers(self.definition, chance, today=NOW.date(), lists={"person": [PERSON]})
        return found if self.form_id == "screening" else {**found, "person": PERSON}

    def compare(self, answers: Mapping[str, Any], chance: random.Random) -> Compared | None:
        """Both results, or None where JavaRosa does not let the form be finalised."""
        told = self._fill(self.form, answers, _people(chance))
        if "xml" not in told:
            return None
        _, found = self._judged(told["xml"], self.compiled)
        met = {item.code: "1" if item.met else "0" for item in found.indicators}
        scores = {item.name: None if item.value is None else str(item.value) for item in found.scores}
        here: dict[str, str | None] = {node: met[code] for node, code in self.form.steps.items()}
        here |= {node: scores[name] for node, name in self.form.sums.items()}
        errors = tuple(f"{item.code}: {item.error}" for item in found.indicators if item.error)
        return Compared(told["xml"], told["values"], here, errors)

    def live(self, answers: Mapping[str, Any], chance: random.Random) -> list[str] | None:
        """Codes on which the live check finds a difference in the published form; None: not finalised."""
        told = self._fill(self.published, answers, _people(chance))
        if "xml" not in told:
            return None
        contents, found = self._judged(told["xml"], self.published_rules)
        results = {item.code: item for item in found.indicators}
        return [one.code for one in differences(self.published.rules, results, contents.by_name)]

    def _fill(
        self, form: Converted, answers: Mapping[str, Any], people: Mapping[str, bytes]
    ) -> dict[str, Any]:
        return self.java.fill(
            form.xform,
            answers,
            media={**form.media, **self.places, **people},
            now=NOW,
            values=self.nodes,
            only_what_is_listed=True,
        )

    def _judged(self, xml: str, compiled: CompiledRules) -> tuple[Any, Findings]:
        root: etree._Element = root_of(xml.encode())
        contents = contents_of(root, compiled.form, NOW)
        return contents, findings_of(compiled, root, contents)


def _converted(form_id: str, *, everything: bool) -> Converted:
    protocol, _ = read_protocol(read_book((_FOLDER / "protocol.xlsx").read_bytes(), filename="p.xlsx"))
    return convert(
        (_FOLDER / f"{form_id}.xlsx").read_bytes(),
        filename=f"{form_id}.xlsx",
        protocol=protocol,
        all_rules_on_phone=everything,
    )


def _people(chance: random.Random) -> dict[str, bytes]:
    row = dict.fromkeys(PROPERTIES, "") | {
        "case_code": chance.choice(("KH-01-2026-00017", "")),
        "call_name": "Dara",
        "is_child": chance.choice(("yes", "no", "")),
        "next_visit": "2026-03-20",
        "visit_reason": chance.choice(("visit", "full", "call_first")),
        "last_visit": chance.choice(("", "2026-03-01")),
        "phq_on": chance.choice(("", "2026-03-02", "2026-01-05")),
        "ptsd_on": chance.choice(("", "2026-03-02", "2026-01-05")),
        "agreed": chance.choice(("", "2026-03-15")),
    }
    rows = {PERSON: Row(PERSON, "Dara", 3, row, 3, "b")}
    return {"people.csv": EntityList("people", "", list(row), rows).csv()}
