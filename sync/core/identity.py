"""Case codes: how a person is named among people who must not say her name."""

import re

from stdnum.iso7064 import mod_37_36

UNKNOWN_PROVINCE = "00"

_BETWEEN = re.compile(r"[\s\u200b./–—-]+")
_KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
_TYPED = re.compile(r"KH([0-9]{2})([0-9]{4})([0-9]{4,6}[0-9A-Z])")
_SHAPE = re.compile(r"KH-[0-9]{2}-[0-9]{4}-[0-9]{4,6}[0-9A-Z]")


def case_code(province: str, year: int, serial: int) -> str:
    """`KH-PP-YYYY-NNNNC`: province code, year, serial, check character over all of it.

    The check character (ISO 7064 mod 37,36, through python-stdnum) catches every single wrong character
    and every swap of neighbours. A province that passes 9,999 in a year goes on with five digits.
    """
    bare = f"KH-{province}-{year:04d}-{serial:04d}"
    return bare + str(mod_37_36.calc_check_digit(bare.replace("-", "")))


def typed_case_code(text: str) -> str:
    """The case code that somebody may have typed so, in its own spelling; "" for what is none.

    `kh 01 2026 00083` and `KH០១២០២៦០០០៨៣` are `KH-01-2026-00083`. Whether it is right is not looked at.
    """
    found = _TYPED.fullmatch(_BETWEEN.sub("", text.translate(_KHMER_DIGITS)).upper())
    return "-".join(("KH", *found.groups())) if found else ""


def is_case_code(text: str) -> bool:
    """Whether this could be a case code: right shape, right check character."""
    return bool(_SHAPE.fullmatch(text)) and bool(mod_37_36.is_valid(text.replace("-", "")))
