"""The coordinators' rules, as plain frozen values: what the `scores`, `risk` and protocol sheets say.

Built from workbooks by `xlsforms.rules`, kept in MongoDB as documents, used by `sync.core.scores`,
`risk` and `schedule`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sync.core.directory import Service
from sync.core.rows import Row, Text
from sync.core.rules_version import stamp_of


@dataclass(frozen=True, kw_only=True)
class Band(Row):
    """A named stretch of a score, both ends included."""

    low: float
    high: float
    name: str
    """As published and spelt in domain.md, e.g. `moderately severe`."""
    label: Text = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Score(Row):
    """One row of a form's `scores` sheet. The formula gives an empty result when an answer is missing."""

    name: str
    label: Text
    formula: str
    """XForm XPath with `${question}` and `${score_NAME}` for a score of an earlier row."""
    minimum: float | None = None
    maximum: float | None = None
    bands: tuple[Band, ...] = ()
    minimum_answered: int = 0
    """How many of the questions in the formula must be answered; fewer: the score is null."""
    source: str = ""
    row: int = 0
    """Row in the sheet, as Excel counts; for messages."""


@dataclass(frozen=True, kw_only=True)
class Indicator(Row):
    """One row of a form's `risk` sheet: a condition that, when met, is a reason for a risk level."""

    code: str
    """H1, M3 … the same code in several forms is the same indicator."""
    label: Text
    condition: str
    """XForm XPath with `${question}` and `${score_NAME}`."""
    dimension: str
    level: str
    """A level of the protocol, or `review` (a person must look; raises no level)."""
    next_step: Text = field(default_factory=dict)
    """Neutral words a phone may show."""
    on_phone: bool = False
    respond_within_hours: float | None = None
    stands_for_days: int | None = None
    """None: until the same questions are answered again."""
    source: str = ""
    row: int = 0


@dataclass(frozen=True, kw_only=True)
class FormRules(Row):
    """The rules that came with one form version."""

    form_id: str
    version: str
    scores: tuple[Score, ...] = ()
    indicators: tuple[Indicator, ...] = ()

    @cached_property
    def by_code(self) -> Mapping[str, Indicator]:
        """The indicators by their code."""
        return {indicator.code: indicator for indicator in self.indicators}


@dataclass(frozen=True, kw_only=True)
class Dimension(Row):
    """One row of the protocol's `dimensions` sheet (guideline 29: health, safety, security)."""

    name: str
    label: Text


@dataclass(frozen=True, kw_only=True)
class Level(Row):
    """One row of `levels`. A higher `order` is more danger."""

    name: str
    label: Text
    order: int
    colour: str = ""
    respond_within_hours: float | None = None
    first_contact_days: int = 0
    retry_days: int = 0
    """A missed visit is tried again after this many days."""


@dataclass(frozen=True, kw_only=True)
class Combine(Row):
    """One row of `combine`: the first row whose condition holds gives the level.

    The condition is XForm XPath over `${high}`, `${medium}` … (how many standing indicators have that
    level), `${child}` (1 or 0). An empty condition always holds.
    """

    level: str
    condition: str
    reason: Text = field(default_factory=dict)
    row: int = 0


@dataclass(frozen=True, kw_only=True)
class Visit(Row):
    """One row of `schedule`: who at `level` gets a visit `offset_days` after the level was set."""

    level: str
    offset_days: int
    form_id: str
    applies_to: str = "everyone"
    """`everyone` or `child`."""
    full: bool = False
    """A full assessment rather than a routine visit."""
    row: int = 0


@dataclass(frozen=True, kw_only=True)
class Trigger(Row):
    """One row of `triggers`: something that calls for an extra visit.

    `when` is `screened`, `registered`, `again` (somebody said so on her page), or an indicator's code.
    """

    when: str
    offset_days: int
    form_id: str
    reason: Text = field(default_factory=dict)
    new_clock: bool = False
    """It happened again: the whole plan of visits begins anew on that day."""
    row: int = 0


@dataclass(frozen=True, kw_only=True)
class Closure(Row):
    """One row of `closure`: what must hold before a case can be closed."""

    name: str
    label: Text
    value: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Example(Row):
    """One row of `examples`: answers and the level they must give; run at every publish."""

    name: str
    form_id: str
    answers: Mapping[str, str]
    level: str
    row: int = 0


@dataclass(frozen=True, kw_only=True)
class Trend(Row):
    """One row of `trends`: a score that worsens by a published clinically meaningful change counts."""

    code: str
    label: Text
    score: str
    change: float
    """At least this much worse than the value before; negative where a fall is worse (WHO-5)."""
    dimension: str
    level: str
    respond_within_hours: float | None = None
    source: str = ""
    row: int = 0


@dataclass(frozen=True, kw_only=True)
class Holiday(Row):
    """One row of `holidays`: a day on which no routine visit is planned. Lunar dates: coordinators edit."""

    on: str
    """`YYYY-MM-DD`."""
    name: Text = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Contact(Row):
    """One row of `contacts`: whom a worker calls before leaving. Shown on phones, so neutral words only."""

    name: str
    phone: str
    districts: tuple[str, ...] = ()
    """Codes of the districts this contact answers for; none: everywhere."""
    last_checked_on: str = ""


@dataclass(frozen=True, kw_only=True)
class Hotline(Row):
    """One row of `hotlines`: a number on the sheet that a person takes home."""

    phone: str
    label: Text
    last_checked_on: str = ""


@dataclass(frozen=True, kw_only=True)
class ProfileItem(Row):
    """One row of `profile`: which answers of a follow-up question are good, middle and poor.

    Our own profile, not the IOM RSS [proposal, domain.md 5].
    """

    question: str
    dimension: str
    label: Text
    good: tuple[str, ...] = ()
    middle: tuple[str, ...] = ()
    poor: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Weight(Row):
    """One row of `weights`: what one answer counts in an official instrument; the sheet ships empty.

    Nothing is computed from it until a second person confirms (settings `weights_imported_by` and
    `weights_confirmed_by` name two different people).
    """

    instrument: str
    version: str
    dimension: str
    item: str
    answer: str
    value: float
    weight: float
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class Protocol(Row):
    """One version of `protocol.xlsx`."""

    version: str
    dimensions: tuple[Dimension, ...] = ()
    levels: tuple[Level, ...] = ()
    combine: tuple[Combine, ...] = ()
    schedule: tuple[Visit, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    closure: tuple[Closure, ...] = ()
    examples: tuple[Example, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    """Numbers that are our proposal and coordinators may change, by name; see the `settings` sheet."""
    trends: tuple[Trend, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    contacts: tuple[Contact, ...] = ()
    hotlines: tuple[Hotline, ...] = ()
    profile: tuple[ProfileItem, ...] = ()
    weights: tuple[Weight, ...] = ()
    services: tuple[Service, ...] = ()
    places: tuple[str, ...] = ()
    """Codes of the provinces (2 digits) and districts (4 digits) the programme works in."""

    def level(self, name: str) -> Level | None:
        """The level of this name, or None."""
        return next((level for level in self.levels if level.name == name), None)

    def service(self, name: str) -> Service | None:
        """The service of this name in the directory, or None."""
        return next((service for service in self.services if service.name == name), None)

    @property
    def questions(self) -> frozenset[str]:
        """The questions whose answers its `profile` and `weights` rows look at."""
        return frozenset((*(row.question for row in self.profile), *(row.item for row in self.weights)))

    def number(self, setting: str, default: float = 0) -> float:
        """A setting that is a number; `default` where the workbook has none."""
        return float(self.settings.get(setting) or default)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rules:
    """Everything a level rests on at one moment: the protocol and the newest rules of every form.

    Two values of one version are the same rules.
    """

    version: str
    """Changes whenever any rule does (`rules_version`); kept with every assessment."""
    protocol: Protocol
    forms: Mapping[str, FormRules]
    """By form id."""

    @cached_property
    def stamps(self) -> Mapping[str, str]:
        """What the records of each form rest on, by form id."""
        looked_at = self.protocol.questions
        return {name: stamp_of(form.document(), looked_at) for name, form in self.forms.items()}

    @cached_property
    def reasons(self) -> Mapping[str, Text]:
        """What every reason is called, by its code."""
        trends = {trend.code: trend.label for trend in self.protocol.trends}
        return {**trends, **{one.code: one.label for form in self.forms.values() for one in form.indicators}}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rules) and other.version == self.version

    def __hash__(self) -> int:
        return hash(self.version)
