"""What invented people answer at one visit.

Questions are known by domain.md's names (section 10). A question nobody thought of here is answered by
chance from its own list, so that a demo survives a change of the forms.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from server.demo.filler import Asked
from server.demo.people import GAD, PHQ_OTHERS, PTSD_ITEMS, Person

NOT_ANSWERS = frozenset(("ref", "unk", "none", "other", "no_answer"))

ONE: Mapping[str, Mapping[str, float]] = {
    "private": {"yes": 93, "no": 7},
    "go_how": {"go_on": 70, "later": 20, "quiet_end": 10},
    "again": {"no": 1},
    "con_interview": {"yes": 98, "no": 2},
    "con_store": {"yes": 97, "no": 3},
    "con_visit": {"yes": 97, "no": 3},
    "con_focal": {"yes": 70, "no": 30},
    "still_ok": {"yes": 99, "no": 1},
    "language": {"km": 93, "vi": 4, "cham": 3},
    "interpreter": {"none": 92, "trained": 8},
    "how_back": {"paid_debt": 30, "rescued": 30, "escaped": 25, "deported": 10, "contract_end": 5},
    "danger_now": {"yes": 4, "no": 90, "unk": 3, "ref": 3},
    "violence": {"yes": 4, "no": 93, "ref": 3},
    "again_since": {"yes": 1, "no": 96, "unk": 1, "ref": 2},
    "contact_recruiter": {"yes": 5, "no": 90, "unk": 3, "ref": 2},
    "doctor_today": {"yes": 4, "no": 96},
    "place_tonight": {"yes": 97, "no": 2, "unk": 1},
    "charged": {"yes": 12, "no": 83, "unk": 5},
    "debt_any": {"yes": 32, "no": 64, "ref": 4},
    "debt_threat": {"yes": 6, "no": 91, "ref": 3},
    "lives_with_that": {"yes": 15, "no": 85},
    "family_role": {"none": 60, "knew": 18, "agreed": 12, "arranged": 6, "received_money": 4},
    "birth_registered": {"yes": 85, "no": 10, "unk": 5},
    "household_reg": {"yes": 85, "no": 15},
    "pregnant": {"yes": 7, "no": 93},
    "legal_pressure": {"yes": 6, "no": 91, "ref": 3},
    "food_less": {"never": 30, "rarely": 32, "sometimes": 28, "often": 8, "very_often": 2},
    "stigma": {"never": 45, "rarely": 27, "sometimes": 21, "often": 5, "very_often": 2},
    "housing": {"own": 30, "family": 50, "rented": 12, "shelter": 3, "temporary": 4, "unsafe": 1},
    "plan_leave": {"yes": 15, "no": 75, "unk": 10},
    "leave_channel": {"relative": 35, "friend": 25, "agency": 15, "broker": 15, "self": 5, "unknown": 5},
    "leave_when": {"week": 5, "month": 35, "later": 50, "unk": 10},
    "life_same": {"yes": 60, "no": 40},
    "service_open": {"yes": 25, "no": 75},
    "health_access": {"yes": 80, "no": 15, "unk": 5},
    "legal_stay": {"khmer": 94, "applied": 3, "no_papers": 3},
    "outcome": {
        "done": 92,
        "refused_today": 3,
        "moved": 2,
        "in_hospital": 1,
        "line_contact_only": 1,
        "missing": 1,
    },
    "selfharm": {"yes": 5, "no": 92, "ref": 3},
    "economic": {"very_good": 5, "good": 30, "fair": 40, "poor": 20, "very_poor": 5},
    "support": {"very_good": 15, "good": 40, "fair": 30, "poor": 12, "very_poor": 3},
    "family_conflict": {"never": 40, "rarely": 30, "sometimes": 20, "often": 8, "very_often": 2},
    "caregiver": {"parents": 45, "mother": 20, "grandparents": 20, "relative": 10, "centre": 3, "none": 2},
    "school": {"yes": 60, "sometimes": 15, "no": 20, "finished": 5},
}
"""Question -> choice -> how often, in parts; a choice the list does not offer is left out."""

DANGERS: Mapping[str, str] = {
    **dict.fromkeys(("danger_now", "violence", "again_since", "contact_recruiter"), "yes"),
    **dict.fromkeys(("doctor_today", "selfharm"), "yes"),
    **dict.fromkeys(("debt_threat", "legal_pressure", "lives_with_that"), "yes"),
    "place_tonight": "no",
    "outcome": "missing",
}
"""Question -> the answer that means danger; it becomes rarer from visit to visit."""
CALMER = 0.6
ILO = ("d1", "d2", "d3", "d4", "d5", "d6")
"""Questions where people name more than one thing."""

SEVERAL: Mapping[str, Mapping[str, float]] = {
    "act": {"recruited": 0.8, "transported": 0.6, "transferred": 0.2, "kept": 0.4, "received": 0.2},
    "means": {
        "threat_force": 0.25, "coercion": 0.3, "fraud": 0.3, "deception": 0.65,
        "vulnerability": 0.3, "payment_controller": 0.1, "power": 0.1, "abduction": 0.03,
    },
    "health": {"none": 0.65, "chronic": 0.3, "injury": 0.35, "disability": 0.06},
    "legal": {"none": 0.75, "complaint": 0.15, "witness": 0.07},
    "documents": {"id_card": 0.88, "family_book": 0.6, "birth_certificate": 0.5, "passport": 0.2},
    "consents": {
        "interview": 1, "store": 1, "visit": 0.97, "phone": 0.7, "share_health": 0.7, "share_legal": 0.4,
        "share_state": 0.4, "statistics": 0.8,
    },
    "info_given": {"purpose": 1, "rights": 0.95, "skip": 1, "stop": 1, "who_sees": 0.9, "services": 0.9},
    "contact_way": {"visit_home": 0.8, "phone": 0.5, "phone_trusted": 0.3},
}  # fmt: skip
"""Question -> choice -> share of people who say it."""


WORK = (
    ("labour", "ForcedLabour"),
    ("marriage", "ForcedMarriage"),
    ("begging", "ForcedBegging"),
    ("servitude", "Servitude"),
    ("none", "none"),
)
"""What people were made to do, as the first form and the second (HTCDS) name it."""
NO_WORK = 4


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One visit to an invented person: the answers depend on nothing else."""

    person: Person
    on: date
    number: int
    """0 for the first."""
    entity_id: str = ""
    """How the phone's list names the person; empty before the first form was sent."""
    met: bool = True
    """False: nobody is at home."""

    def ask(self, asked: Asked) -> str:
        """The answer to one question, "" to skip it."""
        known = KNOWN.get(asked.name)
        if known is not None and (answer := known(self, asked)):
            return answer
        if asked.name in ONE:
            return self._one(asked, ONE[asked.name])
        if asked.name in SEVERAL:
            return self._several(asked, SEVERAL[asked.name])
        return self._whatever(asked)

    def roll(self, asked: Asked) -> float:
        """A number from 0 to 1 that belongs to this question of this visit."""
        return self.person.chance(f"{self.number}/{asked.path}").random()

    def _one(self, asked: Asked, parts: Mapping[str, float]) -> str:
        offered = {name: part for name, part in parts.items() if name in asked.choices}
        if asked.name in DANGERS and DANGERS[asked.name] in offered:
            offered[DANGERS[asked.name]] *= CALMER**self.number
        if not offered:
            return self._whatever(asked)
        chance = self.person.chance(f"{self.number}/{asked.path}")
        return chance.choices(tuple(offered), tuple(offered.values()))[0]

    def _several(self, asked: Asked, shares: Mapping[str, float]) -> str:
        chance = self.person.chance(f"{self.number}/{asked.path}")
        said = [name for name, share in shares.items() if chance.random() < share and name in asked.choices]
        if "none" in said:
            return "none"
        return " ".join(said) if said else self._whatever(asked)

    def _whatever(self, asked: Asked) -> str:
        chance = self.person.chance(f"{self.number}/{asked.path}/whatever")
        if asked.kind in ("select1", "select", "rank"):
            offered = [name for name in asked.choices if name not in NOT_ANSWERS] or list(asked.choices)
            if not offered:
                return ""
            if asked.kind == "select":
                most = 4 if asked.name in ILO else 2
                return " ".join(chance.sample(offered, min(len(offered), chance.randint(most // 2, most))))
            return chance.choice(offered)
        if asked.type == "int":
            return str(chance.randint(1, 6))
        if asked.type == "decimal":
            return str(chance.randint(1, 6) / 2)
        return "OK" if asked.kind == "trigger" else ""

    def left(self, value: int) -> int:
        """A wellbeing answer after some visits: help takes some of the trouble away."""
        return max(0, round(value * self.person.recovers**self.number))


def _fact(read: Callable[[Visit], str]) -> Callable[[Visit, Asked], str]:
    """The same answer however it is asked; left to chance where the list does not offer it."""

    def answer(visit: Visit, asked: Asked) -> str:
        value = read(visit)
        return value if not asked.choices or value in asked.choices else ""

    return answer


def _country(visit: Visit, asked: Asked) -> str:
    wanted = visit.person.country
    return next((name for name in (wanted, "other") if name in asked.choices), "")


def _purpose(visit: Visit, asked: Asked) -> str:
    """What people were made to do differs by country; the shares are invented."""
    wanted = WORK[_work(visit.person)][0]
    return wanted if wanted in asked.choices else ""


def _exploitation(visit: Visit, asked: Asked) -> str:
    wanted = WORK[_work(visit.person)][1]
    return wanted if wanted in asked.choices else ""


def _work(person: Person) -> int:
    """Which row of WORK is this person's."""
    roll = person.chance("work").random()
    if roll < 0.1:
        return NO_WORK
    if person.country == "china" and person.sex == "female":
        return 1
    if person.country == "viet_nam" and roll < 0.5:
        return 2
    return 3 if person.sex == "female" and roll > 0.8 else 0


def _item(visit: Visit, asked: Asked) -> str:
    value = str(visit.left(visit.person.items[asked.name]))
    return value if value in asked.choices else ""


def _yes_or_no(visit: Visit, asked: Asked) -> str:
    value = "yes" if visit.left(visit.person.items[asked.name]) else "no"
    return value if value in asked.choices else ""


def _alcohol(visit: Visit, asked: Asked) -> str:
    """Most drink little; men more often."""
    if not asked.choices:
        return ""
    heavy = visit.roll(asked) < (0.25 if visit.person.sex == "male" else 0.06)
    return asked.choices[min(3, len(asked.choices) - 1) if heavy else 0]


def _day(asked: Asked, day: date) -> str:
    return day.isoformat() if asked.type == "date" else ""


KNOWN: Mapping[str, Callable[[Visit, Asked], str]] = {
    "person": _fact(lambda visit: visit.entity_id),
    "call_name": _fact(lambda visit: visit.person.name),
    "sex": _fact(lambda visit: visit.person.sex),
    "sex_i": _fact(lambda visit: visit.person.sex),
    "age_now": _fact(lambda visit: str(visit.person.age)),
    "age_then": _fact(lambda visit: str(visit.person.age_then)),
    "age_sure": _fact(lambda visit: "yes"),
    "is_child": _fact(lambda visit: "yes" if visit.person.is_child else "no"),
    "country": _country,
    "purpose": _purpose,
    "exploit_type": _exploitation,
    "outcome": _fact(lambda visit: "" if visit.met else "not_home"),
    "return_date": lambda visit, asked: _day(asked, visit.person.came_back_on),
    "leave_date": lambda visit, asked: _day(asked, visit.person.came_back_on - timedelta(days=400)),
    "new_date": lambda visit, asked: _day(asked, visit.on + timedelta(days=3)),
    "months_there": _fact(lambda visit: "12"),
    "earlier_times": lambda visit, asked: "1" if visit.roll(asked) < 0.12 else "0",
    "debt_usd": lambda visit, asked: str(100 * int(1 + 30 * visit.roll(asked))),
    "wage_month_usd": lambda visit, asked: str(50 * int(2 + 6 * visit.roll(asked))),
    "recruit_cost_usd": lambda visit, asked: str(50 * int(20 * visit.roll(asked))),
    **dict.fromkeys((*PHQ_OTHERS, "phq9", *GAD), _item),
    **dict.fromkeys(("ptsd0", *PTSD_ITEMS), _yes_or_no),
    **dict.fromkeys(("aud1", "aud2", "aud3"), _alcohol),
    "service": lambda visit, asked: "yes" if asked.path.endswith("[2]") and visit.roll(asked) < 0.3 else "",
}
"""Question -> who answers it; an empty answer leaves it to the tables and to chance."""
