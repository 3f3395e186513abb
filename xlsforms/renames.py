"""Which new question is an old one under another name? Proposed by likeness and place, decided by people."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from xlsforms.sheets import Row
from xlsforms.survey import Question, Survey

LEAST = 0.6
"""How alike two must be to be proposed, of 1."""
MOST_PAIRS = 40_000
"""Beyond this nothing is proposed: that is another form and no new version."""


def proposed_renames(old: Survey, new: Survey) -> dict[str, str]:
    """Question name after -> before, for questions that are gone and have a successor of the same kind.

    Each old one has at most one successor, the one most like it.
    """
    gone = [one for name, one in old.by_name.items() if name not in new.by_name and one.kind == "question"]
    came = [one for name, one in new.by_name.items() if name not in old.by_name and one.kind == "question"]
    if len(gone) * len(came) > MOST_PAIRS:
        return {}
    return _matched(dict(_likely(gone, came, _Neighbours(old), _Neighbours(new))))


def faults_in_renames(renames: Mapping[str, str], old: Survey, new: Survey) -> list[str]:
    """Why a mapping somebody gave cannot be right, in sentences; nothing: it can."""
    found = []
    for after, before in renames.items():
        if after not in new.by_name:
            found.append(f"There is no question {after} in the new version.")
        elif before not in old.by_name:
            found.append(f"There is no question {before} in the published version.")
        elif before in new.by_name:
            found.append(f"{before} is still in the new version, so that it cannot have become {after}.")
        elif old.by_name[before].bind_type != new.by_name[after].bind_type:
            told = f"{before} is {old.by_name[before].type}, {after} is {new.by_name[after].type}"
            found.append(f"{told}: answers of one type cannot be continued in another.")
    if len(set(renames.values())) < len(renames):
        found.append("One question of the published version cannot have become two.")
    return found


class _Neighbours:
    """The questions before and after each one."""

    def __init__(self, survey: Survey) -> None:
        names = ["", *survey.by_name, ""]
        self.of = {name: (names[place], names[place + 2]) for place, name in enumerate(names[1:-1])}


def _likely(
    gone: list[Question], came: list[Question], before: _Neighbours, after: _Neighbours
) -> Iterator[tuple[tuple[str, str], float]]:
    for was in gone:
        for now in came:
            if (
                was.bind_type != now.bind_type
                or was.is_select != now.is_select
                or bool(was.repeat) != bool(now.repeat)
            ):
                continue
            beside = sum(a == b for a, b in zip(before.of[was.name], after.of[now.name], strict=True)) / 2
            named = SequenceMatcher(None, was.name, now.name).ratio()
            # A question is what it asks; the rest decides between two that ask the same.
            like = 0.5 * _texts(was.row, now.row) + 0.3 * named + 0.2 * beside
            like += 0.1 * (was.list_name == now.list_name and was.is_select)
            if like >= LEAST:
                yield (now.name, was.name), like


def _texts(one: Row, other: Row) -> float:
    """How alike their labels are, in the language in which they are most."""
    here, there = one.texts("label"), other.texts("label")
    same = [SequenceMatcher(None, here[code], there[code]).ratio() for code in here.keys() & there.keys()]
    return max(same, default=0.5 if not here and not there else 0.0)


def _matched(likely: Mapping[tuple[str, str], float]) -> dict[str, str]:
    found: dict[str, str] = {}
    for now, was in sorted(likely, key=lambda pair: (-likely[pair], pair)):
        if now not in found and was not in found.values():
            found[now] = was
    return found
