"""Who is on a worker's phone, and that nothing is said of her there beyond how to find her."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.entity_list import csv_of
from sync.core.file_parts import REASONS, phone_row
from sync.core.phone_list import is_listed, listed_until
from sync.core.record import FACTS
from sync.core.returnee import fold
from sync.core.worker import Worker
from tests.core.builders import ENTITY, a_protocol, a_record, a_screening, an_indicator, rules_with

TODAY = date(2026, 3, 20)


def a_file(due: str | None = "2026-03-20", *, worker_id: str = "dara", places=("20", "2001"), deleted=False):
    return {
        "worker_id": worker_id,
        "places": list(places),
        "next_due_on": due,
        "entity": {"deleted": deleted},
    }


def on_list(file, team=(), **worker) -> bool:
    given = Worker(**{"id": "dara", "name": "Dara", **worker})
    return is_listed(file, given, team, listed_until(given, 30, TODAY))


@pytest.mark.parametrize(
    ("ahead_days", "due", "listed"),
    [
        (None, "2026-04-19", True),
        (None, "2026-04-20", False),
        (None, "2025-01-01", True),
        (None, None, False),
        (7, "2026-03-27", True),
        (7, "2026-03-28", False),
        (0, "2029-01-01", True),
        (0, None, True),
    ],
)
def test_a_person_is_listed_from_so_many_days_before_the_next_visit_until_it_is_made(ahead_days, due, listed):
    assert on_list(a_file(due), ahead_days=ahead_days) is listed


@pytest.mark.parametrize(
    ("worker", "file", "team", "listed"),
    [
        ({}, {"worker_id": "dara"}, (), True),
        ({}, {"worker_id": "sophea"}, ("sophea",), False),
        ({"covers": "team"}, {"worker_id": "sophea"}, ("dara", "sophea"), True),
        ({"covers": "team"}, {"worker_id": "vanna"}, ("dara", "sophea"), False),
        ({"covers": "team"}, {"worker_id": "dara"}, (), True),
        ({"covers": "places", "places": ("2001",)}, {"worker_id": "sophea"}, (), True),
        ({"covers": "places", "places": ("2002", "14")}, {"worker_id": "sophea"}, (), False),
        ({"covers": "places", "places": ("14",)}, {"worker_id": "dara"}, (), True),
        ({"covers": "own", "places": ("2001",)}, {"worker_id": "sophea"}, (), False),
        ({"left_at": TODAY}, {"worker_id": "dara"}, (), False),
        ({}, {"worker_id": "dara", "deleted": True}, (), False),
    ],
)
def test_own_people_team_or_places_decide_who_is_on_a_phone(worker, file, team, listed):
    assert on_list(a_file(**file), team, **worker) is listed


RULES = rules_with(an_indicator("H1", "high", respond_within_hours=0), an_indicator("M1", "medium"))
SAID_ON_PHONES = {"call_name", "outcome", "new_date", "is_child", "province", "village"}
SECRET = "SECRET"


@st.composite
def histories(draw):
    """A screening and some visits; everything a phone has no business with says SECRET."""
    hidden = dict.fromkeys(FACTS - SAID_ON_PHONES - {"age_now", "age_then", "age_sure"}, SECRET)
    smuggled = dict.fromkeys(("full_name", "level", "phq9", "geometry", "home", "label"), SECRET)
    told = [
        a_screening(
            call_name=draw(st.sampled_from(["Sok", "", "សុខ"])),
            **{**hidden, "con_visit": draw(st.sampled_from(["yes", "no", SECRET]))},
            met={"H1": draw(st.booleans()), "M1": draw(st.booleans())},
            properties={**smuggled, "village": "010501-03"},
            label=SECRET,
        )
    ]
    day = date(2026, 3, 2)
    for _ in range(draw(st.integers(0, 4))):
        day += timedelta(days=draw(st.integers(0, 40)))
        told.append(
            a_record(
                day.isoformat(),
                form_id=draw(st.sampled_from(["intake", "followup"])),
                outcome=draw(st.sampled_from(["done", "not_home", "moved", "missing", "detained"])),
                new_date=(day + timedelta(days=3)).isoformat(),
                met={"H1": draw(st.booleans()), "M1": draw(st.booleans())},
                properties=smuggled,
                label=SECRET,
            )
        )
    return told


@given(
    told=histories(),
    parts=st.lists(st.sampled_from(["call_name", "due", "case_code", "village", "reason", "level"])),
)
def test_no_file_puts_a_level_a_reason_a_full_name_or_a_home_on_a_phone(told, parts):
    rules = rules_with(
        *RULES.forms["intake"].indicators, protocol=a_protocol(settings={
            **a_protocol().settings, "phone_label": " ".join(parts)
        })
    )  # fmt: skip
    file = fold(ENTITY, told, rules)
    assert file is not None

    row = phone_row({**file.document, "case_code": "KH-20-2026-0001X"})
    shown = csv_of([row]).decode()

    assert row.label
    assert SECRET not in shown
    for word in ("high", "medium", "low", "H1", "M1", "done", "presumed"):
        assert word not in shown.partition("\n")[2].split(","), word
    assert row.properties["visit_reason"] in REASONS


def test_the_project_chooses_what_a_row_is_called():
    file = fold(ENTITY, [a_screening(call_name="Sok", properties={"village": "010501-03"})], RULES)
    assert file is not None
    document = {**file.document, "case_code": "KH-20-2026-0001X"}

    def called(parts: str) -> str:
        return phone_row({**document, "entity": {**document["entity"], "label_of": parts}}).label

    village = phone_row(document).properties["village_name"]
    assert phone_row(document).label == called("call_name due") == "Sok · 04/03"
    assert called("case_code") == called("nonsense") == "KH-20-2026-0001X"
    assert called("call_name village reason") == f"Sok · {village} · {REASONS['visit']}"
    assert " · " in village
