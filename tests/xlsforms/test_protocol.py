"""The protocol's workbook becomes a Protocol; every bad row is reported."""

from pathlib import Path

import pytest

import xlsforms
from sync.core.protocol import Protocol
from tests.xlsforms.tables import fixture, workbook
from xlsforms.protocol import read_protocol
from xlsforms.sheets import read_book

OUR_PROTOCOL = Path(xlsforms.__file__).parent / "protocol.xlsx"
TRIAL = fixture("trial_protocol")


def protocol_of(text):
    return read_protocol(read_book(workbook(text), filename="protocol.xlsx"))


def test_our_own_protocol_has_nothing_to_mend():
    protocol, findings = read_protocol(read_book(OUR_PROTOCOL.read_bytes(), filename="protocol.xlsx"))

    assert findings == ()
    assert protocol is not None
    assert [level.name for level in protocol.levels] == ["high", "medium", "low"]


def test_a_protocol_goes_to_the_database_and_back_without_loss():
    protocol, findings = protocol_of(TRIAL)

    assert findings == ()
    assert protocol is not None
    assert Protocol.from_document(protocol.document()) == protocol


def test_every_sheet_of_the_protocol_is_read():
    protocol, _ = protocol_of(TRIAL)

    assert protocol is not None
    assert (protocol.version, protocol.places, protocol.settings) == (
        "7",
        ("0105", "02"),
        {"window_percent": "20"},
    )
    assert (protocol.levels[0].respond_within_hours, protocol.levels[0].retry_days) == (24, 2)
    assert protocol.combine[-1].condition == ""
    assert [(v.level, v.offset_days, v.applies_to, v.full) for v in protocol.schedule] == [
        ("high", 1, "everyone", False),
        ("low", 14, "child", True),
        ("medium", 7, "everyone", False),
        ("low", 30, "everyone", False),
    ]
    assert (protocol.triggers[0].when, protocol.triggers[0].reason["en"]) == ("screened", "The longer visit")
    assert protocol.examples[0].answers == {"unsafe": "yes", "phq1": "1"}


@pytest.mark.parametrize(
    ("before", "after", "place", "said"),
    [
        pytest.param(
            "| 0105 |", "| 105 |", "places, row 2, code", "Did you mean 0105?", id="a lost leading zero"
        ),
        pytest.param(
            "| low   | 14", "| lou   | 14", "schedule, row 3, level", "Did you mean low?", id="a level"
        ),
        pytest.param(
            "| low   | 14 ",
            "| low | soon ",
            "schedule, row 3, offset days",
            "not a whole number",
            id="a number",
        ),
        pytest.param(
            "${high} >= 1", "${hihg} >= 1", "combine, row 2, condition", "Did you mean high?", id="a name"
        ),
        pytest.param(
            "unsafe=yes; phq1",
            "unsafe yes; phq1",
            "examples, row 2, answers",
            "“unsafe yes”",
            id="an answer",
        ),
        pytest.param(
            "| low   |            |",
            "| low   | ${child} = 0 |",
            "combine, row 4, condition",
            "without a level",
            id="a last row with a condition",
        ),
        pytest.param(
            "| 24 h ", "| soon ", "levels, row 2, respond within", "not a length of time", id="a time"
        ),
        pytest.param("| #B3261E |", "| red |", "levels, row 2, colour", "not a colour", id="a colour"),
        pytest.param("== levels ==", "== level ==", "levels", "missing or empty", id="a sheet"),
    ],
)
def test_a_protocol_is_refused_for(before, after, place, said):
    assert before in TRIAL

    protocol, findings = protocol_of(TRIAL.replace(before, after, 1))

    assert protocol is None
    assert [f for f in findings if f.place == place and said in f"{f.message} {f.fix}"], findings


def test_all_bad_rows_come_in_one_pass():
    spoilt = TRIAL.replace("| 0105 |", "| 105 |").replace("| 24 h ", "| soon ").replace("${high}", "${hihg}")

    assert [f.sheet for f in protocol_of(spoilt)[1]] == ["levels", "combine", "places"]
