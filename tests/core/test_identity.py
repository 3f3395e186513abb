"""Case codes: how a person is named among people who must not say her name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.identity import case_code, is_case_code, typed_case_code


def test_a_case_code_says_province_year_and_serial_and_ends_in_a_check_character():
    code = case_code("01", 2026, 7)

    assert code[:-1] == "KH-01-2026-0007"
    assert is_case_code(code)


def test_a_province_that_passes_9999_in_a_year_goes_on_with_five_digits():
    assert is_case_code(case_code("01", 2026, 12345))


@given(
    serial=st.integers(1, 9999),
    place=st.sampled_from([3, 4, 6, 7, 8, 9, 11, 12, 13, 14]),
    digit=st.sampled_from("0123456789"),
)
def test_one_wrong_digit_is_always_noticed(serial, place, digit):
    code = case_code("12", 2026, serial)
    wrong = code[:place] + digit + code[place + 1 :]

    assert is_case_code(wrong) == (wrong == code)


@pytest.mark.parametrize("place", [3, 8, 11, 12, 13])
def test_two_swapped_neighbours_are_noticed(place):
    code = case_code("12", 2026, 3857)
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]

    assert is_case_code(wrong) == (wrong == code)


@pytest.mark.parametrize(
    "text", ["", "KH-01-2026-0007", "kh-01-2026-00071", "KH-1-2026-00071", "KH-01-2026-00071\n"]
)
def test_what_has_another_shape_is_no_case_code(text):
    assert not is_case_code(text)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("KH-01-2026-00083", "KH-01-2026-00083"),
        (" kh 01 2026 0008x ", "KH-01-2026-0008X"),
        ("KH0120260008X", "KH-01-2026-0008X"),
        ("kh–០១–២០២៦–០០០៨៣", "KH-01-2026-00083"),
        ("KH-01-2026-123456A", "KH-01-2026-123456A"),
        ("Kheang", ""),
        ("KH-01", ""),
        ("012 345 678", ""),
        ("", ""),
    ],
)
def test_a_case_code_is_understood_however_it_is_typed(typed, meant):
    assert typed_case_code(typed) == meant
