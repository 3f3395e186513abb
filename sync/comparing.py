"""What stands in a person's file, with who said so: for whoever must choose between two values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sync.core.decision import Decision
from sync.core.entity_change import LABEL
from sync.core.entity_list import PEOPLE
from sync.core.form import Value
from sync.core.merging import carried, joined_to, merges_in_force, with_their_records
from sync.core.person import said_last
from sync.core.record import WHO_SHE_IS, Record, record_from
from sync.folding import PersonsFile
from sync.store import decisions, records
from sync.store.connect import Db

Source = Record | Decision
PLACE = ("province", "district", "commune", "village")
"""One place: its parts are chosen together, or they contradict each other."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that is known of somebody: what is said, and by which record or decision."""

    values: Mapping[str, Value | bool]
    """Property -> value; of a place all its parts, else one."""
    source: Source | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that two files say of somebody."""

    name: str
    one: Said | None
    other: Said | None

    @property
    def differs(self) -> bool:
        """Whether both say something, and not the same."""
        return bool(self.one and self.other) and self.one.values != self.other.values  # type: ignore[union-attr]

    @property
    def later(self) -> str:
        """Which of the two was said last: `one` or `other`. It counts where nobody chooses."""
        orders = [said.source.order if said and said.source else None for said in (self.one, self.other)]
        return "other" if orders[0] is None or (orders[1] is not None and orders[1] > orders[0]) else "one"

    def chosen(self, side: str) -> dict[str, str]:
        """The values of this side as a decision keeps them, "" for what only the other side has."""
        said, left = (self.one, self.other) if side == "one" else (self.other, self.one)
        names = {*(said.values if said else ()), *(left.values if left else ())}
        return {name: text_of(said.values.get(name, "") if said else "") for name in sorted(names)}


def choices(db: Db, one: PersonsFile, other: PersonsFile) -> list[Choice]:
    """Everything that either file knows of who she is, side by side."""
    told = [_known(db, file) for file in (one, other)]
    names = list(dict.fromkeys(name for known in told for name in known))
    return [Choice(name, told[0].get(name), told[1].get(name)) for name in names]


def text_of(value: Value | bool) -> str:
    """A value as a row on a phone and a decision hold it."""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def told_of(db: Db, file: PersonsFile) -> list[Record]:
    """The records that this file was folded from, in their order."""
    ids = {file["_id"], *(alias["entity_id"] for alias in file["aliases"])}
    found = [record_from(one).about(ids) for one in records.stored(db, file["instances"]).values()]
    return sorted(found, key=lambda one: one.order)


def sent_by(record: Record, entity_ids: Iterable[str]) -> dict[str, str]:
    """What this record says should stand in the row of the person with these entity IDs."""
    named = set(entity_ids)
    found: dict[str, str] = {}
    for action in record.entities:
        if action.entity_list == PEOPLE and action.entity_id in named:
            found |= dict(action.properties) | ({LABEL: action.label} if action.label else {})
    return found


def _known(db: Db, file: PersonsFile) -> dict[str, Said]:
    told, decided = told_of(db, file), _decided(db, file)
    known = {name: Said({name: value}, source) for name, (value, source) in said_last(told, decided).items()}
    known.pop("is_child", None)  # worked out from what was answered; it cannot be chosen
    if parts := [known.pop(name) for name in PLACE if name in known]:
        last = max((part.source for part in parts if part.source), key=lambda one: one.order)
        known["place"] = Said({name: value for part in parts for name, value in part.values.items()}, last)
    ids = [file["_id"], *(alias["entity_id"] for alias in file["aliases"])]
    for name, value in file["entity"]["properties"].items():
        if name not in WHO_SHE_IS and value:
            known[name] = Said({name: value}, _who_says(name, value, told, decided, ids))
    return known


def _decided(db: Db, file: PersonsFile) -> list[Decision]:
    group = decisions.ever_merged(db, [file["_id"]])[file["_id"]]
    everything = [one for some in decisions.about(db, group).values() for one in some]
    joined = joined_to(file["_id"], merges_in_force(everything))
    told = [record for some in records.about(db, group).values() for record in some]
    return carried(file["_id"], joined, with_their_records(file["_id"], joined, told, everything))


def _who_says(
    name: str, value: str, told: Sequence[Record], decided: Sequence[Decision], entity_ids: Sequence[str]
) -> Source | None:
    said: list[Source] = [one for one in told if sent_by(one, entity_ids).get(name) == value]
    said += [one for one in decided if one.values.get(name) == value]
    return max(said, key=lambda one: one.order, default=None)


@dataclass(frozen=True, slots=True)
class Option:
    """A value that a property of a row has or could have, and who says so."""

    value: str
    sources: tuple[Source, ...]
    is_now: bool
    """Whether it stands in the row now."""


@dataclass(frozen=True, slots=True)
class Line:
    """A property of a row about which records say something: every value, the one that stands now first."""

    name: str
    options: tuple[Option, ...]


def row_lines(
    db: Db, file: PersonsFile | None, entity_id: str, instance_id: str, crossed: Iterable[str] = ()
) -> list[Line]:
    """What this record sets in a row, beside what stands there and what those it crossed set."""
    ids = {entity_id} | ({file["_id"], *(alias["entity_id"] for alias in file["aliases"])} if file else set())
    now = _now(file) if file else {}
    said = [(one, _set_by(one, ids)) for one in _sources(db, [*crossed, instance_id])]
    found = [
        (one["name"], one["found"])
        for one in (file["clashes"] if file else ())
        if one["instance_id"] == instance_id
    ]
    names = dict.fromkeys([*(name for name, _ in found), *(name for _, values in said for name in values)])
    names.pop(LABEL, None)  # what a phone's list says is made up from the others
    lines = []
    for name in names:
        values = dict.fromkeys(
            [*([now[name]] if name in now else ()), *(was for known, was in found if known == name)]
            + [values[name] for _, values in said if name in values]
        )
        options = [
            Option(
                value, tuple(one for one, values in said if values.get(name) == value), now.get(name) == value
            )
            for value in values
        ]
        lines.append(Line(name, tuple(options)))
    return lines


def _now(file: PersonsFile) -> dict[str, str]:
    """Her row, as it counts for people: what she said last, where a form asked it."""
    asked = {name: text_of(file["person"][name]) for name in WHO_SHE_IS if name in file["person"]}
    row = file["entity"]["properties"]
    return {name: value if name == "is_child" else asked.get(name, value) for name, value in row.items()}


def _sources(db: Db, keys: Sequence[str]) -> list[Source]:
    """Records and decisions by their numbers, the earliest first."""
    told: list[Source] = [record_from(one) for one in records.stored(db, keys).values()]
    told += [one for key in keys if (one := decisions.find(db, key))]
    return sorted(told, key=lambda one: one.order)


def _set_by(source: Source, entity_ids: Iterable[str]) -> dict[str, str]:
    return dict(source.values) if isinstance(source, Decision) else sent_by(source, entity_ids)
