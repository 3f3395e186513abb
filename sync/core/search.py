"""Finding a person again: by her name however it is spelt, or by a telephone number."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sync.core.names import name_keys, name_parts, part_keys

LONGEST = 200
_DIGITS = re.compile(r"[0-9]{6,}")
_KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
_COUNTRY = "855"


def keys_of(person: Mapping[str, Any]) -> list[str]:
    """The keys under which this person is found; `person` is that part of her file."""
    number = _number(str(person.get("phone_number", "")))
    keys = name_keys(str(person.get("call_name", "")))
    return sorted(keys | {f"#{number}"}) if number else sorted(keys)


def wanted(text: str) -> list[list[str]]:
    """What somebody looks for, as keys: of each inner list at least one must be there, of the outer all.

    The exact spelling comes first in each. Empty for a text that names nobody.
    """
    text = text[:LONGEST]
    if number := _number(text):
        return [[f"#{number}"]]
    parts = name_parts(text)
    return [_exact_first(part) for part in parts]


def whole(text: str) -> list[str]:
    """The keys of the same text written as one word: Sok Kha may stand in a file as Sokkha."""
    joined = "".join(name_parts(text[:LONGEST]))
    return _exact_first(joined) if joined and not _number(text) else []


def likeness(text: str, keys: Sequence[str]) -> int:
    """How many parts of the text stand in these keys as they were typed: the more, the further up."""
    return sum(f"={part}" in keys for part in name_parts(text[:LONGEST]))


def _exact_first(part: str) -> list[str]:
    return sorted(part_keys(part))


def dialled(text: str) -> str:
    """A telephone number as it is dialled from anywhere, "+85512345678"; "" for what is none.

    What names no country is taken to be here.
    """
    plain = re.sub(r"[\s().-]", "", text.translate(_KHMER_DIGITS))
    abroad = re.fullmatch(r"(?:\+|00)([0-9]{8,15})", plain)
    if abroad:
        return f"+{abroad[1]}"
    number = _number(text)
    return f"+{_COUNTRY}{number}" if number else ""


def _number(text: str) -> str:
    """A telephone number as its digits without country code or leading zero; "" for anything else."""
    plain = re.sub(r"[\s().+/-]", "", text.translate(_KHMER_DIGITS))
    if not _DIGITS.fullmatch(plain):
        return ""
    return plain.removeprefix("00").removeprefix(_COUNTRY).removeprefix("0")
