"""Official weights: null until somebody enters the annex and a second person confirms it."""

from sync.core.protocol import ProfileItem, Weight
from sync.core.returnee import fold
from sync.core.weights import INCOMPLETE, NOT_CONFIRMED, NOT_LOADED, official_scores
from tests.core.builders import ENTITY, a_protocol, a_record, a_screening, rules_with, two

INVENTED = tuple(
    Weight(
        instrument="rss",
        version="test",
        dimension=dimension,
        item=item,
        answer=answer,
        value=value,
        weight=0.5,
    )
    for dimension, item, answer, value in (
        ("economic", "food_less", "never", 1.0),
        ("economic", "food_less", "often", 0.0),
        ("social", "housing", "own", 1.0),
    )
)
"""Weights made up for this test; the official ones are not known to us."""
ANSWERED = [a_screening(), a_record("2026-03-05", food_less="never", housing="own")]


def with_weights(**settings: str):
    return a_protocol(weights=INVENTED, settings=settings)


def test_an_empty_table_gives_null_and_says_so():
    assert official_scores(ANSWERED, a_protocol()) == {"rss": {"value": None, "why": NOT_LOADED}}


def test_one_persons_word_is_not_enough_and_nobody_confirms_their_own():
    for settings in (
        {},
        {"weights_imported_by": "A"},
        {"weights_imported_by": "A", "weights_confirmed_by": "A"},
    ):
        assert official_scores(ANSWERED, with_weights(**settings))["rss"] == {
            "value": None,
            "why": NOT_CONFIRMED,
        }


def test_confirmed_weights_give_a_sum_for_each_dimension():
    protocol = with_weights(weights_imported_by="A", weights_confirmed_by="B")

    assert official_scores(ANSWERED, protocol)["rss"] == {
        "value": {"economic": 0.5, "social": 0.5},
        "why": "",
    }
    assert official_scores(ANSWERED[:1], protocol)["rss"] == {"value": None, "why": INCOMPLETE}


def test_our_own_profile_counts_good_middle_and_poor_by_dimension():
    rows = (
        ProfileItem(
            question="food_less", dimension="economic", label=two("Food"), good=("never",), poor=("often",)
        ),
        ProfileItem(
            question="housing", dimension="social", label=two("Home"), good=("own",), poor=("unsafe",)
        ),
    )
    records = [*ANSWERED, a_record("2026-03-19", food_less="often")]

    file = fold(ENTITY, records, rules_with(protocol=a_protocol(profile=rows)))

    assert file is not None
    assert file.document["profile"] == {
        "economic": {"good": 0, "middle": 0, "poor": 1},
        "social": {"good": 1, "middle": 0, "poor": 0},
    }
