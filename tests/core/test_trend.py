"""How scores went: which make a trend, and where they lie in the drawing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from server.people.charts import BOTTOM, HEIGHT, TOP, chart_of
from sync.core.protocol import Band, FormRules, Protocol, Rules, Score
from sync.core.record import Record, Scored
from sync.core.trend import trends_of

BANDS = (Band(low=0, high=4, name="minimal"), Band(low=5, high=9, name="mild"))
PHQ = Score(name="phq9", label={"en": "PHQ-9"}, formula="1", minimum=0, maximum=9, bands=BANDS)
PLAIN = Score(name="sum", label={"en": "Sum"}, formula="1")
AT = datetime(2026, 11, 3, 3, 0, tzinfo=UTC)


def rules() -> Rules:
    return Rules(
        version="1",
        protocol=Protocol(version="1"),
        forms={"followup": FormRules(form_id="followup", version="1", scores=(PHQ, PLAIN))},
    )


def record(days: int, value: float | str | None) -> Record:
    at = AT + timedelta(days=days)
    told = [
        Scored(name=name, label={}, value=value, band=None, band_label={}) for name in ("phq9", "sum", "gone")
    ]
    return Record(
        instance_id=f"uuid:{days}",
        form_id="followup",
        form_version="1",
        rules_stamp="",
        received_at=at,
        at=at,
        on=at.date(),
        worker_id="w",
        demo=False,
        entities=(),
        facts={},
        scores=tuple(told),
        indicators=(),
    )


def test_results_with_published_bands_make_a_trend_in_the_order_of_the_visits():
    told = [record(30, 3), record(0, 9), record(10, None), record(20, "unknown")]

    (trend,) = trends_of(told, rules())

    assert trend.score == PHQ
    assert [(one.instance_id, one.value) for one in trend.measured] == [("uuid:0", 9), ("uuid:30", 3)]
    assert trends_of(told[:1], rules()) == []


def test_a_drawing_has_its_bands_without_gaps_and_its_results_within_them():
    (trend,) = trends_of([record(0, 9), record(10, 4), record(30, 0)], rules())

    chart = chart_of(trend)

    low, high = chart.stripes
    assert (high.top, high.top + high.height, low.top + low.height) == (TOP, low.top, HEIGHT - BOTTOM)
    assert (low.shade, high.shade) == (1, 5)
    assert [dot.y for dot in chart.dots] == sorted(dot.y for dot in chart.dots)
    assert (chart.dots[0].y, chart.dots[-1].y) == (TOP, HEIGHT - BOTTOM)
    first, second, third = (dot.x for dot in chart.dots)
    assert round((third - second) / (second - first), 1) == 2.0, "days are as far apart as they were"


def test_two_results_of_one_day_lie_in_the_middle_and_what_is_beyond_the_scale_on_its_edge():
    same_day = replace(record(0, 2), instance_id="uuid:again", at=AT + timedelta(hours=1))
    (trend,) = trends_of([record(0, 40), same_day], rules())

    first, second = chart_of(trend).dots

    assert first.x == second.x
    assert first.y == TOP
