"""One column for one question, whatever it was called in which version: so that exports stay the same and
rules find the answers of older records.

A version may say that a question of it is one of the version before under another name (`renames`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sync.core.form import FormDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the column dictionary needs to know of one version."""

    version: str
    renames: Mapping[str, str] = field(default_factory=dict)
    """Question name in this version -> in the versions before."""
    names: Sequence[str] = ()
    """Its questions, in form order; needed for `columns_of` alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One question through all versions of a form."""

    key: str
    """The name it had first: it never changes, so that a saved report keeps its columns."""
    name: str
    """The name it has now."""
    names: Mapping[str, str]
    """Version -> name there; versions that do not ask it are left out."""


def columns_of(versions: Iterable[Named]) -> list[Column]:
    """The columns of a form, in the order of the newest version, then what older ones asked.

    `versions`: oldest first. A name that comes again after its question was renamed is another column.
    """
    key_of: dict[str, str] = {}  # name as of the version at hand -> key
    taken: set[str] = set()
    names: dict[str, dict[str, str]] = {}
    last: Sequence[str] = ()
    for one in versions:
        key_of = {_now(name, one.renames): key for name, key in key_of.items()}
        for name in one.names:
            if name not in key_of:
                key_of[name] = _free(name, taken)
                taken.add(key_of[name])
            names.setdefault(key_of[name], {})[one.version] = name
        last = one.names
    now = {key: name for name, key in key_of.items()}
    order = [key_of[name] for name in last]
    order += [key for key in names if key not in set(order)]
    return [Column(key=key, name=now[key], names=names[key]) for key in order]


def _now(name: str, renames: Mapping[str, str]) -> str:
    return next((after for after, before in renames.items() if before == name), name)


def _free(name: str, taken: set[str]) -> str:
    return next(key for number in range(1, len(taken) + 2)
                if (key := name if number == 1 else f"{name}_{number}") not in taken)  # fmt: skip


def other_names(versions: Sequence[Named], version: str) -> dict[str, str]:
    """Every other name a question of this version has in another one -> its name here.

    `versions`: oldest first, those that rename something; `version` need not be among them.
    """
    place = next((at for at, one in enumerate(versions) if one.version == version), None)
    found: dict[str, str] = {}
    for one in versions[place + 1 :] if place is not None else versions:
        for after, before in one.renames.items():
            found[after] = found.get(before, before)
    for one in reversed(versions[: place + 1] if place is not None else ()):
        for after, before in one.renames.items():
            found.setdefault(before, found.get(after, after))
    return found


def with_other_names(form: FormDefinition, names: Mapping[str, str]) -> FormDefinition:
    """The form as rules and readers of all versions see it; names it uses itself keep their meaning."""
    known = form.paths
    also = {name: mine for name, mine in names.items() if mine in known and name not in known}
    return form.called(also) if also else form
