"""What cannot be right in a submission: an answer no list has, a day of another era, an age below zero.

Phones refuse most of it; edited files, other programs and wrong clocks do not. Nothing is thrown away and
nothing is put right by guessing: the answer stays as it was sent, people are told, and until they have
looked it lowers no level.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from sync.core.form import Field, FormDefinition
from sync.core.protocol import FormRules
from sync.core.rows import Text
from sync.core.times import day_from

if TYPE_CHECKING:
    from sync.core.answers import Answer

Code = Literal[
    "choice", "number", "day", "buddhist_era", "before_birth", "age", "clock", "many", "instrument"
]

BUDDHIST_FROM = 2400
"""Years from here on are of the Buddhist era (2569 is 2026); no person's day lies there otherwise."""
MANY = 50
"""[proposal] Entries in one repeat beyond which somebody should look."""
CLOCK = ("end", "start", "today")
AGES = ("age_now", "age_then")

TEXTS: Mapping[Code, Text] = {
    "choice": {
        "en": "“{name}” has an answer that is not among its choices.",
        "km": "ចម្លើយនៃ “{name}” មិនមានក្នុងបញ្ជីជម្រើសទេ។",
    },
    "number": {
        "en": "“{name}” should be a number and is not.",
        "km": "“{name}” គួរតែជាលេខ ប៉ុន្តែមិនមែនទេ។",
    },
    "day": {"en": "“{name}” should be a day and is not.", "km": "“{name}” គួរតែជាកាលបរិច្ឆេទ ប៉ុន្តែមិនមែនទេ។"},
    "buddhist_era": {
        "en": "“{name}” has a year of the Buddhist era: it lies 543 years ahead.",
        "km": "“{name}” ប្រើឆ្នាំពុទ្ធសករាជ ដែលលើស 543 ឆ្នាំ។",
    },
    "before_birth": {
        "en": "“{name}” lies before the person was born, by the age that was given.",
        "km": "“{name}” មុនថ្ងៃកំណើតរបស់គាត់ តាមអាយុដែលបានប្រាប់។",
    },
    "age": {
        "en": "“{name}” cannot be right: it is below zero, or higher than the age now.",
        "km": "“{name}” មិនអាចត្រឹមត្រូវទេ៖ តិចជាងសូន្យ ឬច្រើនជាងអាយុបច្ចុប្បន្ន។",
    },
    "clock": {
        "en": "The phone's clock was not believed (“{name}”); the time of arrival counts.",
        "km": "នាឡិកាទូរស័ព្ទមិនអាចជឿបាន (“{name}”)៖ យកពេលដែលទិន្នន័យមកដល់។",
    },
    "many": {
        "en": "“{name}” has very many entries.",
        "km": "“{name}” មានចំនួនច្រើនពេក។",
    },
    "instrument": {
        "en": "“{name}” was asked for in this form, and today's rules no longer know it.",
        "km": "“{name}” មាននៅក្នុងទម្រង់នេះ ប៉ុន្តែវិធានថ្ងៃនេះលែងស្គាល់ទៀតហើយ។",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One thing that cannot be right. It never repeats the answer."""

    code: Code
    name: str
    """The question; of `many` the repeat, of `instrument` the score or rule."""

    @property
    def text(self) -> Text:
        """What it says to people."""
        return {language: words.format(name=self.name) for language, words in TEXTS[self.code].items()}

    @property
    def asks_people(self) -> bool:
        """Is it about what this person was asked, rather than about rules that came later?"""
        return self.code != "instrument"


def doubts_about(
    answers: Sequence["Answer"], form: FormDefinition, on: date, *, clock_believed: bool
) -> tuple[Doubt, ...]:
    """Everything doubtful in these answers, each question once, in form order. `on`: the day of the visit."""
    found: list[Doubt] = []
    entries: Counter[str] = Counter()
    ages = {answer.name: answer.value for answer in answers if answer.name in AGES}
    age_now = ages.get("age_now")
    born_from = on.year - age_now - 1 if isinstance(age_now, int) and age_now >= 0 else None
    for answer in answers:
        path = answer.path
        if "[" in path:
            path, repeats = _without_places(path)
            entries.update(repeats)
        known = form.fields.get(path)
        code = _code(answer, known, form, born_from) if known is not None else None
        if code is None and answer.name in AGES and _is_no_age(answer, age_now):
            code = "age"
        if code is not None:
            found.append(Doubt(code=code, name=answer.name))
    if not clock_believed:
        found.append(Doubt(code="clock", name="today"))
    found += [Doubt(code="many", name=name) for name, _ in _crowded(answers, entries)]
    return tuple(dict.fromkeys(found))


def lacking(now: FormRules, as_published: FormRules) -> tuple[Doubt, ...]:
    """The scores and rules a form version came with that today's rules do not have."""
    names = [score.name for score in as_published.scores]
    kept = {score.name for score in now.scores}
    return tuple(Doubt(code="instrument", name=name) for name in names if name not in kept)


def _code(answer: "Answer", known: Field, form: FormDefinition, born_from: int | None) -> Code | None:
    value = answer.value
    if known.control in ("select1", "select", "rank"):
        choices = form.choices.get(known.path)
        tokens = value if isinstance(value, list) else [str(value)]
        one_too_many = known.control == "select1" and len(tokens) > 1
        return "choice" if choices and (one_too_many or any(one not in choices for one in tokens)) else None
    if known.type in ("int", "decimal"):
        return "number" if isinstance(value, str) else None
    if known.type in ("date", "dateTime"):
        day = day_from(str(value))
        if day is None:
            return "day"
        if day.year >= BUDDHIST_FROM:
            return "buddhist_era"
        return "before_birth" if born_from is not None and day.year < born_from else None
    return None


def _is_no_age(answer: "Answer", age_now: object) -> bool:
    value = answer.value
    if not isinstance(value, int):
        return False  # said already: no number
    later = answer.name != "age_now"  # of several people each has an age of her own
    return value < 0 or (later and isinstance(age_now, int) and value > age_now >= 0)


def _without_places(path: str) -> tuple[str, list[str]]:
    """`/data/service[2]/kind` -> `/data/service/kind`, and the entries it lies in."""
    steps = path.split("/")
    entries = ["/".join(steps[: place + 1]) for place, step in enumerate(steps) if step.endswith("]")]
    return "/".join(step.partition("[")[0] for step in steps), entries


def _crowded(answers: Sequence["Answer"], entries: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    counted = Counter(_without_places(entry)[0] for entry in entries)
    for path, count in counted.items():
        if count > MANY:
            yield path.rsplit("/", 1)[-1], count
