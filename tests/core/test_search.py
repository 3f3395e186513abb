"""A person is found by her name however it is spelt, or by a telephone number however it is written."""

import pytest

from sync.core.search import dialled as search_dialled
from sync.core.search import keys_of, likeness, wanted, whole


def finds(text: str, person: dict) -> bool:
    """Whether this person is among those a search for this text gives."""
    keys = set(keys_of(person))
    asked = wanted(text)
    return bool(asked) and (all(keys & set(some) for some in asked) or bool(keys & set(whole(text))))


@pytest.mark.parametrize("text", ["Sokha", "sok kha", "SOKHA", "Sauka", "សុខា", "សុខ\u200bា"])
def test_a_name_is_found_however_it_is_spelt(text):
    assert finds(text, {"call_name": "សុខា"})


@pytest.mark.parametrize("text", ["", "   ", "\u202e", "Dara", "💧", "<script>"])
def test_what_names_nobody_or_somebody_else_finds_nobody(text):
    assert not finds(text, {"call_name": "សុខា"})


@pytest.mark.parametrize(
    "text", ["012 345 678", "+855 12 345 678", "0085512345678", "០១២៣៤៥៦៧៨", "012-345-678"]
)
def test_a_telephone_number_is_found_however_it_is_written(text):
    assert finds(text, {"call_name": "Dara", "phone_number": "012345678"})


def test_whoever_is_spelt_as_typed_comes_first():
    sokha, sokkha = keys_of({"call_name": "Sokha"}), keys_of({"call_name": "Sokkha"})

    assert likeness("Sokha", sokha) > likeness("Sokha", sokkha)


def test_a_name_of_500_letters_is_cut_and_harms_nothing():
    assert len(wanted("a" * 500)) == 1
    assert keys_of({"call_name": "k" * 500})


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("012 345 678", "+85512345678"),
        ("០១២ ៣៤៥ ៦៧៨", "+85512345678"),
        ("+855 (12) 345-678", "+85512345678"),
        ("00855 12345678", "+85512345678"),
        ("+66 81 234 5678", "+66812345678"),
        ("12 34", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_a_number_is_dialled_with_its_country(written, dialled):
    assert search_dialled(written) == dialled
