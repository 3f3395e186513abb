"""Which indicators stand after each record, and since when.

An indicator stands from the record that met it until a later one asks the same questions and gets real
answers that do not meet it, or until its `stands for` days have passed. What was refused, unknown or not
asked changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sync.core.decision import Decision
from sync.core.protocol import Indicator, Rules, Trend
from sync.core.record import Evidence, Observed, Record, Scored
from sync.core.rows import Text
from sync.core.scores import questions_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An indicator that stands: a reason for a level."""

    indicator: Indicator
    since: date
    until: date | None
    """The last day it stands by itself; None: until the questions are answered again."""
    questions: tuple[str, ...]
    """What its condition asks about; only a form that asks some of that can end it."""
    answers: tuple[Evidence, ...]
    form_id: str
    """With the next two: of the record that says so; "" where a person does."""
    form_version: str
    instance_id: str


@dataclass
class Board:
    """The indicators that stand now, by code, and the last value of every score."""

    standing: dict[str, Standing]
    scores: dict[str, float]

    @classmethod
    def empty(cls) -> "Board":
        """Nothing stands, nothing was measured."""
        return cls({}, {})

    def take(self, record: Record, rules: Rules) -> bool:
        """Bring the board up to this record; whether it assessed anything."""
        form = rules.forms.get(record.form_id)
        known = form.by_code if form else {}
        assessed = False
        for observed in (*record.indicators, *self._trends(record, rules)):
            indicator = known.get(observed.code) or _as_indicator(rules, observed.code)
            if indicator is None or observed.met is None:
                continue
            assessed = True
            earlier = self.standing.get(observed.code)
            if observed.met:
                fresh = _standing(indicator, observed, record)
                self.standing[observed.code] = replace(fresh, since=earlier.since) if earlier else fresh
            elif earlier and not set(observed.questions).isdisjoint(earlier.questions):
                del self.standing[observed.code]
        return assessed

    def take_word(self, decision: Decision, indicator: Indicator) -> None:
        """A person says what this indicator says; what stood before stays as it was."""
        if indicator.code not in self.standing:
            said = Observed(code=indicator.code, met=True, questions=tuple(questions_in(indicator.condition)))
            self.standing[indicator.code] = _standing(indicator, said, decision)

    def next_end(self) -> date | None:
        """The last day of whatever ends first by itself."""
        return min((item.until for item in self.standing.values() if item.until), default=None)

    def drop_ended(self, last_day: date) -> None:
        """Take away what stood until this day and no longer."""
        for code, item in list(self.standing.items()):
            if item.until is not None and item.until <= last_day:
                del self.standing[code]

    def _trends(self, record: Record, rules: Rules) -> Iterator[Observed]:
        """The `trends` rows whose score was measured again in this record."""
        before = dict(self.scores)
        now = {score.name: score for score in record.scores if isinstance(score.value, (int, float))}
        self.scores |= {name: float(score.value or 0) for name, score in now.items()}
        for trend in rules.protocol.trends:
            if trend.score in now and trend.score in before:
                yield _trend_observed(trend, before[trend.score], now[trend.score])


def _trend_observed(trend: Trend, before: float, score: Scored) -> Observed:
    now = float(score.value or 0)
    met = now - before >= trend.change if trend.change > 0 else now - before <= trend.change
    values = f"{before:g} → {now:g}"
    said = Evidence(
        name=f"score_{trend.score}", label=score.label, value=values, value_label=_same_in_all(values)
    )
    return Observed(code=trend.code, met=met, questions=(said["name"],), answers=(said,) if met else ())


def _same_in_all(text: str) -> Text:
    return {"en": text, "km": text}


def _as_indicator(rules: Rules, code: str) -> Indicator | None:
    """A `trends` row, as the indicator it is."""
    trend = next((trend for trend in rules.protocol.trends if trend.code == code), None)
    if trend is None:
        return None
    return Indicator(
        code=trend.code,
        label=trend.label,
        condition=f"change of {trend.score} by {trend.change:+g}",
        dimension=trend.dimension,
        level=trend.level,
        respond_within_hours=trend.respond_within_hours,
        source=trend.source,
        row=trend.row,
    )


def _standing(indicator: Indicator, observed: Observed, told: Record | Decision) -> Standing:
    days = indicator.stands_for_days
    record = told if isinstance(told, Record) else None
    return Standing(
        indicator=indicator,
        since=told.on,
        until=told.on + timedelta(days=days) if days is not None else None,
        questions=observed.questions,
        answers=observed.answers,
        form_id=record.form_id if record else "",
        form_version=record.form_version if record else "",
        instance_id=record.instance_id if record else "",
    )


def is_same_day(item: Standing) -> bool:
    """Whether this asks for an answer within the day."""
    hours = item.indicator.respond_within_hours
    return hours is not None and hours < 24
