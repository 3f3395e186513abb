"""What a reader sees of a value: by its mark, and by what the reader has to do with people."""

import pytest

from sync.core.consent import may_leave
from sync.core.form import Field
from sync.core.masking import is_shown, kind_of, masked

SIGHTS = ("people", "caseload", "nobody", "program")


@pytest.mark.parametrize(
    ("privacy", "kind", "seen"),
    [
        ("identity", "text", ("x", "x", None, None)),
        ("identity", "coded", ("x", "x", None, None)),
        ("sensitive", "coded", ("x", None, "x", "x")),
        ("sensitive", "text", ("x", None, None, None)),
        ("", "coded", ("x", "x", "x", "x")),
        ("", "text", ("x", "x", None, None)),
        ("", "place", ("x", "x", None, None)),
        ("", "file", ("x", "x", None, None)),
    ],
)
def test_a_mark_and_a_kind_say_who_sees_it(privacy, kind, seen):
    assert tuple(masked("x", privacy, sight, kind) for sight in SIGHTS) == seen
    assert tuple(is_shown(privacy, sight, kind) for sight in SIGHTS) == tuple(one is not None for one in seen)


def test_of_a_day_whoever_sees_nobody_gets_the_quarter():
    days = ("2026-01-31", "2026-03-01T08:00:00.000+07:00", "2026-12-31", "soon", "")
    assert [masked(day, "", "nobody", "day") for day in days] == ["2026-Q1", "2026-Q1", "2026-Q4", None, ""]
    assert {masked("2026-01-31", "", sight, "day") for sight in ("people", "program")} == {"2026-01-31"}


def test_what_is_written_freely_is_told_from_what_is_picked():
    def question(**what):
        return kind_of(Field(path="/data/q", name="q", **what))

    assert question(type="string", control="input") == "text"
    assert question(type="string", control="select1") == "coded"
    assert question(type="string", control="") == "text", "a calculate may hold anything"
    assert question(type="int", control="input") == "coded"
    assert question(type="date", control="input") == "day"
    assert question(type="geopoint", control="input") == "place"
    assert question(type="binary", control="upload") == "file"


@pytest.mark.parametrize(
    ("words", "leaves"),
    [
        ([], False),
        ([("statistics", True)], True),
        ([("statistics", False)], False),
        ([("share_partner", True)], False),
        ([("statistics", True), ("store", True)], True),
        ([("statistics", True), ("store", False)], False),
    ],
)
def test_only_who_agreed_to_the_purpose_and_to_being_kept_at_all_leaves(words, leaves):
    consent = [{"purpose": purpose, "given": given} for purpose, given in words]
    assert may_leave({"consent": consent}, "statistics") is leaves
