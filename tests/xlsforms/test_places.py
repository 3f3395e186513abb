"""The gazetteer cut to the programme's places."""

import csv
import io

import pytest

from sync.core.gazetteer import place_name, unknown_places
from sync.core.problem import Problem
from xlsforms.places import FILES, PROGRAMME, place_media

PARENTS = {"districts.csv": "province", "communes.csv": "district", "villages.csv": "commune"}
EVERY_PROVINCE = [f"{number:02}" for number in range(1, 26)]


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


@pytest.fixture(scope="module")
def whole_country() -> dict[str, bytes]:
    return place_media(EVERY_PROVINCE)


def test_every_place_hangs_under_one_that_is_there(whole_country: dict[str, bytes]) -> None:
    above = {row["name"] for row in rows(whole_country["provinces.csv"])}
    for name in FILES[1:]:
        found = rows(whole_country[name])
        assert {row[PARENTS[name]] for row in found} <= above
        above = {row["name"] for row in found}


def test_keys_are_unique_although_the_gazetteers_village_codes_are_not(
    whole_country: dict[str, bytes],
) -> None:
    for content in whole_country.values():
        keys = [row["name"] for row in rows(content)]
        assert len(keys) == len(set(keys))
    assert len(rows(whole_country["villages.csv"])) == 14_563


def test_a_village_is_under_its_communes_key_even_where_its_own_code_begins_otherwise(
    whole_country: dict[str, bytes],
) -> None:
    for row in rows(whole_country["villages.csv"]):
        assert row["name"].startswith(f"{row['commune']}-")


def test_no_two_places_under_one_parent_look_the_same(whole_country: dict[str, bytes]) -> None:
    for name, parent in PARENTS.items():
        shown = [(row[parent], row["label"]) for row in rows(whole_country[name])]
        assert len(shown) == len(set(shown)), name


def test_labels_are_khmer_first_then_latin_letters() -> None:
    labels = {row["name"]: row["label"] for row in rows(place_media(["0110"])["provinces.csv"])}
    assert labels == {"01": "បន្ទាយមានជ័យ · Banteay Meanchey"}


def test_phones_carry_only_the_places_asked_for() -> None:
    media = place_media(["0110", "24"])
    assert [row["name"] for row in rows(media["provinces.csv"])] == ["01", "24"]
    assert [row["name"] for row in rows(media["districts.csv"])] == ["0110", "2401", "2402"]
    assert {row["district"] for row in rows(media["communes.csv"])} == {"0110", "2401", "2402"}


def test_the_same_places_give_the_same_bytes_in_any_order() -> None:
    assert place_media(["2401", "0110"]) == place_media(["0110", "2401", "0110"])
    for content in place_media(["2401", "0110"]).values():
        assert b"\r" not in content
        assert b";" not in content.splitlines()[0]


def test_without_places_the_programmes_own_are_taken() -> None:
    assert place_media() == place_media(PROGRAMME)


@pytest.mark.parametrize("code", ["105", "9901", "010501", "Poipet", ""])
def test_a_code_the_gazetteer_does_not_have_is_named(code: str) -> None:
    assert unknown_places(["0105", code]) == (code,)
    with pytest.raises(Problem) as found:
        place_media(["0105", code])
    assert found.value.code == "place.unknown"
    assert code in found.value.message()


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("24", "Pailin"),
        ("2401", "Pailin"),
        ("010501", "Changha"),
        ("010501-03", "Ta Phaok"),
        ("010501-99", None),
        ("990101-01", None),
        ("nowhere", None),
        ("", None),
    ],
)
def test_a_key_from_a_phone_is_turned_into_a_name(key: str, name: str | None) -> None:
    found = place_name(key)
    assert (found and found["en"]) == name
