"""What changed between two versions of a workbook, in a coordinator's words."""

from collections.abc import Callable, Iterator, Mapping

from xlsforms.change import LANGUAGES, Change, in_languages
from xlsforms.sheets import Book, Row, plain
from xlsforms.survey import Question, Survey, read_survey

_SAID_ALREADY = frozenset(["name", "type", "list name", "indicator"])
_LONGEST = 200
"""Characters of a cell that are quoted."""

Key = Callable[[Row], str]


def changes(before: Book, after: Book, renames: Mapping[str, str] | None = None) -> list[Change]:
    """Every difference that matters, in the order of the sheets; none: they say the same.

    `renames`: question name after -> before, where somebody said that both are the same question.
    """
    if after.is_protocol:
        return [*_protocol(before, after)]
    old, new = read_survey(before), read_survey(after)
    return [
        *_settings(before, after),
        *_questions(old, new, renames or {}),
        *_lists(old, new),
        *_sheet(before, after, "entities", "entity list", lambda row: row.get("list name")),
        *_sheet(before, after, "scores", "score", lambda row: row.get("name")),
        *_sheet(before, after, "risk", "rule", lambda row: row.get("indicator")),
    ]


def _settings(before: Book, after: Book) -> Iterator[Change]:
    for header in dict.fromkeys([*before.settings.cells, *after.settings.cells]):
        old, new = before.settings.get(header), after.settings.get(header)
        if old != new:
            values = {"header": header, "before": old, "after": new}
            yield Change(of="setting", how="setting", name=header, values=values)


def _questions(old: Survey, new: Survey, renames: Mapping[str, str]) -> Iterator[Change]:
    known = {name: old.by_name[was] for name, was in renames.items() if was in old.by_name}
    for name, question in old.by_name.items():
        if name not in new.by_name and question not in known.values():
            yield Change(of=question.kind, how="removed", name=name)
    for name, question in new.by_name.items():
        was = known.get(name) or old.by_name.get(name)
        if was is None:
            told = {language: f" ({question.type}{f': {label}' if label else ''})"
                    for language, label in _labels(question.row).items()}  # fmt: skip
            yield Change(of=question.kind, how="new", name=name, values=in_languages("more", told))
            continue
        if was.name != name:
            yield Change(of=question.kind, how="renamed", name=name, values={"before": was.name})
        yield from _question(was, question)
    kept_before = [name for name in old.by_name if name in new.by_name]
    kept_after = [name for name in new.by_name if name in old.by_name]
    if kept_before != kept_after:
        yield Change(of="question", how="order")


def _question(old: Question, new: Question) -> Iterator[Change]:
    if old.type != new.type:
        values = {"before": old.type, "after": new.type}
        yield Change(of=new.kind, how="type", name=new.name, values=values)
    if old.path.rpartition("/")[0] != new.path.rpartition("/")[0]:
        values = {"before": old.path, "after": new.path}
        yield Change(of=new.kind, how="moved", name=new.name, values=values)
    yield from _cells(new.kind, new.name, old.row, new.row)


def _lists(old: Survey, new: Survey) -> Iterator[Change]:
    for name in old.lists.keys() - new.lists.keys():
        yield Change(of="list", how="removed", name=name)
    for name, rows in new.lists.items():
        if name not in old.lists:
            told = {"en": f" ({len(rows)} choice{'s' * (len(rows) != 1)})", "km": f" (ជម្រើស {len(rows)})"}
            yield Change(of="list", how="new", name=name, values=in_languages("more", told))
            continue
        pairs = _by(old.lists[name], _name), _by(rows, _name)
        yield from _named("choice", *pairs, within=f"{name}: choice ")


def _name(row: Row) -> str:
    return row.get("name")


def _sheet(before: Book, after: Book, sheet: str, of: str, key: Key) -> Iterator[Change]:
    yield from _named(of, _by(before.sheet(sheet).rows, key), _by(after.sheet(sheet).rows, key))


def _by(rows: tuple[Row, ...], key: Key) -> dict[str, Row]:
    return {key(row): row for row in rows}


def _named(of: str, old: Mapping[str, Row], new: Mapping[str, Row], within: str = "") -> Iterator[Change]:
    for name, row in old.items():
        if name not in new:
            yield Change(of=of, how="removed", name=within + name)
            yield from _reason(row, how="level no longer")
    for name, row in new.items():
        if name in old:
            yield from _cells(of, within + name, old[name], row)
        else:
            yield Change(of=of, how="new", name=within + name)
            yield from _reason(row, how="level now also")


def _reason(row: Row, *, how: str) -> Iterator[Change]:
    """What a new or removed reason means, said with the level it gives."""
    level, condition = row.get("level"), row.get("condition")
    if level and condition and row.get("indicator"):
        asked = _short(condition)
        told = {one: f"{label} ({asked})" if label else asked for one, label in _labels(row).items()}
        values = {"level": level, **in_languages("condition", told)}
        yield Change(of="rule", how=how, name=row.get("indicator"), values=values)


def _labels(row: Row) -> dict[str, str]:
    """What the row is called, for readers of each language; in another one where it has no text in theirs."""
    texts = row.texts("label")
    return {one: texts.get(one) or next(filter(None, texts.values()), "") for one in LANGUAGES}


def _cells(of: str, name: str, old: Row, new: Row) -> Iterator[Change]:
    for header in dict.fromkeys([*old.cells, *new.cells]):
        before, after = old.get(header), new.get(header)
        if before == after or plain(header) in _SAID_ALREADY:
            continue
        values = {"header": header, "before": _short(before), "after": _short(after)}
        how = "changed" if before and after else "added" if after else "emptied"
        yield Change(of=of, how=how, name=name, values=values)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


# --- the protocol


def _of(*columns: str) -> Key:
    return lambda row: " ".join(filter(None, (row.get(column) for column in columns)))


_PROTOCOL: tuple[tuple[str, str, Key], ...] = (
    ("settings", "setting", _of("name")),
    ("dimensions", "dimension", _of("name")),
    ("levels", "level", _of("name")),
    ("schedule", "visit", _of("level", "offset days", "form", "applies to")),
    ("triggers", "trigger", _of("when", "form")),
    ("trends", "trend", _of("code")),
    ("closure", "closing", _of("name")),
    ("profile", "profile", _of("question")),
    ("weights", "weight", _of("instrument", "item", "answer")),
    ("examples", "example", _of("name")),
    ("holidays", "holiday", _of("on", "name")),
    ("contacts", "contact", _of("name")),
    ("hotlines", "hotline", _of("phone")),
    ("places", "place", _of("code")),
)
"""Sheet, what a row of it is called, what tells its rows apart."""


def _protocol(before: Book, after: Book) -> Iterator[Change]:
    yield from _combine(before, after)
    for sheet, of, key in _PROTOCOL:
        yield from _sheet(before, after, sheet, of, key)


def _combine(before: Book, after: Book) -> Iterator[Change]:
    """Which conditions give which level, with the row they stand in: the first that holds counts."""
    old, new = ([_Combined(row) for row in book.sheet("combine").rows] for book in (before, after))
    for how, mine, others in (("level no longer", old, new), ("level now also", new, old)):
        for row in mine:
            if row.key not in {other.key for other in others}:
                values = {"level": row.level, "condition": row.condition or "—"}
                yield Change(of="combination", how=how, name=row.level, values=values)
    kept = [
        [row.key for row in rows if row.key in {o.key for o in others}]
        for rows, others in ((old, new), (new, old))
    ]
    if kept[0] != kept[1]:
        order = {
            "header": "order",
            "before": " > ".join(k[0] for k in kept[0]),
            "after": " > ".join(k[0] for k in kept[1]),
        }
        yield Change(of="combination", how="changed", values=order)


class _Combined:
    """A row of `combine`."""

    def __init__(self, row: Row) -> None:
        self.level, self.condition = row.get("level"), row.get("condition")
        self.key = (self.level, self.condition)
