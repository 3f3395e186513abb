"""Answers of an invented man, as a worker would enter them; tests change single ones."""

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sync.core.times import local_date
from tests.javarosa import Phone

SCREENING, INTAKE, FOLLOW_UP = "screening", "intake", "followup"

FIRST_TALK: Mapping[str, Any] = {
    "private": "yes",
    "info_given": ["purpose", "rights", "skip", "stop", "who_sees", "services"],
    "con_interview": "yes",
    "con_store": "yes",
    "language": "km",
    "interpreter": "none",
    "sex": "male",
    "age_now": 31,
    "age_sure": "yes",
    "age_then": 28,
    "how_back": "escaped",
    "country": "thailand",
    "act": ["recruited", "transported"],
    "purpose": ["labour"],
    "means": ["deception", "coercion"],
    "d1": ["dr_job", "dr_wages"],
    "d2": ["none"],
    "d3": ["rv_economic"],
    "d4": ["ex_hours", "ex_salary"],
    "d5": ["cd_docs", "cd_wages"],
    "d6": ["vd_unknown"],
    "danger_now": "no",
    "contact_recruiter": "no",
    "doctor_today": "no",
    "place_tonight": "yes",
    "selfharm": "no",
    "charged": "no",
    "needs_now": ["money"],
    "con_visit": "yes",
    "con_focal": "yes",
    "contact_way": ["visit_home"],
    "call_name": "Dara",
}
"""A grown-up, safe now, nothing urgent: level low."""

LONG_TALK: Mapping[str, Any] = {
    "private": "yes",
    "consents": ["interview", "store", "visit"],
    "is_child": "no",
    "documents": ["id_card"],
    "birth_registered": "yes",
    "household_reg": "yes",
    "household_n": 5,
    "family_role": "none",
    "exploit_type": ["ForcedLabour"],
    "sector": "A",
    "months_there": 14,
    "earlier_times": 0,
    "debt_any": "no",
    "health": ["none"],
    "sex_i": "male",
    "legal": ["none"],
    "food_less": "rarely",
    "housing": "family",
    "stigma": "rarely",
    **{f"phq{item}": "0" for item in range(1, 10)},
    **{f"gad{item}": "0" for item in range(1, 8)},
    "ptsd0": "no",
    "aud1": "0",
}
"""Nothing found."""

LATER_VISIT: Mapping[str, Any] = {
    "outcome": "done",
    "private": "yes",
    "still_ok": "yes",
    "is_child": "no",
    "danger_now": "no",
    "violence": "no",
    "again_since": "no",
    "contact_recruiter": "no",
    "place_tonight": "yes",
    "doctor_today": "no",
    "plan_leave": "no",
    **dict.fromkeys(("phq1", "phq2", "phq3", "gad1", "gad2"), "0"),
    "selfharm": "no",
    "food_less": "rarely",
    "debt_any": "no",
    "legal": ["none"],
    "life_same": "no",
    "income_source": "farm",
    "economic": "fair",
    "housing": "family",
    "documents": ["id_card"],
    "health_access": "yes",
    "social": "often",
    "support": "good",
    "stigma": "rarely",
    "family_conflict": "rarely",
    "service_open": "no",
}
"""All is well."""


def first_talk(phone: Phone, **changes: Any) -> dict[str, Any]:
    """FIRST_TALK with a home in the first village on the phone's list, and these changes."""
    return {
        **FIRST_TALK,
        "return_date": (local_date(datetime.now(UTC)) - timedelta(days=9)).isoformat(),
        **home(phone),
        **changes,
    }


def home(phone: Phone) -> dict[str, str]:
    """province, district, commune and village that belong together."""
    media = phone.form(SCREENING).media
    village = _rows(media["villages.csv"])[0]
    commune = next(row for row in _rows(media["communes.csv"]) if row["name"] == village["commune"])
    district = next(row for row in _rows(media["districts.csv"]) if row["name"] == commune["district"])
    return {
        "province": district["province"],
        "district": district["name"],
        "commune": commune["name"],
        "village": village["name"],
    }


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
