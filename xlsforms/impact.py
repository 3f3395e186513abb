"""What publishing a workbook would change, weighed by the answers that are stored."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sync.core.problem import Problem
from sync.store import attachments, forms, protocols, records
from sync.store.connect import Db
from xlsforms.change import Change
from xlsforms.difference import changes
from xlsforms.renames import faults_in_renames, proposed_renames
from xlsforms.sheets import Book, read_book
from xlsforms.survey import Survey, read_survey

PROTOCOL = "protocol"


@dataclass(frozen=True, kw_only=True)
class Impact:
    """What a new version changes against the published one."""

    form_id: str
    before: str | None
    """The published version; None: there is none, and nothing to compare."""
    changes: tuple[Change, ...] = ()
    renames: Mapping[str, str] = field(default_factory=dict)
    """Question name after -> before, as somebody said."""
    proposed: Mapping[str, str] = field(default_factory=dict)
    """The same, as it looks like; to be said or not."""

    @property
    def breaks(self) -> tuple[Change, ...]:
        """What would take stored answers their meaning; wants a typed confirmation."""
        return tuple(change for change in self.changes if change.breaks)

    @property
    def word(self) -> str:
        """What must be typed to publish all the same; empty: nothing."""
        return self.form_id if self.breaks else ""

    def document(self) -> dict[str, Any]:
        """For JSON and for keeping."""
        return {
            "form_id": self.form_id,
            "before": self.before,
            "changes": [change.document() for change in self.changes],
            "renames": dict(self.renames),
            "proposed": dict(self.proposed),
            "breaks": len(self.breaks),
            "word": self.word,
        }


def impact_of(
    db: Db, book: Book, renames: Mapping[str, str] | None = None, tell: Callable[[int], None] = lambda _: None
) -> Impact:
    """What publishing this workbook would change. `tell` hears how many records were looked through.

    Raises Problem form.renames_wrong.
    """
    form_id = PROTOCOL if book.is_protocol else book.form_id
    published = published_book(db, book)
    if published is None:
        return Impact(form_id=form_id, before=None)
    version, before = published
    if book.is_protocol:
        return Impact(form_id=form_id, before=version, changes=tuple(changes(before, book)))
    said = renames or {}
    old, new = read_survey(before), read_survey(book)
    faults = faults_in_renames(said, old, new)
    if faults:
        raise Problem("form.renames_wrong", faults=" ".join(faults))
    proposed = {now: was for now, was in proposed_renames(old, new).items()
                if now not in said and was not in said.values()}  # fmt: skip
    found = changes(before, book, said)
    asked = [Change(of="question", how="perhaps renamed", name=now, values={"before": was})
             for now, was in proposed.items()]  # fmt: skip
    counted = _weighed(db, form_id, [*asked, *found], old, tell)
    told = tuple(_once(counted, proposed))
    return Impact(form_id=form_id, before=version, changes=told, renames=said, proposed=proposed)


def likely_renames(db: Db, book: Book) -> dict[str, str]:
    """Question name after -> before, as it looks like against what is published."""
    published = published_book(db, book)
    return proposed_renames(read_survey(published[1]), read_survey(book)) if published else {}


def published_book(db: Db, book: Book) -> tuple[str, Book] | None:
    """Version and workbook of what is published under this one's form ID, or None."""
    if book.is_protocol:
        found = protocols.about_current(db)
    else:
        version = forms.current_version(db, book.form_id)
        found = forms.find_version(db, book.form_id, version) if version else None
    if found is None:
        return None
    content = attachments.open(db, found["workbook_sha256"]).read()
    return str(found.get("version") or found["_id"]), read_book(content, filename=found["filename"])


def _weighed(
    db: Db, form_id: str, found: list[Change], old: Survey, tell: Callable[[int], None]
) -> list[Change]:
    """The changes with how many stored answers each is about, where that matters."""
    questions = {
        _asked_as(change): change for change in found if change.of == "question" and change.how in _COUNTED
    }
    lists = {change.name: change for change in found if change.of == "choice" and change.how == "removed"}
    if not questions and not lists:
        return found
    by_list = {one.list_name for one in old.by_name.values()} & {name.split(":")[0] for name in lists}
    picked = {name: one.list_name for name, one in old.by_name.items() if one.list_name in by_list}
    used = records.used(db, form_id, {*questions, *picked}, tell)
    of_choice: dict[str, int] = {}
    for (name, value), count in used.values.items():
        if name in picked:
            key = f"{picked[name]}: choice {value}"
            of_choice[key] = of_choice.get(key, 0) + count

    def weigh(change: Change) -> Change:
        if change.of == "choice" and change.how == "removed":
            return replace(change, used=of_choice.get(change.name, 0))
        if change.of == "question" and change.how in _COUNTED:
            return replace(change, used=used.questions.get(_asked_as(change), 0))
        return change

    return [weigh(change) for change in found]


_COUNTED = ("removed", "type", "renamed", "perhaps renamed")


def _asked_as(change: Change) -> str:
    """What the question is called in the published version."""
    return change.values["before"] if change.how in ("renamed", "perhaps renamed") else change.name


def _once(found: Iterable[Change], proposed: Mapping[str, str]) -> Iterator[Change]:
    """A question that is perhaps renamed is told once, and not as removed and as new besides."""
    for change in found:
        gone = change.how == "removed" and change.name in proposed.values()
        came = change.how == "new" and change.name in proposed
        if not (change.of == "question" and (gone or came)):
            yield change
