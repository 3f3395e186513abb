"""What changed between two versions of a workbook, in a coordinator's words."""

from collections.abc import Callable, Iterator, Mapping

from xlsforms.sheets import Book, Row, plain
from xlsforms.survey import Question, Survey, read_survey

_SAID_ALREADY = frozenset(["name", "type", "list name", "indicator"])


def changes(before: Book, after: Book) -> list[str]:
    """One sentence per difference that matters, in the order of the sheets; empty: they say the same."""
    old, new = read_survey(before), read_survey(after)
    return [
        *_settings(before, after),
        *_questions(old, new),
        *_lists(old, new),
        *_rows(before, after, "entities", "entity list", lambda row: row.get("list name")),
        *_rows(before, after, "scores", "score", lambda row: row.get("name")),
        *_rows(before, after, "risk", "rule", lambda row: row.get("indicator")),
    ]


def _settings(before: Book, after: Book) -> Iterator[str]:
    for header in dict.fromkeys([*before.settings.cells, *after.settings.cells]):
        old, new = before.settings.get(header), after.settings.get(header)
        if old != new:
            yield f"Setting {header}: “{old}” becomes “{new}”."


def _questions(old: Survey, new: Survey) -> Iterator[str]:
    for name, question in old.by_name.items():
        if name not in new.by_name:
            yield f"{_kind(question)} {name} is removed."
    for name, question in new.by_name.items():
        if name not in old.by_name:
            label = next(iter(question.row.texts("label").values()), "")
            yield f"{_kind(question)} {name} is new ({question.type}{f': {label}' if label else ''})."
        else:
            yield from _question(old.by_name[name], question)
    kept_before = [name for name in old.by_name if name in new.by_name]
    kept_after = [name for name in new.by_name if name in old.by_name]
    if kept_before != kept_after:
        yield "The questions come in another order."


def _kind(question: Question) -> str:
    return question.kind.capitalize()


def _question(old: Question, new: Question) -> Iterator[str]:
    what = f"{_kind(new)} {new.name}"
    if old.type != new.type:
        yield f"{what}: type {old.type} becomes {new.type}."
    if old.path.rpartition("/")[0] != new.path.rpartition("/")[0]:
        yield f"{what} moves from {old.path} to {new.path}."
    yield from _cells(what, old.row, new.row)


def _lists(old: Survey, new: Survey) -> Iterator[str]:
    for name in old.lists.keys() - new.lists.keys():
        yield f"Choice list {name} is removed."
    for name, rows in new.lists.items():
        if name not in old.lists:
            yield f"Choice list {name} is new ({len(rows)} choices)."
            continue
        yield from _named(f"Choice list {name}: choice", _by(old.lists[name], _name), _by(rows, _name))


def _name(row: Row) -> str:
    return row.get("name")


def _rows(before: Book, after: Book, sheet: str, what: str, key: Callable[[Row], str]) -> Iterator[str]:
    yield from _named(
        what.capitalize(), _by(before.sheet(sheet).rows, key), _by(after.sheet(sheet).rows, key)
    )


def _by(rows: tuple[Row, ...], key: Callable[[Row], str]) -> dict[str, Row]:
    return {key(row): row for row in rows}


def _named(what: str, old: Mapping[str, Row], new: Mapping[str, Row]) -> Iterator[str]:
    for name in old:
        if name not in new:
            yield f"{what} {name} is removed."
    for name, row in new.items():
        if name in old:
            yield from _cells(f"{what} {name}", old[name], row)
        else:
            yield f"{what} {name} is new."


def _cells(what: str, old: Row, new: Row) -> Iterator[str]:
    for header in dict.fromkeys([*old.cells, *new.cells]):
        before, after = old.get(header), new.get(header)
        if before == after or plain(header) in _SAID_ALREADY:
            continue
        if not before:
            yield f"{what}: {header} is now “{after}”."
        elif not after:
            yield f"{what}: {header} “{before}” is taken away."
        else:
            yield f"{what}: {header} “{before}” becomes “{after}”."
