"""Keys of names: the same person however her name was written, and no names joined that share nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.names import LONGEST_PART, MOST_PARTS, name_keys, name_parts, sound_of

SPELLINGS = [
    ("សុខ", "Sok", "SOKH", "Sauk"),
    ("សុខា", "Sokha", "Sauka"),
    ("ដារា", "Dara", "Darah", "DARA"),
    ("សុភា", "Sophea", "Sophia", "Sopheah"),
    ("សុភាព", "Sopheap", "Sopheab"),
    ("វណ្ណា", "Vanna", "Wanna", "Vana"),
    ("ពេជ្រ", "Pich", "Pech"),
    ("លី", "Ly", "Li", "Lee"),
    ("ហេង", "Heng", "Haeng"),
    ("ឧត្តម", "Oudom", "Udom", "Uttam"),
    ("ធឿន", "Thoeun", "Thoeurn", "Theun", "Thoun"),
    ("ប៊ុនធឿន", "Bunthoeun", "Bunthoeurn", "Bounthoeun"),
    ("វីរៈ", "Vireak", "Virak"),
    ("សុវណ្ណារី", "Sovannary", "Sovanary"),
    ("ស្រីមុំ", "Sreymom", "Sreimum"),
    ("ចិន្តា", "Chenda", "Chinda"),
    ("រិទ្ធី", "Rithy", "Rithi"),
    ("សម្បត្តិ", "Sambath", "Sambat"),
    ("កុសល", "Kosal", "Kosol"),
    ("ភក្តី", "Pheakdey", "Pheakdei"),
    ("វិចិត្រ", "Vichet", "Vicheth"),
    ("គឹមហេង", "Kimheng", "Kimheang"),
    ("សុខហេង", "Sokheng"),
    ("សីហា", "Seiha", "Sieha"),
    ("ឆាយ", "Chhay", "Chay", "Chhai"),
    ("កែវ", "Keo", "Keav", "Keow"),
    ("កល្យាណ", "Kalyan", "Kallyan"),
    ("បញ្ញា", "Panha", "Pagna", "Pannha"),
    ("សំណាង", "Samnang", "Somnang"),
    ("រតនៈ", "Ratanak", "Rattanak"),
    ("ចន្ទ", "Chan", "Chanth", "Jan"),
    ("អៀង", "Eang", "Ieng"),
    ("ហ៊ួរ", "Hour", "Huor"),
    ("មាស", "Meas", "Mies"),
]


@pytest.mark.parametrize("spellings", SPELLINGS, ids=lambda spellings: spellings[1])
def test_one_name_shares_its_sound_in_khmer_and_in_every_latin_spelling(spellings):
    assert len({sound_of(name.casefold()) for name in spellings}) == 1, [
        (name, sound_of(name.casefold())) for name in spellings
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sok", "Sokha"),
        ("Dara", "Sophea"),
        ("Chan", "Chantha"),
        ("Sophea", "Sopheap"),
        ("Vanna", "Sovanna"),
        ("Ly", "Lim"),
        ("សុខ", "សុខា"),
        ("Heng", "Eng"),
    ],
)
def test_names_that_sound_different_share_no_key(one, other):
    assert name_keys(one).isdisjoint(name_keys(other))


def test_a_name_written_apart_and_together_shares_a_key():
    assert name_keys("Srey Mom") & name_keys("Sreymom")
    assert name_keys("សុខ ដារា") & name_keys("សុខ\u200bដារា")
    assert name_keys("Sok Dara") & name_keys("សុខដារា")
    assert name_keys("Sok-Dara") == name_keys("Sok Dara")


def test_marks_that_nobody_sees_change_no_key():
    plain = name_keys("សុភា")
    for mark in ("\u200b", "\u200c", "\u200d", "\u200e", "\u2060", "\ufeff", "\u17b5"):
        assert name_keys(f"{mark}សុ{mark}ភា{mark}") == plain


def test_khmer_typed_in_another_order_that_looks_the_same_shares_its_keys():
    assert name_keys("ប\u17bb\u17caន") == name_keys("ប\u17ca\u17bbន")
    assert name_keys("ស\u17c1\u17b6") == name_keys("ស\u17c4")
    assert name_keys("ចិន\u17d2ដា") == name_keys("ចិន\u17d2តា")
    assert name_keys("ស\u17d2រ\u17d2តី") == name_keys("ស\u17d2ត\u17d2រី")


def test_accents_and_capitals_change_no_key():
    assert name_keys("SÓPHÉA") == name_keys("sophea")


@pytest.mark.parametrize("nothing", ["", "   ", "\u200b", "-", "។", "؟!"])
def test_a_text_without_letters_has_no_keys(nothing):
    assert name_keys(nothing) == frozenset()


def test_another_script_is_found_as_it_is_written():
    assert name_keys("สมชาย") == {"=" + name_parts("สมชาย")[0]}
    assert name_keys("陳") == {"=陳"}


@given(st.text(max_size=3000))
def test_whatever_is_typed_gives_a_few_short_keys(text):
    keys = name_keys(text)

    assert len(keys) <= 4 * MOST_PARTS
    assert all(len(key) <= MOST_PARTS * LONGEST_PART + 2 for key in keys)
    assert keys == name_keys(text)
