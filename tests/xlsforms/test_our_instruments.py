"""The published instruments in our workbooks, at every cut-off and from both sides."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.xlsforms.filled import (
    CHANGED,
    INTAKE,
    Find,
    Try,
    bands,
    gad,
    met,
    phq,
    scores,
    settled_no,
    spread,
)

pytestmark = pytest.mark.java


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (0, "minimal"),
        (4, "minimal"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "moderately severe"),
        (19, "moderately severe"),
        (20, "severe"),
        (27, "severe"),
    ],
)
def test_phq9_at_every_cut_off(find: Find, total: int, band: str) -> None:
    found = find("intake", {**INTAKE, **phq(*spread(total, 9))})
    assert (scores(found)["phq9"], bands(found)["phq9"]) == (total, band)
    assert ("M1" in met(found)) == (total >= 10)
    assert ("M17" in met(found)) == (total >= 20)
    assert ("H1" in met(found)) == (spread(total, 9)[8] >= 1)


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (0, "minimal"),
        (4, "minimal"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "severe"),
        (21, "severe"),
    ],
)
def test_gad7_at_every_cut_off(find: Find, total: int, band: str) -> None:
    found = find("intake", {**INTAKE, **gad(*spread(total, 7))})
    assert (scores(found)["gad7"], bands(found)["gad7"]) == (total, band)
    assert ("M2" in met(found)) == (total >= 10)
    assert ("M17" in met(found)) == (total >= 15)


@pytest.mark.parametrize(
    ("two", "four"),
    [((0, 0), "none"), ((2, 0), "none"), ((2, 1), "mild"), ((3, 3), "moderate"), ((6, 3), "severe")],
)
def test_the_short_forms_at_their_cut_offs(find: Find, two: tuple[int, int], four: str) -> None:
    mood, worry = two
    found = find("intake", {**INTAKE, **phq(*spread(mood, 2)), **gad(*spread(worry, 2))})
    assert scores(found)["phq4"] == mood + worry
    assert bands(found)["phq4"] == four
    assert bands(found)["phq2"] == ("positive" if mood >= 3 else "negative")
    assert bands(found)["gad2"] == ("positive" if worry >= 3 else "negative")


def test_a_missing_or_refused_answer_leaves_no_total_but_the_ninth_still_speaks(find: Find) -> None:
    for silence in ("", "ref"):
        found = find("intake", {**INTAKE, **phq(0, 0, 0, 0, 0, 0, 0, 0, 1), "phq4": silence})
        assert scores(found)["phq9"] is None
        assert met(found) == {"H1"}


def test_phq2_counts_for_the_time_being_while_the_rest_is_not_answered(find: Find) -> None:
    rest = {f"phq{n}": "ref" for n in range(4, 10)}
    assert "M1" in met(find("followup", {**CHANGED, **phq(2, 1, 0), **rest}))
    low = find("followup", {**CHANGED, **phq(1, 1, 3)})
    assert "M1" in settled_no(low)


@pytest.mark.parametrize(
    ("answers", "total"),
    [
        (["no"], 0),
        (["yes", "no", "no", "no", "no", "no"], 0),
        (["yes", "yes", "yes", "no", "no", "no"], 2),
        (["yes", "yes", "yes", "yes", "no", "no"], 3),
        (["yes", "yes", "yes", "yes", "yes", "yes"], 5),
        (["yes", "yes", "yes", "yes", "ref", "no"], None),
        (["ref"], None),
        ([""], None),
    ],
)
def test_pc_ptsd_5_at_its_cut_off(find: Find, answers: list[str], total: int | None) -> None:
    found = find("intake", {**INTAKE, **{f"ptsd{n}": answer for n, answer in enumerate(answers)}})
    assert scores(found)["pcptsd5"] == total
    assert ("M3" in met(found)) == (total is not None and total >= 3)


@pytest.mark.parametrize(
    ("sex", "answers", "total", "positive"),
    [
        ("female", ("2", "0", "0"), 2, False),
        ("female", ("2", "1", "0"), 3, True),
        ("male", ("2", "1", "0"), 3, False),
        ("male", ("2", "1", "1"), 4, True),
        ("ref", ("2", "1", "0"), 3, True),
        ("male", ("0",), 0, False),
        ("male", ("4", "ref", "4"), None, False),
    ],
)
def test_audit_c_at_its_cut_offs(
    find: Find, sex: str, answers: tuple[str, ...], total: int | None, positive: bool
) -> None:
    told = {f"aud{n}": answer for n, answer in enumerate(answers, start=1)}
    found = find("intake", {**INTAKE, "sex_i": sex, **told})
    assert scores(found)["auditc"] == total
    assert ("M5" in met(found)) == positive


INSTRUMENTS = {
    "phq2": ("phq1", "phq2"),
    "phq4": ("phq1", "phq2", "gad1", "gad2"),
    "phq9": tuple(f"phq{item}" for item in range(1, 10)),
    "gad2": ("gad1", "gad2"),
    "gad7": tuple(f"gad{item}" for item in range(1, 8)),
    "auditc": ("aud1", "aud2", "aud3"),
    "who5": tuple(f"who{item}" for item in range(1, 6)),
}
HIGHEST = {"auditc": 4, "who5": 5}
ONE_MORE = st.sampled_from([(name, item) for name, items in INSTRUMENTS.items() for item in items])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.lists(st.integers(0, 5), min_size=9, max_size=9), which=ONE_MORE)
def test_raising_any_single_answer_never_lowers_its_score(
    tried: Try, answers: list[int], which: tuple[str, str]
) -> None:
    name, item = which
    most = HIGHEST.get(name, 3)
    told = {one: str(min(given, most)) for one, given in zip(INSTRUMENTS[name], answers, strict=False)}
    if name == "auditc":  # who never drinks is asked nothing more
        told["aud1"] = str(max(1, int(told["aud1"])))
    more = {**told, item: str(min(most, int(told[item]) + 1))}

    before, after = tried("intake", {**INTAKE, **told})[name], tried("intake", {**INTAKE, **more})[name]

    assert after - before == int(more[item]) - int(told[item])
