"""The columns of an export: what each is called, how personal it is, and what stands in it.

A question keeps the column it had first through every renaming, so that whatever reads the file goes on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.core.columns import Column as Question
from sync.core.form import FormDefinition, Privacy
from sync.core.masking import Kind, is_shown, kind_of, masked
from sync.core.scope import Sight

Row = Mapping[str, Any]
Cell = str | int | float | bool | None
SEVERAL = " | "
"""Between the answers to a question in a group that repeats."""
CODE = "_code"
"""What stands in the first column, `person`: who it is, as the reader may know it."""
_STRICTER: Mapping[Privacy, int] = {"": 0, "sensitive": 1, "identity": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column."""

    key: str
    value: Callable[[Row], Any]
    privacy: Privacy = ""
    kind: Kind = "coded"

    def cell(self, row: Row, sight: Sight) -> Cell:
        """What stands in it for this reader."""
        return _plain(masked(self.value(row), self.privacy, sight, self.kind))


def shown(columns: Iterable[Column], sight: Sight) -> list[Column]:
    """Those that such a reader gets to see."""
    return [column for column in columns if is_shown(column.privacy, sight, column.kind)]


def _at(path: str) -> Callable[[Row], Any]:
    steps = path.split(".")

    def value(row: Row) -> Any:
        found: Any = row
        for step in steps:
            found = found.get(step) if isinstance(found, Mapping) else None
        return found

    return value


def _column(key: str, path: str = "", privacy: Privacy = "", kind: Kind = "coded") -> Column:
    return Column(key=key, value=_at(path or key), privacy=privacy, kind=kind)


def people_columns(scores: Iterable[str]) -> list[Column]:
    """The columns of one row for each person; `scores`: the instruments of the forms."""
    fixed = [
        _column("person", CODE),
        _column("call_name", "person.call_name", "identity"),
        _column("phone", "person.phone", "identity"),
        _column("sex", "person.sex", "sensitive"),
        _column("is_child", "person.is_child", "sensitive"),
        _column("province", "person.province", "sensitive"),
        _column("district", "person.district", "identity"),
        _column("commune", "person.commune", "identity"),
        _column("village", "person.village", "identity"),
        _column("worker_id", "worker_id", "identity"),
        _column("status"),
        _column("registered_on", kind="day"),
        _column("level", "risk.level", "sensitive"),
        _column("level_on", "risk.on", "sensitive", "day"),
        _column("next_due_on", kind="day"),
        _column("last_seen_on", kind="day"),
    ]
    for name in scores:
        fixed += [
            _column(f"score_{name}", f"scores.{name}.value", "sensitive"),
            _column(f"score_{name}_band", f"scores.{name}.band", "sensitive"),
            _column(f"score_{name}_on", f"scores.{name}.on", "sensitive", "day"),
        ]
    return fixed


def record_columns(questions: Sequence[Question], forms: Mapping[str, FormDefinition]) -> list[Column]:
    """The columns of one row for each record of a form; `forms`: all versions that are in `questions`."""
    fixed = [
        _column("person", CODE),
        _column("instance_id", "_id", "identity"),
        _column("form_version"),
        _column("on", kind="day"),
        _column("received_at", kind="day"),
        _column("worker_id", "worker_id", "identity"),
    ]
    taken = {column.key for column in fixed}
    return fixed + [_asked(question, forms, taken) for question in questions]


def _asked(question: Question, forms: Mapping[str, FormDefinition], taken: set[str]) -> Column:
    """The strictest mark and the freest kind that any version gives this question."""
    fields = [forms[version].fields[forms[version].paths[name]] for version, name in question.names.items()]
    kinds = [kind_of(field) for field in fields]
    freer = [kind for kind in kinds if kind != "coded"]

    def value(row: Row) -> Any:
        name = question.names.get(row["form_version"], question.name)
        found = [answer["value"] for answer in row["answers"] if answer["name"] == name]
        return found[0] if len(found) == 1 else SEVERAL.join(str(_plain(one)) for one in found) or None

    return Column(
        key=f"{question.key}_answer" if question.key in taken else question.key,
        value=value,
        privacy=max((field.privacy for field in fields), key=_STRICTER.__getitem__),
        kind=freer[0] if freer else "coded",
    )


def _plain(value: Any) -> Cell:
    if isinstance(value, list | tuple):
        return " ".join(str(one) for one in value)
    return value if value is None or isinstance(value, str | int | float) else str(value)
