"""Answers to our own forms as tests give them, and how tests read what the rules make of them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sync.core.entity_list import PROPERTIES
from sync.core.scores import Findings

ADULT, CHILD, NEW = (f"{n}1111111-1111-4111-8111-111111111111" for n in (1, 2, 3))
PEOPLE = f"""name,label,__version,{",".join(PROPERTIES)}
{ADULT},Sok,3,KH-01-2026-00017,Sok,01,010501-03,,no,2026-11-30,visit,2026-11-01,2026-11-01,2026-10-15,,2026-11-02
{CHILD},Srey,3,KH-01-2026-00025,Srey,01,010501-03,,yes,2026-11-30,call_first,2026-11-01,,,2026-11-30,2026-11-02
{NEW},Dara,1,,Dara,01,010501-03,,no,,,,,,,2026-11-02
"""
"""The list of people on the phone."""


def listed(**changes: str) -> str:
    """The list with the grown-up alone, some columns changed."""
    header, row, *_ = PEOPLE.splitlines()
    values = dict(zip(header.split(","), row.split(","), strict=True)) | changes
    return f"{header}\n{','.join(values.values())}\n"


NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)

Told = Mapping[str, Any]
Fill = Callable[..., dict[str, Any]]
Find = Callable[..., Findings]
Try = Callable[[str, Told], dict[str, Any]]


def scores(found: Findings) -> dict[str, Any]:
    return {score.name: score.value for score in found.scores}


def bands(found: Findings) -> dict[str, str]:
    return {score.name: score.band.name for score in found.scores if score.band}


def met(found: Findings) -> set[str]:
    assert not [item.error for item in found.indicators if item.error]
    return {item.code for item in found.indicators if item.met}


def settled_no(found: Findings) -> set[str]:
    """Codes of which this visit says: not so (any more)."""
    return {item.code for item in found.indicators if item.met is False}


VISIT = {"person": ADULT, "outcome": "done", "private": "yes", "still_ok": "yes"}
SAFE = {
    **dict.fromkeys(("danger_now", "violence", "again_since", "contact_recruiter"), "no"),
    **dict.fromkeys(("doctor_today", "plan_leave"), "no"),
    "place_tonight": "yes",
}
CALM = {"phq1": "0", "phq2": "0", "gad1": "0", "gad2": "0", "phq3": "0", "selfharm": "no"}
LIFE = {"food_less": "never", "debt_any": "no", "legal": ["none"]}
ROUTINE = {**VISIT, **SAFE, **CALM, **LIFE, "life_same": "yes", "service_open": "no", "worker_note": ""}
CHANGED = {
    **{key: value for key, value in ROUTINE.items() if key != "life_same"},
    "life_same": "no",
    "housing": "own",
    "documents": ["id_card"],
    "stigma": "never",
}
INTAKE = {"person": ADULT, "private": "yes", "consents": ["interview", "store"]}
FIRST_TALK = {
    **dict.fromkeys(("private", "con_interview", "con_store", "age_sure"), "yes"),
    "age_now": 34,
    "age_then": 30,
    "act": ["recruited"],
    "means": ["deception"],
    "purpose": ["labour"],
}


def phq(*values: int) -> dict[str, str]:
    return {f"phq{n}": str(value) for n, value in enumerate(values, start=1)}


def gad(*values: int) -> dict[str, str]:
    return {f"gad{n}": str(value) for n, value in enumerate(values, start=1)}


def spread(total: int, items: int) -> list[int]:
    """Answers 0 to 3 that add up to `total`, the first questions highest."""
    return [min(3, max(0, total - 3 * place)) for place in range(items)]
