"""Case codes: how a person is named among people who must not say her name."""

import re

from stdnum.iso7064 import mod_37_36

UNKNOWN_PROVINCE = "00"

_SHAPE = re.compile(r"KH-[0-9]{2}-[0-9]{4}-[0-9]{4,6}[0-9A-Z]")


def case_code(province: str, year: int, serial: int) -> str:
    """`KH-PP-YYYY-NNNNC`: province code, year, serial, check character over all of it.

    The check character (ISO 7064 mod 37,36, through python-stdnum) catches every single wrong character
    and every swap of neighbours. A province that passes 9,999 in a year goes on with five digits.
    """
    bare = f"KH-{province}-{year:04d}-{serial:04d}"
    return bare + str(mod_37_36.calc_check_digit(bare.replace("-", "")))


def is_case_code(text: str) -> bool:
    """Whether this could be a case code: right shape, right check character."""
    return bool(_SHAPE.fullmatch(text)) and bool(mod_37_36.is_valid(text.replace("-", "")))
