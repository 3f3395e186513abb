"""What a form asks, as the checks need to know it, and what they find."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

from sync.core.xpath.frames import StaticType
from sync.core.xpath.kinds import static_type_of
from sync.core.xpath.syntax import Expr, Path, absolute_names


@dataclass(frozen=True, slots=True)
class Findings:
    """Sentences for a coordinator. Nothing may be published while there is a refusal."""

    refusals: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Here:
    """The node an expression part is about: its path, "" for none. In a list paths lead to columns."""

    path: str
    in_list: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The form around an expression. See `check` for the fields."""

    names: Mapping[str, str]
    types: Mapping[str, str]
    repeats: Collection[str]
    selects: Mapping[str, Collection[str]]
    calculates: Mapping[str, StaticType]
    lists: Mapping[str, Collection[str]] | None
    context: str
    refusals: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def refuse(self, sentence: str) -> None:
        """Keeps a sentence about what must be changed."""
        if sentence not in self.refusals:
            self.refusals.append(sentence)

    def warn(self, sentence: str) -> None:
        """Keeps a sentence about what may be meant otherwise."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    @cached_property
    def known(self) -> frozenset[str]:
        """Every path in the form, groups and repeats too."""
        found: set[str] = set()
        for path in (*self.types, *self.names.values(), *self.repeats, *self.calculates):
            while path and path not in found:
                found.add(path)
                path = path.rpartition("/")[0]  # noqa: PLW2901 - up to the root
        return frozenset(found)

    @cached_property
    def name_of(self) -> dict[str, str]:
        """Path -> question name."""
        return {path: name for name, path in self.names.items()}

    def kind(self, expr: Expr, here: Here) -> StaticType:
        """The static type of a part."""
        # Columns are texts: a place that no form has makes every relative path one.
        place = "/ list" if here.in_list else here.path
        return static_type_of(expr, self.types, self.calculates, place)

    def where(self, path: Path, here: Here) -> str:
        """The absolute path meant; "" for a column of a list."""
        if path.start == "instance" or (path.start == "here" and here.in_list):
            return ""
        return "/" + "/".join(absolute_names(path, here.path, self.context))

    def label(self, path: Path, here: Here) -> str:
        """How the coordinator knows it: `${name}`, or the path."""
        where = self.where(path, here)
        if where in self.name_of:
            return f"${{{self.name_of[where]}}}"
        return where or "/".join(path.names)

    def is_select(self, expr: Expr, here: Here) -> bool:
        """Whether it is the answer of a select question."""
        return isinstance(expr, Path) and self.where(expr, here) in self.selects


def did_you_mean(word: str, words: Collection[str], form: str = "{}") -> str:
    """` Did you mean …?` with the nearest word, or nothing."""
    near = get_close_matches(word, list(words), n=1)
    return f" Did you mean {form.format(near[0])}?" if near else ""
