"""A record: one submission after its form and its rules were applied; what a person's file is folded from."""

from collections import ChainMap
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypedDict

from sync.core.answers import Contents
from sync.core.doubts import Doubt
from sync.core.entity_blocks import EntityAction
from sync.core.form import FormDefinition, Value
from sync.core.parity import Difference
from sync.core.protocol import Rules
from sync.core.rows import Text
from sync.core.scores import CompiledRules, Findings

WHO_SHE_IS = (
    "call_name", "sex", "sex_i", "age_now", "age_sure", "age_then", "is_child", "language", "worker_pref",
    "contact_way", "phone_number", "safe_call", "province", "district", "commune", "village", "country",
    "return_date", "caregiver",
)  # fmt: skip
WHAT_WAS_AGREED = (
    "con_interview",
    "con_store",
    "con_visit",
    "con_focal",
    "consents",
    "consents_no",
    "consent_withdrawn",
    "still_ok",
)
WHAT_HAPPENED = ("outcome", "new_date", "private", "go_how", "overheard")
FACTS = frozenset((*WHO_SHE_IS, *WHAT_WAS_AGREED, *WHAT_HAPPENED))
"""Questions whose answers the fold itself reads; names are domain.md's (section 10)."""


class Evidence(TypedDict):
    """One answer behind an indicator, in words, as MongoDB keeps it: most are read and never looked at."""

    name: str
    label: Text
    value: Value
    value_label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What one record says about one indicator; see `scores.IndicatorResult` for `met`."""

    code: str
    met: bool | None
    questions: tuple[str, ...] = ()
    """Names of the questions in the condition."""
    answers: tuple[Evidence, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One instrument's result in one record."""

    name: str
    label: Text
    value: float | int | str | None
    band: str | None
    band_label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One submission, as the fold reads it."""

    instance_id: str
    form_id: str
    form_version: str
    rules_stamp: str
    """What it rests on (`Rules.stamps`); another one: to be derived again."""
    received_at: datetime
    at: datetime
    on: date
    worker_id: str
    demo: bool
    entities: tuple[EntityAction, ...]
    facts: Mapping[str, Value]
    scores: tuple[Scored, ...]
    indicators: tuple[Observed, ...]
    doubts: tuple[Doubt, ...] = ()
    """What in it cannot be right, for people to look at."""
    deprecated_id: str | None = None
    """The record that this one is an edit of."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """What was answered, as it was sent: what other rules are tried on (`sync.touched`). Empty in records
    from before it was kept."""

    @property
    def order(self) -> tuple[datetime, datetime, str]:
        """Records are folded by when they were filled, not by when a phone found a signal."""
        return self.at, self.received_at, self.instance_id

    def about(self, entity_ids: Collection[str]) -> "Record":
        """The same as far as it is about this person: with what was answered in her own group of the form."""
        own = [one.facts for one in self.entities if one.entity_id in entity_ids and one.facts]
        return replace(self, facts=dict(ChainMap(*map(dict, own), dict(self.facts)))) if own else self


def record_of(
    submission: Mapping[str, Any],
    contents: Contents,
    findings: Findings,
    compiled: CompiledRules,
    rules: Rules,
) -> Record:
    """The record this submission becomes; `submission` is its document in MongoDB."""
    kept = FACTS | rules.protocol.questions
    return Record(
        instance_id=submission["_id"],
        form_id=submission["form_id"],
        form_version=submission["form_version"],
        rules_stamp=rules.stamps.get(submission["form_id"], ""),
        received_at=submission["received_at"],
        at=contents.at,
        on=contents.on,
        worker_id=submission["worker_id"],
        demo=submission.get("demo", False),
        entities=tuple(replace(one, facts=_facts(one.facts, contents, kept)) for one in contents.entities),
        facts=_facts(contents.shared, contents, kept),
        doubts=contents.doubts,
        deprecated_id=submission.get("deprecated_id"),
        texts=contents.texts,
        scores=tuple(
            Scored(
                name=result.name,
                label=score.label if result.value is not None else {},  # else nobody is shown it
                value=result.value,
                band=result.band.name if result.band else None,
                band_label=result.band.label if result.band else {},
            )
            for result, (score, _) in zip(findings.scores, compiled.scores, strict=True)
        ),
        indicators=tuple(
            Observed(
                code=result.code,
                met=result.met,
                questions=result.questions,
                answers=evidence_of(result.questions, contents, compiled.form) if result.met else (),
                error=result.error,
            )
            for result in findings.indicators
        ),
    )


def _facts(answered: Mapping[str, Value], contents: Contents, kept: frozenset[str]) -> dict[str, Value]:
    """Those of these answers that the fold itself reads, without days and numbers that cannot be right.

    Whoever's age is in doubt counts as a child (guideline 5).
    """
    wrong = {doubt.name for doubt in contents.doubts if doubt.code not in ("choice", "many", "clock")}
    facts = {name: value for name, value in answered.items() if name in kept - wrong}
    return facts | ({"age_sure": "no", "is_child": "yes"} if "age_now" in wrong else {})


def evidence_of(questions: tuple[str, ...], contents: Contents, form: FormDefinition) -> tuple[Evidence, ...]:
    """The answers to these questions that people were asked, in the form's words."""
    found = []
    for name in questions:
        path = form.paths.get(name, "")
        if name not in contents.by_name or path not in form.fields or not form.fields[path].control:
            continue
        value = contents.by_name[name]
        found.append(
            Evidence(
                name=name,
                label=form.labels.get(path, {}),
                value=value,
                value_label=_value_label(value, form.choices.get(path, {})),
            )
        )
    return tuple(found)


def _value_label(value: Value, choices: Mapping[str, Mapping[str, str]]) -> Text:
    tokens = [str(token) for token in (value if isinstance(value, list) else [value])]
    languages = {language for token in tokens for language in choices.get(token, {})}
    return {
        language: ", ".join(choices.get(token, {}).get(language, token) for token in tokens)
        for language in sorted(languages)
    }


def document_from(
    record: Record,
    contents: Contents,
    *,
    parity: tuple[Difference, ...] = (),
    lacking: tuple[Doubt, ...] = (),
) -> dict[str, Any]:
    """The record as MongoDB keeps it, with every answer beside what the fold needs.

    `lacking`: what the form came with and today's rules do not have.
    """
    document = {name: getattr(record, name) for name in Record.__slots__}
    document["_id"] = document.pop("instance_id")
    document["on"] = record.on.isoformat()
    document["entities"] = [plain(item) for item in record.entities]
    # Every fold reads them: of a score without value its name will do, and of an indicator what it says.
    document["scores"] = [item.name if item.value is None else plain(item) for item in record.scores]
    document["indicators"] = [
        {name: value for name, value in plain(item).items() if value or name == "met"}
        for item in record.indicators
        if item.met is not None or item.error
    ]
    document["entity_ids"] = sorted({entity.entity_id for entity in record.entities if entity.entity_id})
    document["parity"] = [plain(item) for item in parity]
    document["doubts"] = [plain(item) for item in (*record.doubts, *lacking)]
    document["answers"] = [plain(answer) for answer in contents.answers]
    return document


def plain(item: Any) -> dict[str, Any]:
    """A slotted value as a document; `dataclasses.asdict` copies every leaf and costs ten times as much."""
    return {name: getattr(item, name) for name in item.__slots__}


def record_from(found: Mapping[str, Any]) -> Record:
    """The record a document was made from."""
    return Record(
        instance_id=found["_id"],
        form_id=found["form_id"],
        form_version=found["form_version"],
        rules_stamp=found.get("rules_stamp", "unknown"),
        received_at=found["received_at"],
        at=found["at"],
        on=date.fromisoformat(found["on"]),
        worker_id=found["worker_id"],
        demo=found["demo"],
        entities=tuple(EntityAction(**entity) for entity in found["entities"]),
        facts=found["facts"],
        scores=tuple([_scored(item) for item in found["scores"]]),
        indicators=tuple([_observed(item) for item in found["indicators"]]),
        deprecated_id=found.get("deprecated_id"),
        texts=found.get("texts", {}),
        doubts=tuple(doubt for item in found.get("doubts", ()) if (doubt := Doubt(**item)).asks_people),
    )


def _scored(item: Mapping[str, Any] | str) -> Scored:
    return _without_value(item) if isinstance(item, str) else Scored(**item)


@lru_cache(maxsize=1000)
def _without_value(name: str) -> Scored:
    return Scored(name=name, label={}, value=None, band=None, band_label={})


def _observed(item: Mapping[str, Any]) -> Observed:
    return Observed(
        code=item["code"],
        met=item["met"],
        questions=tuple(item.get("questions", ())),
        answers=tuple(item.get("answers", ())),
        error=item.get("error", ""),
    )
