"""The bands of a score: what is published, in two languages, without gaps and overlaps."""

import pytest

from sync.core.protocol import Band
from xlsforms.bands import read_bands
from xlsforms.cells import Cells
from xlsforms.sheets import Row, Sheet

KHMER = "bands::Khmer (km)"


def bands_of(text, khmer=None, *, minimum=0, maximum=6):
    headers = ("bands",) if khmer is None else ("bands", KHMER)
    cells = {"bands": text} | ({KHMER: khmer} if khmer else {})
    findings = []
    sheet = Sheet("scores", headers)
    found = read_bands(Cells(sheet, Row(2, cells), findings), minimum, maximum)
    return found, [(finding.column, finding.message) for finding in findings]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("0-2 low; 3-6 raised", [], id="none, where all is well"),
        pytest.param("0-2 low; 4-6 raised", ["Nothing is said about 3, below “4-6 raised”."], id="a gap"),
        pytest.param("0-1 low; 5-6 high", ["Nothing is said about 2-4, below “5-6 high”."], id="a wide gap"),
        pytest.param("1-2 low; 3-6 high", ["Nothing is said about 0, below “1-2 low”."], id="a late start"),
        pytest.param("0-2 low; 3-5 high", ["Nothing is said about 6, above “3-5 high”."], id="an early end"),
        pytest.param(
            "0-3 low; 3-6 high",
            ["“3-6 high” overlaps the band before it, or is out of order."],
            id="an overlap",
        ),
        pytest.param(
            "0-2 low; 3-8 high", ["“3-8 high” goes beyond min or max."], id="a band beyond the score"
        ),
        pytest.param("2-0 low; 3-6 high", ["“2-0 low” runs backwards."], id="a band that runs backwards"),
        pytest.param("0-2.5 low; 2.6-6 high", [], id="none with decimals"),
        pytest.param(
            "0-2.5 low; 3-6 high",
            ["Nothing is said about 2.6-2.9, below “3-6 high”."],
            id="a gap between decimals",
        ),
        pytest.param("low 0-2; 3-6 high", ["“low 0-2” is not a band.",
                     "Nothing is said about 0-2, below “3-6 high”."], id="words before numbers"),
    ],
)  # fmt: skip
def test_the_faults_of_bands(text, said):
    assert [message for _, message in bands_of(text)[1]] == said


def test_bands_of_a_score_without_min_and_max_may_begin_and_end_anywhere():
    assert bands_of("10-20 some; 21-30 more", minimum=None, maximum=None)[1] == []


@pytest.mark.parametrize("khmer", ["0-2 ទាប; 3-6 ខ្ពស់", "០-២ ទាប; ៣–៦ ខ្ពស់"])
def test_names_in_khmer_come_from_a_column_of_their_own_in_either_digits(khmer):
    found, said = bands_of("0-2 low; 3-6 raised", khmer)

    assert said == []
    assert found == (
        Band(low=0, high=2, name="low", label={"en": "low", "km": "ទាប"}),
        Band(low=3, high=6, name="raised", label={"en": "raised", "km": "ខ្ពស់"}),
    )


@pytest.mark.parametrize(
    ("khmer", "said"),
    [
        pytest.param(
            "0-2 ទាប; 3-5 ខ្ពស់",
            ["There is no band 3-5 in the other language.", "The band 3-6 has no name here."],
            id="other numbers",
        ),
        pytest.param("0-2 ទាប", ["The band 3-6 has no name here."], id="a band left out"),
        pytest.param(
            "3-6 ខ្ពស់; 0-2 ទាប",
            ["The bands stand in another order than in the other language."],
            id="another order",
        ),
        pytest.param("", ["The bands have no names here."], id="nothing"),
    ],
)
def test_khmer_bands_that_do_not_fit_are_reported_in_their_column(khmer, said):
    assert bands_of("0-2 low; 3-6 raised", khmer)[1] == [(KHMER, one) for one in said]
