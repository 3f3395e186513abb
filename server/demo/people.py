"""Invented people: who they are and what they answer. Every one of them follows from a seed.

Where they were: the 2018 figures (domain.md 12; the twelve people that the named countries leave over are
"other"). How they feel: depression 57 %, anxiety 46 %, PTSD 41 % (domain.md 3.2). All other shares are
our invention, only meant to look alive.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from statistics import NormalDist

COUNTRIES: Mapping[str, int] = {
    "malaysia": 382,
    "thailand": 288,
    "viet_nam": 171,
    "china": 53,
    "laos": 49,
    "indonesia": 23,
    "singapore": 5,
    "burma": 3,
    "other": 12,
}
"""How many of the 986 people of 2018 came back from where, by the names of the form's list."""
DEPRESSION, ANXIETY, PTSD = 0.57, 0.46, 0.41
CHILDREN = 0.12  # [proposal]
WOMEN = 0.42  # [proposal]
SHARED = 0.5  # [proposal] how much of the three troubles comes together in one person

NAMES: Mapping[str, tuple[str, ...]] = {
    "female": ("ស្រីនាង", "បុប្ផា", "ចន្ធី", "សុភាព", "កញ្ញា", "មាលា", "រចនា", "សុជាតា", "ធារី", "វណ្ណា"),
    "male": ("ដារ៉ា", "វិចិត្រ", "សុវណ្ណ", "រតនៈ", "ពិសិដ្ឋ", "វុទ្ធី", "សំណាង", "បូរី", "មករា", "កុសល"),
}
PHQ_OTHERS = tuple(f"phq{item}" for item in range(1, 9))
GAD = tuple(f"gad{item}" for item in range(1, 8))
PTSD_ITEMS = tuple(f"ptsd{item}" for item in range(1, 6))


@dataclass(frozen=True, kw_only=True)
class Person:
    """One invented returnee."""

    seed: str
    """What all their chances start from."""
    sex: str
    age: int
    """When first visited, in years."""
    age_then: int
    country: str
    depressed: bool
    anxious: bool
    ptsd: bool
    recovers: float
    """How much of the trouble is left after each visit: 1 = all of it."""
    came_back_on: date
    first_visit_on: date

    @property
    def is_child(self) -> bool:
        """Under 18 at the first visit."""
        return self.age < 18

    @cached_property
    def name(self) -> str:
        """What visitors call them."""
        return self.chance("name").choice(NAMES[self.sex])

    @cached_property
    def items(self) -> Mapping[str, int]:
        """Every wellbeing question -> the answer (0 to 3, or 0/1) before any help."""
        chance = self.chance("wellbeing")
        found = {
            "phq9": chance.choice((1, 1, 2)) if chance.random() < (0.16 if self.depressed else 0.01) else 0
        }
        # Totals on the right side of the published cut of 10; item 9 counts as well.
        total = chance.triangular(10, 25, 13) if self.depressed else chance.triangular(0, 9, 4)
        found |= _spread(PHQ_OTHERS, max(0, int(total) - found["phq9"]), 3, chance)
        found |= _spread(
            GAD, int(chance.triangular(10, 20, 12) if self.anxious else chance.triangular(0, 9, 3)), 3, chance
        )
        symptoms = chance.randint(3, 5) if self.ptsd else chance.choice((0, 0, 1, 2))
        return found | _spread(PTSD_ITEMS, symptoms, 1, chance) | {"ptsd0": int(symptoms > 0)}

    def chance(self, what: str) -> random.Random:
        """Chance that depends on nothing but the seed, this person and `what`."""
        return random.Random(f"{self.seed}/{what}")  # noqa: S311  # invented people, not secrets


def _spread(names: tuple[str, ...], total: int, highest: int, chance: random.Random) -> dict[str, int]:
    """`total` points over these questions, none above `highest`."""
    points = [name for name in names for _ in range(highest)]
    taken = chance.sample(points, min(total, len(points)))
    return {name: taken.count(name) for name in names}


def invent(seed: int, number: int, today: date, *, days_back: int = 720) -> Person:
    """The person with this number; the same seed and number always give the same one, only the days move."""
    name = f"{seed}/{number}"
    chance = random.Random(name)  # noqa: S311
    shared = chance.gauss(0, 1)

    def troubled(share: float) -> bool:
        own = chance.gauss(0, 1)
        return bool(SHARED**0.5 * shared + (1 - SHARED) ** 0.5 * own > NormalDist().inv_cdf(1 - share))

    age = chance.randint(12, 17) if chance.random() < CHILDREN else int(chance.triangular(18, 55, 26))
    # More of them lately, so that the last weeks are not empty.
    first_visit_on = today - timedelta(days=int(chance.triangular(0, days_back, days_back * 0.3)))
    return Person(
        seed=name,
        sex="female" if chance.random() < WOMEN else "male",
        age=age,
        age_then=max(8, age - chance.choice((0, 1, 1, 2, 3, 4))),
        country=chance.choices(tuple(COUNTRIES), tuple(COUNTRIES.values()))[0],
        depressed=troubled(DEPRESSION),
        anxious=troubled(ANXIETY),
        ptsd=troubled(PTSD),
        recovers=chance.uniform(0.85, 1.02),
        came_back_on=first_visit_on - timedelta(days=chance.randint(1, 60)),
        first_visit_on=first_visit_on,
    )
