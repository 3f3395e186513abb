"""Whether two files may be of one person: what speaks for it, for people to weigh. Never more than that.

Source: domain.md 8.3 [proposal]: inside one province, the name in Khmer or Latin letters, year of birth
within two years, sex, village or commune, month of return.
"""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from sync.core.names import name_keys, name_parts

Reason = Literal["name", "sound", "sex", "age", "village", "commune", "returned", "country"]
REASONS: tuple[Reason, ...] = get_args(Reason)
BORN_WITHIN_YEARS = 2
STRONG: frozenset[Reason] = frozenset({"village", "commune", "returned"})
"""Beside the name one of these, or both sex and age, must speak for it: many share a call-name."""


def possible_same_person(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[Reason, ...]:
    """What speaks for these two files being of one person; empty where they are surely or probably not.

    Both are files as stored (`person`, `registered_on`). Different provinces, sexes or ages rule it out; what
    is not known rules nothing out.
    """
    a, b = one["person"], other["person"]
    name = _by_name(str(a.get("call_name", "")), str(b.get("call_name", "")))
    if name is None or _differ(a, b, "province") or _differ(a, b, "sex"):
        return ()
    years = _birth_year(one), _birth_year(other)
    if None not in years and abs(years[0] - years[1]) > BORN_WITHIN_YEARS:  # type: ignore[operator]
        return ()
    found: set[Reason] = {name}
    found |= {"sex"} if _same(a, b, "sex") else set()
    found |= {"age"} if None not in years else set()
    found |= {"village"} if _same(a, b, "village") else set()
    found |= {"commune"} if _same(a, b, "commune") and "village" not in found else set()
    found |= {"country"} if _same(a, b, "country") else set()
    months = [str(person.get("return_date", ""))[:7] for person in (a, b)]
    found |= {"returned"} if months[0] and months[0] == months[1] else set()
    if found.isdisjoint(STRONG) and not {"sex", "age"} <= found:
        return ()
    return tuple(reason for reason in REASONS if reason in found)


def _by_name(one: str, other: str) -> Reason | None:
    """Whether all of the shorter name is in the longer one, as written or as it sounds."""
    parts = sorted((name_parts(one), name_parts(other)), key=len)
    if not parts[0]:
        return None
    if "".join(parts[0]) == "".join(parts[1]):
        return "name"
    keys = name_keys(" ".join(parts[1]))
    whole = name_keys("".join(parts[0]))
    alike = all(not name_keys(part).isdisjoint(keys) for part in parts[0]) or not whole.isdisjoint(keys)
    return "sound" if alike else None


def _birth_year(file: Mapping[str, Any]) -> int | None:
    age = file["person"].get("age_now")
    return int(str(file["registered_on"])[:4]) - age if isinstance(age, int) else None


def _same(a: Mapping[str, Any], b: Mapping[str, Any], name: str) -> bool:
    return bool(a.get(name)) and a.get(name) == b.get(name)


def _differ(a: Mapping[str, Any], b: Mapping[str, Any], name: str) -> bool:
    return bool(a.get(name)) and bool(b.get(name)) and a[name] != b[name]
